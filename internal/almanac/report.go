package almanac

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"daybook"
	"daybook/internal/search"
	"daybook/internal/store"
	"daybook/internal/text"
)

// Label is the heading of every report.
const Label = "No language model wrote this: it was counted from the words of your journal, and the passages are in its own words."

// Report answers a question about a whole journal without a model.
type Report struct {
	Label string `json:"label" doc:"That this was counted, and not written by a model"`
	Query string `json:"query"`
	Summary
	Said    []Trace  `json:"said" nullable:"false" doc:"The telling words of the question over time"`
	Like    []Like   `json:"like" nullable:"false" doc:"The days that are most like the question, at most three of a year, ascending"`
	Notices []string `json:"notices" nullable:"false" doc:"What the reader should know of how this was found"`
}

// Trace is how often a word of the question is mentioned.
type Trace struct {
	Word   string  `json:"word"`
	By     Period  `json:"by" enum:"month,year"`
	Days   int     `json:"days" doc:"On how many it is mentioned in all"`
	Points []Point `json:"points" nullable:"false"`
}

// Like is a day similar to the question, with its best passage.
type Like struct {
	Glimpse
	Score float64 `json:"score" doc:"Orders the days that are like one question"`
}

// Limits of a report.
const (
	mostSaid    = 6
	mostLike    = 40
	likeOfYear  = 3
	likeLooked  = 100 // days considered for those
	leastAsLike = 0.5 // of the score of the best
)

// Report covers the daily entries that match f, whatever kind f names, and
// those similar to query, which may be empty.
func (a *Almanac) Report(ctx context.Context, query string, f store.Filter) (Report, error) {
	j, err := a.current(ctx)
	if err != nil {
		return Report{}, err
	}
	r := Report{Label: Label, Query: strings.TrimSpace(query), Summary: a.summary(j, f), Said: []Trace{}, Like: []Like{}, Notices: []string{}}
	switch r.Compared {
	case "months":
		r.Notices = append(r.Notices, "All of this is of one year, so its months were compared.")
	case "nothing":
		r.Notices = append(r.Notices, "There is too little to compare one time with another.")
	}
	if r.Query == "" || a.Searcher == nil {
		return r, ctx.Err()
	}
	f.Kind = daybook.Daily
	q, missing := a.Searcher.Prepare(ctx, r.Query, f)
	if ctx.Err() != nil {
		return Report{}, ctx.Err()
	}
	if missing != nil {
		r.Notices = append(r.Notices, search.WithoutEmbedding)
	}
	r.Said = a.said(j, q.Topic, f, r.Compared)
	found, err := a.Searcher.Find(ctx, q, likeLooked)
	if err != nil {
		return Report{}, fmt.Errorf("look for days like the question: %w", err)
	}
	r.Notices = append(r.Notices, found.Notices...)
	r.Like, err = a.like(ctx, &found)
	return r, err
}

// said counts the key terms of a topic over the days that match f.
func (a *Almanac) said(j *journal, topic string, f store.Filter, compared string) []Trace {
	by := Year
	if compared == "months" {
		by = Month
	}
	days := j.pass(f)
	list := []Trace{}
	for _, words := range a.telling(topic) {
		if len(list) == mostSaid {
			break
		}
		rows, shown := a.asked(j, words)
		if len(rows) == 0 {
			continue
		}
		t := Timeline{By: by, Points: []Point{}}
		t.count(days, func(r *record) int { return mentions(r, rows) })
		word := strings.Join(shown, " with ")
		if !slices.ContainsFunc(list, func(s Trace) bool { return strings.EqualFold(s.Word, word) }) {
			list = append(list, Trace{word, by, t.Days, t.Points})
		}
	}
	return list
}

// telling returns the key terms of a topic. Adjacent capitalised words, except
// the first, are one name.
func (a *Almanac) telling(topic string) []string {
	var list []string
	tokens := a.Analyzer.Tokens(topic)
	tells := func(t text.Token) bool {
		form := strings.ToLower(topic[t.Start:t.End])
		return !a.Analyzer.Stop(t.Term) && !functional[form] && !asking[form]
	}
	capital := func(i int) bool {
		r, _ := utf8.DecodeRuneInString(topic[tokens[i].Start:])
		return i > 0 && unicode.IsUpper(r)
	}
	for i := 0; i < len(tokens); i++ {
		start := i
		for capital(i) && i+1 < len(tokens) && capital(i+1) && topic[tokens[i].End:tokens[i+1].Start] == " " {
			i++
		}
		if i > start || tells(tokens[i]) {
			list = append(list, topic[tokens[start].Start:tokens[i].End])
		}
	}
	return list
}

// asking are English words that phrase a question about a whole journal rather
// than name its subject.
var asking = words(`analyse analyze analysis compare compared comparison summary summarise summarize describe overview
	change changed changes changing develop developed development evolve evolved different difference differences
	relation relationship pattern patterns theme themes trend trends over years decade life journal diary write wrote written
	mention mentioned feel felt feeling feelings main important happen happened role part`)

// like returns the days most similar to the question.
func (a *Almanac) like(ctx context.Context, found *search.Found) ([]Like, error) {
	list := []Like{}
	of := map[int]int{}
	for i := range found.Results {
		r := &found.Results[i]
		date := r.Entry.Date()
		if len(list) == mostLike || r.Score < leastAsLike*found.Results[0].Score {
			break
		}
		if of[date.Year] == likeOfYear {
			continue
		}
		shown, err := a.Searcher.Show(ctx, found, r, 1)
		if err != nil {
			return nil, err
		}
		if len(shown) == 0 { // deleted since
			continue
		}
		of[date.Year]++
		excerpt, _ := search.Excerpt(shown[0].Passage.Text, shown[0].Marks)
		list = append(list, Like{Glimpse{Date: date, ID: r.Entry.ID, Title: r.Entry.Title, Excerpt: excerpt, Private: r.Entry.Private}, r.Score})
	}
	slices.SortStableFunc(list, func(a, b Like) int {
		return cmp.Or(a.Date.Compare(b.Date), strings.Compare(a.Title, b.Title))
	})
	return list, nil
}
