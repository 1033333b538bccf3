package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"sync"

	"daybook/internal/store"
)

// maxKeptFilters and maxKeptEntries bound what is kept of filters: those of one
// question come again and again.
const (
	maxKeptFilters = 64
	maxKeptEntries = 200_000
)

// passings are the entries that filters let in, while the entries don't change. It is
// safe for concurrent use.
type passings struct {
	mu         sync.Mutex
	of         *handles // the open files
	generation int64    // the count of changes to entries
	sets       map[string]map[string]bool
	entries    int // in all sets
}

// get returns what a filter lets in, if it is known.
func (p *passings) get(of *handles, generation int64, filter string) (set map[string]bool, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of != of || p.generation != generation {
		return nil, false
	}
	set, ok = p.sets[filter]
	return set, ok
}

// put keeps what a filter lets in. The set is not changed anymore.
func (p *passings) put(of *handles, generation int64, filter string, set map[string]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of != of || p.generation != generation || len(p.sets) >= maxKeptFilters || p.entries+len(set) > maxKeptEntries {
		p.of, p.generation, p.sets, p.entries = of, generation, map[string]map[string]bool{}, 0
	}
	if len(set) <= maxKeptEntries {
		p.sets[filter] = set
		p.entries += len(set)
	}
}

// passing returns the IDs of the entries that pass f, nil if all do. The file is
// asked for entries only: asking it for each of their passages takes twenty
// times as long.
func (s *Index) passing(ctx context.Context, f store.Filter, known *catalogue) (map[string]bool, error) {
	if f.IsOpen() {
		return nil, nil
	}
	key, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	of := s.db.now.Load()
	generation, err := s.generation(ctx, "journal")
	if err != nil {
		return nil, err
	}
	passes, ok := s.passings.get(of, generation, string(key))
	if !ok {
		if passes, err = s.readPassing(ctx, f); err != nil {
			return nil, err
		}
		s.passings.put(of, generation, string(key), passes)
	}
	if len(passes) < len(known.byEntry) {
		return passes, nil
	}
	for id := range known.byEntry {
		if !passes[id] {
			return passes, nil
		}
	}
	return nil, nil
}

func (s *Index) readPassing(ctx context.Context, f store.Filter) (map[string]bool, error) {
	where, args, err := filter(f)
	if err != nil {
		return nil, err
	}
	passes := map[string]bool{}
	return passes, each(ctx, s.db.reader(), func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		passes[id] = true
		return err
	}, "SELECT e.id FROM entries e WHERE "+where, args...)
}
