package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook/internal/store"
)

// sameScores checks that a search of public entries scores them as it does when
// there are no others.
func sameScores(t *testing.T, s store.Store) {
	t.Helper()
	scores := func() (list []string) {
		for _, h := range must(s.SearchWords(t.Context(), store.WordQuery{Any: []string{"apple", "pie", "juice"}}, store.Filter{Public: true}, 10))(t) {
			list = append(list, fmt.Sprintf("%s %.6f", h.Passage.EntryID, h.Score))
		}
		slices.Sort(list)
		return list
	}
	beside := scores()
	notes := must(s.NotesOf(t.Context(), []string{"secret"}))(t)
	ok(t, s.Apply(t.Context(), store.Batch{Delete: []string{"secret"}}))
	if alone := scores(); !slices.Equal(beside, alone) {
		t.Errorf("beside a private entry the scores are %v, and without it %v", beside, alone)
	}
	ok(t, s.Apply(t.Context(), store.Batch{Put: notes}))
	for _, p := range must(s.WithoutVector(t.Context(), store.Space{Model: "p/m", Dim: 2}, false, 0, 100))(t) {
		ok(t, s.PutVectors(t.Context(), store.Space{Model: "p/m", Dim: 2}, []store.PassageVector{{ID: p.ID, Vector: []float32{1, float32(p.ID % 7)}}}))
	}
}

// privateEntries checks that private entries can be listed and left out.
func privateEntries(t *testing.T, s store.Store) {
	secret, plain, late := note("secret", "2024-01-01", "apple tree\n\napple wine", "#private/health"), note("plain", "2024-01-02", "apple pie"), note("late", "2024-01-03", "apple juice")
	secret.Entry.Private = true
	put(t, s, secret, plain, late)
	sp := store.Space{Model: "p/m", Dim: 2}
	for _, p := range must(s.WithoutVector(t.Context(), sp, false, 0, 100))(t) {
		ok(t, s.PutVectors(t.Context(), sp, []store.PassageVector{{ID: p.ID, Vector: []float32{1, float32(p.ID % 7)}}}))
	}
	see := func(name, public, private string) {
		t.Helper()
		for _, c := range []struct {
			filter store.Filter
			want   string
		}{{store.Filter{Public: true}, public}, {store.Filter{Private: true}, private}} {
			var words, near, newest []string
			for _, h := range must(s.SearchWords(t.Context(), store.WordQuery{Any: []string{"apple"}}, c.filter, 10))(t) {
				words = append(words, h.Passage.EntryID)
			}
			for _, h := range must(s.SearchVectors(t.Context(), sp, []float32{1, 0}, c.filter, 10, 0))(t) {
				near = append(near, h.Passage.EntryID)
			}
			for _, e := range must(s.Newest(t.Context(), c.filter, 0))(t) {
				newest = append(newest, e.ID)
				if e.Private != c.filter.Private {
					t.Errorf("%s: %s has private %t", name, e.ID, e.Private)
				}
			}
			for how, ids := range map[string][]string{"words": words, "meaning": near, "newest": newest} {
				slices.Sort(ids)
				if got := strings.Join(slices.Compact(ids), " "); got != c.want {
					t.Errorf("%s: %s with %+v finds %q, want %q", name, how, c.filter, got, c.want)
				}
			}
		}
	}
	see("as put", "late plain", "secret")
	if v := must(s.Vocabulary(t.Context(), true))(t); fmt.Sprint(v.Terms, v.Counts, v.Passages) != "[apple juice pie] [2 1 1] 2" {
		t.Errorf("the vocabulary of public entries is %v %v of %d passages", v.Terms, v.Counts, v.Passages)
	}
	sameScores(t, s)
	if e := must(store.EntryOf(t.Context(), s, "secret"))(t); !e.Private || !slices.Equal(e.Tags, []string{"#private/health"}) {
		t.Errorf("the entry came back as %+v", e)
	}
	if n := must(s.NotesOf(t.Context(), []string{"secret", "plain"}))(t); !n[0].Entry.Private || n[1].Entry.Private {
		t.Error("the notes came back otherwise")
	}
	if st := must(s.Stats(t.Context()))(t); st.Private != 1 || st.PrivatePassages != 2 {
		t.Errorf("%d private entries with %d passages are counted", st.Private, st.PrivatePassages)
	}

	before := must(s.Generation(t.Context()))(t)
	ok(t, s.Apply(t.Context(), store.Batch{Private: []string{"late", "nobody"}, Touch: []store.NoteState{late.State}}))
	if v := must(s.Vocabulary(t.Context(), true))(t); v.Count("juice") != 0 || v.Count("pie") != 1 {
		t.Error("the vocabulary of public entries has the words of one that turned private")
	}
	see("marked", "plain", "late secret")
	if must(s.Generation(t.Context()))(t) == before {
		t.Error("an entry became private, and the journal is said to be the same")
	}
	if e := must(store.EntryOf(t.Context(), s, "late"))(t); e.Text != "apple juice" {
		t.Errorf("marking changed the text to %q", e.Text)
	}
	other := store.Space{Model: "p/other", Dim: 2}
	var list []string
	for _, p := range must(s.WithoutVector(t.Context(), other, true, 0, 100))(t) {
		list = append(list, p.EntryID+":"+p.Text)
	}
	if got := strings.Join(list, " "); got != "plain:apple pie" {
		t.Errorf("a vector is wanted of %q", got)
	}
	secret.Entry.Private, secret.Entry.Tags = false, nil
	put(t, s, secret, late)
	see("unmarked", "late plain secret", "")
	if e := must(store.EntryOf(t.Context(), s, "secret"))(t); e.Private || len(e.Tags) != 0 {
		t.Errorf("the entry came back as %+v", e)
	}
}

// ledgerLines checks the ledger.
func ledgerLines(t *testing.T, s Keeper) {
	at := func(n int) time.Time { return time.Date(2024, 6, 1, 12, 0, 0, n*1000, time.UTC) }
	line := func(id string, n int, model, task string) store.LedgerLine {
		return store.LedgerLine{ID: id, At: at(n), Model: model, Task: task, Count: 1, Body: []byte(`{"n": "` + id + `"}`)}
	}
	ok(t, s.WriteLedger(t.Context(), store.LedgerBatch{Lines: []store.LedgerLine{line("a", 1, "p/m", "chat"), line("c", 3, "pq/m", "chat"), line("b", 3, "p/m", "embedding"), line("d", 4, "", "read")}}))
	ok(t, s.WriteLedger(t.Context(), store.LedgerBatch{}))
	seen := func(f store.LedgerFilter, want string) []store.LedgerLine {
		t.Helper()
		lines := must(s.Lines(t.Context(), f))(t)
		var ids []string
		for _, l := range lines {
			ids = append(ids, l.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%+v lists %q, want %q", f, got, want)
		}
		return lines
	}
	all := seen(store.LedgerFilter{}, "d b c a")
	if l := all[3]; !l.At.Equal(at(1)) || l.Model != "p/m" || l.Task != "chat" || l.Count != 1 || string(l.Body) != `{"n": "a"}` {
		t.Errorf("a line came back as %+v", l)
	}
	seen(store.LedgerFilter{Provider: "p"}, "b a")
	seen(store.LedgerFilter{Task: "chat"}, "c a")
	seen(store.LedgerFilter{Since: at(3)}, "d b c")
	seen(store.LedgerFilter{Until: at(3)}, "a")
	seen(store.LedgerFilter{Limit: 2}, "d b")
	seen(store.LedgerFilter{Limit: 2, Before: &all[1]}, "c a")
	seen(store.LedgerFilter{Provider: "' OR 1=1 --"}, "")
	again := line("a", 5, "p/m", "chat")
	again.Body = []byte("{}")
	ok(t, s.WriteLedger(t.Context(), store.LedgerBatch{Lines: []store.LedgerLine{again, again}}))
	if l := seen(store.LedgerFilter{}, "a d b c")[0]; l.Count != 3 || string(l.Body) != "{}" {
		t.Errorf("a line that came again is %+v", l)
	}
	ok(t, s.WriteLedger(t.Context(), store.LedgerBatch{DropBefore: at(4)}))
	seen(store.LedgerFilter{}, "a d")
	for _, text := range hostile {
		if strings.ContainsRune(text, 0) {
			continue // it is written as JSON
		}
		ok(t, s.WriteLedger(t.Context(), store.LedgerBatch{Lines: []store.LedgerLine{store.LedgerLine{ID: text, At: at(9), Model: text, Task: text, Body: []byte(text)}}}))
		if l := must(s.Lines(t.Context(), store.LedgerFilter{Task: text}))(t); len(l) != 1 || string(l[0].Body) != text || l[0].ID != text {
			t.Errorf("%q came back otherwise", text)
		}
	}
}
