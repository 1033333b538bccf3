package language

import (
	"strings"
	"sync"
	"unicode"
)

// known has the words that Daybook knows of each language, by its name.
var known = sync.OnceValue(func() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for _, l := range All() {
		set := map[string]bool{}
		lists := []string{l.Stop, l.Phrasing, l.Verbs, l.Questions}
		for _, names := range append(append([][]string{}, l.Months...), l.Weekdays...) {
			lists = append(lists, names[0])
		}
		for _, p := range l.Dates {
			lists = append(lists, p.Text)
		}
		for _, list := range lists {
			for _, word := range fields(list) {
				set[word] = true
			}
		}
		all[l.Name] = set
	}
	return all
})

// fields returns the words of a text in lower case. An apostrophe parts words,
// as in "qu'ai-je".
func fields(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
}

// Detect returns the language of a question. It is usual, unless the question has
// more known words of another language whose questions are understood, and at least
// two.
func Detect(question, usual string) string {
	words := fields(question)
	best, most := usual, count(words, usual)
	for _, l := range All() {
		if n := count(words, l.Name); l.Asks() && n > max(most, 1) {
			best, most = l.Name, n
		}
	}
	return best
}

// leastSample is the least number of words that detecting the language of a journal
// takes, and leastShare the least share of them that must be known.
const (
	leastSample = 50
	leastShare  = 0.2
)

// OfText returns the language that most of a text is in; "" if that is not clear.
func OfText(text string) string {
	words := fields(text)
	if len(words) < leastSample {
		return ""
	}
	best, most := "", 0
	for _, l := range All() {
		n := 0
		for _, word := range words {
			if stops()[l.Name][word] {
				n++
			}
		}
		if n > most {
			best, most = l.Name, n
		}
	}
	if float64(most) < leastShare*float64(len(words)) {
		return ""
	}
	return best
}

var stops = sync.OnceValue(func() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for _, l := range All() {
		all[l.Name] = map[string]bool{}
		for _, word := range fields(l.Stop) {
			all[l.Name][word] = true
		}
	}
	return all
})

func count(words []string, name string) (n int) {
	set := known()[name]
	for _, word := range words {
		if set[word] {
			n++
		}
	}
	return n
}
