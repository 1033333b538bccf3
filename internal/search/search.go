// Package search parses a question about the journal and finds matching
// entries: by the days it mentions, by its words and, if embeddings are
// available, by its meaning.
package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/dates"
	"daybook/internal/llm"
	"daybook/internal/store"
	"daybook/internal/text"
)

// Index is the part of a store that a search uses; see store.Index for the
// contracts.
type Index interface {
	SearchWords(ctx context.Context, q store.WordQuery, f store.Filter, k int) ([]store.Hit, error)
	SearchVectors(ctx context.Context, space store.Space, query []float32, f store.Filter, k, more int) ([]store.Hit, error)
	Vocabulary(ctx context.Context, public bool) (*store.Vocabulary, error)
	Span(ctx context.Context) (daybook.DateRange, error)
	Entries(ctx context.Context, ids []string) ([]daybook.Entry, error)
	Newest(ctx context.Context, f store.Filter, limit int) ([]daybook.Entry, error)
	Passages(ctx context.Context, entryID string) ([]daybook.Passage, error)
}

// Hit is a passage without its text, with its score from each kind of search, 0
// if that search did not find it: the word score, about 1 for a passage of
// average length that has each word of the question once, and the cosine.
type Hit struct {
	Passage        daybook.Passage
	Words, Meaning float64
}

// Result is a matching entry with the passages that matched.
type Result struct {
	Entry daybook.Entry
	// Hits are the passages that matched, best first; empty if the entry was
	// found without a search, like the newest ones.
	Hits []Hit
	// Distance is the cosine distance of the nearest passage; nil if the entry
	// was not found by vector.
	Distance *float64
	// Score orders the results of one search.
	Score float64
	// Same are duplicates of this entry, which would displace other results.
	Same []daybook.Entry
}

// Found is what a search found.
type Found struct {
	Results []Result // best first
	// Mentions counts days over the whole journal; nil if the question doesn't
	// ask for that.
	Mentions *Mentions
	// Notices explain limitations of the search to the user.
	Notices []string
	// Nothing means that the journal has nothing about what the question asks;
	// the results are only the nearest.
	Nothing bool
	// Events are the entries by which a question in two steps was understood;
	// they need not be among the results.
	Events []Result
	// Language is that of the question; "" is the journal's.
	Language string
	// Marks returns the byte ranges of the words in a text that match the
	// question, in order. It is nil if the question asks for days alone.
	Marks func(text string) [][2]int

	nothing string // the notice of Nothing
}

// ClearNothing removes what says that the journal has nothing about the question,
// for a caller that found out otherwise.
func (f *Found) ClearNothing() {
	f.Nothing = false
	f.Notices = slices.DeleteFunc(slices.Clone(f.Notices), func(n string) bool { return n != "" && n == f.nothing })
}

// WithoutEmbedding is the notice for a question that could not be embedded.
const WithoutEmbedding = "The embedding model could not be asked, so this was searched by words alone."

// Meaning is the embedding model of a search.
type Meaning struct {
	Embedder llm.Embedder // nil for a search by words alone
	Model    llm.Ref
	Dim      int    // of the vectors in use; 0 accepts any
	Notice   string // explains a limitation to the user; may be empty
}

// Config configures a Searcher. Index and Analyzer are required.
type Config struct {
	Index    Index
	Analyzer *text.Analyzer // that the index was made with
	Embedder llm.Embedder   // nil without an embedding model
	Model    llm.Ref        // of Embedder
	// Meaning returns the embedding model to use and is called before each
	// search; nil always uses Model.
	Meaning func(context.Context) (Meaning, error)
	// Reranker is the second stage; nil uses the first alone.
	Reranker Reranker
	// Dates returns the options for parsing dates; First and Last are filled
	// in. If it is nil, dates in questions are not parsed.
	Dates func() dates.Options
	// Words returns a function that reports whether a word in lower case is a
	// common one of the journal's language. Either is nil if that is unknown.
	Words func() func(word string) bool
	// People knows the names that belong to one person; nil if none are known.
	People People
}

// Searcher searches one journal. It is safe for concurrent use.
type Searcher struct {
	Config
	phrasings map[string]*phrasing // by language
	variants  variants
}

// New returns a Searcher.
func New(c Config) *Searcher {
	s := &Searcher{Config: c}
	if c.Analyzer != nil {
		s.phrasings = phrasingsOf(c.Analyzer)
	}
	return s
}

// depth is how many passages each search returns to find k entries. A long day
// may hold several of the best, and a passage that one search ranks first needs
// a score from the other.
func depth(k int) int { return max(100, 10*k) }

// depth returns how many passages a search by meaning returns: more if there is
// a second stage, which finds good ones far down.
func (s *Searcher) depth(q Query, k int) int {
	if s.Reranker == nil || q.Fast {
		return depth(k)
	}
	return max(depth(k), s.Reranker.Depth())
}

// exact is how many passages found by meaning are compared in full precision,
// for k entries. Reading vectors takes most of the time, and the order further
// down matters little.
func exact(k int) int { return max(20, 2*k) }

// Find returns the best k entries for q. A question about days alone gets those
// days; one about something within days is searched within them. fuse merges
// the searches.
func (s *Searcher) Find(ctx context.Context, q Query, k int) (Found, error) {
	found, err := s.find(ctx, q, k)
	found.Language = q.Language
	return found, err
}

func (s *Searcher) find(ctx context.Context, q Query, k int) (Found, error) {
	switch {
	case q.Days != nil && len(q.Days) == 0:
		return Found{Notices: []string{s.say(&q, "outside")}}, nil
	case q.DaysOnly:
		found, err := s.findDays(ctx, q, k)
		if q.Notice != "" {
			found.Notices = append(found.Notices, q.Notice)
		}
		return found, err
	case q.Anchor != nil:
		if found, err := s.findBeside(ctx, q, k); err != nil || len(found.Results) > 0 {
			return found, err
		}
		q.Topic = q.Text // the event was not found
	}
	return s.findTopic(ctx, q, k)
}

// findTopic finds passages about q's topic, or the days themselves if none of their
// passages match.
func (s *Searcher) findTopic(ctx context.Context, q Query, k int) (Found, error) {
	vocabulary, err := s.Index.Vocabulary(ctx, q.Filter.Public)
	if err != nil {
		return Found{}, fmt.Errorf("load the vocabulary: %w", err)
	}
	mentions, err := s.mentions(ctx, q, vocabulary)
	if err != nil {
		return Found{}, err
	}
	words, full := s.wordQuery(q, vocabulary)
	var pairs [][]string
	if !q.Fast {
		if pairs, err = s.joinWords(ctx, &q, &words, vocabulary); err != nil {
			return Found{}, err
		}
	}
	results, doubt, err := s.findPassages(ctx, q, words, pairs, full, k, vocabulary)
	if err != nil {
		return Found{}, err
	}
	found := Found{Results: results, Mentions: mentions, Marks: s.marks(&q, words)}
	if nothing, notice := s.nothing(q, doubt, vocabulary); nothing && !q.Fast {
		if found.Nothing = true; len(results) > 0 {
			found.Notices, found.nothing = append(found.Notices, notice), notice
		}
	}
	if mentions != nil {
		if found.Results, err = s.withMentions(ctx, mentions, results, k); err != nil {
			return Found{}, err
		}
	}
	if len(found.Results) == 0 && q.Days != nil {
		days, err := s.findDays(ctx, q, k)
		if err != nil {
			return Found{}, err
		}
		found.Results = days.Results
		if len(days.Results) > 0 && onDays(days.Results[0].Entry, q.Days) {
			found.Notices = []string{s.say(&q, "days without match")}
		}
		found.Notices = append(found.Notices, days.Notices...)
	}
	if q.Notice != "" {
		found.Notices = append(found.Notices, q.Notice)
	}
	return found, nil
}

// say returns a sentence in the language of the question.
func (s *Searcher) say(q *Query, sentence string, values ...any) string {
	return s.phrasing(q.Language).Say(sentence, values...)
}

// wordQuery returns q's search by words, including other spellings, and the
// score of a passage that has all the words.
func (s *Searcher) wordQuery(q Query, vocabulary *store.Vocabulary) (store.WordQuery, float64) {
	words := s.words(&q, q.Topic)
	words.Phrases, words.None = q.Phrases, q.None
	full := fullScore(words, vocabulary)
	if q.Fast {
		s.complete(&words, q.Topic, vocabulary)
	} else {
		s.forgive(&words, vocabulary)
		s.joinParts(&q, &words, vocabulary)
	}
	s.addReadings(q.Topic, &words, vocabulary)
	s.rename(&q, &words)
	return words, full
}

// findPassages searches by words and by meaning.
func (s *Searcher) findPassages(ctx context.Context, q Query, words store.WordQuery, pairs [][]string, full float64, k int, vocabulary *store.Vocabulary) (results []Result, d doubt, err error) {
	filter := q.Filter
	filter.Days = days(q)
	var byWords, byMeaning []store.Hit
	if len(words.Any) > 0 {
		if byWords, err = s.Index.SearchWords(ctx, words, filter, s.depth(q, k)); err != nil {
			return nil, d, fmt.Errorf("search by words: %w", err)
		}
	}
	if len(q.Phrases) == 0 {
		if byWords, err = s.searchPairs(ctx, pairs, filter, s.depth(q, k), byWords); err != nil {
			return nil, d, err
		}
	}
	if len(q.Phrases) == 1 {
		more, err := s.across(ctx, q.Phrases[0], filter, vocabulary)
		if err != nil {
			return nil, d, err
		}
		byWords = append(byWords, more...)
	}
	// A search by meaning can't find verbatim phrases.
	if q.Vector != nil && len(q.Phrases) == 0 {
		if byMeaning, err = s.Index.SearchVectors(ctx, q.Space, q.Vector, filter, exact(k), s.depth(q, k)-exact(k)); err != nil {
			return nil, d, fmt.Errorf("search by meaning: %w", err)
		}
	}
	candidates, ranked, err := s.rerank(ctx, q, fuse(byWords, full, byMeaning), vocabulary)
	if err != nil {
		return nil, d, err
	}
	pool := 3 * k
	if q.excluding() {
		pool = depth(k)
	}
	names, most := s.doubtfulNames(&q), 2*k
	if len(names) > 0 {
		pool, most = depth(k), depth(k)
	}
	best := byEntry(candidates, depth(k))
	if ranked.Done {
		bySecond(best, candidates)
	}
	if results, err = s.load(ctx, best[:min(pool, len(best))], &q, most); err == nil && ranked.Done {
		err = s.byTime(ctx, q, results)
	}
	s.namedFirst(results, names)
	s.exactFirst(results, words)
	return slices.Clone(results[:min(k, len(results))]), doubt{ranked.Nothing, standsOut(byMeaning, vocabulary)}, err
}

func byScore(a, b Result) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.Entry.ID, b.Entry.ID))
}
