package postgres

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"daybook"
	"daybook/internal/bm25"
	"daybook/internal/store"
)

// SearchWords returns the best k passages by BM25. The database returns where
// the terms occur; the ranking is the same as in the other stores.
func (s *Store) SearchWords(ctx context.Context, q store.WordQuery, f store.Filter, k int) ([]store.Hit, error) {
	if err := q.Check(); err != nil || k <= 0 {
		return nil, err
	}
	w := &wordSearch{q: q}
	if err := s.ask(ctx, w.questions(s.owner, f)...); err != nil {
		return nil, wrap("search by words", err)
	}
	phrases, err := s.withPhrases(ctx, w)
	if err != nil {
		return nil, wrap("look for words in a row", err)
	}
	w.ignorePrivate()
	allowed := w.passes
	if phrases != nil {
		allowed = func(id int64) bool { return phrases[id] && w.passes(id) }
	}
	terms := bm25.Terms(q.Weights, q.Scored()...)
	lists := make([][]bm25.Occurrence, len(terms))
	for i, t := range terms {
		lists[i] = w.lists[t.Term]
	}
	found := bm25.Rank(terms, lists, w.passages, w.length, allowed, k)
	hits, err := s.hits(ctx, found)
	return hits, wrap("load the passages found", err)
}

// wordSearch is what the database returned for a query.
type wordSearch struct {
	q store.WordQuery
	postings
	allowed map[int64]bool // passages that match a filter; nil for all
	// private are the lengths of the passages with which nothing is counted.
	private map[int64]int
}

// questions returns the first queries of a search.
func (w *wordSearch) questions(owner int64, f store.Filter) []question {
	var terms []string
	for _, list := range append([][]string{w.q.Any, w.q.All, w.q.None}, w.q.Phrases...) {
		terms = append(terms, list...)
	}
	slices.Sort(terms)
	questions := []question{w.question(owner, slices.Compact(terms))}
	if f.IsOpen() {
		return questions
	}
	w.allowed, w.private = map[int64]bool{}, map[int64]int{}
	where, args := filter(f, []any{owner})
	if f.Public {
		questions = append(questions, question{
			"SELECT p.id, p.length FROM entries e JOIN passages p ON p.owner = e.owner AND p.entry = e.n WHERE e.owner = $1 AND e.private", []any{owner},
			func(row pgx.CollectableRow) error {
				var id int64
				var length int
				err := row.Scan(&id, &length)
				w.private[id] = length
				return err
			}})
	}
	return append(questions, question{
		"SELECT p.id FROM entries e JOIN passages p ON p.owner = e.owner AND p.entry = e.n WHERE e.owner = $1" + where, args,
		func(row pgx.CollectableRow) error {
			var id int64
			err := row.Scan(&id)
			w.allowed[id] = true
			return err
		}})
}

// ignorePrivate removes private passages from the lists and the totals.
func (w *wordSearch) ignorePrivate() {
	if len(w.private) == 0 {
		return
	}
	for _, length := range w.private {
		w.passages, w.length = w.passages-1, w.length-length
	}
	for term, list := range w.lists {
		w.lists[term] = slices.DeleteFunc(list, func(o bm25.Occurrence) bool {
			_, private := w.private[o.Passage]
			return private
		})
	}
}

// passes reports whether a passage matches everything except the phrases.
func (w *wordSearch) passes(id int64) bool {
	if w.allowed != nil && !w.allowed[id] {
		return false
	}
	stands := func(term string) bool { return has(w.lists[term], id) }
	for _, term := range w.q.All {
		if !stands(term) {
			return false
		}
	}
	for _, phrase := range w.q.Phrases {
		for _, term := range phrase {
			if !stands(term) {
				return false
			}
		}
	}
	return !slices.ContainsFunc(w.q.None, stands)
}

// withPhrases returns the passages that contain all phrases, nil if the query
// has none. The postings say which passages have the terms; the database is asked
// whether the terms follow one another.
func (s *Store) withPhrases(ctx context.Context, w *wordSearch) (map[int64]bool, error) {
	var needles [][]byte
	for _, phrase := range w.q.Phrases {
		if len(phrase) > 1 {
			needles = append(needles, []byte(" "+strings.Join(phrase, " ")+" "))
		}
	}
	if len(needles) == 0 {
		return nil, nil
	}
	var candidates []int64
	for _, phrase := range w.q.Phrases {
		if len(phrase) > 1 {
			for _, o := range w.lists[phrase[0]] {
				if w.passes(o.Passage) {
					candidates = append(candidates, o.Passage)
				}
			}
			break
		}
	}
	found := map[int64]bool{}
	return found, s.each(ctx, func(row pgx.CollectableRow) error {
		var id int64
		err := row.Scan(&id)
		found[id] = true
		return err
	}, `SELECT id FROM passages WHERE owner = $1 AND id = ANY($2)
		AND NOT EXISTS (SELECT FROM unnest($3::bytea[]) needle WHERE position(needle IN '\x20'::bytea || terms || '\x20'::bytea) = 0)`,
		s.owner, candidates, needles)
}

const passageColumns = "SELECT p.id, e.id, p.idx, p.start_at, p.end_at, p.line"

func scanPassage(row pgx.CollectableRow, more ...any) (daybook.Passage, error) {
	var p daybook.Passage
	var entry []byte
	err := row.Scan(append([]any{&p.ID, &entry, &p.Index, &p.Start, &p.End, &p.Line}, more...)...)
	p.EntryID = string(entry)
	return p, err
}

// hits looks up the passages found, and skips those deleted in the meantime.
func (s *Store) hits(ctx context.Context, found []bm25.Scored) ([]store.Hit, error) {
	if len(found) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(found))
	for i, f := range found {
		ids[i] = f.Passage
	}
	passages := make(map[int64]daybook.Passage, len(found))
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		p, err := scanPassage(row)
		passages[p.ID] = p
		return err
	}, passageColumns+" FROM passages p JOIN entries e ON e.owner = p.owner AND e.n = p.entry WHERE p.owner = $1 AND p.id = ANY($2)", s.owner, ids)
	if err != nil {
		return nil, err
	}
	hits := make([]store.Hit, 0, len(found))
	for _, f := range found {
		if p, ok := passages[f.Passage]; ok {
			hits = append(hits, store.Hit{Passage: p, Score: f.Score})
		}
	}
	return hits, nil
}

// Vocabulary returns the index's terms, from memory while nothing changes.
func (s *Store) Vocabulary(ctx context.Context, public bool) (*store.Vocabulary, error) {
	kept := &s.vocabulary
	if public {
		kept = &s.publicVocabulary
	}
	generation, err := s.indexGeneration(ctx)
	if err != nil {
		return nil, wrap("look for changes of the words", err)
	}
	s.mu.Lock()
	have := *kept
	s.mu.Unlock()
	if have.Vocabulary != nil && have.generation == generation {
		return have.Vocabulary, nil
	}
	fresh, err := s.readVocabulary(ctx, public)
	if err != nil {
		return nil, wrap("read the vocabulary", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept.Vocabulary != nil && kept.generation >= fresh.generation {
		return kept.Vocabulary, nil // another goroutine was faster
	}
	*kept = fresh
	return fresh.Vocabulary, nil
}

func (s *Store) indexGeneration(ctx context.Context) (n int64, err error) {
	err = s.one(ctx, "SELECT generation FROM indexes WHERE owner = $1", []any{s.owner}, &n)
	return n, err
}

// vocabulary is a vocabulary in memory, and the generation of the index that it
// was read from.
type vocabulary struct {
	*store.Vocabulary
	generation int64
}

// readVocabulary reads all terms, or those of public entries.
func (s *Store) readVocabulary(ctx context.Context, public bool) (vocabulary, error) {
	type counted struct {
		term string
		n    int
	}
	v := vocabulary{Vocabulary: &store.Vocabulary{}}
	var terms []counted
	var private []string
	questions := []question{{`SELECT i.generation, i.passages, p.term, p.n FROM indexes i LEFT JOIN (
			SELECT owner, coalesce(whole, term) AS term, sum(passages)::bigint AS n FROM postings WHERE owner = $1 GROUP BY owner, term, whole
		) p ON p.owner = i.owner WHERE i.owner = $1`, []any{s.owner},
		func(row pgx.CollectableRow) error {
			var term []byte
			var n *int
			if err := row.Scan(&v.generation, &v.Passages, &term, &n); err != nil || n == nil {
				return err
			}
			terms = append(terms, counted{string(term), *n})
			return nil
		}}}
	if public {
		questions = append(questions, question{
			"SELECT p.terms FROM entries e JOIN passages p ON p.owner = e.owner AND p.entry = e.n WHERE e.owner = $1 AND e.private", []any{s.owner},
			func(row pgx.CollectableRow) error {
				var terms []byte
				err := row.Scan(&terms)
				private = append(private, string(terms))
				return err
			}})
	}
	if err := s.ask(ctx, questions...); err != nil {
		return v, err
	}
	slices.SortFunc(terms, func(a, b counted) int { return strings.Compare(a.term, b.term) })
	v.Terms, v.Counts = make([]string, len(terms)), make([]int, len(terms))
	for i, t := range terms {
		v.Terms[i], v.Counts[i] = t.term, t.n
	}
	v.Vocabulary = v.Without(slices.Values(private))
	return v, nil
}
