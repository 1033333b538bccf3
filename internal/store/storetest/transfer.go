package storetest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/threads"
	"daybook/internal/vector"
)

func notesComeBackWhole(t *testing.T, s store.Store) {
	var want []store.Note
	for i, text := range hostile {
		n := note(fmt.Sprintf("e%d", i), "1660-09-25 2024-02-29", "first\n\n"+text, "#tag", "#é")
		n.State.Size, n.State.ModTime = int64(i), -int64(i)
		want = append(want, n)
	}
	want = append(want, note("empty", "2024-01-01", ""))
	put(t, s, want...)
	slices.Reverse(want)
	ids := []string{"nobody"}
	for _, n := range want {
		ids = append(ids, n.Entry.ID)
	}
	got := must(s.NotesOf(t.Context(), ids))(t)
	for i := range got {
		for j := range got[i].Passages {
			got[i].Passages[j].ID = 0
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("came back as\n%+v\nwent in as\n%+v", got, want)
	}
	if got := must(s.NotesOf(t.Context(), nil))(t); len(got) != 0 {
		t.Errorf("no ids, and %d notes", len(got))
	}
}

func vectorsComeBack(t *testing.T, s store.Store) {
	sp := store.Space{Model: "p/m", Dim: 33}
	fill(t, s, sp, 20)
	put(t, s, note("x", "2024-01-01", "passage without a vector"))
	var ids []int64
	for _, id := range []string{"n003", "x", "n019", "n000"} {
		ids = append(ids, must(s.Passages(t.Context(), id))(t)[0].ID)
	}
	got := must(s.VectorsOf(t.Context(), sp, append(ids, 1<<40)))(t)
	if len(got) != 3 || got[0].ID != ids[0] || got[1].ID != ids[2] || got[2].ID != ids[3] {
		t.Fatalf("vectors %+v", got)
	}
	for i, n := range []int{3, 19, 0} {
		want := must(vector.Normalise(vectorOf(n, sp.Dim), sp.Dim))(t)
		if d := cosineDistance(got[i].Vector, want); d > 1e-6 {
			t.Errorf("the vector of %d is %f away from itself", n, d)
		}
	}
	// Those have length 1, and go in as they are.
	ok(t, s.PutVectors(t.Context(), sp, got))
	if again := must(s.VectorsOf(t.Context(), sp, ids))(t); !reflect.DeepEqual(again, got) {
		t.Error("a vector of length 1 was changed")
	}
	if got := must(s.VectorsOf(t.Context(), store.Space{Model: "p/other", Dim: 33}, ids))(t); len(got) != 0 {
		t.Errorf("a space without vectors has %d", len(got))
	}
}

func threadsAreReplaced(t *testing.T, s store.Store) {
	ctx := t.Context()
	ok(t, threads.In(s).CreateThread(ctx, thread("a", 1), message("old", "a", 1, "gone")))
	ok(t, threads.In(s).CreateThread(ctx, thread("b", 1), message("elsewhere", "b", 1, "x")))
	if _, _, err := threads.In(s).BeginTurn(ctx, turn("a", "gone")); err != nil {
		t.Fatal(err)
	}
	th := thread("a", 50)
	th.Tags, th.Title = []string{"#new"}, hostile[0]
	done, pending := turn("a", "k1"), turn("a", "k2")
	done.Answer.Status, done.Answer.Text = daybook.Interrupted, "half"
	done.Answer.Citations = []daybook.Citation{{Number: 1, EntryID: "e", Date: day("1660-09-25")}}
	messages := []daybook.Message{message("m2", "a", 20, "x"), message("m1", "a", 10, "y"), done.Question, done.Answer, pending.Question, pending.Answer}
	for range 2 { // once more changes nothing
		ok(t, threads.In(s).ReplaceThread(ctx, th, messages, []daybook.Turn{done, pending}))
		if got := must(threads.In(s).Thread(ctx, "a"))(t); !reflect.DeepEqual(got, th) {
			t.Errorf("the thread is %+v, want %+v", got, th)
		}
		if got := must(s.Messages(ctx, "a"))(t); !reflect.DeepEqual(got, messages) {
			t.Errorf("its messages are\n%+v, want\n%+v", got, messages)
		}
		if got := must(s.Turns(ctx, store.TurnQuery{ThreadID: "a"}))(t); !reflect.DeepEqual(got, []daybook.Turn{done, pending}) {
			t.Errorf("its turns are %+v", got)
		}
		if got := must(threads.In(s).PendingTurns(ctx))(t); !reflect.DeepEqual(got, []daybook.Turn{pending}) {
			t.Errorf("pending are %+v", got)
		}
	}
	wantKind(t, threads.In(s).ReplaceThread(ctx, th, []daybook.Message{message("elsewhere", "a", 1, "x")}, nil), daybook.Conflict)
	wantMessages(t, s, "a", "m2 m1 q-a-k1 a-a-k1 q-a-k2 a-a-k2")
	wantMessages(t, s, "b", "elsewhere")
	// Life goes on.
	pending.Answer.Text, pending.Answer.Status, pending.Answer.Time = "all", daybook.Complete, at(60)
	ok(t, threads.In(s).UpdateTurn(ctx, pending))
	ok(t, threads.In(s).AddMessage(ctx, message("m9", "a", 70, "z")))
	wantMessages(t, s, "a", "m2 m1 q-a-k1 a-a-k1 q-a-k2 a-a-k2 m9")
}

func everythingIsListed(t *testing.T, s store.Store) {
	ctx := t.Context()
	if all := must(s.AllMeta(ctx))(t); len(all) != 0 {
		t.Errorf("an empty store has %v", all)
	}
	want := map[string]string{"a": "1", "user:b": hostile[0], "": "x"}
	for k, v := range want {
		ok(t, s.SetMeta(ctx, k, v))
	}
	if all := must(s.AllMeta(ctx))(t); !maps.Equal(all, want) {
		t.Errorf("%v, want %v", all, want)
	}
	ok(t, s.WriteScans(ctx, store.ScanBatch{Pages: []store.PageText{{Key: "k2", Scan: [32]byte{2}, Text: ""}}}))
	ok(t, s.WriteScans(ctx, store.ScanBatch{Pages: []store.PageText{{Key: "k1", Scan: [32]byte{1}, Text: hostile[4]}}}))
	var pages []string
	ok(t, s.PageTexts(ctx, nil, func(page store.PageText) error {
		pages = append(pages, fmt.Sprint(page.Key, page.Scan[0], page.Text))
		return nil
	}))
	if !slices.Equal(pages, []string{"k11" + hostile[4], "k22"}) {
		t.Errorf("the pages say %q", pages)
	}
	w := store.WrittenNote{Text: "one", Before: "before", Parts: []store.PagePart{{Scan: "a.pdf", Page: 1, Start: 0, End: 3}}}
	ok(t, s.WriteScans(ctx, store.ScanBatch{Written: map[string]store.WrittenNote{"a.md": w}}))
	ok(t, s.WriteScans(ctx, store.ScanBatch{Written: map[string]store.WrittenNote{"b.md": {Text: "two"}}}))
	if got := must(s.WrittenNotes(ctx))(t); !reflect.DeepEqual(got, map[string]store.WrittenNote{"a.md": w, "b.md": {Text: "two"}}) {
		t.Errorf("written notes %+v", got)
	}
}
