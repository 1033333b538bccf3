package main

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/internal/embed"
)

// With the built-in model a question finds a day that shares no word with it.
func TestBuiltinModelFindsByMeaning(t *testing.T) {
	folder, err := filepath.Abs("../../.cache/model")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(folder); err != nil {
		t.Skip("the embedding model's weights are not here; make model fetches them")
	}
	p := newPerson(t)
	p.journal(map[string]string{
		"01-05-2024.md": "The kitten was asleep in the bread basket.",
		"01-06-2024.md": "Paid the taxes, all of them, and went to bed early.",
		"01-07-2024.md": "The train was late, so we walked home along the canal.",
	})
	p.env["DAYBOOK_BUILTIN_MODEL"] = folder
	if out, errs, code := p.types("index"); code != exitOK || !strings.Contains(out, "3 passages embedded with builtin/") {
		t.Fatalf("code %d: %s%s", code, out, errs)
	}
	out, errs, code := p.types("ask", "--top-k", "1", "Where did our pet take a nap?")
	if code != exitOK || !strings.Contains(out, "kitten") {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "none"
	if out, _, _ := p.types("ask", "Where did our pet take a nap?"); strings.Contains(out, "kitten") {
		t.Errorf("by words alone it finds\n%s", out)
	}
	// What the second stage kept goes once nothing uses it.
	kept := func() []string {
		files, err := filepath.Glob(filepath.Join(p.dir, "*", "*", "words.db"))
		more, err2 := filepath.Glob(filepath.Join(p.dir, "*", "words.db"))
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		return append(files, more...)
	}
	if len(kept()) != 1 {
		t.Errorf("the words of the second stage are in %q", kept())
	}
	if out, errs, code := p.types("index"); code != exitOK || len(kept()) != 0 {
		t.Errorf("code %d: %s%s; %q is left", code, out, errs, kept())
	}
	p.env["DAYBOOK_MODEL_EMBEDDING"], p.env["DAYBOOK_BUILTIN_MODEL"] = "", p.dir
	if out, errs, code := p.types("check"); code != exitFailure || !strings.Contains(out, "builtin") {
		t.Errorf("a folder without the model: code %d\n%s%s", code, out, errs)
	}
}

// In a journal that isn't English the multilingual model does the same.
func TestMultilingualModelFindsByMeaning(t *testing.T) {
	folder, err := filepath.Abs(cmp.Or(os.Getenv("DAYBOOK_TEST_MODEL"), "../../.cache/model"))
	if err != nil {
		t.Fatal(err)
	}
	if !embed.HasMultilingual(folder) {
		t.Skip("the multilingual model is not here; make model fetches it")
	}
	p := newPerson(t)
	p.journal(map[string]string{
		"01-05-2024.md": "Das Kätzchen schlief heute den ganzen Nachmittag im Brotkorb, und niemand wollte es wecken.",
		"01-06-2024.md": "Endlich die Steuern bezahlt, alle auf einmal, und dann bin ich früh ins Bett gegangen.",
		"01-07-2024.md": "Der Zug hatte wieder Verspätung, also sind wir am Kanal entlang nach Hause gelaufen.",
	})
	p.env["DAYBOOK_BUILTIN_MODEL"], p.env["DAYBOOK_LANGUAGE"] = folder, "german"
	if out, errs, code := p.types("index"); code != exitOK || !strings.Contains(out, "3 passages embedded with builtin/multilingual-e5-small") {
		t.Fatalf("code %d: %s%s", code, out, errs)
	}
	out, errs, code := p.types("ask", "--top-k", "1", "Wo hat unser Haustier ein Nickerchen gemacht?")
	if code != exitOK || !strings.Contains(out, "Kätzchen") {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
	if out, errs, code := p.types("check"); code != exitOK || !strings.Contains(out, "multilingual-e5-small") {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
}
