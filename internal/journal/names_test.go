package journal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/internal/ingest"
	"daybook/internal/search"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
	"daybook/internal/text"
	"daybook/internal/vault"
)

// folderOf writes notes into a new folder.
func folderOf(t *testing.T, notes map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, note := range notes {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(note), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// The names in the front matter of a note are of one person: a search and a count
// for one find the others. Those in private notes are left out.
func TestAliasesOfNotes(t *testing.T) {
	v, err := vault.New(vault.Options{PrivateTags: []string{"#private"}, Journal: folderOf(t, map[string]string{
		"2024-01-01.md": "Tea with Mum by the harbour.", "2024-01-02.md": "Ursula Brandt rang.", "2024-01-03.md": "Bread, and rain.", "2024-01-04.md": "Saw the Ferryman.",
	}), Evergreen: folderOf(t, map[string]string{
		"Ursula Brandt.md": "---\naliases: [Mum, Uschi]\n---\nMy mother.",
		"Boats.md":         "Nothing here.",
		"Hidden.md":        "---\naliases: [Ferryman]\ntags: [private]\n---\nA secret.",
	})})
	if err != nil {
		t.Fatal(err)
	}
	analyzer, err := text.New("english")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "daybook.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := ingest.New(v, analyzer, db).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	people := &aliases{vault: v, index: db}
	groups, err := people.Aliases(t.Context())
	if err != nil || len(groups) != 1 || strings.Join(groups[0], "|") != "Ursula Brandt|Mum|Uschi" {
		t.Fatalf("%q, %v", groups, err)
	}
	s := search.New(search.Config{Index: db, Analyzer: analyzer, People: people})
	for _, question := range []string{"Where was Mum?", "Where was Uschi?", "Where was Ursula Brandt?"} {
		q, err := s.Prepare(t.Context(), question, store.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		found, err := s.Find(t.Context(), q, 5)
		days := ""
		for _, r := range found.Results {
			days += r.Entry.Title + " "
		}
		if err != nil || !strings.Contains(days, "2024-01-01") || !strings.Contains(days, "2024-01-02") {
			t.Errorf("%s: %s, %v", question, days, err)
		}
	}
	q := search.Query{Topic: "mention Mum", Mentions: search.Count}
	found, err := s.Find(t.Context(), q, 5)
	if err != nil || len(found.Mentions.Days) != 2 || !found.Mentions.Approximate() {
		t.Errorf("%+v, %v", found.Mentions, err)
	}
}

func TestLanguageOfAJournal(t *testing.T) {
	german := "Heute war ich mit Anna am See, und wir haben bis zum Abend nichts gemacht als zu lesen. "
	english := "This morning I went to the market and bought some of the apples that they had from the island. "
	for want, notes := range map[string]map[string]string{
		"german":  {"2024-01-01.md": strings.Repeat(german, 5), "2024-01-02.md": german, "2024-01-03.md": english},
		"english": {"2024-01-01.md": strings.Repeat(english, 5), "2024-01-02.md": german, "2024-01-03.md": english},
	} {
		v, err := vault.New(vault.Options{Journal: folderOf(t, notes)})
		if err != nil {
			t.Fatal(err)
		}
		if got := detectLanguage(t.Context(), v); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for _, notes := range []map[string]string{{}, {"2024-01-01.md": "12 14 kcal"}} {
		v, err := vault.New(vault.Options{Journal: folderOf(t, notes)})
		if err != nil {
			t.Fatal(err)
		}
		if got := detectLanguage(t.Context(), v); got != "english" {
			t.Errorf("%v: %s", notes, got)
		}
	}
}
