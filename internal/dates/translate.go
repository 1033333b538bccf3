package dates

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"daybook/internal/language"
)

// A translation replaces the tokens of a language's phrases by English ones,
// which keep the place of the phrase in the question.
type translation struct {
	phrases map[string]string // by the text of their tokens
	numbers map[string]string // in digits, by the text of their tokens
	longest int               // phrase, in tokens
}

var translations sync.Map // of *translation, by language

func translationOf(name string) *translation {
	if t, ok := translations.Load(name); ok {
		return t.(*translation)
	}
	t := &translation{phrases: map[string]string{}, numbers: map[string]string{}}
	l := language.Of(name)
	for i, names := range l.Months {
		t.each(names, strings.ToLower(time.Month(i+1).String()))
	}
	for i, names := range l.Weekdays {
		t.each(names, strings.ToLower(time.Weekday((i+1)%7).String()))
	}
	for word, n := range l.Numbers {
		t.numbers[t.add(word, numberWord(n))] = strconv.Itoa(n)
	}
	for word, n := range l.Ordinals {
		t.add(word, strconv.Itoa(n)+"th")
	}
	for _, p := range l.Dates {
		t.add(p.Text, p.Means)
	}
	translations.Store(name, t)
	return t
}

// each adds names that mean the same.
func (t *translation) each(names []string, means string) {
	for _, name := range names {
		t.add(name, means)
	}
}

// add adds a phrase and returns the text of its tokens.
func (t *translation) add(phrase, means string) string {
	var key []string
	for _, tok := range tokenize(phrase) {
		key = append(key, tok.text)
	}
	text := strings.Join(key, " ")
	t.phrases[text] = means
	t.longest = max(t.longest, len(key))
	return text
}

// numberWord returns the English word for a number or, if it has none, its
// digits.
func numberWord(n int) string {
	for word, value := range cardinals {
		if value == n {
			return word
		}
	}
	return strconv.Itoa(n)
}

// tokenizeIn cuts a question in a language into tokens of the English grammar.
func tokenizeIn(question, name string) []token {
	toks := tokenize(question)
	if name == "" {
		return toks
	}
	t := translationOf(name)
	if len(t.phrases) == 0 {
		return toks
	}
	var out []token
	for i := 0; i < len(toks); {
		means, n := t.match(toks[i:])
		if n == 0 {
			out = append(out, toks[i])
			i++
			continue
		}
		out = append(out, t.replace(toks[i:i+n], means)...)
		i += n
	}
	return out
}

// longestNumber is the most tokens of a number in words ("vingt et un").
const longestNumber = 3

// match returns the meaning of the longest phrase that toks begin with, and its
// number of tokens; 0 if there is none.
func (t *translation) match(toks []token) (means string, n int) {
	for n := min(t.longest+longestNumber, len(toks)); n > 0; n-- {
		if means, ok := t.phrases[textOf(toks[:n])]; ok {
			return means, n
		}
		for i := range n {
			for k := i + 1; k <= min(n, i+longestNumber); k++ {
				number := t.number(toks[i:k])
				if number == "" {
					continue
				}
				text := strings.TrimSpace(textOf(toks[:i]) + " # " + textOf(toks[k:n]))
				if means, ok := t.phrases[text]; ok {
					return strings.ReplaceAll(means, "#", number), n
				}
			}
		}
	}
	return "", 0
}

func textOf(toks []token) string {
	text := make([]string, len(toks))
	for i, t := range toks {
		text[i] = t.text
	}
	return strings.Join(text, " ")
}

// number returns a number in digits or words, in digits; "" if toks are none.
func (t *translation) number(toks []token) string {
	if len(toks) == 1 && toks[0].kind == number {
		return toks[0].text
	}
	return t.numbers[textOf(toks)]
}

// replace returns the tokens of a meaning at the place of a phrase.
func (t *translation) replace(phrase []token, means string) []token {
	out := tokenize(means)
	for i := range out {
		out[i].start, out[i].end = phrase[0].start, phrase[len(phrase)-1].end
		out[i].lower = false
		if i == 0 {
			out[i].glued = phrase[0].glued
		}
	}
	return out
}
