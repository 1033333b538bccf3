package sqlite

import (
	"context"
	"fmt"
	"time"

	"daybook/internal/store"
)

// openIndex opens the index in the file path. An unusable one is set aside for
// a new one, which the next scan of the journal fills.
func openIndex(ctx context.Context, path string) (*Index, error) {
	s := &Index{spaces: map[store.Space]*space{}, reading: make(chan struct{}, 1), endCheck: func() {}}
	s.db = newIndexFile(path)
	s.db.reopened = s.forget
	err := openDatabase(ctx, s.db)
	if err != nil && isDamage(err) {
		if err = setAside(path); err == nil {
			s.db.notice(setAsideNotice(path))
			err = openDatabase(ctx, s.db)
		}
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

func newIndexFile(path string) *database {
	return &database{path: path, migrations: migrations{folder: "index"}, prepare: prepare}
}

func setAsideNotice(path string) string {
	return fmt.Sprintf("The index was damaged. It is rebuilt from the journal; the damaged one is kept as %s.damaged.", path)
}

// forget drops what is in memory, so that the next search reads it again.
func (s *Index) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spaces, s.words, s.catalogue = map[store.Space]*space{}, nil, nil
	s.vocabulary, s.publicVocabulary = vocabulary{}, vocabulary{}
}

// checkAfter is when the file is checked, so that this does not slow the start.
const checkAfter = 2 * time.Second

// checkInBackground looks once for damage to the structure of the file.
func (s *Index) checkInBackground() {
	ctx, cancel := context.WithCancel(context.Background())
	s.endCheck = cancel
	s.check.Go(func() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(checkAfter):
		}
		var found string
		err := s.db.reader().QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found)
		damaged := found != "ok"
		if err != nil {
			damaged = isDamage(err)
		}
		if damaged && ctx.Err() == nil {
			s.damaged.Store(true)
		}
	})
}

// rebuildIfDamaged sets a damaged index aside for an empty one.
func (s *Index) rebuildIfDamaged(ctx context.Context) error {
	if !s.damaged.Load() {
		return nil
	}
	s.db.healing.Lock()
	defer s.db.healing.Unlock()
	if !s.damaged.Load() {
		return nil // it was rebuilt in the meantime
	}
	h := s.db.now.Load()
	closed := *h
	closed.closed = true
	s.db.now.Store(&closed)
	if err := s.db.closeAll(ctx, h); err != nil {
		return err
	}
	if err := setAside(s.db.path); err != nil {
		return err
	}
	fresh := newIndexFile(s.db.path)
	if err := openDatabase(context.WithoutCancel(ctx), fresh); err != nil {
		return wrap("make a new index", err)
	}
	s.db.now.Store(fresh.now.Load())
	s.damaged.Store(false)
	s.db.notice(setAsideNotice(s.db.path))
	s.forget()
	return nil
}

// close ends the check and closes the file.
func (s *Index) close() error {
	s.endCheck()
	s.check.Wait()
	return s.db.close()
}
