package search

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"daybook/internal/store"
	"daybook/internal/text"
)

// Near readings: a word that a transcription marks as uncertain, "[Ursola?]", is
// also found by words that look like it in handwriting. Words that were read with
// certainty have no near readings.
const (
	// readingWeight is the weight of a near reading relative to the word itself.
	readingWeight = 0.5
	leastReading  = 0.01
	maxReadings   = 8
	// confused is the cost of confusing letters that look alike in handwriting. Any
	// other wrong, missing or extra letter costs 1.
	confused = 0.4
	// longestReading is the length, in letters, above which words are not compared.
	longestReading = 32
)

// lookAlike lists letters that are easily confused in handwriting, and
// lookAlikeFirst capitals, which begin a word.
var (
	lookAlike = pairs(`a/o a/u a/e a/ci a/ei a/ce b/h b/l b/f b/k c/e c/o c/r c/i d/cl d/ol d/el d/a e/i e/l e/o f/s f/t f/p
		g/y g/q g/j g/s h/k h/li h/lr h/n i/j i/l i/t i/r l/t k/lc k/le m/rn m/nn m/in m/ni m/iu m/ui m/ur m/ru m/w m/n n/u n/r n/v n/ri n/ii
		o/v p/f q/y r/v r/s r/x r/t s/x u/v u/ii u/w u/ll u/ee u/ri v/y v/w w/vv w/uu w/ui w/iv w/ur w/n y/z y/ij y/j`)
	lookAlikeFirst = pairs(`b/r b/p p/r d/o c/g c/l g/s h/k h/n h/st i/t i/s j/t j/i f/t f/j s/l l/t l/h n/w o/q k/r w/u`)
)

type lookalike struct{ a, b []rune }

// lookalikes are pairs of letters by the last ones of both.
type lookalikes map[[2]rune][]lookalike

// pairs reads pairs of letters; each holds both ways.
func pairs(list string) lookalikes {
	all := lookalikes{}
	add := func(a, b []rune) {
		ends := [2]rune{a[len(a)-1], b[len(b)-1]}
		all[ends] = append(all[ends], lookalike{a, b})
	}
	for _, pair := range strings.Fields(list) {
		a, b, _ := strings.Cut(pair, "/")
		add([]rune(a), []rune(b))
		add([]rune(b), []rune(a))
	}
	return all
}

// readingLimit is the greatest cost of a near reading of a word: in a short one
// only letters that look alike.
func readingLimit(letters int) float64 {
	switch {
	case letters < 3:
		return 0
	case letters <= 4:
		return confused
	case letters == 5:
		return 2 * confused
	case letters <= 7:
		return 1
	}
	return 1 + confused
}

// costs holds the cost of each pair of prefixes of two words, by their lengths.
type costs [longestReading + 1][longestReading + 1]float64

// readingCost returns the cost of misreading one word as another. Both are in lower
// case. If it exceeds limit, any value above limit may be returned.
func readingCost(word, read []rune, limit float64) float64 {
	n, m := len(word), len(read)
	if n > longestReading || m > longestReading || float64(max(n-m, m-n)) > 2*limit+1 {
		return limit + 1
	}
	var cost costs
	before := math.Inf(1) // the least cost of the row before
	for i := range n + 1 {
		least := math.Inf(1)
		for j := range m + 1 {
			if cost[i][j] = cheapest(&cost, word[:i], read[:j]); cost[i][j] < least {
				least = cost[i][j]
			}
		}
		if least > limit && before > limit {
			return least // letters that look alike reach back two rows at most
		}
		before = least
	}
	return cost[n][m]
}

// cheapest returns the cost of two prefixes, given the costs of all shorter ones.
func cheapest(cost *costs, a, b []rune) float64 {
	i, j := len(a), len(b)
	if i == 0 || j == 0 {
		return float64(i + j)
	}
	if a[i-1] == b[j-1] {
		return cost[i-1][j-1]
	}
	best := 1 + min(cost[i-1][j-1], cost[i-1][j], cost[i][j-1])
	if i == 1 && j == 1 {
		best = min(best, lookAlikeFirst.cost(cost, a, b))
	}
	return min(best, lookAlike.cost(cost, a, b))
}

// cost returns the cost of two prefixes that end in letters that look alike.
func (l lookalikes) cost(cost *costs, a, b []rune) float64 {
	best := math.Inf(1)
	for _, p := range l[[2]rune{a[len(a)-1], b[len(b)-1]}] {
		i, j := len(a)-len(p.a), len(b)-len(p.b)
		if i >= 0 && j >= 0 && slices.Equal(a[i:], p.a) && slices.Equal(b[j:], p.b) {
			best = min(best, cost[i][j]+confused)
		}
	}
	return best
}

// readings returns the terms of the uncertain words that may be the given one,
// nearest first. Term is what the word is searched by.
func (s *Searcher) readings(word, term string, vocabulary *store.Vocabulary) []variant {
	asked := []rune(strings.TrimPrefix(s.Analyzer.Reading(word), text.ReadingMark))
	limit := readingLimit(len(asked))
	var found []variant
	first, _ := slices.BinarySearch(vocabulary.Terms, text.ReadingMark)
	for _, reading := range vocabulary.Terms[first:] {
		read, ok := strings.CutPrefix(reading, text.ReadingMark)
		if !ok {
			break
		}
		stem := s.terms(read)
		if len(stem) != 1 || stem[0] == term {
			continue // found by the word itself
		}
		cost := readingCost(asked, []rune(read), limit)
		if cost > limit && utf8.RuneCountInString(term) > 3 {
			cost = readingCost([]rune(term), []rune(stem[0]), readingLimit(utf8.RuneCountInString(term)))
		}
		if cost <= limit {
			found = append(found, variant{reading, cost})
		}
	}
	slices.SortStableFunc(found, func(a, b variant) int { return cmp.Compare(a.cost, b.cost) })
	return found[:min(len(found), maxReadings)]
}

// addReadings adds to a query the uncertain words that its words may be. They
// count less than the word itself.
func (s *Searcher) addReadings(topic string, q *store.WordQuery, vocabulary *store.Vocabulary) {
	var asked []string
	for _, t := range s.Analyzer.Tokens(topic) {
		if !slices.Contains(q.Any, t.Term) || q.Weights[t.Term] != 0 || slices.Contains(asked, t.Term) {
			continue
		}
		asked = append(asked, t.Term)
		own := idf(max(vocabulary.Count(t.Term), 1), vocabulary.Passages)
		for _, r := range s.readings(topic[t.Start:t.End], t.Term, vocabulary) {
			if slices.Contains(q.Any, r.term) {
				continue
			}
			weight := readingWeight * math.Pow(0.5, r.cost) * min(1, own/idf(vocabulary.Count(r.term), vocabulary.Passages))
			for _, stem := range s.terms(r.term) {
				weight -= q.Weights[stem] // it is a variant as well
			}
			q.Any = append(q.Any, r.term)
			q.Weights[r.term] = max(weight, leastReading)
		}
	}
}

// exactFirst puts the entries that have the one word that q asks for before those
// that have only an uncertain word in its place.
func (s *Searcher) exactFirst(results []Result, q store.WordQuery) {
	has := map[string]bool{}
	for i, term := range q.Any {
		switch {
		case strings.HasPrefix(term, text.ReadingMark):
			has[term] = true
		case i > 0 && q.Weights[term] == 0:
			return // more than one word
		}
	}
	if len(has) == 0 {
		return
	}
	nearly := map[string]bool{}
	for _, r := range results {
		tokens := s.Analyzer.Tokens(r.Entry.Text)
		exact := slices.ContainsFunc(tokens, func(t text.Token) bool { return t.Term == q.Any[0] })
		near := func(term string) bool { return has[term] }
		nearly[r.Entry.ID] = !exact && slices.ContainsFunc(s.Analyzer.Readings(r.Entry.Text, tokens, text.Doubts(r.Entry.Text)), near)
	}
	slices.SortStableFunc(results, func(a, b Result) int {
		switch {
		case nearly[a.Entry.ID] == nearly[b.Entry.ID]:
			return 0
		case nearly[b.Entry.ID]:
			return -1
		}
		return 1
	})
}
