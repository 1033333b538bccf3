package language

import (
	"slices"
	"testing"
)

// Every file can be read and has what the program asks for.
func TestFiles(t *testing.T) {
	names := []string{"vector", "recent", "counted", "nothing", "nearest"}
	for name, l := range all() {
		if len(l.Dates) == 0 || l.Count == nil || l.First == nil || l.Last == nil || l.Asking == nil || l.Phrasing == "" || l.Verbs == "" {
			t.Errorf("%s lacks a section", name)
		}
		for _, s := range names {
			if l.Sentences[s] == "" {
				t.Errorf("%s has no sentence %q", name, s)
			}
		}
		for s := range l.Sentences {
			if !slices.Contains(names, s) {
				t.Errorf("%s has a sentence %q that is never used", name, s)
			}
		}
		seen := map[string]bool{}
		for _, p := range l.Dates {
			if p.Means == "" || seen[p.Text] {
				t.Errorf("%s: %q is there twice or means nothing", name, p.Text)
			}
			seen[p.Text] = true
		}
	}
	if len(Of("de").Dates) == 0 || len(Of("German").Dates) == 0 || len(Of("english").Dates) != 0 {
		t.Error("a language is not found by its name or code")
	}
}

func TestMalformedFiles(t *testing.T) {
	for _, data := range []string{"[dates]\nheute", "[count]\n(", "[other]\nx", "x = y", "[sentences]\nvector"} {
		if _, err := parse(data); err == nil {
			t.Errorf("%q is read", data)
		}
	}
}
