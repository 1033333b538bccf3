package late

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/embed"
	"daybook/internal/search"
	"daybook/internal/store"
)

// letters is a model whose states say which letter a word begins with.
type letters struct{ calls *int }

const dim = 64

func (m letters) States(_ context.Context, text string) (embed.States, []float32, error) {
	*m.calls++
	var s embed.States
	mean := make([]float32, dim)
	for _, word := range strings.Fields(text) {
		row := make([]int8, dim)
		row[word[0]-'a'] = 127
		s.Tokens, s.Scales = append(s.Tokens, uint16(word[0])), append(s.Scales, 1.0/127)
		s.Codes = append(s.Codes, row...)
		mean[word[0]-'a']++
	}
	return s, mean, nil
}

func (letters) Piece(token uint16) string { return string(rune(token)) }

// passages is an index that lists them.
type passages struct {
	list       []store.PassageText
	generation string
}

func (p *passages) WithoutVector(_ context.Context, _ store.Space, _ bool, after int64, limit int) ([]store.PassageText, error) {
	var out []store.PassageText
	for _, one := range p.list {
		if one.ID > after && len(out) < limit {
			out = append(out, one)
		}
	}
	return out, nil
}

func (p *passages) Generation(context.Context) (string, error) { return p.generation, nil }

func openIndex(t *testing.T, p *passages, path string, calls *int) *Index {
	t.Helper()
	x := New(Config{Path: path, Passages: p, Model: letters{calls}})
	t.Cleanup(func() { x.Close() })
	return x
}

func candidatesOf(p *passages) []search.Candidate {
	var list []search.Candidate
	for _, one := range p.list {
		list = append(list, search.Candidate{Hit: search.Hit{Passage: daybook.Passage{ID: one.ID, EntryID: one.EntryID}}})
	}
	return list
}

func rank(t *testing.T, x *Index, p *passages, question string) (order []int64, done bool) {
	t.Helper()
	list := candidatesOf(p)
	ranked, err := x.Rerank(t.Context(), search.Ranking{Question: question, Candidates: list, Known: func(string) bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(list, func(a, b search.Candidate) int {
		if a.Score > b.Score {
			return -1
		}
		return 1
	})
	for _, c := range list {
		order = append(order, c.Passage.ID)
	}
	return order, ranked.Done
}

func TestRerank(t *testing.T) {
	p := &passages{generation: "1", list: []store.PassageText{
		{ID: 1, EntryID: "a", Text: "x y z"}, {ID: 2, EntryID: "b", Text: "m n x y z w v u"}, {ID: 3, EntryID: "c", Text: "m x x x"},
	}}
	calls := 0
	x := openIndex(t, p, filepath.Join(t.TempDir(), "words.db"), &calls)
	if _, done := rank(t, x, p, "m n"); done {
		t.Error("ranked without states")
	}
	if err := x.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if order, done := rank(t, x, p, "m n"); !done || !slices.Equal(order, []int64{2, 3, 1}) {
		t.Errorf("order %v, %v", order, done)
	}
	// A passage of the same day helps.
	p.list[0].EntryID = "b"
	if order, _ := rank(t, x, p, "m n"); order[0] != 2 {
		t.Errorf("order %v", order)
	}
}

// States are kept over a restart, computed for new passages alone, and erased
// with the last passage that has the text.
func TestSync(t *testing.T) {
	p := &passages{generation: "1", list: []store.PassageText{{ID: 1, EntryID: "a", Text: "secret a"}, {ID: 2, EntryID: "b", Text: "b c"}}}
	path := filepath.Join(t.TempDir(), "words.db")
	calls := 0
	x := openIndex(t, p, path, &calls)
	for range 2 {
		if err := x.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	x.Close()
	x = openIndex(t, p, path, &calls)
	p.list, p.generation = []store.PassageText{{ID: 2, EntryID: "b", Text: "b c"}, {ID: 3, EntryID: "d", Text: "d"}}, "2"
	if err := x.Sync(t.Context()); err != nil || calls != 3 {
		t.Errorf("%d calls, %v", calls, err)
	}
	if len(x.rows) != 2 || x.counts['s'] != 0 || x.counts['b'] != 1 {
		t.Errorf("%d texts, counts %v", len(x.rows), x.counts)
	}
	if _, has := x.rows[keyOf("secret a")]; has {
		t.Error("the states of a deleted text are kept")
	}
}

// A file that cannot be used is made anew: it can be computed again.
func TestUnusableFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "words.db")
	f, err := tryFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	f.close()
	p, calls := &passages{generation: "1", list: []store.PassageText{{ID: 1, EntryID: "a", Text: "a"}}}, 0
	x := openIndex(t, p, path, &calls)
	if err := x.Sync(t.Context()); err != nil || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestRecord(t *testing.T) {
	calls := 0
	s, _, _ := letters{&calls}.States(t.Context(), strings.Repeat("a b c ", 9))
	r := newRecord(s)
	got, err := readHead(r.head())
	if err != nil || !slices.Equal(got.tokens, r.tokens) || !slices.Equal(got.windows, r.windows) || len(r.windows) != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	for n := range r.head() {
		if _, err := readHead(r.head()[:n]); err == nil {
			t.Fatalf("read %d bytes of a record", n)
		}
	}
}
