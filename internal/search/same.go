package search

import (
	"strings"
	"unicode/utf8"
)

// fingerprint is the set of words of a passage, to detect duplicates.
type fingerprint map[string]bool

// Two passages are duplicates if they share most of their words and are long
// enough for that not to be chance.
const (
	leastSame  = 20
	mostlySame = 0.9
)

// fingerprintOf returns the words of a result's best passage; nil if there is
// no passage or if it is too short to compare.
func fingerprintOf(r Result) fingerprint {
	if len(r.Hits) == 0 {
		return nil
	}
	p := r.Hits[0].Passage
	if p.Start < 0 || p.End > len(r.Entry.Text) || p.Start > p.End || !utf8.ValidString(r.Entry.Text[p.Start:p.End]) {
		return nil // the entry changed since the search
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

// same reports whether the passages share nine tenths of their words.
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
