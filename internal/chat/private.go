package chat

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/search"
	"daybook/internal/store"
)

// Guard knows which entries are private, and which text comes from them; see
// private.Guard.
type Guard interface {
	Split(ctx context.Context, entries []daybook.Entry) (public, private []daybook.Entry, err error)
	Among(ctx context.Context, ids []string) (map[string]bool, error)
	Quotes(ctx context.Context, text string) ([]string, error)
	Betrays(ctx context.Context, text string) (ids []string, unknown bool, err error)
	Is(ctx context.Context, title, content string) ([]string, error)
}

// loader adapts a Searcher to what a guard requires.
type loader struct{ Searcher }

func (l loader) Entries(ctx context.Context, ids []string) ([]daybook.Entry, error) {
	return l.Load(ctx, ids)
}

// looked is the result of a search, and what was left out of it.
type looked struct {
	search.Found
	leftOut []string // IDs of private entries
}

// search runs a query. For a model, it searches again without private entries if it
// found any.
func (s *Service) search(ctx context.Context, q search.Query, k int, model Model) (looked, error) {
	find := func(public bool) (search.Found, error) {
		q.Filter.Public = public
		return s.Searcher.Find(ctx, q, k)
	}
	return s.sift(ctx, find, model)
}

// recent finds the newest entries, as search does.
func (s *Service) recent(ctx context.Context, k int, model Model) (looked, error) {
	return s.sift(ctx, func(public bool) (search.Found, error) {
		results, err := s.Searcher.Recent(ctx, store.Filter{Public: public}, k)
		return search.Found{Results: results}, err
	}, model)
}

// sift removes private entries from the results of find, for a model or another
// program. Another program is answered as if there were no private entries.
func (s *Service) sift(ctx context.Context, find func(public bool) (search.Found, error), model Model) (looked, error) {
	found, err := find(model.outside)
	forOwner := model.Chat == nil && !model.outside
	if forOwner || err != nil {
		return looked{Found: found}, err
	}
	private, err := s.privateIn(ctx, slices.Concat(found.Results, found.Events), found.Mentions)
	if err != nil {
		return looked{}, err
	}
	out := looked{Found: found, leftOut: keys(private)}
	if len(private) > 0 {
		if out.Found, err = find(true); err != nil {
			return looked{}, err
		}
	}
	// The index may not be up to date.
	late, err := s.privateIn(ctx, slices.Concat(out.Results, out.Events), out.Mentions)
	if err != nil {
		return looked{}, err
	}
	out.leftOut = slices.Concat(out.leftOut, keys(late))
	if slices.ContainsFunc(out.Events, func(r search.Result) bool { return late[r.Entry.ID] }) {
		out.Results, out.Notices = nil, nil // found through a private entry
	}
	out.Results = without(out.Results, late)
	out.Mentions, err = s.sayable(ctx, out.Mentions, late)
	return out, err
}

// privateIn returns the IDs of private entries in results.
func (s *Service) privateIn(ctx context.Context, results []search.Result, counted ...*search.Mentions) (map[string]bool, error) {
	var entries []daybook.Entry
	for _, r := range results {
		entries = append(append(entries, r.Entry), r.Same...)
	}
	_, private, err := s.Guard.Split(ctx, entries)
	if err != nil {
		return nil, fmt.Errorf("check which entries are private: %w", err)
	}
	ids := map[string]bool{}
	for _, m := range counted {
		more, err := s.Guard.Among(ctx, m.EntryIDs())
		if err != nil {
			return nil, fmt.Errorf("check which entries are private: %w", err)
		}
		for id := range more {
			ids[id] = true
		}
	}
	for _, e := range private {
		ids[e.ID] = true
	}
	return ids, nil
}

// without returns a new slice of results without private entries. It must not change
// the old one: sources point into it.
func without(results []search.Result, private map[string]bool) []search.Result {
	var public []search.Result
	for _, r := range results {
		if private[r.Entry.ID] {
			continue
		}
		r.Same = slices.DeleteFunc(slices.Clone(r.Same), func(e daybook.Entry) bool { return private[e.ID] })
		public = append(public, r)
	}
	return public
}

// sayable returns a count that a model may see: nil if it includes private entries,
// and without spellings that occur only in those.
func (s *Service) sayable(ctx context.Context, m *search.Mentions, private map[string]bool) (*search.Mentions, error) {
	if m == nil || slices.ContainsFunc(m.EntryIDs(), func(id string) bool { return private[id] }) {
		return nil, nil
	}
	var spelled []string
	for _, word := range m.Spelled {
		ids, unknown, err := s.Guard.Betrays(ctx, word)
		if err != nil {
			return nil, err
		}
		if len(ids) == 0 && !unknown {
			spelled = append(spelled, word)
		}
	}
	told := *m
	told.Spelled = spelled
	return &told, nil
}

// withhold removes entries that have become private since they were found.
func (s *Service) withhold(ctx context.Context, found *Found) error {
	private, err := s.privateIn(ctx, found.Results, append(found.counted, found.Mentions)...)
	if err != nil || len(private) == 0 {
		return err
	}
	found.leave(keys(private), nil)
	found.Results = without(found.Results, private)
	found.Sources = number(slices.DeleteFunc(slices.Clone(found.Sources), func(src Source) bool {
		return src.Entry != nil && private[src.Entry.ID]
	}))
	if found.Mentions, err = s.sayable(ctx, found.Mentions, private); err != nil {
		return err
	}
	var counted []*search.Mentions
	for _, m := range found.counted {
		if m, err = s.sayable(ctx, m, private); err != nil {
			return err
		}
		if m != nil {
			counted = append(counted, m)
		}
	}
	found.counted = counted
	return nil
}

// leave records the private entries that were left out, here and in the
// conversation.
func (f *Found) leave(ids []string, said *conversation) {
	if f.leftOut == nil {
		f.leftOut = map[string]bool{}
	}
	if said != nil {
		ids = slices.Concat(ids, said.leftOut)
		f.also = append(f.also, said.rests...)
	}
	for _, id := range ids {
		f.leftOut[id] = true
	}
	f.PrivateLeftOut = len(f.leftOut)
}

// tellLeftOut adds a notice about the private entries that were left out. Other
// programs are not told: the notice would say that private entries have the words
// of a question.
func (f *Found) tellLeftOut(outside bool) {
	f.Rests = f.rests()
	if outside {
		f.PrivateLeftOut = 0
	}
	if n := f.PrivateLeftOut; n > 0 {
		f.Notices = append(f.Notices, countOf(n, "private note was", "private notes were")+" left out.")
	}
}

// rests returns the IDs of all entries whose text may be in the answer. It is not
// nil.
func (f *Found) rests() []string {
	ids := slices.Clone(f.also)
	for _, r := range f.Results {
		ids = append(ids, r.Entry.ID)
	}
	for _, src := range f.Sources {
		if src.Entry != nil {
			ids = append(ids, src.Entry.ID)
		}
	}
	for _, m := range append(f.counted, f.Mentions) {
		ids = append(ids, m.EntryIDs()...)
	}
	slices.Sort(ids)
	return append([]string{}, slices.Compact(ids)...)
}

// unknownEntry is the ID of private entries that a text may quote if it is not known
// which they are.
const unknownEntry = ""

// sendable returns the messages that a model may see, the IDs of the entries that
// they are based on, and the IDs of the private entries that the withheld messages are
// based on. If an answer is missing, so is its question. What the user has just typed
// is always sent.
func (s *Service) sendable(ctx context.Context, said []daybook.Message, typed string) (public []daybook.Message, rests, leftOut []string, err error) {
	hidden := make([]bool, len(said))
	for i, m := range said {
		if strings.TrimSpace(m.Text) == strings.TrimSpace(typed) && m.Role != daybook.Assistant {
			continue
		}
		var next *daybook.Message
		if i+1 < len(said) {
			next = &said[i+1]
		}
		ids, err := s.betrayed(ctx, m, next)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("check whether the conversation quotes a private note: %w", err)
		}
		if len(ids) == 0 {
			continue
		}
		leftOut = append(leftOut, ids...)
		hidden[i] = true
		if m.Role == daybook.Assistant && i > 0 && said[i-1].Role != daybook.Assistant {
			hidden[i-1] = true
		}
	}
	for i, m := range said {
		if hidden[i] {
			continue
		}
		public = append(public, m)
		of, _, err := restsOf(m)
		if err != nil {
			return nil, nil, nil, err
		}
		rests = append(rests, of...)
	}
	return public, rests, leftOut, nil
}

// betrayed returns the IDs of the private entries that a message is based on: those
// in its trace, or those whose text it contains if it has no trace. Next is the
// message after it, or nil.
func (s *Service) betrayed(ctx context.Context, m daybook.Message, next *daybook.Message) ([]string, error) {
	rests, known, err := restsOf(m)
	if err != nil {
		return nil, err
	}
	private, err := s.Guard.Among(ctx, rests)
	if err != nil || len(private) > 0 {
		return keys(private), err
	}
	if m.Role != daybook.Assistant && next != nil {
		// The model has already seen a question that it was asked.
		trace, err := TraceOf(*next)
		if err != nil {
			return nil, err
		}
		known = trace != nil && trace.Rests != nil && trace.Provider != Offline
	}
	if known {
		return s.Guard.Quotes(ctx, m.Text)
	}
	ids, unknown, err := s.Guard.Betrays(ctx, m.Text)
	if unknown {
		ids = append(ids, unknownEntry)
	}
	return ids, err
}

// restsOf returns the IDs of the entries that a message is based on, and whether
// they are complete.
func restsOf(m daybook.Message) (ids []string, known bool, err error) {
	for _, c := range m.Citations {
		ids = append(ids, c.EntryID)
	}
	trace, err := TraceOf(m)
	if err != nil || trace == nil {
		return ids, false, err
	}
	return append(ids, trace.Rests...), trace.Rests != nil, nil
}

// docs returns the documents of a request that the model may see, and the IDs of the
// private entries that the others contain.
func (s *Service) docs(ctx context.Context, req Request, model Model) (public []Doc, leftOut []string, err error) {
	if model.Chat == nil {
		return req.Existing, nil, nil
	}
	for _, d := range req.Existing {
		ids, unknown, err := s.Guard.Betrays(ctx, d.Title+"\n"+d.Content)
		if err == nil && len(ids) == 0 && !unknown {
			ids, err = s.Guard.Is(ctx, d.Title, d.Content)
		}
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("check whether a document is private: %w", err)
		case unknown:
			leftOut = append(leftOut, unknownEntry)
		case len(ids) > 0:
			leftOut = append(leftOut, ids...)
		default:
			public = append(public, d)
		}
	}
	return public, leftOut, nil
}

func keys(set map[string]bool) []string {
	var list []string
	for id := range set {
		list = append(list, id)
	}
	return list
}
