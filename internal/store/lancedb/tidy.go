package lancedb

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"
)

const (
	// tidyAfter is the time until an open store is first tidied, and tidyEvery
	// the interval after that.
	tidyAfter, tidyEvery = time.Minute, time.Hour
	// tidyWrites is the number of writes after which it is tidied too.
	tidyWrites = 500
	// abandoned is the age at which data that nothing refers to is deleted.
	// Younger data may belong to a running change of another machine.
	abandoned = 10 * time.Minute
	// Every write makes a fragment of a table, and every query opens all of
	// them. A table of more than fragments, each of fewer than fragmentRows
	// rows, is rewritten. With a thousand fragments a query took 60 ms, and 3
	// ms afterwards.
	fragments, fragmentRows = 64, 10_000
	// versions is the number of versions kept of our own tables.
	versions = 100
)

// Tidy deletes what killed processes left and nothing refers to, and makes the
// server compact its tables. An open store does this by itself.
func (s *Store) Tidy(ctx context.Context) error {
	return wrap("tidy the tables", s.tidy(ctx, abandoned))
}

func (s *Store) tidy(ctx context.Context, older time.Duration) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.refresh(ctx); err != nil {
		return err
	}
	s.changing.Store(true)
	defer s.changing.Store(false)
	if err := s.sweep(ctx, older); err != nil {
		return err
	}
	spaces, err := s.allSpaces(ctx)
	if err != nil {
		return err
	}
	for _, table := range slices.Sorted(maps.Keys(ours)) {
		err = errors.Join(err, s.compact(ctx, table, names(ours[table])[0]), s.c.prune(ctx, table))
	}
	for table, column := range map[string]string{threadsTable: "thread_id", messagesTable: "message_id"} {
		err = errors.Join(err, s.compact(ctx, table, column))
	}
	for _, sp := range spaces {
		err = errors.Join(err, s.compact(ctx, sp.table, "id"), s.c.prune(ctx, sp.table))
		if fresh, loadErr := s.loaded(ctx, sp.Space); loadErr == nil {
			s.indexWhenItPays(fresh)
		}
	}
	return err
}

// sweep deletes the rows that nothing refers to.
func (s *Store) sweep(ctx context.Context, older time.Duration) error {
	live := map[int64]bool{}
	s.mu.RLock()
	if !s.memory.older {
		for _, e := range s.memory.entries {
			live[e.rev] = true
		}
	}
	s.mu.RUnlock()
	before := time.Since(epoch).Milliseconds() - older.Milliseconds()
	dead := map[int64]bool{}
	tables := []string{textsTable, passagesTable}
	spaces, err := s.allSpaces(ctx)
	if err != nil {
		return err
	}
	for _, sp := range spaces {
		tables = append(tables, sp.table)
	}
	for _, table := range tables {
		err := s.c.all(ctx, table, query{columns: []string{"rev"}}, func(v view) error {
			if rev := v.number("rev"); !live[rev] && rev>>10 <= before {
				dead[rev] = true
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := s.erase(ctx, slices.Sorted(maps.Keys(dead))); err != nil {
		return err
	}
	return errors.Join(s.sweepEntries(ctx), s.sweepBatches(ctx))
}

// sweepEntries deletes the rows of deleted entries.
func (s *Store) sweepEntries(ctx context.Context) error {
	n, err := s.c.count(ctx, entriesTable, "deleted")
	if err != nil || n == 0 {
		return err
	}
	if err := s.c.delete(ctx, entriesTable, "deleted"); err != nil {
		return err
	}
	return s.caughtUp(ctx)
}

// sweepBatches deletes the messages of merges that were interrupted.
func (s *Store) sweepBatches(ctx context.Context) error {
	var ids []string
	err := s.c.all(ctx, extrasTable, query{columns: []string{"message_id"}, where: "batch <> ''"}, func(v view) error {
		ids = append(ids, v.text("message_id"))
		return nil
	})
	for chunk := range slices.Chunk(ids, 1000) {
		for _, table := range []string{messagesTable, extrasTable} {
			err = errors.Join(err, s.c.delete(ctx, table, in("message_id", chunk)))
		}
	}
	return err
}

// compact makes the server rewrite a fragmented table by an update that changes
// nothing: the protocol has no other way.
func (s *Store) compact(ctx context.Context, table, column string) error {
	var out struct {
		Rows  int `json:"num_rows"`
		Stats struct {
			Fragments int `json:"num_fragments"`
		} `json:"fragment_stats"`
	}
	if err := s.c.ask(ctx, table, "stats", nil, struct{}{}, &out); err != nil {
		return err
	}
	if n := out.Stats.Fragments; n <= fragments || out.Rows/n >= fragmentRows {
		return nil
	}
	if err := s.c.update(ctx, table, "true", [2]string{column, column}); err != nil || table != entriesTable {
		return err
	}
	return s.caughtUp(ctx)
}

// prune drops the old versions of one of our tables. Data that only they refer
// to stays on the server's disk until it cleans up.
func (c *client) prune(ctx context.Context, table string) error {
	last, err := c.version(ctx, table)
	if err != nil || last <= 2*versions {
		return err
	}
	return c.ask(ctx, table, "version/delete", nil, map[string]any{
		"ranges": []map[string]int64{{"start_version": 1, "end_version": last - versions}},
	}, nil)
}
