package chat

import (
	"context"
	"slices"
	"strings"
	"time"

	"daybook"
	"daybook/internal/search"
	"daybook/internal/text"
)

// mostHits limits the threads that a search returns.
const mostHits = 200

// Hit is a thread that was found.
type Hit struct {
	Thread daybook.Thread
	Match  *Match // nil if only the title matches
}

// Match is the message that matches best: the first with the most words.
type Match struct {
	MessageID string
	Role      daybook.Role
	Excerpt   string
	Marks     [][2]int // matches in Excerpt, as byte offsets in order
}

// FindThreads returns the threads that contain all words of q, each in the title or
// all in the same message. Case and diacritics are ignored; parts of words match.
// The result has at most 200 threads, most recently updated first; none if q has
// no words.
func (s *Service) FindThreads(ctx context.Context, q string) ([]Hit, error) {
	words, err := newWordFinder(q)
	if err != nil || len(words.terms) == 0 {
		return []Hit{}, err
	}
	threads, err := s.Threads.Threads(ctx)
	if err != nil {
		return nil, err
	}
	titles := make(map[string]uint64, len(threads))
	for _, t := range threads {
		titles[t.ID], _ = words.in(t.Title)
	}
	best := map[string]candidate{}
	err = s.Threads.EachMessage(ctx, func(m daybook.Message) error {
		title, known := titles[m.ThreadID]
		if !known {
			return nil
		}
		has, marks := words.in(m.Text)
		if has == 0 || has|title != words.all() {
			return ctx.Err()
		}
		if c, ok := best[m.ThreadID]; !ok || c.before(m, len(marks)) {
			excerpt, inside := search.Excerpt(m.Text, marks)
			best[m.ThreadID] = candidate{m.Time, len(marks), Match{m.ID, m.Role, excerpt, inside}}
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	hits := []Hit{}
	for _, t := range threads {
		c, ok := best[t.ID]
		if !ok && titles[t.ID] != words.all() {
			continue
		}
		hit := Hit{Thread: t}
		if ok {
			hit.Match = &c.match
		}
		if hits = append(hits, hit); len(hits) == mostHits {
			break
		}
	}
	return hits, nil
}

// candidate is the best matching message of a thread so far.
type candidate struct {
	at    time.Time
	marks int
	match Match
}

// before reports whether a message with that many matching words is better.
func (c candidate) before(m daybook.Message, marks int) bool {
	if marks != c.marks {
		return marks > c.marks
	}
	return m.Time.Before(c.at)
}

// wordFinder finds words and parts of words in texts.
type wordFinder struct {
	analyzer *text.Analyzer
	terms    []string // at most 64
}

func newWordFinder(q string) (*wordFinder, error) {
	analyzer, err := text.New("none")
	if err != nil {
		return nil, err
	}
	f := &wordFinder{analyzer: analyzer}
	for _, t := range analyzer.Tokens(q) {
		if !slices.Contains(f.terms, t.Term) && len(f.terms) < 64 {
			f.terms = append(f.terms, t.Term)
		}
	}
	return f, nil
}

// all is the set of all terms, one bit each.
func (f *wordFinder) all() uint64 { return 1<<len(f.terms) - 1 }

// in returns which terms a text contains, and where, as byte offsets.
func (f *wordFinder) in(s string) (has uint64, marks [][2]int) {
	for _, t := range f.analyzer.Tokens(s) {
		found := false
		for i, term := range f.terms {
			if strings.Contains(t.Term, term) {
				has, found = has|1<<i, true
			}
		}
		if found {
			marks = append(marks, [2]int{t.Start, t.End})
		}
	}
	return has, marks
}
