package glossary

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lesson is a correction of one word that a model misread.
type Lesson struct {
	Word    string
	Misread string // "" if the model had doubted the word, or could not read it
}

// Limits on comparing and learning.
const (
	mostWords   = 4000 // of a text, behind what both texts begin and end with
	longestRun  = 3    // words
	longestWord = 40   // characters
)

// illegible is what a transcription has for words that cannot be read.
const illegible = "[illegible]"

var doubted = regexp.MustCompile(`^\[(.+)\?\]$`)

// lessonsOf compares a transcription with its correction. Words that were added,
// removed or rewritten completely teach nothing about the handwriting.
func lessonsOf(before, after string) (lessons []Lesson) {
	a, b := words(before), words(after)
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) > mostWords || len(b) > mostWords {
		return nil
	}
	for _, run := range replaced(a, b) {
		lessons = append(lessons, run.lessons()...)
	}
	return lessons
}

// isMark reports whether r is a mark around words. Those of doubt are not.
func isMark(r rune) bool {
	if r == '[' || r == ']' {
		return false
	}
	return unicode.IsPunct(r) || unicode.IsSymbol(r)
}

// words returns the words of a text without the marks around them. Marks of
// doubt stay.
func words(text string) []string {
	var list []string
	for w := range strings.FieldsSeq(text) {
		w = strings.TrimFunc(w, isMark)
		w = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s")
		if w != "" {
			list = append(list, w)
		}
	}
	return list
}

// run is a span of one text that replaces a span of the other.
type run struct{ before, after []string }

// replaced returns the runs of words in which two texts differ.
func replaced(a, b []string) (runs []run) {
	// longest[i][j] is the length of the longest common subsequence of a[i:] and
	// b[j:].
	longest := make([][]uint16, len(a)+1)
	for i := range longest {
		longest[i] = make([]uint16, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	var now run
	end := func() {
		if len(now.before) > 0 && len(now.after) > 0 {
			runs = append(runs, now)
		}
		now = run{}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			end()
			i, j = i+1, j+1
		case longest[i+1][j] >= longest[i][j+1]:
			now.before = append(now.before, a[i])
			i++
		default:
			now.after = append(now.after, b[j])
			j++
		}
	}
	now.before, now.after = append(now.before, a[i:]...), append(now.after, b[j:]...)
	end()
	return runs
}

// lessons returns what a run teaches.
func (r run) lessons() (list []Lesson) {
	if len(r.before) > longestRun || len(r.after) > longestRun {
		return nil
	}
	if len(r.before) == len(r.after) {
		for i := range r.before {
			if l, ok := lesson(r.before[i], r.after[i]); ok {
				list = append(list, l)
			}
		}
		return list
	}
	if l, ok := lesson(strings.Join(r.before, " "), strings.Join(r.after, " ")); ok {
		list = append(list, l)
	}
	return list
}

// lesson returns what is learned from one word in place of another.
func lesson(before, after string) (Lesson, bool) {
	after = strings.Trim(after, "[]?")
	n := utf8.RuneCountInString(after)
	if n < 2 || n > longestWord || strings.ContainsFunc(after, unicode.IsDigit) || !strings.ContainsFunc(after, unicode.IsLetter) {
		return Lesson{}, false
	}
	name := unicode.IsUpper([]rune(after)[0])
	if before == illegible {
		return Lesson{Word: after}, name
	}
	if m := doubted.FindStringSubmatch(before); m != nil {
		before = m[1]
	}
	if strings.EqualFold(before, after) {
		return Lesson{Word: after}, name && before == after
	}
	return Lesson{Word: after, Misread: before}, alike(before, after)
}

// alike reports whether one word may be a misreading of another: at most half of
// the letters differ.
func alike(a, b string) bool {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	return len(x) <= 2*longestWord && 2*distance(x, y) <= max(len(x), len(y))
}

// distance is the number of letters to change, add or remove.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

func appendUnique(list []string, s string, most int) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	list = append(list, s)
	return list[max(0, len(list)-most):]
}
