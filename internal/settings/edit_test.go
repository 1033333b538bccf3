package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"daybook"
)

func TestEditChangesOnlyOneValue(t *testing.T) {
	journal, formats := Change{nil, "journal", `/home/ö "x"\y`}, Change{nil, "date_formats", []string{"YYYY-MM-DD", "D MMMM YYYY"}}
	const j, f = `'/home/ö "x"\y'`, `['YYYY-MM-DD', 'D MMMM YYYY']`
	for _, c := range []struct{ name, before, after string }{
		{"empty", "", "journal = " + j + "\ndate_formats = " + f + "\n"},
		{"there", "# mine\njournal  =\t\"old\" # where\ntop_k = 3\n", "# mine\njournal  =\t" + j + " # where\ntop_k = 3\ndate_formats = " + f + "\n"},
		{"both, in odd spelling", "\"date_formats\"=[ 'a',\n # why\n 'b' ]\n'journal'='x'\n[budgets]\n", "\"date_formats\"=" + f + "\n'journal'=" + j + "\n[budgets]\n"},
		{"tables alone", "# top\n[providers.journal]\njournal = \"x\"\n", "journal = " + j + "\ndate_formats = " + f + "\n# top\n[providers.journal]\njournal = \"x\"\n"},
		{"above tables", "top_k = 3 # few\n\n# servers\n[providers.m]\nbase_url = \"http://m\"\n", "top_k = 3 # few\njournal = " + j + "\ndate_formats = " + f + "\n\n# servers\n[providers.m]\nbase_url = \"http://m\"\n"},
		{"no last line end", "top_k = 3", "top_k = 3\njournal = " + j + "\ndate_formats = " + f + "\n"},
		{"Windows", "\ufefftop_k = 3\r\nidle_timeout = \"9s\"\r\n", "\ufefftop_k = 3\r\nidle_timeout = \"9s\"\r\njournal = " + j + "\r\ndate_formats = " + f + "\r\n"},
		{"of many lines", "journal = \"\"\"\nold\"\"\"\ndate_formats = []", "journal = " + j + "\ndate_formats = " + f},
		{"dotted", "budgets.journal = 1\njournal = 1", "budgets.journal = 1\njournal = " + j + "\ndate_formats = " + f + "\n"},
	} {
		src := sources(t, nil, nil, c.before)
		e, err := src.Edit(journal, formats)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if string(e.after) != c.after {
			t.Errorf("%s:\n%q\nwant\n%q", c.name, e.after, c.after)
		}
		if values, _, err := parseTOML(e.after); err != nil || values["journal"] != journal.Value {
			t.Errorf("%s: it reads as %v, %v", c.name, values, err)
		}
		if err := e.Write(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		path := filepath.Join(src.Home, ".config/daybook/config.toml")
		if data, err := os.ReadFile(path); err != nil || string(data) != c.after {
			t.Errorf("%s: %q, %v", c.name, data, err)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".config-*")); len(left) > 0 {
			t.Errorf("%s: left behind: %q", c.name, left)
		}
	}
}

func TestEditCreatesTheFileForItsOwnerOnly(t *testing.T) {
	src := sources(t, nil, nil, "")
	path := filepath.Join(src.Home, ".config/daybook/config.toml")
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	e, err := src.Edit(Change{nil, "journal", "/notes"})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := e.Load(src); err != nil || s.Journal != "/notes" || Outranks(s.Origin("journal")) {
		t.Errorf("%q from %q, %v", s.Journal, s.Origin("journal"), err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it was written before it was to be")
	}
	if err := e.Write(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestEditKeepsLinksModesAndOthersChanges(t *testing.T) {
	src := sources(t, nil, nil, "top_k = 3\n")
	path := filepath.Join(src.Home, ".config/daybook/config.toml")
	real := filepath.Join(src.Home, "dotfiles.toml")
	if err := os.Rename(path, real); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(real, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, path); err != nil {
		t.Fatal(err)
	}
	e, err := src.Edit(Change{nil, "journal", "/notes"})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Write(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info, err)
	}
	if info, err := os.Stat(real); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info, err)
	}
	// e was made from what stood there before.
	if err := e.Write(); daybook.KindOf(err) != daybook.Conflict {
		t.Errorf("over a change: %v", err)
	}
}

func TestEditRefusesWhatIsNoSettingsFile(t *testing.T) {
	if _, err := sources(t, nil, nil, "token = "+hidden).Edit(Change{nil, "journal", "x"}); daybook.KindOf(err) != daybook.Invalid || strings.Contains(err.Error(), hidden) {
		t.Errorf("%v", err)
	}
	src := sources(t, nil, nil, "top_k = \"many\"\n")
	e, err := src.Edit(Change{nil, "journal", "/notes"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Load(src); daybook.KindOf(err) != daybook.Invalid {
		t.Errorf("%v", err)
	}
}

func FuzzEdit(f *testing.F) {
	f.Add("journal = 'x' # y\n[t]\n", "/notes")
	f.Add("a.journal = 1\n# c", "it's \"here\"\\")
	f.Fuzz(func(t *testing.T, document, path string) {
		before, _, err := parseTOML([]byte(document))
		if err != nil {
			return
		}
		after, err := change([]byte(document), Change{nil, "journal", path})
		if _, table := before["journal"].(map[string]any); err != nil && (table || !utf8.ValidString(path)) {
			return
		}
		if err != nil {
			t.Fatalf("%q: %v", document, err)
		}
		values, _, err := parseTOML(after)
		if err != nil || values["journal"] != path {
			t.Fatalf("%q became %q: %v", document, after, err)
		}
		delete(before, "journal")
		delete(values, "journal")
		if len(before) != len(values) {
			t.Fatalf("%q became %q", document, after)
		}
	})
}
