package almanac

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"daybook"
	"daybook/internal/store"
)

// journal holds the statistics of the entries at one time. It is immutable,
// apart from lazily computed values.
type journal struct {
	generation string
	state      [32]byte
	records    map[string]*record // by entry ID
	days       []day              // of daily entries, ascending
	listing    []Day              // as many
	words      []word             // by number
	terms      []string           // by number
	forms      []string           // by number
	tags       map[string]string  // in lower case, each as it is written most

	known   sync.Once
	naming  *naming
	recents recents
}

// record holds the statistics of an entry.
type record struct {
	state  store.NoteState
	entry  daybook.Entry // without its text
	tokens []token       // the words of its text, in order
	pages  int
}

// day is a date with its entries.
type day struct {
	date    daybook.Date
	records []*record // by path
}

// written reports whether the day has a word, or a page of handwriting.
func (d *day) written() bool {
	return slices.ContainsFunc(d.records, func(r *record) bool { return len(r.tokens) > 0 || r.pages > 0 })
}

// batch is how many entries are loaded with their texts at once.
const batch = 500

// current returns the journal for the current state of the index.
func (a *Almanac) current(ctx context.Context) (*journal, error) {
	generation, err := a.Index.Generation(ctx)
	if err != nil {
		return nil, err
	}
	if j := a.journal.Load(); j != nil && j.generation == generation {
		return j, nil
	}
	select {
	case a.reading <- struct{}{}:
		defer func() { <-a.reading }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	// Another goroutine may have read the change while this one waited.
	if generation, err = a.Index.Generation(ctx); err != nil {
		return nil, err
	}
	have := a.journal.Load()
	if have != nil && have.generation == generation {
		return have, nil
	}
	j, err := a.read(ctx, have, generation)
	if err != nil {
		return nil, fmt.Errorf("count the journal: %w", err)
	}
	a.journal.Store(j)
	return j, nil
}

// read makes a journal from the index, reusing unchanged records of the
// previous one.
func (a *Almanac) read(ctx context.Context, have *journal, generation string) (*journal, error) {
	states, err := a.Index.NoteStates(ctx)
	if err != nil {
		return nil, err
	}
	scans, err := a.Index.Scans(ctx)
	if err != nil {
		return nil, err
	}
	if have == nil || len(a.lexicon.words) > 2*a.distinct+10_000 {
		// A lexicon keeps words that no entry has any more, so it is rebuilt.
		have, a.lexicon, a.distinct = &journal{}, newLexicon(), 0
	}
	j := &journal{generation: generation, records: make(map[string]*record, len(states))}
	var changed []string
	for _, s := range states {
		if r := have.records[s.EntryID]; r != nil && r.state.Hash == s.Hash && r.state.Path == s.Path && r.state.Kind == s.Kind {
			j.records[s.EntryID] = r
			continue
		}
		j.records[s.EntryID] = &record{state: s}
		changed = append(changed, s.EntryID)
	}
	for entries, err := range a.load(ctx, changed) {
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			r := j.records[e.ID]
			r.tokens = a.lexicon.tokens(a.Analyzer, e.Text)
			e.Text, r.entry = "", e
		}
	}
	j.countPages(scans)
	j.arrange()
	j.learnTags()
	j.words, j.terms, j.forms = a.lexicon.words, a.lexicon.terms, a.lexicon.forms
	if a.distinct == 0 {
		a.distinct = len(j.words)
	}
	return j, nil
}

// load yields entries with their texts in batches, and loads the next batch meanwhile.
func (a *Almanac) load(ctx context.Context, ids []string) iter.Seq2[[]daybook.Entry, error] {
	type loaded struct {
		entries []daybook.Entry
		err     error
	}
	return func(yield func([]daybook.Entry, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		batches := make(chan loaded)
		go func() {
			defer close(batches)
			for some := range slices.Chunk(ids, batch) {
				entries, err := a.Index.Entries(ctx, some)
				select {
				case batches <- loaded{entries, err}:
				case <-ctx.Done():
					return
				}
			}
		}()
		defer func() {
			cancel()
			for range batches { // until nothing uses the index anymore
			}
		}()
		for b := range batches {
			if !yield(b.entries, b.err) || b.err != nil {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(nil, err)
		}
	}
}

// countPages sets the number of scanned pages of the daily entries. A scan
// whose pages were not counted yet counts as one page.
func (j *journal) countPages(scans []store.ScanState) {
	pages := map[string]int{}
	for _, s := range scans {
		pages[s.Note] += max(1, s.Pages)
	}
	for id, r := range j.records {
		if n := pages[r.state.Path]; r.state.Kind == daybook.Daily && r.pages != n {
			other := *r // the record may be shared with another journal
			other.pages = n
			j.records[id] = &other
		}
	}
}

// arrange puts the records into the order of their days, and hashes them.
func (j *journal) arrange() {
	order := make([]*record, 0, len(j.records))
	for id, r := range j.records {
		if r.entry.ID == "" { // deleted since
			delete(j.records, id)
			continue
		}
		order = append(order, r)
	}
	slices.SortFunc(order, func(a, b *record) int {
		return cmp.Or(a.entry.Date().Compare(b.entry.Date()), strings.Compare(a.state.Path, b.state.Path), strings.Compare(string(a.state.Kind), string(b.state.Kind)))
	})
	byDate := map[daybook.Date][]*record{}
	sum := sha256.New()
	for _, r := range order {
		fmt.Fprintf(sum, "%q %q %q %v", r.entry.ID, r.state.Kind, r.state.Path, r.entry.Dates)
		_, _ = sum.Write(r.state.Hash[:]) // it never fails
		_ = binary.Write(sum, binary.LittleEndian, int64(r.pages))
		if r.entry.Kind != daybook.Daily {
			continue
		}
		for _, d := range r.entry.Dates {
			if !slices.Contains(byDate[d], r) {
				byDate[d] = append(byDate[d], r)
			}
		}
	}
	sum.Sum(j.state[:0])
	for date, records := range byDate {
		j.days = append(j.days, day{date, records})
	}
	slices.SortFunc(j.days, func(a, b day) int { return a.date.Compare(b.date) })
	j.listing = make([]Day, len(j.days))
	for i := range j.days {
		j.listing[i] = j.days[i].list()
	}
}

// within returns the indexes of the first day in r and of the first day after
// it.
func (j *journal) within(r daybook.DateRange) (from, to int) {
	to = len(j.days)
	by := func(d day, date daybook.Date) int { return d.date.Compare(date) }
	if !r.From.IsZero() {
		from, _ = slices.BinarySearchFunc(j.days, r.From, by)
	}
	if !r.To.IsZero() {
		to, _ = slices.BinarySearchFunc(j.days, r.To.AddDays(1), by)
	}
	return from, max(from, to)
}

// learnTags finds the usual spelling of each tag.
func (j *journal) learnTags() {
	count := map[string]int{}
	j.tags = map[string]string{}
	for _, r := range j.records {
		for _, tag := range r.entry.Tags {
			count[tag]++
			key := strings.ToLower(tag)
			best := j.tags[key]
			if cmp.Or(count[tag]-count[best], strings.Compare(best, tag)) > 0 {
				j.tags[key] = tag
			}
		}
	}
}

// tagAsWritten returns the most frequent spelling of a lower-case tag, or the
// tag itself.
func (j *journal) tagAsWritten(tag string) string { return cmp.Or(j.tags[tag], tag) }
