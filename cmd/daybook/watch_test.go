package main

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/internal/llm/llmtest"
)

// finds returns the files that a search of the server's finds.
func (p *person) finds(server, words string) (files []string) {
	p.t.Helper()
	var found struct{ Results []struct{ File string } }
	body := p.get(server + "/search?q=" + url.QueryEscape(words))
	if err := json.Unmarshal([]byte(body), &found); err != nil {
		p.t.Fatalf("%v: %s", err, body)
	}
	for _, r := range found.Results {
		files = append(files, r.File)
	}
	return files
}

// embeds gives the person an embedding model, of a fake that answers so.
func (p *person) embeds(play func(llmtest.Request) llmtest.Script) *llmtest.Server {
	fake := llmtest.Start(p.t, play)
	p.env["OPENAI_API_KEY"], p.env["OPENAI_BASE_URL"] = llmtest.Key, fake.BaseURL("openai")
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "openai/text-embedding-3-small"
	return fake
}

// embedded counts the calls that sent a text with such a word.
func embedded(fake *llmtest.Server, word string) (n int) {
	for _, r := range fake.Requests() {
		if slices.ContainsFunc(r.Inputs, func(text string) bool { return strings.Contains(text, word) }) {
			n++
		}
	}
	return n
}

func TestServerFollowsTheJournal(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"01-05-2024.md": "Swam in the lake with Oda, past the weir."})
	fake := p.embeds(func(llmtest.Request) llmtest.Script { return llmtest.Script{} })
	server, log, _ := p.serves()
	path := func(name string) string { return filepath.Join(p.dir, "journal", name) }
	eventually(t, func() bool { return embedded(fake, "the weir") == 1 })

	p.journal(map[string]string{"01-06-2024.md": "Baked a cake with quinces, and burnt it."})
	eventually(t, func() bool { return slices.Equal(p.finds(server, `"with quinces"`), []string{"01-06-2024.md"}) })
	eventually(t, func() bool { return embedded(fake, "burnt it") == 1 })

	// Renamed notes keep their vectors: only what is new in them is sent.
	if err := os.Mkdir(path("2024"), 0o700); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"01-05-2024.md": "2024/01-05-2024.md", "01-06-2024.md": "01-07-2024.md"} {
		if err := os.Rename(path(from), path(to)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, func() bool { return slices.Equal(p.finds(server, `"with quinces"`), []string{"01-07-2024.md"}) })
	eventually(t, func() bool { return slices.Equal(p.finds(server, `"the weir" lake`), []string{"2024/01-05-2024.md"}) })
	p.journal(map[string]string{"01-08-2024.md": "Nothing but fog."})
	eventually(t, func() bool { return embedded(fake, "but fog") == 1 })
	for _, words := range []string{"past the weir", "burnt it"} {
		if n := embedded(fake, words); n != 1 {
			t.Errorf("%q was embedded %d times", words, n)
		}
	}
	out, _, _ := p.types("check")
	if !strings.Contains(out, "3 passages") {
		t.Errorf("check:\n%s", out)
	}

	if err := os.Remove(path("01-07-2024.md")); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return len(p.finds(server, `"with quinces"`)) == 0 })
	if strings.Contains(log.String(), "level=WARN") || strings.Contains(log.String(), "quinces") {
		t.Errorf("the log:\n%s", log)
	}
}

// An embedding that takes its time keeps nothing from being found by words.
func TestEditIsFoundWhileTheJournalIsEmbedded(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"01-05-2024.md": "Swam in the lake with Oda."})
	fake := p.embeds(func(r llmtest.Request) llmtest.Script {
		return llmtest.Script{Mute: slices.ContainsFunc(r.Inputs, func(text string) bool { return strings.Contains(text, "with Oda") })}
	})
	server, _, stop := p.serves()
	eventually(t, func() bool { return fake.Open() == 1 })
	for _, words := range []string{"quinces", "medlars"} {
		p.journal(map[string]string{"01-06-2024.md": "Baked a cake of " + words + "."})
		eventually(t, func() bool { return slices.Equal(p.finds(server, `"`+words+`"`), []string{"01-06-2024.md"}) })
	}
	if fake.Open() != 1 {
		t.Error("the embedding did not last")
	}
	stop()
}
