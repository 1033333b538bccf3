package lancedb

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

const (
	// indexFrom is the number of vectors from which an index pays, where the
	// configuration has no other: below, the engine compares a query with all of
	// them in a few milliseconds.
	indexFrom = 50_000
	// growth is the factor by which a table grows before it is indexed again.
	// Newer rows are compared one by one.
	growth = 1.5
	// refine is the factor over the requested number of vectors that the engine
	// compares in full precision.
	refine = 10
	// indexPrefix begins the names of our indexes.
	indexPrefix = "daybook_"
)

// index is the index of a table of vectors. IVF_SQ keeps a byte a number: on
// 100,000 vectors of 384 it is built in a second and found all of the nearest
// 10, where IVF_PQ took minutes or lost some, and IVF_HNSW_SQ took two minutes.
type index struct {
	names []string
	rows  int // that it covers
}

// pays reports whether to search a space by its index.
func (s *Store) pays(sp *space) bool { return sp.index.rows > 0 && len(sp.has) >= s.config.IndexFrom }

// grown reports whether a space has grown enough to be indexed.
func (s *Store) grown(sp *space) bool {
	return len(sp.has) >= s.config.IndexFrom && float64(len(sp.has)) > growth*float64(sp.index.rows)
}

func partitions(rows int) int { return max(1, int(math.Sqrt(float64(rows)))) }

// probes is the number of partitions that a search looks into. With a million
// vectors, a tenth of the partitions missed one of twenty of the nearest 10 and
// a sixth missed none; most of the time is spent elsewhere.
func (x index) probes() int { return max(20, partitions(x.rows)/5) }

// indexOf returns the index of a table of vectors.
func (c *client) indexOf(ctx context.Context, table string) (x index, err error) {
	var out struct {
		Indexes []struct {
			Name string `json:"index_name"`
			Rows int    `json:"num_indexed_rows"`
		}
	}
	if err := c.ask(ctx, table, "index/list", nil, struct{}{}, &out); err != nil {
		return x, err
	}
	for _, one := range out.Indexes {
		if strings.HasPrefix(one.Name, indexPrefix) {
			x.names = append(x.names, one.Name)
			x.rows = max(x.rows, one.Rows)
		}
	}
	return x, nil
}

// indexTries is how often building an index is tried before it is left to the
// next change. A concurrent write makes a try fail.
const indexTries = 5

// indexWhenItPays indexes a space in the background.
func (s *Store) indexWhenItPays(sp *space) {
	if !s.grown(sp) || !s.indexing.CompareAndSwap(false, true) {
		return
	}
	s.running.Go(func() {
		defer s.indexing.Store(false)
		err := s.reindex(s.background, sp)
		for try := 1; err != nil && try < indexTries && s.background.Err() == nil; try++ {
			select {
			case <-s.background.Done():
			case <-time.After(time.Duration(try) * time.Second):
			}
			err = s.reindex(s.background, sp)
		}
		if err != nil && s.background.Err() == nil {
			s.config.Log.Warn("index the vectors; searches compare with all of them until then", "err", err)
		}
	})
}

// reindex builds an index of the current rows, then drops the earlier ones,
// which serve until then.
func (s *Store) reindex(ctx context.Context, sp *space) error {
	name := fmt.Sprintf("%s%d", indexPrefix, time.Now().UnixMilli())
	err := s.c.ask(ctx, sp.table, "create_index", nil, map[string]any{
		"column": "vector", "index_type": "IVF_SQ", "distance_type": "cosine", "name": name, "num_partitions": partitions(len(sp.has)),
	}, nil)
	if err != nil {
		return err
	}
	made, err := s.c.indexOf(ctx, sp.table)
	if err != nil {
		return err
	}
	for _, old := range made.names {
		if old != name {
			if err := s.c.ask(ctx, sp.table, "index/"+old+"/drop", nil, struct{}{}, nil); err != nil {
				return err
			}
		}
	}
	if !slices.Contains(made.names, name) {
		return fmt.Errorf("the index was not made")
	}
	_, err = s.loaded(ctx, sp.Space) // its version has changed
	return err
}
