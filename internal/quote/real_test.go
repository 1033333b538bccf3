package quote_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"daybook/internal/quote"
	"daybook/internal/vault"
)

// realDays returns the diary of each day of a real journal.
func realDays(t *testing.T) []string {
	t.Helper()
	folder := filepath.Join("..", "..", "..", "shared", "journals", "pepys-1660-1664")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("the real journal is not beside the project")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	var days []string
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		days = append(days, vault.Read(vault.File{Path: filepath.Base(name), Size: int64(len(data))}, data).Diary)
	}
	return days
}

var (
	sentenceEnd = regexp.MustCompile(`(\pL{5,})[.?!]\s+(\p{Lu})`) // and not "Sir W. Penn"
	denial      = regexp.MustCompile(`(?i)^(not|no|never|nor|neither|none|nothing|nobody|without|hardly|scarce|scarcely|cannot)$`)
)

// sentencesIn returns the longer sentences of a text, without the marks that a
// quotation would end at.
func sentencesIn(text string) []string {
	var list []string
	parted := sentenceEnd.ReplaceAllString(strings.Join(strings.Fields(text), " "), "$1\n$2")
	for s := range strings.SplitSeq(parted, "\n") {
		if n := len(strings.Fields(s)); n >= 14 && n <= 60 && !strings.ContainsAny(s, "[]“”…\"#*_>|") {
			list = append(list, s)
		}
	}
	return list
}

// None of 100 altered quotations from a real journal passes, and at least 97 of
// 100 true ones do.
func TestQuotationsFromARealJournal(t *testing.T) {
	days := realDays(t)
	corpus := quote.NewCorpus(days)
	for seed := range uint64(5) {
		random := rand.New(rand.NewPCG(seed, 7))
		bad, good := 0, 0
		for i := range 100 {
			day, sentences := 0, []string{}
			for len(sentences) < 2 {
				day = random.IntN(len(days))
				sentences = sentencesIn(days[day])
			}
			at := random.IntN(len(sentences) - 1)
			s, next := sentences[at], sentences[at+1]
			q, cited := alteredFrom(random, i, s, next, corpus, days, day)
			if q != "" {
				if corpus.FindIn(cited, q) {
					bad++
					t.Errorf("seed %d, %d: an altered quotation passes as one of day %d: %q", seed, i, cited, q)
				}
			}
			if q := trueFrom(random, i, s); corpus.FindIn(day, q) {
				good++
			} else {
				t.Logf("seed %d, %d: a true quotation does not pass: %q", seed, i, q)
			}
		}
		if good < 97 || bad > 0 {
			t.Errorf("seed %d: %d altered quotations pass, and %d true ones", seed, bad, good)
		}
	}
}

// alteredFrom returns a quotation that a sentence does not bear out, and the day
// that it is cited from; "" if there is none of the kind.
func alteredFrom(random *rand.Rand, kind int, s, next string, corpus *quote.Corpus, days []string, day int) (string, int) {
	words := strings.Fields(s)
	without := func(i int, gap string) string {
		return strings.Join(slices.Concat(words[:i], strings.Fields(gap), words[i+1:]), " ")
	}
	mid := 4 + random.IntN(len(words)-8)
	switch kind % 8 {
	case 0, 1: // a negation is left out
		for i, w := range words {
			if denial.MatchString(strings.Trim(w, ".,;:()")) && i >= 3 && i+3 < len(words) {
				return without(i, []string{"", "…"}[kind%2]), day
			}
		}
		return "", day
	case 2: // two sentences as one
		other := strings.Fields(next)
		if strings.Contains(s, strings.Trim(strings.Join(other[len(other)-5:], " "), ".,;:!? ")) {
			return "", day // it is in the same sentence as well
		}
		return strings.Join(words[:mid], " ") + " … " + strings.Join(other[len(other)-5:], " "), day
	case 3: // of another day
		other := (day + 1 + random.IntN(len(days)-1)) % len(days)
		if corpus.FindIn(other, s) {
			return "", day
		}
		return s, other
	case 4: // another word
		changed := slices.Clone(words)
		changed[mid] = "marmalade"
		return strings.Join(changed, " "), day
	case 5: // another order
		changed := slices.Clone(words)
		changed[mid], changed[mid+1] = changed[mid+1], changed[mid]
		if strings.EqualFold(changed[mid], changed[mid+1]) {
			return "", day
		}
		return strings.Join(changed, " "), day
	case 6: // a word is left out and not marked
		if strings.EqualFold(words[mid], words[mid+1]) || strings.EqualFold(words[mid], words[mid-1]) {
			return "", day
		}
		return without(mid, ""), day
	}
	// parts too short to say anything
	return words[0] + " … " + words[len(words)-1], day
}

// trueFrom returns a quotation of a sentence as careful writers make it.
func trueFrom(random *rand.Rand, kind int, s string) string {
	words := strings.Fields(s)
	mid := 4 + random.IntN(len(words)-9)
	switch kind % 8 {
	case 0:
		return s
	case 1: // a gap
		if slices.ContainsFunc(words[mid:mid+2], func(w string) bool { return denial.MatchString(strings.Trim(w, ".,;:()")) }) {
			return s
		}
		return strings.Join(words[:mid], " ") + " " + []string{"…", "...", "[…]", ". . ."}[random.IntN(4)] + " " + strings.Join(words[mid+2:], " ")
	case 2: // line breaks
		return strings.Join(words[:mid], " ") + "\n" + strings.Join(words[mid:], "\n  ")
	case 3: // other apostrophes and dashes
		return strings.NewReplacer("’", "'", "—", "–", "‘", "'").Replace(s)
	case 4: // the beginning
		return strings.Join(words[:mid+3], " ") + "…"
	case 5: // the end, with a capital
		rest := strings.Join(words[mid:], " ")
		first, size := utf8.DecodeRuneInString(rest)
		return string(unicode.ToUpper(first)) + rest[size:] + "."
	case 6: // emphasis
		return strings.Join(words[:mid], " ") + " *" + words[mid] + "* " + strings.Join(words[mid+1:], " ")
	}
	return "… " + strings.Join(words[3:], " ") + "!"
}
