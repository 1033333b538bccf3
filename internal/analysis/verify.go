package analysis

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"daybook"
	"daybook/internal/quote"
)

// verifier checks a model's excerpts against the entries that it was given, and
// only those: evidence for one period must come from that period.
type verifier struct {
	entries  []daybook.Entry
	dates    map[string]daybook.Date // the day that each entry counts for
	corpus   *quote.Corpus
	question *quote.Corpus
}

func newVerifier(entries []daybook.Entry, dates map[string]daybook.Date, req Request) *verifier {
	texts := make([]string, len(entries))
	for i, e := range entries {
		texts[i] = e.Text
	}
	return &verifier{entries, dates, quote.NewCorpus(texts), quote.NewCorpus([]string{req.Query, req.Focus})}
}

// most is the number of excerpts of a part that are checked.
const most = 40

// dated matches a date before a quotation, which some models copy.
var dated = regexp.MustCompile(`^\(?\d{4}-\d\d-\d\d\)?\s*[:,–—-]?\s+`)

// quotations checks excerpts, each once.
func (v *verifier) quotations(excerpts []string) []Quotation {
	list := []Quotation{}
	for _, text := range excerpts[:min(len(excerpts), most)] {
		text = strings.TrimSpace(dated.ReplaceAllString(strings.TrimSpace(text), ""))
		text = unquote(text)
		if text == "" || slices.ContainsFunc(list, func(q Quotation) bool { return q.Text == text }) {
			continue
		}
		list = append(list, v.quotation(text))
	}
	return list
}

// unquote removes the quotation marks around a text.
func unquote(text string) string {
	for _, pair := range []string{`""`, "“”", "«»", "„“"} {
		open, size := utf8.DecodeRuneInString(pair)
		inner, ok := strings.CutPrefix(text, string(open))
		if !ok {
			continue
		}
		if inner, ok = strings.CutSuffix(inner, pair[size:]); ok && !strings.ContainsAny(inner, pair) {
			return strings.TrimSpace(inner)
		}
	}
	return text
}

func (v *verifier) quotation(text string) Quotation {
	q := Quotation{Text: text}
	i, ok := v.corpus.Find(text)
	if !ok {
		return q
	}
	e := v.entries[i]
	start, end, ok := quote.Locate(e.Text, text)
	if !ok {
		return q
	}
	date := v.dates[e.ID]
	start, end = utf8.RuneCountInString(e.Text[:start]), utf8.RuneCountInString(e.Text[:end])
	q.Verified, q.EntryID, q.Date, q.Start, q.End = true, &e.ID, &date, &start, &end
	return q
}

// part checks an answer.
func (v *verifier) part(a answer) Part {
	p := Part{Reasoning: v.prose(a.Reasoning), Analysis: v.prose(a.Analysis), Quotations: v.quotations(a.Excerpts)}
	p.Excerpts = verified(p.Quotations)
	return p
}

// verified are the texts of the quotations that were found.
func verified(list []Quotation) []string {
	texts := []string{}
	for _, q := range list {
		if q.Verified {
			texts = append(texts, q.Text)
		}
	}
	return texts
}

// prose marks the quotations in a text that are in no entry.
func (v *verifier) prose(text string) string {
	s := v.stream()
	return s.add(strings.TrimSpace(text)) + s.end()
}

// proseStream is prose for a streamed text.
type proseStream struct{ quote.Stream }

func (v *verifier) stream() *proseStream {
	return &proseStream{quote.Stream{Find: v.corpus.Find, Ignore: func(text string) bool { _, ok := v.question.Find(text); return ok }}}
}

func (s *proseStream) add(piece string) string { return s.Feed(piece) }

func (s *proseStream) end() string { tail, _ := s.End(); return tail }

// period checks one side of a comparison.
func (v *verifier) period(analysis string, claims []Claim) Part {
	p := Part{Analysis: v.prose(analysis), Quotations: []Quotation{}, Claims: claims}
	for _, c := range claims {
		for _, q := range c.Quotations {
			if !slices.ContainsFunc(p.Quotations, func(o Quotation) bool { return o.Text == q.Text }) {
				p.Quotations = append(p.Quotations, q)
			}
		}
	}
	p.Excerpts = verified(p.Quotations)
	return p
}
