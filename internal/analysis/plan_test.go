package analysis

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"daybook"
)

// byWords counts words, which is faster than tokens and good enough here.
func byWords(text string) int { return len(strings.Fields(text)) }

// diary makes entries of various lengths for some days of the years.
func diary(r *rand.Rand, first, last int) []daybook.Entry {
	var list []daybook.Entry
	for day := (daybook.Date{Year: first, Month: 1, Day: 1}); day.Year <= last; day = day.AddDays(1 + r.IntN(3)) {
		list = append(list, entry(day, fmt.Sprintf("e%d", len(list)), 20+r.IntN(400)))
	}
	return list
}

func entry(day daybook.Date, id string, words int) daybook.Entry {
	return daybook.Entry{ID: id, Path: id + ".md", Dates: []daybook.Date{day}, Text: strings.TrimSpace(strings.Repeat("word ", words))}
}

func planOf(entries []daybook.Entry, most int, req Request) *plan {
	return planner{req, sizes{chunk: most, fanIn: 4, fanYears: 3}, cutter{most, byWords}}.plan(slices.Clone(entries))
}

// chunksOf are the chunks of a plan, each by its entries.
func chunksOf(p *plan) map[string]bool {
	set := map[string]bool{}
	for _, n := range p.steps {
		if n.chunk != nil {
			set[strings.Join(n.ids, " ")] = true
		}
	}
	return set
}

// TestChunksStayPut adds entries to the plans of many journals: chunks without
// new entries don't change.
func TestChunksStayPut(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		entries := diary(r, 1660, 1662)
		before := planOf(entries, 1000, Request{})
		var added []daybook.Entry
		for i := range 3 {
			day := daybook.Date{Year: 1661, Month: 1, Day: 1}.AddDays(r.IntN(365))
			added = append(added, entry(day, fmt.Sprintf("new%d", i), 20+r.IntN(400)))
		}
		after := planOf(append(entries, added...), 1000, Request{})
		was, is := chunksOf(before), chunksOf(after)
		moved, touched := 0, map[string]bool{}
		for c := range is {
			if strings.Contains(c, "new") {
				for _, id := range strings.Fields(c) {
					touched[id] = true
				}
			}
		}
		for c := range is {
			if !was[c] && !strings.Contains(c, "new") {
				moved++
			}
		}
		for c := range was {
			if !is[c] && len(strings.Fields(c)) > 60 {
				t.Errorf("seed %d: a chunk of %d entries", seed, len(strings.Fields(c)))
			}
		}
		// A chunk that overflows becomes two or three, not all with the new
		// entry.
		if moved > 6 {
			t.Errorf("seed %d: %d chunks without a new entry are other ones", seed, moved)
		}
		years := 0
		for i, n := range after.years {
			if !slices.Equal(n.ids, before.years[i].ids) {
				years++
			}
		}
		if years != 1 {
			t.Errorf("seed %d: %d years changed", seed, years)
		}
	}
}

// TestEveryEntryIsInOneChunk, whole, and none is over the limit.
func TestEveryEntryIsInOneChunk(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 2))
		entries := diary(r, 1660, 1660+r.IntN(4))
		entries = append(entries, entry(entries[0].Dates[0], "same day", 900), entry(entries[0].Dates[0], "large", 5000))
		p := planOf(entries, 1000, Request{})
		seen := map[string]int{}
		for _, n := range p.steps {
			if n.chunk == nil {
				continue
			}
			if n.chunk.tokens() > 1000 {
				t.Errorf("seed %d: a chunk of %d", seed, n.chunk.tokens())
			}
			for _, piece := range n.chunk {
				seen[piece.id]++
				if piece.of == 1 && piece.id == "large" {
					t.Error("a large entry in one piece")
				}
			}
		}
		for _, e := range entries {
			if seen[e.ID] != 1 && e.ID != "large" || seen["large"] < 5 {
				t.Errorf("seed %d: %s is in %d chunks", seed, e.ID, seen[e.ID])
			}
		}
		if len(p.final.ids) != len(entries) || len(p.inRange) != len(entries) {
			t.Errorf("the last step rests on %d of %d entries", len(p.final.ids), len(entries))
		}
	}
}

// TestStepsComeAfterTheirParts, and none has more parts than fit.
func TestStepsComeAfterTheirParts(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	entries := diary(r, 1660, 1674)
	p := planOf(entries, 600, Request{})
	at, ids := map[*node]int{}, map[string]bool{}
	rounds := 0
	for i, n := range p.steps {
		at[n] = i
		if ids[n.id] {
			t.Errorf("two steps are %s", n.id)
		}
		ids[n.id] = true
		if n.kind == RoundStep {
			rounds++
		}
		if len(n.parts) > 4 {
			t.Errorf("%s is given %d parts", n.name, len(n.parts))
		}
		for _, part := range n.parts {
			if j, ok := at[part]; !ok || j >= i {
				t.Errorf("%s comes before its part %s", n.name, part.name)
			}
		}
	}
	if len(p.years) != 15 || rounds < 15 || p.years[3].year != 1663 {
		t.Errorf("%d years, %d rounds", len(p.years), rounds)
	}
	comparing := planOf(entries, 600, Request{Periods: []Period{
		{From: daybook.Date{Year: 1660, Month: 1, Day: 1}, To: daybook.Date{Year: 1661, Month: 12, Day: 31}},
		{From: daybook.Date{Year: 1500, Month: 1, Day: 1}, To: daybook.Date{Year: 1500, Month: 12, Day: 31}},
		{From: daybook.Date{Year: 1670, Month: 6, Day: 1}, To: daybook.Date{Year: 1670, Month: 8, Day: 31}},
	}})
	if len(comparing.periods) != 3 || comparing.periods[1] != nil || len(comparing.final.parts) != 2 || comparing.place(1) != 2 || comparing.periods[2].period != 3 {
		t.Errorf("periods %+v", comparing.periods)
	}
	for _, e := range entries {
		_, in := comparing.inRange[e.ID]
		if want := e.Date().Year <= 1661 || e.Date().Year == 1670 && e.Date().Month >= time.June && e.Date().Month <= time.August; in != want {
			t.Errorf("%s is in range: %v", e.Date(), in)
		}
	}
}

// FuzzSplit cuts any text into parts that fit and together are the text.
func FuzzSplit(f *testing.F) {
	f.Add("One. Two three.\n\nFour five six seven. Eight\nnine", 3)
	f.Add(strings.Repeat("äöü", 100), 5)
	f.Add("\xff\xfe\x00", 1)
	f.Fuzz(func(t *testing.T, text string, most int) {
		if most < 1 || most > 1000 || len(text) > 10_000 {
			return
		}
		bytes := func(s string) int { return len(s) }
		parts := cutter{most, bytes}.split(text, most)
		for _, p := range parts {
			if len(p) > most && utf8.RuneCountInString(p) > 1 {
				t.Fatalf("a part of %d bytes, of %d", len(p), most)
			}
		}
		if strings.Join(strings.Fields(strings.Join(parts, "")), "") != strings.Join(strings.Fields(text), "") {
			t.Fatalf("%q became %q", text, parts)
		}
	})
}

func TestSizes(t *testing.T) {
	for _, m := range []Model{
		{Window: 8_192}, {Window: 128_000}, {Window: 1_000_000}, {Window: 128_000, TokensPerMinute: 30_000},
		{Window: 200_000, TokensPerMinute: 200_000}, {Window: 128_000, TokensPerMinute: 10_000}, {Window: 128_000, Output: 500},
	} {
		s, err := sizesOf(m, 50)
		if err != nil {
			t.Errorf("%+v: %v", m, err)
			continue
		}
		chunk := s.chunk + s.chunkOut + promptTokens + 50
		if chunk > m.Window || m.TokensPerMinute >= 20_000 && chunk > m.TokensPerMinute/10 || s.fanIn < 2 || s.fanYears < 2 {
			t.Errorf("%+v: %+v", m, s)
		}
	}
	if _, err := sizesOf(Model{Window: 8_192}, 6_000); daybook.KindOf(err) != daybook.Invalid {
		t.Errorf("a question as long as the window: %v", err)
	}
	if _, err := sizesOf(Model{Window: 8_192, TokensPerMinute: 500}, 10); daybook.KindOf(err) != daybook.Invalid {
		t.Errorf("a budget of nothing: %v", err)
	}
}
