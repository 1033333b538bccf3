package glossary

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLessons(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{"Ursala came to tea.", "Ursula came to tea.", "Ursula<Ursala"},
		{"We saw Ursala, and then Ursala's mother.", "We saw Ursula, and then Ursula's mother.", "Ursula<Ursala Ursula<Ursala"},
		{"Tea with [Oda?] at four.", "Tea with Oda at four.", "Oda<"},
		{"Tea with [Ada?] at four.", "Tea with Oda at four.", "Oda<Ada"},
		{"Tea with [illegible] at four.", "Tea with Oda at four.", "Oda<"},
		{"I came form the sea.", "I came from the sea.", "from<form"},
		{"Off to day by boat.", "Off today by boat.", "today<to day"},
		{"Off to Brightling sea by boat.", "Off to Brightlingsea by boat.", "Brightlingsea<Brightling sea"},
		{"It rained.", "It rained. And I added this whole sentence.", ""},
		{"It rained all day long here.", "It rained.", ""},
		{"A cat sat.", "A windmill sat.", ""},
		{"On 4 June.", "On 5 June.", ""},
		{"the Sea", "the sea", ""},
		{"same", "same", ""},
		{"", "words", ""},
	} {
		var got []string
		for _, l := range lessonsOf(c.before, c.after) {
			got = append(got, l.Word+"<"+l.Misread)
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%q to %q: %q, want %q", c.before, c.after, text, c.want)
		}
	}
}

// world returns a glossary, and which of its entries are public. Entries that the
// map lacks are private or deleted.
func world(t *testing.T) (*Glossary, map[string]bool) {
	public := map[string]bool{"a": true, "b": true}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return New(Config{
		Path: filepath.Join(t.TempDir(), "glossary.json"),
		Now:  func() time.Time { now = now.Add(time.Second); return now },
		Public: func(_ context.Context, ids []string) (map[string]bool, error) {
			out := map[string]bool{}
			for _, id := range ids {
				out[id] = public[id]
			}
			return out, nil
		},
	}), public
}

func (g *Glossary) mustHint(t *testing.T) []string {
	t.Helper()
	hints, err := g.Hints(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return hints
}

func TestPrivateNotesTeachNothing(t *testing.T) {
	g, public := world(t)
	public["p"] = false
	for _, id := range []string{"p", "gone"} {
		if err := g.Learn(t.Context(), id, "Quilwort came.", "Quillwort came."); err != nil {
			t.Fatal(err)
		}
	}
	if hints := g.mustHint(t); len(hints) > 0 {
		t.Errorf("hints %q", hints)
	}
	// One that becomes private, or is deleted, takes its words along, unless
	// another has them too.
	if err := g.Learn(t.Context(), "a", "Ursala and Ida Home.", "Ursula and Ida Holm."); err != nil {
		t.Fatal(err)
	}
	if err := g.Learn(t.Context(), "b", "Ursela came.", "Ursula came."); err != nil {
		t.Fatal(err)
	}
	if hints := g.mustHint(t); !slices.Equal(hints, []string{"Holm (misread as Home)", "Ursula (misread as Ursala, Ursela)"}) {
		t.Errorf("hints %q", hints)
	}
	public["a"] = false
	if hints := g.mustHint(t); !slices.Equal(hints, []string{"Ursula (misread as Ursala, Ursela)"}) {
		t.Errorf("hints %q", hints)
	}
	delete(public, "b")
	if hints := g.mustHint(t); len(hints) > 0 {
		t.Errorf("hints %q", hints)
	}
}

func TestGlossaryIsEdited(t *testing.T) {
	g, _ := world(t)
	if err := g.Learn(t.Context(), "a", "I came form the sea with Ursala.", "I came from the sea with Ursula."); err != nil {
		t.Fatal(err)
	}
	if hints := g.mustHint(t); !slices.Equal(hints, []string{"Ursula (misread as Ursala)"}) {
		t.Errorf("a common word after one correction: %q", hints)
	}
	if err := g.Put(t.Context(), "Brightlingsea", nil); err != nil {
		t.Fatal(err)
	}
	if err := g.Remove(t.Context(), "Ursula"); err != nil {
		t.Fatal(err)
	}
	if err := g.Learn(t.Context(), "b", "form here", "from here"); err != nil {
		t.Fatal(err)
	}
	if hints := g.mustHint(t); !slices.Equal(hints, []string{"Brightlingsea", "from (misread as form)"}) {
		t.Errorf("hints %q", hints)
	}
	for _, bad := range []string{"", " x", "a\nb", strings.Repeat("x", 81)} {
		if g.Put(t.Context(), bad, nil) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if g.Remove(t.Context(), "nothing") == nil {
		t.Error("an unknown word is removed")
	}
	// It is bounded, and what was typed stays.
	for i := range 2 * maxTerms {
		word := fmt.Sprintf("Name%c%c%c", 'a'+i%26, 'a'+i/26%26, 'a'+i/676)
		if err := g.Learn(t.Context(), "a", word+"x came", word+" came"); err != nil {
			t.Fatal(err)
		}
	}
	terms, err := g.Terms(t.Context())
	if err != nil || len(terms) != maxTerms || len(g.mustHint(t)) != maxHints {
		t.Errorf("%d terms, %v", len(terms), err)
	}
	if !slices.ContainsFunc(terms, func(t Term) bool { return t.Word == "Brightlingsea" }) {
		t.Error("a word that was typed is gone")
	}
}
