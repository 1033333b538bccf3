package search

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"daybook/internal/language"
	"daybook/internal/store"
	"daybook/internal/text"
)

// countable is a word to count, or a name of several words.
type countable struct {
	text   string
	words  []string // of a name, as many as terms
	terms  []string
	name   bool // written with a capital within the question
	quoted bool // part of a phrase that is required anyway
	forms  []form
}

// form is a way to write what is counted.
type form struct {
	terms []string
	// alike means that it is probably, but not certainly, the same.
	alike bool
}

// counted returns what to count of q's topic. Adjacent capitalised words are
// one name ("Will Howe"), not two people in one passage; so are a relative and
// a name ("cousin Roger").
func (s *Searcher) counted(ctx context.Context, q *Query, vocabulary *store.Vocabulary) ([]countable, error) {
	var list []countable
	seen := map[string]bool{}
	tokens := s.Analyzer.Tokens(q.Topic)
	for i := 0; i < len(tokens); {
		run := s.run(q, tokens[i:], i == 0)
		if len(run) == 1 && i+1 < len(tokens) && s.joined(q.Topic, tokens[i], tokens[i+1], vocabulary) != "" && !s.isPhrasing(q, tokens[i].Term) {
			run = tokens[i : i+2] // "nine pins", "e-mail"
		}
		i += len(run)
		if run[0].Term == plainTitle && len(run) > 1 {
			run = run[1:]
		}
		name := isName(q.Topic, run[len(run)-1])
		phrasing := !name && s.isPhrasing(q, run[0].Term)
		uncountable := phrasing || run[0].Term == plainTitle
		if uncountable && len(run) == 1 {
			continue
		}
		c := countable{text: q.Topic[run[0].Start:run[len(run)-1].End], name: name}
		for _, t := range run {
			c.terms, c.words = append(c.terms, t.Term), append(c.words, q.Topic[t.Start:t.End])
		}
		c.quoted = slices.ContainsFunc(q.Phrases, func(p []string) bool { return slices.Contains(p, c.terms[0]) })
		if key := strings.Join(c.terms, " "); !seen[key] {
			seen[key] = true
			list = append(list, c)
		}
	}
	return s.inRow(ctx, q, list, vocabulary)
}

// run returns the first of tokens with those that belong to its name.
func (s *Searcher) run(q *Query, tokens []text.Token, leading bool) []text.Token {
	beginsName := capital(q.Topic, tokens[0]) || s.phrasing(q.Language).kin[tokens[0].Term]
	if leading || !beginsName {
		return tokens[:1]
	}
	n := 1
	for n < len(tokens) && capital(q.Topic, tokens[n]) && strings.Trim(q.Topic[tokens[n-1].End:tokens[n].Start], " .'’") == "" {
		n++
	}
	return tokens[:n]
}

// plainTitle adds nothing to a name: "Mr. Creed" in one place is "Creed" in the
// next. Other titles ("Lady", "Mrs.") distinguish people.
const plainTitle = "mr"

func capital(question string, t text.Token) bool {
	r, _ := utf8.DecodeRuneInString(question[t.Start:])
	return unicode.IsUpper(r)
}

// notNames are the words with a capital that are not names, in any language.
var notNames = func() map[string]bool {
	set := map[string]bool{}
	for _, l := range language.All() {
		for word := range strings.FieldsSeq(l.Capitals) {
			set[word] = true
		}
	}
	return set
}()

// isName reports whether a word has a capital within a sentence, where it makes
// a name of a word that is also a verb, a month or one that says nothing.
func isName(topic string, t text.Token) bool {
	if !capital(topic, t) || beginsSentence(topic, t) {
		return false
	}
	return !notNames[strings.ReplaceAll(strings.ToLower(topic[t.Start:t.End]), "’", "'")]
}

func beginsSentence(topic string, t text.Token) bool {
	before := strings.TrimRight(topic[:t.Start], " \t\"'“‘(")
	if strings.HasSuffix(before, ".") {
		return !abbreviated(before)
	}
	return before == "" || strings.HasSuffix(before, "?") || strings.HasSuffix(before, "!")
}

// abbreviated reports whether a text ends with an abbreviation: "Mr.", "W.".
func abbreviated(before string) bool {
	word := strings.TrimRight(before, ".")
	word = word[strings.LastIndexByte(word, ' ')+1:]
	first, _ := utf8.DecodeRuneInString(word)
	return unicode.IsUpper(first) && utf8.RuneCountInString(word) <= 4
}

// inRow splits names whose words are never adjacent in the journal, in any way
// that the name may be written. Their words are then counted where they occur in
// one sentence.
func (s *Searcher) inRow(ctx context.Context, q *Query, counted []countable, vocabulary *store.Vocabulary) ([]countable, error) {
	var list []countable
	for _, c := range counted {
		if len(c.terms) == 1 || c.quoted {
			list = append(list, c)
			continue
		}
		whole := false
		for _, f := range append([]form{{terms: c.terms}}, s.nameForms(q, c.terms, vocabulary)...) {
			hits, err := s.phrase(ctx, f.terms, store.Filter{Public: q.Filter.Public}, vocabulary)
			if err != nil {
				return nil, err
			}
			if whole = len(hits) > 0; whole {
				break
			}
		}
		if whole {
			list = append(list, c)
			continue
		}
		for i, word := range c.words {
			if !s.isPhrasing(q, c.terms[i]) || i > 0 {
				list = append(list, countable{text: word, words: c.words[i : i+1], terms: c.terms[i : i+1], name: true})
			}
		}
	}
	return list, nil
}
