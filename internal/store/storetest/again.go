package storetest

import (
	"reflect"
	"testing"

	"daybook"
	"daybook/internal/store"
)

// A note whose passages stayed the same, as when it is read by other rules, is
// what it says now in everything else.
func samePassagesAgain(t *testing.T, s store.Store) {
	ctx := t.Context()
	const text = "apples and pears\n\nplums"
	put(t, s, note("a", "2024-01-01", text, "#old"), note("b", "2024-01-05", "apples"))
	vectors := func() int {
		return len(must(s.VectorsOf(ctx, store.Space{Model: "p/m", Dim: 2}, passageIDs(t, s, "a")))(t))
	}
	for _, id := range passageIDs(t, s, "a") {
		ok(t, s.PutVectors(ctx, store.Space{Model: "p/m", Dim: 2}, []store.PassageVector{{ID: id, Vector: []float32{0, 1}}}))
	}
	changed := note("a", "2024-02-02 2024-02-03", text, "#new", "#Other")
	changed.Entry.Title, changed.Entry.Private, changed.State.Size = "renamed", true, 77
	for _, want := range []store.Note{changed, note("a", "2024-01-01", text, "#old")} {
		before := must(s.Generation(ctx))(t)
		ok(t, s.Apply(ctx, store.Batch{Put: []store.Note{want}}))
		if after := must(s.Generation(ctx))(t); after == before {
			t.Error("the change is not reported")
		}
		if got := must(store.EntryOf(ctx, s, "a"))(t); !reflect.DeepEqual(got, want.Entry) {
			t.Errorf("it is\n%+v\nand not\n%+v", got, want.Entry)
		}
		finds := func(f store.Filter) bool {
			hits := must(s.SearchWords(ctx, store.WordQuery{All: []string{"plums"}}, f, 5))(t)
			listed := false
			for _, e := range must(s.Newest(ctx, f, 0))(t) {
				listed = listed || e.ID == "a"
			}
			if listed != (len(hits) == 1) {
				t.Errorf("%+v: listed is %t, and found %d times", f, listed, len(hits))
			}
			return listed
		}
		private := want.Entry.Private
		for what, found := range map[string]bool{
			"public": finds(store.Filter{Public: true}) == !private, "private": finds(store.Filter{Private: true}) == private,
			"its old tag": finds(store.Filter{Tags: []string{"#old"}}) == !private, "its new tags": finds(store.Filter{Tags: []string{"#new", "#other"}}) == private,
			"its old day": finds(store.Filter{Days: []daybook.DateRange{{From: day("2024-01-01"), To: day("2024-01-01")}}}) == !private,
			"its new day": finds(store.Filter{Days: []daybook.DateRange{{From: day("2024-02-03"), To: day("2024-02-09")}}}) == private,
		} {
			if !found {
				t.Errorf("private %t: wrong by %s", private, what)
			}
		}
		if n := vectors(); n != 2 {
			t.Errorf("%d of 2 vectors are left", n)
		}
		if stats := must(s.Stats(ctx))(t); stats.Entries != 2 || stats.Passages != 3 {
			t.Errorf("%+v", stats)
		}
		for _, state := range must(s.NoteStates(ctx))(t) {
			if state.EntryID == "a" && state != want.State {
				t.Errorf("its state is %+v", state)
			}
		}
	}
}

func passageIDs(t *testing.T, s store.Store, entry string) (ids []int64) {
	t.Helper()
	for _, p := range must(s.Passages(t.Context(), entry))(t) {
		ids = append(ids, p.ID)
	}
	return ids
}
