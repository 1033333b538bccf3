package sqlite

import (
	"context"
	"database/sql"

	"daybook/internal/store"
)

// Vocabulary returns the index's terms, from memory while nothing changes.
func (s *Index) Vocabulary(ctx context.Context) (*store.Vocabulary, error) {
	s.mu.RLock()
	have, of := s.vocabulary, s.vocabularyOf
	generation, err := s.generation(ctx, "passages")
	s.mu.RUnlock()
	if err != nil {
		return nil, wrap("look for changes of the words", err)
	}
	if have != nil && of == generation {
		return have, nil
	}
	v, of, err := s.readVocabulary(ctx)
	if err != nil {
		return nil, wrap("read the vocabulary", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.vocabulary != nil && s.vocabularyOf >= of {
		return s.vocabulary, nil // somebody else was as quick
	}
	s.vocabulary, s.vocabularyOf = v, of
	return v, nil
}

func (s *Index) readVocabulary(ctx context.Context) (v *store.Vocabulary, generation int64, err error) {
	tx, err := s.db.reader().BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	v = &store.Vocabulary{}
	if err := tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'passages'").Scan(&generation); err != nil {
		return nil, 0, err
	}
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM passages").Scan(&v.Passages); err != nil {
		return nil, 0, err
	}
	err = each(ctx, tx, func(rows *sql.Rows) error {
		var term string
		var n int
		err := rows.Scan(&term, &n)
		v.Terms, v.Counts = append(v.Terms, term), append(v.Counts, n)
		return err
	}, "SELECT term, doc FROM word_counts ORDER BY term")
	return v, generation, err
}
