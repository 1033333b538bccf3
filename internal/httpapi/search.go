package httpapi

import (
	"context"
	"encoding/json"
	"strings"

	"daybook"
	"daybook/internal/search"
	"daybook/internal/store"
	"daybook/internal/text"
)

// Searcher finds entries; see search.Searcher.
type Searcher interface {
	PrepareTyping(ctx context.Context, question string, filter store.Filter) (search.Query, error)
	Prepare(ctx context.Context, question string, filter store.Filter) (search.Query, error)
	Find(ctx context.Context, q search.Query, k int) (search.Found, error)
	Show(ctx context.Context, found *search.Found, r *search.Result, limit int) ([]search.Shown, error)
}

type searchInput struct {
	Q    string   `query:"q" required:"true" minLength:"1" maxLength:"10000" doc:"Words, a question, or days in words; \"a phrase\", -word and tag:word are understood"`
	K    int      `query:"k" default:"10" minimum:"1" maximum:"100" doc:"How many entries to find"`
	From string   `query:"from" doc:"First day, YYYY-MM-DD"`
	To   string   `query:"to" doc:"Last day, YYYY-MM-DD"`
	Tag  []string `query:"tag,explode" maxItems:"20" doc:"The entry has all of these tags"`
	Type string   `query:"type" enum:"daily,evergreen" doc:"daily: notes of a day. evergreen: notes without a day"`
	// Typing is as in Search.
	Typing bool `query:"typing" doc:"The question is still being typed: results come at once, by words alone, and the last word may be unfinished. No model is called"`
}

// Search is a search from the API or the command line.
type Search struct {
	Text     string
	K        int
	From, To string // YYYY-MM-DD or ""
	Tags     []string
	Type     string // "", daily or evergreen
	// Typing searches by words only. The last word may be incomplete.
	Typing bool
}

// Filter returns the filter of the search. Days that do not exist and unknown
// types are daybook.Invalid errors.
func (in Search) Filter() (store.Filter, error) {
	f := store.Filter{Kind: daybook.EntryKind(in.Type)}
	if f.Kind != "" && f.Kind != daybook.Daily && f.Kind != daybook.Evergreen {
		return f, &daybook.Error{Kind: daybook.Invalid, Field: "query.type", Message: "The type must be daily or evergreen."}
	}
	var days daybook.DateRange
	for _, end := range []struct {
		field, text string
		day         *daybook.Date
	}{{"query.from", in.From, &days.From}, {"query.to", in.To, &days.To}} {
		if end.text == "" {
			continue
		}
		d, err := daybook.ParseDate(end.text)
		if err != nil {
			return f, &daybook.Error{Kind: daybook.Invalid, Field: end.field, Message: "Enter an existing date as YYYY-MM-DD."}
		}
		*end.day = d
	}
	if in.From != "" || in.To != "" {
		f.Days = []daybook.DateRange{days}
	}
	if in.From != "" && in.To != "" && days.To.Compare(days.From) < 0 {
		return f, &daybook.Error{Kind: daybook.Invalid, Field: "query.to", Message: "The last day is before the first."}
	}
	for _, tag := range in.Tags {
		if tag = strings.TrimPrefix(tag, "#"); tag != "" {
			f.Tags = append(f.Tags, "#"+tag)
		}
	}
	return f, nil
}

// ShownJSON is a matching passage.
type ShownJSON struct {
	Text  string   `json:"text" doc:"Plain text, without the marks of Markdown"`
	Spans [][2]int `json:"spans" nullable:"false" doc:"What matched: pairs of places in text, in Unicode code points"`
	// Uncertain are places in text as Spans are.
	Uncertain [][2]int   `json:"uncertain" nullable:"false" doc:"Words whose reading is uncertain, [word?] in the note, with these marks: pairs of places in text, in Unicode code points"`
	Start     int        `json:"start" doc:"Where the passage begins in the entry's diary, in Unicode code points"`
	End       int        `json:"end"`
	Line      int        `json:"line" doc:"The line of the note's file on which it begins, from 1"`
	Page      *int       `json:"page" doc:"The number of the entry's page, from 1, that has most of what was asked for; null for typed text"`
	Scores    scoresJSON `json:"scores"`
}

type scoresJSON struct {
	Words   *float64 `json:"words" doc:"Its score by words: about 1 for a passage that has each word once. Null where they did not find it"`
	Meaning *float64 `json:"meaning" doc:"Its cosine to the question. Null where vectors did not find it"`
}

// resultJSON is a matching entry with its best passages.
type resultJSON struct {
	Date  string   `json:"date"`
	Dates []string `json:"dates" nullable:"false" doc:"Every day the note is for"`
	Title string   `json:"title"`
	ShownJSON
	ID      string      `json:"id"`
	Type    string      `json:"type" enum:"daily,evergreen"`
	File    string      `json:"file" doc:"Relative to its folder"`
	Tags    []string    `json:"tags" nullable:"false"`
	Score   float64     `json:"score" doc:"Orders the results of one search"`
	Private bool        `json:"private" doc:"Marked private: never sent to a provider"`
	More    []ShownJSON `json:"more" nullable:"false" doc:"Further passages of the entry, best first"`
	Same    []twinJSON  `json:"same" nullable:"false" doc:"Entries that say the same"`
}

type twinJSON struct {
	Date    string `json:"date"`
	Title   string `json:"title"`
	ID      string `json:"id"`
	File    string `json:"file"`
	Private bool   `json:"private"`
}

type searchResponse struct {
	Results  []resultJSON  `json:"results" nullable:"false" doc:"Best first, an entry each"`
	Mentions *mentionsJSON `json:"mentions" doc:"For questions of how often, first or last: counted over all days; otherwise null"`
	Days     []rangeJSON   `json:"days" nullable:"false" doc:"The days that the question was understood to mean, latest first"`
	Notices  []string      `json:"notices" nullable:"false" doc:"What the reader should know about how this was found"`

	NothingFound bool `json:"nothing_found" doc:"The journal has nothing about this; the results are only the nearest"`
}

type rangeJSON struct {
	From *string `json:"from"`
	To   *string `json:"to"`
}

// passagesShown bounds the passages of one entry in the results.
const passagesShown = 5

func (s *server) search(ctx context.Context, in *searchInput) (*body[searchResponse], error) {
	asked := Search{Text: in.Q, K: in.K, From: in.From, To: in.To, Tags: in.Tag, Type: in.Type, Typing: in.Typing}
	r, err := asked.run(ctx, s.Searcher, s.Book)
	if err != nil {
		return nil, err
	}
	return reply(r)
}

// MarshalSearch searches and encodes the results as GET /search does.
func MarshalSearch(ctx context.Context, searcher Searcher, book Book, in Search) ([]byte, error) {
	r, err := in.run(ctx, searcher, book)
	if err != nil {
		return nil, err
	}
	return json.Marshal(r)
}

func (in Search) run(ctx context.Context, searcher Searcher, book Book) (searchResponse, error) {
	q, found, err := in.Find(ctx, searcher)
	if err != nil {
		return searchResponse{}, err
	}
	r := searchResponse{Results: []resultJSON{}, Mentions: mentionsOf(found.Mentions), Days: []rangeJSON{}, Notices: list(found.Notices), NothingFound: found.Nothing}
	for _, d := range q.Days {
		r.Days = append(r.Days, rangeJSON{optional(d.From), optional(d.To)})
	}
	for i := range found.Results {
		shown, err := searcher.Show(ctx, &found, &found.Results[i], passagesShown)
		if err != nil {
			return searchResponse{}, err
		}
		result := resultOf(&found.Results[i], shown)
		if err := result.findPages(ctx, book, &found.Results[i].Entry, shown); err != nil {
			return searchResponse{}, err
		}
		r.Results = append(r.Results, result)
	}
	return r, nil
}

// Find searches. If the embedding model cannot be reached, a notice says so.
func (in Search) Find(ctx context.Context, searcher Searcher) (search.Query, search.Found, error) {
	if strings.TrimSpace(in.Text) == "" {
		return search.Query{}, search.Found{}, &daybook.Error{Kind: daybook.Invalid, Field: "query.q", Message: "Enter something to search for."}
	}
	filter, err := in.Filter()
	if err != nil {
		return search.Query{}, search.Found{}, err
	}
	if in.Typing {
		q, err := searcher.PrepareTyping(ctx, in.Text, filter)
		if err != nil {
			return q, search.Found{}, err
		}
		found, err := searcher.Find(ctx, q, in.K)
		return q, found, err
	}
	q, missing := searcher.Prepare(ctx, in.Text, filter)
	if ctx.Err() != nil {
		return q, search.Found{}, ctx.Err()
	}
	found, err := searcher.Find(ctx, q, in.K)
	if missing != nil {
		found.Notices = append(found.Notices, search.WithoutEmbedding)
	}
	return q, found, err
}

func optional(d daybook.Date) *string {
	if d.IsZero() {
		return nil
	}
	text := d.String()
	return &text
}

func resultOf(r *search.Result, shown []search.Shown) resultJSON {
	e := entryOf(&r.Entry)
	out := resultJSON{
		Date: e.Date, Dates: e.Dates, Title: e.Title, ID: e.ID, Type: e.Kind, File: e.Path, Tags: e.Tags, Private: e.Private,
		Score: r.Score, More: []ShownJSON{}, Same: []twinJSON{}, ShownJSON: ShownJSON{Spans: [][2]int{}, Uncertain: [][2]int{}},
	}
	for i := range shown {
		passage := shownOf(&r.Entry, &shown[i])
		if i == 0 {
			out.ShownJSON = passage
		} else {
			out.More = append(out.More, passage)
		}
	}
	for i := range r.Same {
		t := &r.Same[i]
		out.Same = append(out.Same, twinJSON{t.Date().String(), t.Title, t.ID, t.Path, t.Private})
	}
	return out
}

// findPages adds the page to each passage.
func (r *resultJSON) findPages(ctx context.Context, book Book, e *daybook.Entry, shown []search.Shown) error {
	if book == nil || len(shown) == 0 {
		return nil
	}
	placed, err := book.Placed(ctx, e)
	if err != nil {
		return err
	}
	r.Page = pageOf(placed, &shown[0])
	for i := range r.More {
		r.More[i].Page = pageOf(placed, &shown[i+1])
	}
	return nil
}

func shownOf(e *daybook.Entry, shown *search.Shown) ShownJSON {
	at := codePoints{text: e.Text}
	plain, marks := text.Plain(shown.Passage.Text, shown.Marks)
	inside := codePoints{text: plain}
	out := ShownJSON{
		Text: plain, Line: shown.Passage.Line, Spans: make([][2]int, 0, len(marks)), Uncertain: [][2]int{},
		Start: at.count(shown.Passage.Start), End: at.count(shown.Passage.End),
	}
	for _, m := range marks {
		out.Spans = append(out.Spans, [2]int{inside.count(m[0]), inside.count(m[1])})
	}
	inside = codePoints{text: plain}
	for _, d := range text.Doubts(plain) {
		out.Uncertain = append(out.Uncertain, [2]int{inside.count(d[0]), inside.count(d[1])})
	}
	if shown.Words != 0 {
		out.Scores.Words = &shown.Words
	}
	if shown.Meaning != 0 {
		out.Scores.Meaning = &shown.Meaning
	}
	return out
}
