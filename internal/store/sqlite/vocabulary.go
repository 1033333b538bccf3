package sqlite

import (
	"context"
	"database/sql"

	"daybook/internal/store"
)

// vocabulary is a vocabulary in memory and what it was read from.
type vocabulary struct {
	*store.Vocabulary
	passages, journal int64 // the changes that it has seen; journal is 0 for one of all entries
}

// Vocabulary returns the index's terms, from memory while nothing changes.
func (s *Index) Vocabulary(ctx context.Context, public bool) (*store.Vocabulary, error) {
	if have, current, err := s.keptVocabulary(ctx, public); current || err != nil {
		return have, err
	}
	done, err := s.readAlone(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if have, current, err := s.keptVocabulary(ctx, public); current || err != nil {
		return have, err // another search has read it
	}
	have := &s.vocabulary
	if public {
		have = &s.publicVocabulary
	}
	files := s.db.now.Load()
	fresh, err := s.readVocabulary(ctx, public)
	if err != nil {
		return nil, wrap("read the vocabulary", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db.now.Load() == files { // else it may be of files that were replaced
		*have = fresh
	}
	return fresh.Vocabulary, nil
}

// keptVocabulary returns the terms in memory, and whether they are current.
func (s *Index) keptVocabulary(ctx context.Context, public bool) (v *store.Vocabulary, current bool, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	have, of := s.vocabulary, vocabulary{}
	if public {
		have = s.publicVocabulary
		of.journal, err = s.generation(ctx, "journal")
	}
	if err == nil {
		of.passages, err = s.generation(ctx, "passages")
	}
	of.Vocabulary = have.Vocabulary
	return have.Vocabulary, err == nil && have.Vocabulary != nil && of == have, wrap("look for changes of the words", err)
}

func (s *Index) readVocabulary(ctx context.Context, public bool) (vocabulary, error) {
	v := vocabulary{Vocabulary: &store.Vocabulary{}}
	tx, err := s.db.reader().BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return v, err
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	if err := tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'passages'").Scan(&v.passages); err != nil {
		return v, err
	}
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM passages").Scan(&v.Passages); err != nil {
		return v, err
	}
	err = each(ctx, tx, func(rows *sql.Rows) error {
		var term string
		var n int
		err := rows.Scan(&term, &n)
		v.Terms, v.Counts = append(v.Terms, term), append(v.Counts, n)
		return err
	}, "SELECT term, doc FROM word_counts ORDER BY term")
	if err != nil || !public {
		return v, err
	}
	if err := tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'journal'").Scan(&v.journal); err != nil {
		return v, err
	}
	v.Vocabulary = v.Without(func(yield func(string) bool) {
		on := true
		err = each(ctx, tx, func(rows *sql.Rows) error {
			var terms sql.RawBytes
			err := rows.Scan(&terms)
			on = on && err == nil && yield(string(terms))
			return err
		}, "SELECT p.terms FROM entry_private x JOIN passages p ON p.entry = x.entry")
	})
	return v, err
}
