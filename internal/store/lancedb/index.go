package lancedb

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"daybook/internal/store"
)

// Apply makes the changes of b. It first writes texts, passages and vectors
// under numbers that nothing refers to yet. Then it writes the rows of the
// entries in one request, which makes the change visible. Last it deletes what
// was replaced, which nothing refers to any more.
func (s *Store) Apply(ctx context.Context, b store.Batch) error {
	if b.ChangesEntries() {
		if err := s.changeEntries(ctx, b); err != nil {
			return err
		}
	}
	if len(b.Meta)+len(b.Erase) == 0 {
		return nil
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return wrap("change the index", err)
	}
	defer unlock()
	for key, value := range b.Meta {
		if err := s.setMeta(ctx, "user:"+key, value); err != nil {
			return wrap("keep a setting of the index", err)
		}
	}
	for _, sp := range b.Erase {
		if err := s.eraseSpace(ctx, sp); err != nil {
			return wrap("erase vectors", err)
		}
	}
	return nil
}

func (s *Store) changeEntries(ctx context.Context, b store.Batch) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return wrap("change the index", err)
	}
	defer unlock()
	if err := s.refresh(ctx); err != nil {
		return wrap("change the index", err)
	}
	a, err := s.plan(b)
	if err != nil {
		return wrap("change the index", err)
	}
	s.changing.Store(true) // memory is updated below and need not be reloaded meanwhile
	defer s.changing.Store(false)
	places, err := s.promise(ctx, a)
	if err == nil {
		err = s.commit(ctx, a)
	}
	if err != nil {
		s.owing.Store(len(places) > 0 || s.owing.Load()) // it may have happened despite the error
		if a.older {
			s.mu.Lock()
			s.stale() // keep serving the older service's data
			s.mu.Unlock()
		}
		return wrap("change the index", err)
	}
	// The change is made: cancelling has no effect any more.
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if err := s.clear(after, a); err != nil {
		s.config.Log.Warn("clear away what was replaced in the index; it is not seen, and goes within the hour", "err", err)
	}
	if err := s.mirror(after, places); err != nil {
		s.owing.Store(true)
		s.config.Log.Warn("tell the older service's table of a change of the index; it is tried again", "err", err)
	}
	return nil
}

// commit writes what the entries will refer to, then their rows.
func (s *Store) commit(ctx context.Context, a *applying) error {
	if err := s.write(ctx, a); err != nil {
		return err
	}
	done, err := s.c.merge(ctx, entriesTable, "entry_id", entriesSchema, a.rows, true)
	if err != nil {
		return err
	}
	s.follow(a, done.Version)
	return nil
}

// partSize is how much of a text goes into one row, in bytes. A text that does
// not compress still fits into a request.
const partSize = 512 << 10

// write writes what the entries will refer to.
func (s *Store) write(ctx context.Context, a *applying) error {
	var texts, passages []row
	for _, e := range a.put {
		text := a.notes[e].Entry.Text
		for part := int64(0); part == 0 || text != ""; part++ {
			n := min(len(text), partSize)
			for n < len(text) && !utf8.RuneStart(text[n]) {
				n--
			}
			texts = append(texts, row{"rev": e.rev, "part": part, "text": text[:n]})
			text = text[n:]
		}
		for i, p := range a.passages[e] {
			passages = append(passages, row{
				"id": p.ID, "rev": e.rev, "idx": int64(p.Index), "first": int64(p.Start), "last": int64(p.End), "line": int64(p.Line),
				"hash": hex.EncodeToString(p.key[:]), "terms": a.notes[e].Passages[i].Terms,
			})
		}
	}
	if err := s.c.insert(ctx, textsTable, textsSchema, texts); err != nil {
		return err
	}
	if err := s.c.insert(ctx, passagesTable, passagesSchema, passages); err != nil {
		return err
	}
	return s.carry(ctx, a)
}

// follow makes the change of the tables in memory too.
func (s *Store) follow(a *applying, version int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.memory
	if m.version != version-1 { // another machine wrote as well
		s.stale()
		return
	}
	m.version, s.checked = version, time.Now()
	ids := make([]string, len(a.gone))
	for i, e := range a.gone {
		ids[i] = e.ID
	}
	m.remove(ids...)
	for _, e := range a.put {
		m.add(e, a.passages[e])
	}
	for id, state := range a.touched {
		m.entries[id].state = state
	}
	for _, e := range a.hidden {
		e.Private = true
		m.words.public = nil
	}
}

// clear deletes the replaced data.
func (s *Store) clear(ctx context.Context, a *applying) error {
	if len(a.gone) == 0 {
		return nil
	}
	revs := make([]int64, len(a.gone))
	for i, e := range a.gone {
		revs[i] = e.rev
	}
	err := s.erase(ctx, revs)
	if len(a.deleted) > 0 {
		err = errors.Join(err, s.c.delete(ctx, entriesTable, "deleted AND "+in("entry_id", a.deleted)))
		if err == nil {
			err = s.caughtUp(ctx)
		}
	}
	return err
}

// caughtUp records that the table of entries has a new version with the same
// content.
func (s *Store) caughtUp(ctx context.Context) error {
	version, err := s.c.version(ctx, entriesTable)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.memory != nil && version == s.memory.version+1 {
		s.memory.version = version
	}
	return nil
}

// erase deletes the texts, passages and vectors that were written under revs.
func (s *Store) erase(ctx context.Context, revs []int64) error {
	spaces, err := s.allSpaces(ctx)
	tables := []string{textsTable, passagesTable}
	for _, sp := range spaces {
		tables = append(tables, sp.table)
	}
	for chunk := range slices.Chunk(revs, maxNamed) {
		for _, table := range tables {
			err = errors.Join(err, s.c.delete(ctx, table, inNumbers("rev", chunk)))
		}
	}
	return err
}
