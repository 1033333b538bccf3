package sqlite

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"daybook/internal/bm25"
	"daybook/internal/store"
)

// SearchWords returns the best k passages by BM25. FTS5 says where the terms
// occur and what All, None and Phrases let in; the ranking is done in memory,
// where it takes a tenth of the time.
func (s *Index) SearchWords(ctx context.Context, q store.WordQuery, f store.Filter, k int) ([]store.Hit, error) {
	if err := q.Check(); err != nil || k <= 0 {
		return nil, err
	}
	index, err := s.ranked(ctx)
	if err != nil {
		return nil, wrap("load the words", err)
	}
	known, err := s.catalogued(ctx)
	if err != nil {
		return nil, wrap("load the passages", err)
	}
	allowed, err := s.allowedPassages(ctx, q, f, known)
	if err != nil {
		return nil, wrap("narrow the search", err)
	}
	ignored, err := s.privatePassages(ctx, f)
	if err != nil {
		return nil, wrap("look for private passages", err)
	}
	terms := bm25.Terms(q.Weights, q.Scored()...)
	found, err := index.Search(terms, allowed, ignored, k, func(term string) ([]bm25.Posting, error) { return s.postings(ctx, term) })
	if err != nil {
		return nil, wrap("search by words", err)
	}
	return known.hits(found), nil
}

// privatePassages returns the passages with which a search of public entries
// counts nothing.
func (s *Index) privatePassages(ctx context.Context, f store.Filter) (map[int64]bool, error) {
	if !f.Public {
		return nil, nil
	}
	ignored := map[int64]bool{}
	return ignored, each(ctx, s.db.reader(), func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ignored[id] = true
		return err
	}, "SELECT p.id FROM entry_private x JOIN passages p ON p.entry = x.entry")
}

// ranked returns the index of words in memory. It reads it again if another process
// changed the file.
func (s *Index) ranked(ctx context.Context) (*bm25.Index, error) {
	s.mu.RLock()
	have, of := s.words, s.wordsOf
	generation, err := s.generation(ctx, "passages")
	s.mu.RUnlock()
	current := have != nil && of == generation
	if current || err != nil {
		return have, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	tx, err := s.db.reader().BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	if err := tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'passages'").Scan(&generation); err != nil {
		return nil, err
	}
	if s.words != nil && s.wordsOf == generation {
		return s.words, nil
	}
	lengths := map[int64]int{}
	err = each(ctx, tx, func(rows *sql.Rows) error {
		var id int64
		var length int
		err := rows.Scan(&id, &length)
		lengths[id] = length
		return err
	}, "SELECT id, length FROM passages INDEXED BY passages_by_length")
	if err != nil {
		return nil, err
	}
	s.words, s.wordsOf = bm25.New(), generation
	s.words.Change(nil, lengths, nil)
	return s.words, nil
}

// postings reads where a term occurs.
func (s *Index) postings(ctx context.Context, term string) ([]bm25.Posting, error) {
	var list []bm25.Posting
	add := func(rows *sql.Rows) error {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if n := len(list); n > 0 && list[n-1].Passage == id {
			list[n-1].Count++
		} else {
			list = append(list, bm25.Posting{Passage: id, Count: 1})
		}
		return nil
	}
	rows, err := s.db.now.Load().statements.term.QueryContext(ctx, term)
	if err != nil {
		return nil, err
	}
	if err := drain(rows, add); err != nil || len(list) > 0 {
		return list, err
	}
	// FTS5 folds some letters further than we do, and its view of the terms
	// takes them as it keeps them. Such terms are found, and count once.
	if rows, err = s.db.now.Load().statements.match.QueryContext(ctx, quoted(term)); err != nil {
		return nil, err
	}
	return list, drain(rows, add)
}

// allowedPassages returns the passages that pass q and f; nil means all.
func (s *Index) allowedPassages(ctx context.Context, q store.WordQuery, f store.Filter, known *catalogue) (map[int64]bool, error) {
	passes, err := s.passing(ctx, f, known)
	need := match(q)
	all := need == "" && passes == nil
	if all || err != nil {
		return nil, err
	}
	allowed := map[int64]bool{}
	if need == "" {
		for id := range passes {
			for _, p := range known.byEntry[id] {
				allowed[p.id] = true
			}
		}
		return allowed, nil
	}
	rows, err := s.db.now.Load().statements.match.QueryContext(ctx, need)
	if err != nil {
		return nil, err
	}
	return allowed, drain(rows, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		p, has := known.passages[id]
		excluded := passes != nil && !passes[p.EntryID]
		if has && !excluded {
			allowed[id] = true
		}
		return err
	})
}

// hits looks up the passages found.
func (c *catalogue) hits(found []bm25.Scored) []store.Hit {
	hits := make([]store.Hit, 0, len(found))
	for _, f := range found {
		if p, ok := c.passages[f.Passage]; ok { // it is not gone meanwhile
			hits = append(hits, store.Hit{Passage: p, Score: f.Score})
		}
	}
	return hits
}

// match writes in FTS5's language what q lets in, "" for everything that has
// any of its terms. Every term is quoted, so that nothing in it is syntax.
func match(q store.WordQuery) string {
	var required []string
	for _, t := range q.All {
		required = append(required, quoted(t))
	}
	for _, phrase := range q.Phrases {
		if p := quoted(strings.Join(phrase, " ")); p != `""` {
			required = append(required, p)
		}
	}
	need, none := strings.Join(required, " AND "), quotedAll(q.None)
	// What is found has one of the terms, so a single one need not be asked for.
	if terms := slices.Concat(q.Scored()...); none == "" && len(terms) == 1 {
		return ""
	}
	switch {
	case none == "":
		return need
	case need == "":
		need = quotedAll(q.Any)
	}
	return "(" + need + ") NOT (" + none + ")"
}

func quotedAll(terms []string) string {
	list := make([]string, 0, len(terms))
	for _, t := range terms {
		list = append(list, quoted(t))
	}
	return strings.Join(list, " OR ")
}

// quoted writes a term as a string of FTS5. A NUL would end the expression.
func quoted(term string) string { return `"` + quotable.Replace(term) + `"` }

var quotable = strings.NewReplacer(`"`, `""`, "\x00", " ")
