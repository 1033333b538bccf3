package chat

import (
	"context"
	"slices"

	"daybook"
	"daybook/internal/quote"
)

// Quotation is a quotation in an answer. Source is the number of the source that
// contains it word for word; 0 if none does or if it is a client's document.
type Quotation struct {
	quote.Quotation
	Number int
}

// quotes verifies the quotations of an answer while it streams. It loads the texts
// only when there is a quotation, to save memory.
type quotes struct {
	stream  quote.Stream
	service *Service
	ctx     context.Context
	req     Request
	cited   []daybook.Citation

	corpus  *quote.Corpus // nil until the first quotation
	numbers []int         // of the sources, by their place in corpus
}

func (s *Service) quotes(ctx context.Context, req Request, cited []daybook.Citation) *quotes {
	q := &quotes{service: s, ctx: ctx, req: req, cited: cited}
	q.stream.Find = q.find
	q.stream.Ignore = q.ignore
	q.stream.Cites = q.cites
	return q
}

// end returns the rest of the text and all quotations.
func (q *quotes) end() (string, []Quotation) {
	tail, found := q.stream.End()
	var list []Quotation
	for _, f := range found {
		quotation := Quotation{Quotation: f}
		if f.Source >= 0 {
			quotation.Number = q.numbers[f.Source]
		}
		list = append(list, quotation)
	}
	return tail, list
}

// ignore reports whether a quotation repeats the question or the conversation.
func (q *quotes) ignore(text string) bool {
	said := []string{q.req.Query}
	for _, u := range q.req.History {
		said = append(said, u.Text)
	}
	_, ok := quote.NewCorpus(said).Find(text)
	return ok
}

func (q *quotes) find(text string) (int, bool) {
	if q.corpus == nil {
		texts, err := q.texts()
		if err != nil {
			q.service.Log.Warn("cannot verify quotations", "kind", daybook.KindOf(err), "err", err)
		}
		q.corpus = quote.NewCorpus(texts)
	}
	return q.corpus.Find(text)
}

// cites reports whether a quotation is in a source with one of the numbers, or
// elsewhere in its day. It is called after find.
func (q *quotes) cites(text string, numbers []int) bool {
	known := false
	for i, n := range q.numbers {
		if n == 0 || !slices.ContainsFunc(numbers, func(cited int) bool { return q.sameEntry(cited, n) }) {
			continue
		}
		if known = true; q.corpus.FindIn(i, text) {
			return true
		}
	}
	return !known // a number that the answer was not given says nothing
}

// sameEntry reports whether two sources are of one entry.
func (q *quotes) sameEntry(a, b int) bool {
	entry := func(n int) string {
		i := slices.IndexFunc(q.cited, func(c daybook.Citation) bool { return c.Number == n })
		if i < 0 {
			return ""
		}
		return q.cited[i].EntryID
	}
	return entry(a) != "" && entry(a) == entry(b)
}

// texts returns the passages of the answer, then their entries, because a quotation
// may span two passages.
func (q *quotes) texts() ([]string, error) {
	found, err := q.service.restore(q.ctx, q.cited)
	if err != nil {
		return nil, err
	}
	var texts []string
	add := func(text string, number int) {
		texts, q.numbers = append(texts, text), append(q.numbers, number)
	}
	for _, src := range found.Sources {
		add(src.Passage.Text, src.Number)
	}
	for i, src := range found.Sources {
		if i == 0 || found.Sources[i-1].Entry != src.Entry {
			add(src.Entry.Text, src.Number)
		}
	}
	for _, d := range q.req.Existing {
		add(d.Content, 0)
	}
	return texts, nil
}
