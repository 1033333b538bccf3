package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"daybook"
	"daybook/internal/vector"
)

// catalogue is every passage, without its text, in memory: a search finds a
// hundred of them and shows a few, and asking the file for each would take
// longer than finding them. It is not changed after it was made.
type catalogue struct {
	generation int64 // the count of changes to passages that it has seen
	passages   map[int64]daybook.Passage
	byText     map[vector.Key][]int64
	byEntry    map[string][]catalogued // every entry, even without passages
}

// catalogued is a passage of an entry, and the key of its text.
type catalogued struct {
	id  int64
	key vector.Key
}

// catalogued returns the passages, from memory while nothing changes.
func (s *Index) catalogued(ctx context.Context) (*catalogue, error) {
	if have, current, err := s.keptCatalogue(ctx); current || err != nil {
		return have, err
	}
	done, err := s.readAlone(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if have, current, err := s.keptCatalogue(ctx); current || err != nil {
		return have, err // another search has read it
	}
	files := s.db.now.Load()
	fresh, err := s.readCatalogue(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db.now.Load() == files { // else it may be of files that were replaced
		s.catalogue = fresh
	}
	return fresh, nil
}

// keptCatalogue returns the passages in memory, and whether they are current.
func (s *Index) keptCatalogue(ctx context.Context) (have *catalogue, current bool, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	generation, err := s.generation(ctx, "passages")
	return s.catalogue, err == nil && s.catalogue != nil && s.catalogue.generation == generation, err
}

func (s *Index) readCatalogue(ctx context.Context) (*catalogue, error) {
	tx, err := s.db.reader().BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	c := &catalogue{passages: map[int64]daybook.Passage{}, byText: map[vector.Key][]int64{}, byEntry: map[string][]catalogued{}}
	if err := tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'passages'").Scan(&c.generation); err != nil {
		return nil, err
	}
	ids := map[int64]string{} // of entries, each held once
	err = each(ctx, tx, func(rows *sql.Rows) error {
		var n int64
		var id string
		err := rows.Scan(&n, &id)
		ids[n], c.byEntry[id] = id, nil
		return err
	}, "SELECT n, id FROM entries")
	if err != nil {
		return nil, err
	}
	return c, each(ctx, tx, func(rows *sql.Rows) error {
		var p daybook.Passage
		var entry int64
		var hash sql.RawBytes
		if err := rows.Scan(&p.ID, &entry, &p.Index, &p.Start, &p.End, &p.Line, &hash); err != nil {
			return err
		}
		if len(hash) != len(vector.Key{}) {
			return errors.New("a passage has a hash of the wrong length")
		}
		p.EntryID = ids[entry]
		c.passages[p.ID] = p
		key := keyOf(hash)
		c.byText[key] = append(c.byText[key], p.ID)
		c.byEntry[p.EntryID] = append(c.byEntry[p.EntryID], catalogued{p.ID, key})
		return nil
	}, "SELECT id, entry, idx, start, end, line, hash FROM passages")
}
