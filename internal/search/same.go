package search

import (
	"strings"
	"unicode/utf8"
)

// fingerprint is the words of a passage, for telling whether another says the
// same.
type fingerprint map[string]bool

// Two passages say the same when they are long enough not to be alike by
// chance and share most of their words.
const (
	leastSame  = 20
	mostlySame = 0.9
)

// fingerprintOf returns the words of the passage that a result was found by;
// nil when there is none, or when it is too short to tell.
func fingerprintOf(r Result) fingerprint {
	if len(r.Hits) == 0 {
		return nil
	}
	p := r.Hits[0].Passage
	if p.Start < 0 || p.End > len(r.Entry.Text) || p.Start > p.End || !utf8.ValidString(r.Entry.Text[p.Start:p.End]) {
		return nil // the entry changed meanwhile
	}
	words := fingerprint{}
	for word := range strings.FieldsSeq(r.Entry.Text[p.Start:p.End]) {
		words[word] = true
	}
	if len(words) < leastSame {
		return nil
	}
	return words
}

// same reports whether the passages share nine of ten words of both.
func (f fingerprint) same(other fingerprint) bool {
	if f == nil || other == nil || float64(min(len(f), len(other))) < mostlySame*float64(max(len(f), len(other))) {
		return false
	}
	shared := 0
	for word := range f {
		if other[word] {
			shared++
		}
	}
	return float64(shared) >= mostlySame*float64(len(f)+len(other)-shared)
}
