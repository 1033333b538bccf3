package dates

import (
	"slices"
	"strings"
	"sync"

	"daybook/internal/language"
)

// A translation replaces the tokens of a language's phrases by English ones,
// which keep the place of the phrase in the question.
type translation struct {
	phrases map[string]string // by the text of their tokens
	longest int               // phrase, in tokens
}

var translations sync.Map // of *translation, by language

func translationOf(name string) *translation {
	if t, ok := translations.Load(name); ok {
		return t.(*translation)
	}
	t := &translation{phrases: map[string]string{}}
	for _, p := range language.Of(name).Dates {
		var key []string
		for _, tok := range tokenize(p.Text) {
			key = append(key, tok.text)
		}
		t.phrases[strings.Join(key, " ")] = p.Means
		t.longest = max(t.longest, len(key))
	}
	translations.Store(name, t)
	return t
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

// match returns the meaning of the longest phrase that toks begin with, and its
// number of tokens; 0 if there is none.
func (t *translation) match(toks []token) (means string, n int) {
	for n := min(t.longest, len(toks)); n > 0; n-- {
		text := make([]string, n)
		for i := range n {
			text[i] = toks[i].text
		}
		if means, ok := t.phrases[strings.Join(text, " ")]; ok {
			return means, n
		}
		for i := range n {
			if !t.isNumber(toks[i]) {
				continue
			}
			with := slices.Clone(text)
			with[i] = "#"
			if means, ok := t.phrases[strings.Join(with, " ")]; ok {
				return strings.ReplaceAll(means, "#", t.number(toks[i])), n
			}
		}
	}
	return "", 0
}

func (t *translation) isNumber(tok token) bool {
	return tok.kind == number || cardinals[t.phrases[tok.text]] > 0
}

func (t *translation) number(tok token) string {
	if tok.kind == number {
		return tok.text
	}
	return t.phrases[tok.text]
}

// replace returns the tokens of a meaning at the place of a phrase.
func (t *translation) replace(phrase []token, means string) []token {
	out := tokenize(means)
	for i := range out {
		out[i].start, out[i].end = phrase[0].start, phrase[len(phrase)-1].end
		out[i].lower, out[i].glued = false, out[i].glued || i == 0 && phrase[0].glued
	}
	return out
}
