package late

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"daybook"
	"daybook/internal/embed"
	"daybook/internal/search"
	"daybook/internal/store"
)

// letters is a model whose states say which letter a word begins with.
type letters struct{ calls *int32 }

const dim = 64

func (m letters) States(_ context.Context, text string) (embed.States, []float32, error) {
	atomic.AddInt32(m.calls, 1)
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

func (m letters) DocumentStates(ctx context.Context, text string) (embed.States, error) {
	s, _, err := m.States(ctx, text)
	return s, err
}

func (letters) Piece(token uint16) string { return string(rune(token)) }

// passages is an index that lists them.
type passages struct {
	list       []store.PassageText
	generation string
	read       int // passages that were asked for
}

func (p *passages) WithoutVector(_ context.Context, _ store.Space, _ bool, after int64, limit int) ([]store.PassageText, error) {
	var out []store.PassageText
	for _, one := range p.list {
		if one.ID > after && len(out) < limit {
			out = append(out, one)
		}
	}
	p.read += len(out)
	return out, nil
}

func (p *passages) Passages(_ context.Context, entryID string) ([]daybook.Passage, error) {
	var out []daybook.Passage
	for _, one := range p.list {
		if one.EntryID == entryID {
			out = append(out, daybook.Passage{ID: one.ID, EntryID: entryID, Text: one.Text})
		}
	}
	p.read += len(out)
	return out, nil
}

func (p *passages) Generation(context.Context) (string, error) { return p.generation, nil }

func openIndex(t *testing.T, p *passages, path string, calls *int32) *Index {
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
	calls := int32(0)
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
	calls := int32(0)
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

// After a change to an entry, its states are computed and those of what it said
// before are erased, by asking for its passages alone.
func TestSyncEntries(t *testing.T) {
	p, calls := &passages{generation: "1"}, int32(0)
	for i := range 2000 {
		p.list = append(p.list, store.PassageText{ID: int64(i + 1), EntryID: fmt.Sprint("entry ", i/2), Text: fmt.Sprintf("a b%d", i)})
	}
	p.list[2].Text = "shared by two entries"
	p.list[9].Text = p.list[2].Text
	x := openIndex(t, p, filepath.Join(t.TempDir(), "words.db"), &calls)
	if err := x.SyncEntries(t.Context(), []string{"entry 1"}); err != nil || len(x.rows) != 1999 {
		t.Fatalf("the first time: %d texts, %v", len(x.rows), err)
	}
	has := func(text string) bool {
		_, has := x.rows[keyOf(text)]
		return has
	}
	old := p.list[3].Text
	last := int64(len(p.list))
	edit := func(at int, texts ...string) {
		entry := p.list[at].EntryID
		p.list = slices.DeleteFunc(p.list, func(one store.PassageText) bool { return one.EntryID == entry })
		for _, text := range texts {
			last++
			p.list = append(p.list, store.PassageText{ID: last, EntryID: entry, Text: text})
		}
		p.generation += "1"
		p.read, calls = 0, 0
	}
	edit(2, "new words")
	if err := x.SyncEntries(t.Context(), []string{"entry 1"}); err != nil || calls != 1 || p.read > 4 {
		t.Errorf("an edit: %d calls, %d passages read, %v", calls, p.read, err)
	}
	if !has("new words") || has(old) || !has("shared by two entries") {
		t.Error("the states are not those of the entry's texts")
	}
	edit(len(p.list) - 1) // nothing is left of it
	if err := x.SyncEntries(t.Context(), []string{"entry 1"}); err != nil || has("new words") || p.read > 4 {
		t.Errorf("an entry without words: %d passages read, %v", p.read, err)
	}
	edit(6, "it says this now") // not told, and seen by a search first
	if _, err := x.Rerank(t.Context(), search.Ranking{Question: "a", Candidates: candidatesOf(p)[:1]}); err != nil {
		t.Fatal(err)
	}
	if err := x.SyncEntries(t.Context(), []string{"entry 7"}); err != nil || !has("it says this now") || has("shared by two entries") {
		t.Errorf("an entry that was not named: %v", err)
	}
	// The newest passage's ID is given to one of another text.
	last--
	edit(len(p.list)-1, "zebra")
	if err := x.SyncEntries(t.Context(), []string{"entry 4"}); err != nil || has("it says this now") || !has("zebra") {
		t.Errorf("an ID that is used again: %v", err)
	}
	if x.counts['n'] != 0 || x.counts['s'] != 0 {
		t.Errorf("counts %v", x.counts)
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
	p, calls := &passages{generation: "1", list: []store.PassageText{{ID: 1, EntryID: "a", Text: "a"}}}, int32(0)
	x := openIndex(t, p, path, &calls)
	if err := x.Sync(t.Context()); err != nil || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestRecord(t *testing.T) {
	calls := int32(0)
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
