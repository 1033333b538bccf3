package late

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"daybook/internal/store"
)

// listing knows the texts of an index's passages.
type listing struct {
	passages map[int64]listed
	entries  map[string]map[int64]bool // the passages of each entry
	uses     map[key]int               // how many passages have a text
}

type listed struct {
	entry string
	text  key
}

func newListing() listing {
	return listing{map[int64]listed{}, map[string]map[int64]bool{}, map[key]int{}}
}

// add lists a passage. Its ID may have belonged to a passage that is gone.
func (l *listing) add(id int64, p listed) {
	l.remove(id)
	l.passages[id] = p
	l.uses[p.text]++
	if l.entries[p.entry] == nil {
		l.entries[p.entry] = map[int64]bool{}
	}
	l.entries[p.entry][id] = true
}

func (l *listing) remove(id int64) {
	p, has := l.passages[id]
	if !has {
		return
	}
	delete(l.passages, id)
	if l.uses[p.text]--; l.uses[p.text] == 0 {
		delete(l.uses, p.text)
	}
	if delete(l.entries[p.entry], id); len(l.entries[p.entry]) == 0 {
		delete(l.entries, p.entry)
	}
}

// removeEntry removes the passages of an entry and returns their texts.
func (l *listing) removeEntry(entry string) (texts []key) {
	for id := range l.entries[entry] {
		texts = append(texts, l.passages[id].text)
		l.remove(id)
	}
	return texts
}

// allPassages names a space without vectors: every passage lacks one in it.
var allPassages = store.Space{Model: "late/states", Dim: 1}

const page = 500

// list adds the passages of the index to x.listed. If all is set, it starts over
// and returns the texts that lack states; otherwise it adds the new ones.
func (x *Index) list(ctx context.Context, all bool) (lacking []string, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	generation, err := x.Passages.Generation(ctx)
	upToDate := generation == x.generation && !all
	if upToDate || err != nil {
		return nil, err
	}
	if all {
		x.listed, x.last, x.generation = newListing(), 0, ""
	}
	for {
		list, err := x.Passages.WithoutVector(ctx, allPassages, false, x.last, page)
		if err != nil {
			return nil, fmt.Errorf("list the passages: %w", err)
		}
		for _, p := range list {
			k := keyOf(p.Text)
			x.listed.add(p.ID, listed{p.EntryID, k})
			x.last, x.fresh[p.EntryID] = p.ID, true
			if _, has := x.rows[k]; !has && all {
				lacking = append(lacking, p.Text)
			}
		}
		if len(list) < page {
			x.generation = generation
			return lacking, nil
		}
	}
}

// Sync computes missing states, the newest passages first, and deletes the states
// of texts that are gone. It can be interrupted at any time.
func (x *Index) Sync(ctx context.Context) error {
	f, err := x.open(ctx)
	if err != nil {
		return err
	}
	lacking, err := x.list(ctx, true)
	if err != nil {
		return err
	}
	x.mu.Lock()
	clear(x.fresh)
	var gone []key
	for k := range x.rows {
		if x.listed.uses[k] == 0 {
			gone = append(gone, k)
		}
	}
	x.mu.Unlock()
	if err := x.erase(ctx, f, gone); err != nil {
		return err
	}
	return x.compute(ctx, lacking)
}

// SyncEntries is Sync after a change to some entries, and to those that have new
// passages. It costs the same however many others there are.
func (x *Index) SyncEntries(ctx context.Context, ids []string) error {
	f, err := x.open(ctx)
	if err != nil {
		return err
	}
	x.mu.Lock()
	known := x.generation != ""
	x.mu.Unlock()
	if !known {
		return x.Sync(ctx)
	}
	if _, err := x.list(ctx, false); err != nil {
		return err
	}
	x.mu.Lock()
	for _, id := range ids {
		x.fresh[id] = true
	}
	ids = slices.Sorted(maps.Keys(x.fresh))
	clear(x.fresh)
	x.mu.Unlock()
	var lacking []string
	var gone []key
	for _, id := range ids {
		texts, before, err := x.listEntry(ctx, id)
		if err != nil {
			return err
		}
		lacking, gone = append(lacking, texts...), append(gone, before...)
	}
	if err := x.erase(ctx, f, gone); err != nil {
		return err
	}
	return x.compute(ctx, lacking)
}

// listEntry lists the passages of an entry again. It returns the texts that lack
// states, and the keys of those that the entry had before.
func (x *Index) listEntry(ctx context.Context, id string) (lacking []string, before []key, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	passages, err := x.Passages.Passages(ctx, id)
	if err != nil {
		return nil, nil, fmt.Errorf("list the passages of an entry: %w", err)
	}
	before = x.listed.removeEntry(id)
	for _, p := range passages {
		k := keyOf(p.Text)
		x.listed.add(p.ID, listed{id, k})
		if _, has := x.rows[k]; !has {
			lacking = append(lacking, p.Text)
		}
	}
	return lacking, before, nil
}

// compute computes and keeps the states of texts, the last ones first, on all
// cores.
func (x *Index) compute(ctx context.Context, texts []string) error {
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := len(texts) - 1; i >= 0 && within.Err() == nil; i-- {
		group.Go(func() error {
			s, err := x.Model.DocumentStates(within, texts[i])
			if err != nil {
				return err
			}
			return x.Keep(within, texts[i], s)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// erase erases the states of those texts that no passage has.
func (x *Index) erase(ctx context.Context, f *file, texts []key) error {
	x.mu.Lock()
	var rows []int64
	for _, k := range texts {
		if row, has := x.rows[k]; has && x.listed.uses[k] == 0 {
			rows = append(rows, row)
			x.remove(k)
		}
	}
	x.mu.Unlock()
	if err := f.erase(ctx, rows); err != nil {
		return fmt.Errorf("erase the states of deleted passages: %w", err)
	}
	return nil
}
