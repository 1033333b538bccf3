package search

import (
	"regexp"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/text"
)

// Limits on what one question may ask for.
const (
	maxPhrases = 8
	maxTerms   = 64
)

// operator matches, at the beginning or after a space: an optional minus and a
// quoted phrase, a tag or, only with the minus, a word.
var operator = regexp.MustCompile(`(?i)(^|[\s(])(-?)(?:"([^"]+)"|“([^”]+)”|„([^“”]+)[“”]|«([^»]+)»|(?:tag:\s?#?|#)([\pL\pN\p{So}_][\pL\pN\pM\p{So}_/-]*)|([\pL\pN\p{So}][\pL\pN\pM'’-]*))`)

// foreign matches what looks like an operator of another program.
var foreign = regexp.MustCompile(`(^|\s)(OR|AND|NOT|(?i:path|file|title|before|after|line|section|in|from|has|is|content|property):[^\s/]\S*)(\s|$)`)

// dayLimit matches a day before or after which other programs search: it means the
// same as in words.
var dayLimit = regexp.MustCompile(`(?i)(^|\s)(before|after|since|until):\s?(\d)`)

// operators moves phrases, excluded words and tags from a question's topic to
// the query. The words of a required phrase stay in the topic: they say what it
// is about.
func (s *Searcher) operators(q *Query) {
	q.Topic = dayLimit.ReplaceAllString(q.Topic, "$1$2 $3")
	var rest strings.Builder
	last, operators := 0, 0
	for _, m := range operator.FindAllStringSubmatchIndex(q.Topic, -1) {
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return q.Topic[m[2*i]:m[2*i+1]]
		}
		minus := group(2) != ""
		phrase, tag, word := group(3)+group(4)+group(5)+group(6), group(7), group(8)
		plainWord := word != "" && !minus
		if plainWord || operators == maxTerms {
			continue
		}
		operators++
		switch {
		case tag != "" && minus:
			q.NoTags = append(q.NoTags, "#"+tag)
		case tag != "":
			q.Filter.Tags = append(slices.Clip(q.Filter.Tags), "#"+tag)
		case minus:
			s.exclude(q, phrase+word)
		default:
			s.require(q, phrase)
			continue
		}
		rest.WriteString(q.Topic[last:m[3]])
		last = m[1]
	}
	rest.WriteString(q.Topic[last:])
	q.Topic = rest.String()
	if m := foreign.FindStringSubmatch(q.Topic); m != nil {
		q.Notice = s.say(q, "not an operator", "what", s.phrasing(q.Language).Quoted(m[2:3], "or"))
	}
	if strings.Count(q.Topic, `"`)%2 == 1 {
		q.Notice = s.say(q, "not closed")
	}
}

func (s *Searcher) require(q *Query, phrase string) {
	if terms := s.terms(phrase); len(terms) > 0 && len(q.Phrases) < maxPhrases {
		q.Phrases = append(q.Phrases, terms)
	}
}

func (s *Searcher) exclude(q *Query, words string) {
	switch terms := s.terms(words); len(terms) {
	case 0:
	case 1:
		q.None = append(q.None, terms[0])
	default:
		q.NoPhrases = append(q.NoPhrases, terms)
		if joined := s.terms(partJoints.ReplaceAllString(words, "")); len(joined) == 1 {
			q.None = append(q.None, joined[0])
		}
	}
}

// partJoints are what may be between the parts of one word: "e-mail", "3,000".
var partJoints = regexp.MustCompile(`[-,.’' ]`)

// terms returns the terms of a text in order.
func (s *Searcher) terms(words string) []string {
	var terms []string
	for _, t := range s.Analyzer.Tokens(words) {
		terms = append(terms, t.Term)
	}
	return terms
}

// excluding reports whether q leaves out entries by their words or tags.
func (q *Query) excluding() bool { return len(q.None)+len(q.NoPhrases)+len(q.NoTags) > 0 }

// Narrowed reports whether q's operators require or leave out something.
func (q *Query) Narrowed() bool {
	return q.excluding() || len(q.Phrases)+len(q.Filter.Tags) > 0
}

// excludes reports whether q leaves out an entry: for a word or a phrase of its
// text, or for a tag or one below it.
func (s *Searcher) excludes(q *Query, e *daybook.Entry) bool {
	for _, tag := range q.NoTags {
		if slices.ContainsFunc(e.Tags, func(t string) bool { return covers(tag, t) }) {
			return true
		}
	}
	if len(q.None)+len(q.NoPhrases) == 0 {
		return false
	}
	tokens := s.Analyzer.Tokens(e.Text)
	return slices.ContainsFunc(tokens, func(t text.Token) bool { return slices.Contains(q.None, t.Term) }) ||
		s.hasParted(e.Text, tokens, q.None) ||
		slices.ContainsFunc(q.NoPhrases, func(p []string) bool { return placeIn(tokens, p) >= 0 })
}

// hasParted reports whether a text has one of the terms in two parts with a mark
// between them, as "e-mail" for "email".
func (s *Searcher) hasParted(body string, tokens []text.Token, terms []string) bool {
	for i := 1; i < len(tokens); i++ {
		switch body[tokens[i-1].End:tokens[i].Start] {
		case "-", ",", ".", "’":
		default:
			continue
		}
		joined := s.terms(body[tokens[i-1].Start:tokens[i-1].End] + body[tokens[i].Start:tokens[i].End])
		if len(joined) == 1 && slices.Contains(terms, joined[0]) {
			return true
		}
	}
	return false
}

// covers reports whether tag is t or a parent of t, regardless of case.
func covers(tag, t string) bool {
	tag, t = strings.ToLower(strings.TrimRight(tag, "/")), strings.ToLower(t)
	return t == tag || strings.HasPrefix(t, tag+"/")
}

// withoutExcluded returns the entries that q doesn't leave out.
func (s *Searcher) withoutExcluded(q *Query, entries []daybook.Entry) []daybook.Entry {
	return slices.DeleteFunc(entries, func(e daybook.Entry) bool { return s.excludes(q, &e) })
}
