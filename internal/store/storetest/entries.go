package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/store"
)

func entriesComeBack(t *testing.T, s store.Store) {
	for i, text := range hostile {
		id := fmt.Sprintf("e%d", i)
		n := note(id, "1660-09-25 2024-02-29", text, "#tag", "#a/b-c", "#é")
		n.Entry.Title, n.Entry.Path = text[:min(len(text), 40)], fmt.Sprintf("%d/%s", i, text[:min(len(text), 40)])
		n.State.Path = n.Entry.Path
		put(t, s, n)
		got := must(store.EntryOf(t.Context(), s, id))(t)
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", n.Entry) {
			t.Errorf("came back as\n%+v\nwent in as\n%+v", got, n.Entry)
		}
		passages := must(s.Passages(t.Context(), id))(t)
		if len(passages) != len(n.Passages) {
			t.Fatalf("%d passages, want %d", len(passages), len(n.Passages))
		}
		for j, p := range passages {
			want := n.Passages[j].Passage
			if want.ID = p.ID; p != want || p.ID == 0 {
				t.Errorf("passage came back as %+v, want %+v", p, want)
			}
		}
	}
	evergreen := note("ever", "2024-01-01", "")
	evergreen.Entry.Kind, evergreen.State.Kind = daybook.Evergreen, daybook.Evergreen
	put(t, s, evergreen)
	if got := must(store.EntryOf(t.Context(), s, "ever"))(t); got.Kind != daybook.Evergreen || got.Text != "" {
		t.Errorf("an empty evergreen entry came back as %+v", got)
	}
	_, err := store.EntryOf(t.Context(), s, "nobody")
	wantKind(t, err, daybook.NotFound)
	got := must(s.Entries(t.Context(), []string{"e3", "nobody", "e1", "ever"}))(t)
	if ids := idsOf(got); ids != "e3 e1 ever" {
		t.Errorf("Entries returned %s", ids)
	}
	if got := must(s.Entries(t.Context(), nil))(t); len(got) != 0 {
		t.Errorf("no ids, and %d entries", len(got))
	}
}

func idsOf(entries []daybook.Entry) string {
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	return strings.Join(ids, " ")
}

func noteStates(t *testing.T, s store.Store) {
	a, b := note("a", "2024-01-01", "one"), note("b", "2024-01-02", "two")
	put(t, s, a, b)
	b.State.Size, b.State.ModTime, b.State.ChangeTime, b.State.Inode, b.State.Hash[0] = 99, -5, 7777777777777777777, 0, b.State.Hash[0]+1
	ok(t, s.Apply(t.Context(), store.Batch{Touch: []store.NoteState{b.State}}))
	states := must(s.NoteStates(t.Context()))(t)
	slices.SortFunc(states, func(x, y store.NoteState) int { return strings.Compare(x.Path, y.Path) })
	if !slices.Equal(states, []store.NoteState{a.State, b.State}) {
		t.Errorf("states %+v, want %+v", states, []store.NoteState{a.State, b.State})
	}
}

func findNoteStates(t *testing.T, s store.Store) {
	a, b, c, d := note("a", "2024-01-01", "one"), note("b", "2024-01-02", "two"), note("c", "2024-01-03", "three"), note("d", "2024-01-04", "one")
	a.State.Inode, b.State.Inode, c.State.Inode, d.State.Inode = 11, 1<<63+12, 13, 0
	b.Entry.Path, b.State.Path = "sub/b\xff'\".md", "sub/b\xff'\".md"
	c.Entry.Kind, c.State.Kind = daybook.Evergreen, daybook.Evergreen
	c.Entry.Path, c.State.Path = a.Entry.Path, a.Entry.Path
	put(t, s, a, b, c, d)
	daily := func(path string) store.NoteName { return store.NoteName{Kind: daybook.Daily, Path: path} }
	for name, test := range map[string]struct {
		query store.NoteQuery
		want  string
	}{
		"nothing":      {store.NoteQuery{}, ""},
		"a path":       {store.NoteQuery{Names: []store.NoteName{daily(b.Entry.Path)}}, "b"},
		"of its kind":  {store.NoteQuery{Names: []store.NoteName{{Kind: daybook.Evergreen, Path: "a.md"}}}, "c"},
		"an ID":        {store.NoteQuery{EntryIDs: []string{"a", "nobody"}}, "a"},
		"a hash":       {store.NoteQuery{Hashes: [][32]byte{a.State.Hash}}, "a d"},
		"an inode":     {store.NoteQuery{Inodes: []uint64{1<<63 + 12, 99}}, "b"},
		"inode zero":   {store.NoteQuery{Inodes: []uint64{0}}, ""},
		"unknown ones": {store.NoteQuery{Names: []store.NoteName{daily("b"), daily("SUB")}, EntryIDs: []string{""}, Hashes: [][32]byte{{}}, Inodes: []uint64{7}}, ""},
		"each once": {store.NoteQuery{Names: []store.NoteName{daily("a.md"), daily("d.md")}, EntryIDs: []string{"a", "b"}, Hashes: [][32]byte{a.State.Hash},
			Inodes: []uint64{11, 13}}, "a b c d"},
	} {
		var ids []string
		for _, state := range must(s.NoteStates(t.Context(), test.query))(t) {
			ids = append(ids, state.EntryID)
			if want := map[string]store.NoteState{"a": a.State, "b": b.State, "c": c.State, "d": d.State}[state.EntryID]; state != want {
				t.Errorf("%s: %+v, want %+v", name, state, want)
			}
		}
		slices.Sort(ids)
		if got := strings.Join(ids, " "); got != test.want {
			t.Errorf("%s: found %q, want %q", name, got, test.want)
		}
	}
	ok(t, s.Apply(t.Context(), store.Batch{Delete: []string{"a"}}))
	if left := must(s.NoteStates(t.Context(), store.NoteQuery{Hashes: [][32]byte{a.State.Hash}}))(t); len(left) != 1 || left[0] != d.State {
		t.Errorf("after one was deleted: %+v", left)
	}
}

func replaceAndDelete(t *testing.T, s store.Store) {
	put(t, s, note("a", "2024-01-01", "apple tree", "#old"), note("b", "2024-01-02", "apple pie"))
	changed := note("a", "2024-01-03", "plum tree", "#new")
	ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{changed}, Delete: []string{"b", "nobody"}}))
	if got := must(store.EntryOf(t.Context(), s, "a"))(t); got.Text != "plum tree" || got.Date() != day("2024-01-03") {
		t.Errorf("the entry is still %+v", got)
	}
	_, err := store.EntryOf(t.Context(), s, "b")
	wantKind(t, err, daybook.NotFound)
	for _, word := range []string{"apple", "pie"} {
		if hits := must(s.SearchWords(t.Context(), store.WordQuery{Any: []string{word}}, store.Filter{}, 10))(t); len(hits) != 0 {
			t.Errorf("%q is still found: %+v", word, hits)
		}
	}
	if got := must(s.Newest(t.Context(), store.Filter{Tags: []string{"#old"}}, 0))(t); len(got) != 0 {
		t.Errorf("the old tag still finds %s", idsOf(got))
	}
	if got := must(s.Newest(t.Context(), store.Filter{Days: []daybook.DateRange{{To: day("2024-01-02")}}}, 0))(t); len(got) != 0 {
		t.Errorf("the old day still finds %s", idsOf(got))
	}
	stats := must(s.Stats(t.Context()))(t)
	if stats.Entries != 1 || stats.Passages != 1 {
		t.Errorf("stats %+v", stats)
	}
}

func pathsAreExchanged(t *testing.T, s store.Store) {
	a, b := note("a", "2024-01-01", "one"), note("b", "2024-01-02", "two")
	put(t, s, a, b)
	a.Entry.Path, b.Entry.Path = b.Entry.Path, a.Entry.Path
	a.State.Path, b.State.Path = b.State.Path, a.State.Path
	put(t, s, a, b)
	if got := must(store.EntryOf(t.Context(), s, "a"))(t); got.Path != "b.md" {
		t.Errorf("a is at %s", got.Path)
	}
}

func batchIsAllOrNothing(t *testing.T, s store.Store) {
	put(t, s, note("a", "2024-01-01", "one"))
	clash := note("c", "2024-01-04", "three")
	clash.Entry.Path, clash.State.Path = "b.md", "b.md"
	err := s.Apply(t.Context(), store.Batch{
		Delete: []string{"a"}, Put: []store.Note{note("b", "2024-01-02", "two"), clash},
	})
	if err == nil {
		t.Fatal("no error for two entries with one path")
	}
	if got := idsOf(must(s.Newest(t.Context(), store.Filter{}, 0))(t)); got != "a" {
		t.Errorf("a batch that failed left %q", got)
	}
}

func newestInOrder(t *testing.T, s store.Store) {
	put(t, s, note("old", "1660-01-01", "x"), note("two", "2024-03-02", "x"), note("both", "2024-03-01 2025-01-01", "x"),
		note("tie", "2024-03-02", "x"), note("new", "2024-03-03", "x"))
	if got := idsOf(must(s.Newest(t.Context(), store.Filter{}, 0))(t)); got != "new tie two both old" {
		t.Errorf("newest: %s", got)
	}
	if got := idsOf(must(s.Newest(t.Context(), store.Filter{}, 2))(t)); got != "new tie" {
		t.Errorf("newest two: %s", got)
	}
}

func filters(t *testing.T, s store.Store) {
	evergreen := note("ever", "2024-03-05", "x", "#Work")
	evergreen.Entry.Kind, evergreen.State.Kind = daybook.Evergreen, daybook.Evergreen
	put(t, s, note("a", "1660-02-29", "x", "#work", "#sea/North/red-buoy"), note("b", "2024-03-01 2024-03-09", "x", "#WORK"),
		note("c", "2024-03-04", "x"), evergreen)
	for _, c := range []struct {
		f    store.Filter
		want string
	}{
		{store.Filter{}, "ever c b a"},
		{store.Filter{Days: []daybook.DateRange{{From: day("2024-03-04")}}}, "ever c b"},
		{store.Filter{Days: []daybook.DateRange{{To: day("2024-03-01")}}}, "b a"},
		{store.Filter{Days: []daybook.DateRange{{From: day("2024-03-09"), To: day("2024-03-09")}}}, "b"},
		{store.Filter{Days: []daybook.DateRange{{From: day("2024-03-05"), To: day("2024-03-08")}}}, "ever"},
		{store.Filter{Days: []daybook.DateRange{{From: day("1660-02-29"), To: day("1660-02-29")}}}, "a"},
		{store.Filter{Days: []daybook.DateRange{{To: day("1700-01-01")}, {From: day("2024-03-04"), To: day("2024-03-04")}}}, "c a"},
		{store.Filter{Days: []daybook.DateRange{}}, ""},
		{store.Filter{Kind: daybook.Daily}, "c b a"},
		{store.Filter{Kind: daybook.Evergreen}, "ever"},
		{store.Filter{Tags: []string{"#work"}}, "ever b a"},
		{store.Filter{Tags: []string{"#WORK", "#sea"}}, "a"},
		{store.Filter{Tags: []string{"#Sea/north"}}, "a"},
		{store.Filter{Tags: []string{"#sea/north/red-buoy"}}, "a"},
		{store.Filter{Tags: []string{"#sea/nor"}}, ""},
		{store.Filter{Tags: []string{"#wor"}}, ""},
		{store.Filter{Tags: []string{"' OR 1=1 --"}}, ""},
		{store.Filter{EntryIDs: []string{"a", "c", "nobody"}}, "c a"},
		{store.Filter{EntryIDs: []string{}}, ""},
		{store.Filter{EntryIDs: []string{"a", "b"}, Kind: daybook.Daily, Days: []daybook.DateRange{{From: day("2000-01-01")}}, Tags: []string{"#work"}}, "b"},
	} {
		if got := idsOf(must(s.Newest(t.Context(), c.f, 0))(t)); got != c.want {
			t.Errorf("%+v: %q, want %q", c.f, got, c.want)
		}
	}
	span := daybook.DateRange{From: day("1660-02-29"), To: day("2024-03-09")}
	if got := must(s.Span(t.Context()))(t); got != span {
		t.Errorf("the days are from %v, want %v", got, span)
	}
}
