package text

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// doubt matches a word in brackets before a question mark: [word?], which marks
// an uncertain reading in a transcription.
var doubt = regexp.MustCompile(`\[[^\[\]\n]{1,80}\?\]`)

// Doubts returns the byte ranges of the uncertain readings in s, in order and
// including their brackets: "[Ursula?]". Links, footnotes and marks without a
// word, like "[?]", don't count.
func Doubts(s string) [][2]int {
	if !strings.Contains(s, "?]") {
		return nil
	}
	var list [][2]int
	for _, m := range doubt.FindAllStringIndex(s, -1) {
		before, behind := s[:m[0]], s[m[1]:]
		inner := s[m[0]+1 : m[1]-2]
		switch {
		case strings.HasSuffix(before, "[") && strings.HasPrefix(behind, "]"), // [[a note?]]
			strings.HasPrefix(behind, "("), // [a link?](…)
			strings.HasSuffix(before, `\`),
			inner[0] == '^' || inner[0] == '!',
			!strings.ContainsFunc(inner, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }):
			continue
		}
		list = append(list, [2]int{m[0], m[1]})
	}
	return list
}

// Uncertain returns the uncertain readings in s without their marks, each once.
func Uncertain(s string) []string {
	var words []string
	seen := map[string]bool{}
	for _, d := range Doubts(s) {
		word := strings.TrimSpace(s[d[0]+1 : d[1]-2])
		if !seen[word] {
			seen[word] = true
			words = append(words, word)
		}
	}
	return words
}

// ReadingMark begins the terms that Reading returns. No other term has it.
const ReadingMark = "?"

// shortestReading is the minimum number of letters of a word with a Reading:
// shorter ones resemble too many others.
const shortestReading = 3

// Reading returns the term that marks a word as an uncertain reading:
// ReadingMark and the word in lower case, without diacritics and unstemmed,
// since only the letters show which other word it may be. It is "" for a word
// that is too short, has digits, or is in a script that is searched by
// character. The index stores the readings of a passage after its terms.
func (a *Analyzer) Reading(word string) string {
	first, _ := utf8.DecodeRuneInString(word)
	if unspaced(first) || strings.ContainsFunc(word, unicode.IsDigit) {
		return ""
	}
	word = strings.Map(func(r rune) rune {
		if !inWord(r) {
			return -1
		}
		return r
	}, fold(strings.ToLower(compose(word))))
	if utf8.RuneCountInString(word) < shortestReading {
		return ""
	}
	return ReadingMark + cut(word, maxTerm-len(ReadingMark))
}

// Readings returns the terms that mark the uncertain words of s among tokens,
// which are the tokens of s or of a part of it, in order. Doubts are the doubts
// of s.
func (a *Analyzer) Readings(s string, tokens []Token, doubts [][2]int) []string {
	var terms []string
	for _, t := range tokens {
		for len(doubts) > 0 && doubts[0][1] <= t.Start {
			doubts = doubts[1:]
		}
		if len(doubts) == 0 {
			break
		}
		if doubts[0][0] > t.Start {
			continue
		}
		if term := a.Reading(s[t.Start:t.End]); term != "" {
			terms = append(terms, term)
		}
	}
	return terms
}
