package mcp

import (
	"context"
	"strings"

	"daybook"
	"daybook/internal/notes"
	"daybook/internal/search"
	"daybook/internal/store"
)

// errChanging is returned if a note was marked private just now, and a count
// included it.
var errChanging = daybook.Errorf(daybook.Unavailable, "The journal is being read again. Try again in a moment.")

// filter returns the filter of public entries in a range of days; "" is an open
// end. Tags are with or without their #.
func filter(from, to string, tags []string) (store.Filter, error) {
	f := store.Filter{Public: true}
	var r daybook.DateRange
	var err error
	if from != "" {
		if r.From, err = dayOf(from); err != nil {
			return f, err
		}
	}
	if to != "" {
		if r.To, err = dayOf(to); err != nil {
			return f, err
		}
	}
	if from != "" && to != "" && r.To.Compare(r.From) < 0 {
		return f, daybook.Errorf(daybook.Invalid, "The last day is before the first.")
	}
	if from != "" || to != "" {
		f.Days = []daybook.DateRange{r}
	}
	for _, tag := range tags {
		if tag = strings.TrimPrefix(tag, "#"); tag != "" {
			f.Tags = append(f.Tags, "#"+tag)
		}
	}
	return f, nil
}

func dayOf(text string) (daybook.Date, error) {
	d, err := daybook.ParseDate(text)
	if err != nil {
		return d, daybook.Errorf(daybook.Invalid, "Write a day as YYYY-MM-DD; it must exist.")
	}
	return d, nil
}

// list returns public entries, newest first.
func (s *Server) list(ctx context.Context, f store.Filter, limit int, whole bool) ([]notes.Note, error) {
	f.Public = true
	found, err := s.Notes.List(ctx, f, limit, whole)
	if err != nil {
		return nil, err
	}
	for i := range found {
		found[i].Text = found[i].Diary // what is typed and transcribed, without comments
	}
	entries := make([]daybook.Entry, len(found))
	for i := range found {
		entries[i] = found[i].Entry
	}
	hidden, err := s.hidden(ctx, entries)
	if err != nil {
		return nil, err
	}
	var public []notes.Note
	for _, n := range found {
		if !hidden[n.ID] {
			public = append(public, n)
		}
	}
	return public, nil
}

// day returns the public notes of a day with their text.
func (s *Server) day(ctx context.Context, d daybook.Date) ([]notes.Note, error) {
	return s.list(ctx, store.Filter{Kind: daybook.Daily, Days: []daybook.DateRange{{From: d, To: d}}}, 0, true)
}

// hidden returns the IDs of the entries that are private now: the index may not
// have followed yet.
func (s *Server) hidden(ctx context.Context, entries []daybook.Entry) (map[string]bool, error) {
	_, private, err := s.Guard.Split(ctx, entries)
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	for _, e := range private {
		ids[e.ID] = true
	}
	return ids, nil
}

// find returns public results, without duplicates that are private.
func (s *Server) find(ctx context.Context, text string, f store.Filter, limit int) (search.Found, error) {
	q, missing := s.Searcher.Prepare(ctx, text, f)
	if ctx.Err() != nil {
		return search.Found{}, ctx.Err()
	}
	q.Filter.Public = true
	found, err := s.Searcher.Find(ctx, q, limit)
	if err != nil {
		return found, err
	}
	var entries []daybook.Entry
	for _, r := range found.Results {
		entries = append(entries, r.Entry)
	}
	hidden, err := s.hidden(ctx, entries)
	if err != nil {
		return found, err
	}
	var public []search.Result
	for _, r := range found.Results {
		if !hidden[r.Entry.ID] {
			public = append(public, r)
		}
	}
	// A notice may name words of notes that are left out.
	found.Results, found.Mentions, found.Notices = public, nil, nil
	if missing != nil {
		found.Notices = []string{search.WithoutEmbedding}
	}
	return found, nil
}

// count returns on which public days words are mentioned.
func (s *Server) count(ctx context.Context, words string, f store.Filter) (*search.Mentions, error) {
	// The word in front keeps a name from looking like the beginning of a sentence.
	q := search.Query{Topic: "mention " + words, Mentions: search.Count, Filter: f}
	q.Filter.Public = true
	found, err := s.Searcher.Find(ctx, q, 1)
	if err != nil {
		return nil, err
	}
	if found.Mentions == nil {
		return nil, daybook.Errorf(daybook.Invalid, "Only a word or a name, or two of them, can be counted. Use search for anything longer.")
	}
	private, err := s.Guard.Among(ctx, found.Mentions.EntryIDs())
	if err != nil {
		return nil, err
	}
	if len(private) > 0 {
		return nil, errChanging
	}
	return found.Mentions, nil
}
