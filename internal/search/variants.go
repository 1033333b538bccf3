package search

import (
	"math"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"daybook/internal/store"
)

// A variant is another spelling of a word, by the writer or by a transcription
// ("Parmazan"). These constants say which words have variants and what weight
// they get.
const (
	// rare is the share of passages above which a word gets no variants: they
	// would only add noise.
	rare = 0.01
	// variantWeight is the weight of the best variant relative to the word.
	variantWeight = 0.6
	maxVariants   = 6
	// shortest is the least number of letters of a word that has variants.
	shortest = 3
)

// variants finds the words of a vocabulary that may be another spelling of a
// word. It is safe for concurrent use.
type variants struct {
	mu         sync.Mutex
	vocabulary *store.Vocabulary
	byInitial  map[rune][]int // indexes into the vocabulary
	letters    []uint32       // the letter set of each of its terms
}

// variant is another spelling and its distance from the word.
type variant struct {
	term string
	cost float64
}

// of returns the variants of a term in the vocabulary, nearest first.
func (v *variants) of(term string, vocabulary *store.Vocabulary) []variant {
	letters := utf8.RuneCountInString(term)
	if letters < shortest || strings.ContainsAny(term, "0123456789") {
		return nil
	}
	limit := costLimit(letters)
	initial, _ := utf8.DecodeRuneInString(term)
	own := lettersOf(term)
	starting, has := v.starting(vocabulary)
	var found []variant
	for _, i := range beginningLike(starting, folded(initial)) {
		// An edit removes a letter, adds one, or both, and costs at least half
		// a point.
		if float64(bits.OnesCount32(own^has[i])) > 4*limit {
			continue
		}
		other := vocabulary.Terms[i]
		if other == term || math.Abs(float64(len(other)-len(term))) > 3 {
			continue
		}
		if cost := spellingCost(term, other, limit); cost <= limit {
			found = append(found, variant{other, cost})
		}
	}
	for _, other := range unvowelled(term) {
		if vocabulary.Count(other) > 0 {
			found = append(found, variant{other, 0.5})
		}
	}
	slices.SortStableFunc(found, func(a, b variant) int {
		switch {
		case a.cost < b.cost:
			return -1
		case a.cost > b.cost:
			return 1
		}
		return 0
	})
	return found[:min(len(found), maxVariants)]
}

// unvowelled returns a word without the vowel before its first consonants, and
// with one: "asparagus" and "sparagus", "estate" and "state".
func unvowelled(term string) []string {
	first, size := utf8.DecodeRuneInString(term)
	if utf8.RuneCountInString(term) < 6 {
		return nil
	}
	if next, _ := utf8.DecodeRuneInString(term[size:]); vowel(first) && !vowel(next) {
		return []string{term[size:]}
	} else if vowel(first) {
		return nil
	}
	return []string{"a" + term, "e" + term}
}

// soundsLike are the folded letters that begin the same word in old spelling:
// "clyster" and "glyster", "enquire" and "inquire".
var soundsLike = map[rune][]rune{
	'k': {'k', 'g', 's'}, 'g': {'g', 'k', 'i'}, 's': {'s', 'k'}, 'e': {'e', 'i'}, 'i': {'i', 'e', 'g'},
	'f': {'f', 'p', 'u'}, 'p': {'p', 'f'}, 'u': {'u', 'f'},
}

// beginningLike returns the indexes of the terms that begin with a letter or one
// that sounds like it.
func beginningLike(starting map[rune][]int, initial rune) []int {
	like, ok := soundsLike[initial]
	if !ok {
		return starting[initial]
	}
	var all []int
	for _, r := range like {
		all = append(all, starting[r]...)
	}
	return all
}

// lettersOf returns the set of letters in a word: a bit for each Latin letter
// and a few shared by all others.
func lettersOf(word string) (set uint32) {
	for _, r := range word {
		if r >= 'a' && r <= 'z' {
			set |= 1 << (r - 'a')
		} else {
			set |= 1 << (26 + r%6)
		}
	}
	return set
}

// starting returns the indexes of the vocabulary's terms by first letter, and
// the letter set of each term.
func (v *variants) starting(vocabulary *store.Vocabulary) (byInitial map[rune][]int, letters []uint32) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.vocabulary != vocabulary {
		v.vocabulary, v.byInitial, v.letters = vocabulary, map[rune][]int{}, make([]uint32, len(vocabulary.Terms))
		for i, term := range vocabulary.Terms {
			initial, _ := utf8.DecodeRuneInString(term)
			initial = folded(initial)
			v.byInitial[initial] = append(v.byInitial[initial], i)
			v.letters[i] = lettersOf(term)
		}
	}
	return v.byInitial, v.letters
}

// costLimit returns the maximum distance of a variant from a word with that
// many letters.
func costLimit(letters int) float64 {
	switch {
	case letters <= 4:
		return 0.5
	case letters <= 7:
		return 1
	}
	return 1.5
}

// classes maps letters that are interchangeable in old or hasty spelling.
var classes = map[rune]rune{'z': 's', 'c': 'k', 'q': 'k', 'y': 'i', 'j': 'i', 'v': 'u', 'w': 'u'}

func folded(r rune) rune {
	if c, ok := classes[r]; ok {
		return c
	}
	return r
}

func vowel(r rune) bool { return strings.ContainsRune("aeiouy", r) }

// substitution returns the cost of writing b instead of a.
func substitution(a, b rune) float64 {
	switch {
	case a == b:
		return 0
	case folded(a) == folded(b), vowel(a) && vowel(b):
		return 0.5
	}
	return 1
}

// insertion returns the cost of adding or dropping r after before: low for a
// doubled letter and for a silent e or h.
func insertion(before, r rune) float64 {
	switch {
	case before == r:
		return 0.25
	case r == 'e' || r == 'h':
		return 0.5
	}
	return 1
}

// spellingCost returns the Levenshtein distance of a and b with the costs
// above. Once the distance must exceed limit, it may return any value above
// limit.
func spellingCost(a, b string, limit float64) float64 {
	from, to := []rune(a), []rune(b)
	before, row := make([]float64, len(to)+1), make([]float64, len(to)+1)
	for j := 1; j <= len(to); j++ {
		row[j] = row[j-1] + insertion(at(to, j-2), to[j-1])
	}
	for i := 1; i <= len(from); i++ {
		next, least := make([]float64, len(to)+1), math.Inf(1)
		next[0] = row[0] + insertion(at(from, i-2), from[i-1])
		for j := 1; j <= len(to); j++ {
			next[j] = min(row[j-1]+substitution(from[i-1], to[j-1]),
				row[j]+insertion(at(from, i-2), from[i-1]),
				next[j-1]+insertion(at(to, j-2), to[j-1]))
			if i > 1 && j > 1 && from[i-1] == to[j-2] && from[i-2] == to[j-1] {
				next[j] = min(next[j], before[j-2]+transposition)
			}
			least = min(least, next[j])
		}
		if least > limit+transposition {
			return least
		}
		before, row = row, next
	}
	return row[len(to)]
}

// transposition is the cost of two letters in the other order.
const transposition = 0.5

func at(letters []rune, i int) rune {
	if i < 0 {
		return 0
	}
	return letters[i]
}

// forgive adds the variants of rare words to a query. A variant gets at most
// variantWeight of the weight of its word: a rare spelling must not outweigh
// the word itself.
func (s *Searcher) forgive(q *store.WordQuery, vocabulary *store.Vocabulary) {
	for _, term := range slices.Clone(q.Any) {
		count := vocabulary.Count(term)
		if float64(count) > rare*float64(vocabulary.Passages) || q.Weights[term] != 0 {
			continue
		}
		asked := idf(max(count, 1), vocabulary.Passages)
		for _, v := range s.variants.of(term, vocabulary) {
			if slices.Contains(q.Any, v.term) {
				continue
			}
			own := idf(vocabulary.Count(v.term), vocabulary.Passages)
			q.Any = append(q.Any, v.term)
			q.Weights[v.term] = variantWeight * math.Pow(0.5, v.cost) * min(1, asked/own)
		}
	}
}

// rename adds the words of other names to a query.
func (s *Searcher) rename(of *Query, q *store.WordQuery) {
	for _, name := range of.Also {
		for _, term := range s.terms(name) {
			if !slices.Contains(q.Any, term) && !s.Analyzer.Stop(term) {
				q.Any = append(q.Any, term)
			}
		}
	}
}

// idf returns the BM25 weight of a word that occurs in count passages.
func idf(count, passages int) float64 {
	n, with := float64(passages), float64(count)
	return math.Log(1 + max(0, n-with+0.5)/(with+0.5))
}
