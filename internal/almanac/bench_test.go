package almanac_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/almanac"
	"daybook/internal/store"
)

// manyDays is a shelf of 10,000 days of 300 words, of a vocabulary as uneven
// as that of a language, without files.
func manyDays(b *testing.B) *shelf {
	b.Helper()
	s := newShelf(b, "english", nil)
	r := rand.New(rand.NewPCG(5, 6))
	zipf := rand.NewZipf(r, 1.1, 4, 30_000)
	vocabulary := make([]string, 30_001)
	for i := range vocabulary {
		vocabulary[i] = fmt.Sprintf("%c%c%c%c", 'a'+i%26, 'a'+i/26%26, 'a'+i/676%26, 'a'+i/17576)
		if i%7 == 0 {
			vocabulary[i] = strings.ToUpper(vocabulary[i][:1]) + vocabulary[i][1:]
		}
	}
	first := daybook.Date{Year: 1995, Month: time.January, Day: 1}
	var batch store.Batch
	for i := range 10_000 {
		var text strings.Builder
		for n := range 300 {
			text.WriteString(vocabulary[zipf.Uint64()])
			text.WriteString(map[bool]string{true: ". ", false: " "}[n%12 == 11])
		}
		id := fmt.Sprintf("day%d", i)
		state := store.NoteState{Kind: daybook.Daily, Path: id + ".md", EntryID: id, Hash: [32]byte{byte(i), byte(i >> 8), 1}}
		batch.Put = append(batch.Put, store.Note{State: state, Entry: daybook.Entry{
			ID: id, Kind: daybook.Daily, Path: state.Path, Title: id, Dates: []daybook.Date{first.AddDays(i)}, Text: text.String(),
		}})
	}
	ok(b, s.store.Apply(b.Context(), batch))
	return s
}

func BenchmarkTenThousandDays(b *testing.B) {
	s := manyDays(b)
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			fresh := almanac.New(s.Config)
			_, err := fresh.Summary(b.Context(), store.Filter{})
			ok(b, err)
		}
	})
	ok(b, s.Refresh(b.Context()))
	b.Run("days", func(b *testing.B) {
		for b.Loop() {
			days, _, _, err := s.Days(b.Context(), daybook.DateRange{})
			ok(b, err)
			_, err = json.Marshal(days)
			ok(b, err)
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		for b.Loop() {
			_, err := s.State(b.Context())
			ok(b, err)
		}
	})
	for name, q := range map[string]string{"word": "eaaa", "row": "baaa caaa", "apart": "baaa caaa daaa eaaa faaa"} {
		b.Run("timeline/"+name, func(b *testing.B) {
			for b.Loop() {
				_, err := s.Timeline(b.Context(), q, almanac.Month, daybook.DateRange{})
				ok(b, err)
			}
		})
	}
	b.Run("filtered", func(b *testing.B) {
		i := 0
		for b.Loop() {
			i++
			_, err := s.Summary(b.Context(), store.Filter{Days: []daybook.DateRange{{From: daybook.Date{Year: 1995, Month: 1, Day: 1}.AddDays(i)}}})
			ok(b, err)
		}
	})
	b.Run("one changed", func(b *testing.B) {
		i := 0
		for b.Loop() {
			i++
			e, err := store.EntryOf(b.Context(), s.store, "day77")
			ok(b, err)
			state := store.NoteState{Kind: daybook.Daily, Path: "day77.md", EntryID: "day77", Hash: [32]byte{byte(i), byte(i >> 8), byte(i >> 16), 2}}
			ok(b, s.store.Apply(b.Context(), store.Batch{Put: []store.Note{{State: state, Entry: e}}}))
			ok(b, s.Refresh(b.Context()))
		}
	})
}
