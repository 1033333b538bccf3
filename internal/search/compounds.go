package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"daybook/internal/store"
)

// compounding are the languages that join words without a space.
var compounding = []string{"german", "dutch", "danish", "swedish", "norwegian", "finnish", "hungarian"}

func (s *Searcher) compounds() bool { return slices.Contains(compounding, s.Analyzer.Language()) }

// Limits on the parts of compounds, in letters and number: shorter parts begin
// and end many words by chance.
const (
	shortestPart = 5
	shortestNoun = 4 // of a word with a capital, which may be a noun, in German
	leastRest    = 4 // of the compound, beside the part
	maxCompounds = 8
	// compoundWeight is the weight of a compound or a part relative to the word.
	compoundWeight = 0.5
)

// compoundsWith returns the compounds of the journal that begin or end with a
// word of at least shortest letters: "Zahnarzttermin" and "Milchzahn" for "Zahn".
func (s *Searcher) compoundsWith(term string, shortest int, vocabulary *store.Vocabulary) []string {
	if utf8.RuneCountInString(term) < shortest || !s.compounds() {
		return nil
	}
	var found []string
	for _, other := range vocabulary.Terms {
		if len(other) < len(term)+leastRest {
			continue
		}
		if strings.HasPrefix(other, term) || strings.HasSuffix(other, term) {
			found = append(found, other)
		}
	}
	return rarestFirst(found, vocabulary)
}

// parts returns the words of the journal that a compound begins or ends with:
// "Eier" for "Ostereier", "Kirsche" for "Kirschtorte". A verb is one without its
// prefix: "wachen" for "aufwachen".
func (s *Searcher) parts(word string, vocabulary *store.Vocabulary) []string {
	if utf8.RuneCountInString(word) < shortestNoun+leastRest-1 || !s.compounds() {
		return nil
	}
	word = strings.ToLower(word)
	var found []string
	add := func(part string) {
		if utf8.RuneCountInString(part) < shortestNoun {
			return
		}
		for _, term := range s.terms(part) {
			if vocabulary.Count(term) > 0 && !s.Analyzer.Stop(term) && !slices.Contains(found, term) {
				found = append(found, term)
			}
		}
	}
	for i := range word {
		if utf8.RuneCountInString(word[:i]) >= 2 {
			add(word[i:])
		}
		if utf8.RuneCountInString(word[i:]) >= leastRest {
			add(word[:i])
			add(strings.TrimSuffix(strings.TrimSuffix(word[:i], "s"), "n"))
		}
	}
	return rarestFirst(found, vocabulary)
}

// rarestFirst returns at most maxCompounds terms, the rarest first: these say most.
func rarestFirst(terms []string, vocabulary *store.Vocabulary) []string {
	slices.SortStableFunc(terms, func(a, b string) int { return vocabulary.Count(a) - vocabulary.Count(b) })
	return terms[:min(len(terms), maxCompounds)]
}

// relatedByParts returns the compounds with a word of a question, and its parts.
func (s *Searcher) relatedByParts(word, term string, vocabulary *store.Vocabulary) []string {
	if !s.compounds() {
		return nil
	}
	shortest := shortestPart
	if first, _ := utf8.DecodeRuneInString(word); unicode.IsUpper(first) {
		shortest = shortestNoun
	}
	related := s.compoundsWith(term, shortest, vocabulary)
	for _, part := range s.parts(word, vocabulary) {
		if part != term && !slices.Contains(related, part) {
			related = append(related, part)
		}
	}
	return related
}

// joinParts adds the compounds with the words of a topic, and their parts, to a
// query. Common words get none: they would only add noise.
func (s *Searcher) joinParts(of *Query, q *store.WordQuery, vocabulary *store.Vocabulary) {
	if !s.compounds() {
		return
	}
	tokens := s.Analyzer.Tokens(of.Topic)
	for _, t := range tokens[:min(len(tokens), maxTerms)] {
		if s.isPhrasing(of, t.Term) || frequent(t.Term, vocabulary) {
			continue
		}
		for _, term := range s.relatedByParts(of.Topic[t.Start:t.End], t.Term, vocabulary) {
			if !slices.Contains(q.Any, term) {
				q.Any = append(q.Any, term)
				q.Weights[term] = compoundWeight
			}
		}
	}
}
