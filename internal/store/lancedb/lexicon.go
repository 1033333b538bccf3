package lancedb

import (
	"slices"
	"strings"

	"daybook/internal/bm25"
	"daybook/internal/store"
)

// lexicon knows the terms of all passages by number, and ranks by them.
type lexicon struct {
	numbers map[string]uint32
	terms   []string
	counts  []int // of passages that contain a term
	ranking *bm25.Index
	// The vocabulary of all entries and of public ones; nil when something
	// changed.
	list, public *store.Vocabulary
}

func newLexicon() *lexicon {
	return &lexicon{numbers: map[string]uint32{}, ranking: bm25.New()}
}

// tokens numbers the terms of a passage, in their order.
func (l *lexicon) tokens(terms string) []uint32 {
	out := make([]uint32, 0, strings.Count(terms, " ")+1)
	for term := range strings.FieldsSeq(terms) {
		n, ok := l.numbers[term]
		if !ok {
			n = uint32(len(l.terms))
			term = strings.Clone(term)
			l.numbers[term] = n
			l.terms, l.counts = append(l.terms, term), append(l.counts, 0)
		}
		out = append(out, n)
	}
	return out
}

// change removes the passages gone, or adds passages with their lengths in
// come.
func (l *lexicon) change(gone []int64, passages []*passage, come map[int64]int) {
	by := 1
	if gone != nil {
		by = -1
	}
	mentioned := map[uint32]bool{}
	for _, p := range passages {
		for _, n := range distinct(p.tokens) {
			l.counts[n] += by
			mentioned[n] = true
		}
	}
	terms := make([]string, 0, len(mentioned))
	for n := range mentioned {
		terms = append(terms, l.terms[n])
	}
	l.ranking.Change(gone, come, terms)
	l.list, l.public = nil, nil
}

func distinct(tokens []uint32) []uint32 {
	sorted := slices.Clone(tokens)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// vocabulary returns all terms with their counts.
func (l *lexicon) vocabulary(passages int) *store.Vocabulary {
	v := &store.Vocabulary{Passages: passages}
	for n, count := range l.counts {
		if count > 0 {
			v.Terms = append(v.Terms, l.terms[n])
		}
	}
	slices.Sort(v.Terms)
	v.Counts = make([]int, len(v.Terms))
	for i, term := range v.Terms {
		v.Counts[i] = l.counts[l.numbers[term]]
	}
	return v
}

// count counts how often a term occurs in a passage.
func (p *passage) count(n uint32) (count int32) {
	for _, t := range p.tokens {
		if t == n {
			count++
		}
	}
	return count
}

// hasPhrase reports whether a passage contains the terms in a row.
func (p *passage) hasPhrase(phrase []uint32) bool {
	for i := 0; i+len(phrase) <= len(p.tokens); i++ {
		if slices.Equal(p.tokens[i:i+len(phrase)], phrase) {
			return true
		}
	}
	return false
}

// written returns a passage's terms as they were given.
func (l *lexicon) written(tokens []uint32) string {
	terms := make([]string, len(tokens))
	for i, n := range tokens {
		terms[i] = l.terms[n]
	}
	return strings.Join(terms, " ")
}
