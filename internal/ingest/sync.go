package ingest

import (
	"context"
	"errors"
	"maps"
	"slices"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/vault"
)

// errWhole means that the whole vault must be compared.
var errWhole = errors.New("the whole vault must be compared")

// Sync updates the index from the files at the given paths, which may have been
// created, written, renamed or removed; paths without a note are ignored. If
// nothing else in the vault changed, the index is then as after a Run. The cost
// does not depend on the size of the journal, unless a note is missing, a
// folder changed, or the whole vault was not compared yet: then Sync does a
// Run. Errors are as for Run.
func (x *Indexer) Sync(ctx context.Context, notes ...store.NoteName) (Report, error) {
	x.running.Lock()
	defer x.running.Unlock()
	if !x.compared {
		return x.run(ctx, &run{}, (*run).all)
	}
	some, err := x.run(ctx, &run{some: true}, func(r *run, ctx context.Context) error { return r.these(ctx, notes) })
	some.Entries = 0
	if !errors.Is(err, errWhole) {
		return some, err
	}
	report, err := x.run(ctx, &run{}, (*run).all)
	report.add(some)
	return report, err
}

// these compares some paths with the index.
func (r *run) these(ctx context.Context, notes []store.NoteName) error {
	made, err := store.MetaOf(ctx, r.index, fingerprintKey)
	if err != nil {
		return wrap("learn what the index was made with", err)
	}
	if made != r.fingerprint() {
		return errWhole
	}
	names := map[store.NoteName]bool{}
	for _, n := range notes {
		names[n] = true
	}
	// A link changes with its target.
	maps.Copy(names, r.Indexer.links)
	found := map[daybook.EntryKind]vault.Some{}
	changed := slices.Collect(maps.Keys(names))
	inodes, err := r.findSome(ctx, changed, names, found)
	if err == nil {
		err = r.loadSome(ctx, store.NoteQuery{Names: changed})
	}
	if err != nil {
		return err
	}
	others, err := r.otherNames(ctx, names, inodes)
	if err != nil {
		return err
	}
	if _, err := r.findSome(ctx, changed, others, found); err != nil {
		return err
	}
	gone := maps.Clone(r.states)
	for kind, some := range found {
		r.sort(kind, some.Listing, gone)
	}
	slices.SortFunc(r.todo, byDay)
	r.missing = newMissing(gone)
	if err := r.loadFlaws(ctx); err != nil {
		return err
	}
	if err := r.readAll(ctx); err != nil {
		return err
	}
	if err := r.saveFlaws(ctx); err != nil {
		return err
	}
	maps.Copy(r.Indexer.links, r.links)
	if len(r.missing.notes) > 0 {
		return errWhole // it may have been renamed, or the journal may have vanished
	}
	return nil
}

// otherNames returns the names of the loaded notes' files, and of those with inodes,
// that are not among names: a file with several names changes under all of them.
func (r *run) otherNames(ctx context.Context, names map[store.NoteName]bool, inodes []uint64) (map[store.NoteName]bool, error) {
	for _, s := range r.states {
		inodes = append(inodes, s.Inode)
	}
	known := maps.Clone(r.states)
	if err := r.loadSome(ctx, store.NoteQuery{Inodes: inodes}); err != nil {
		return nil, err
	}
	others := map[store.NoteName]bool{}
	for key := range r.states {
		name := store.NoteName{Kind: key.kind, Path: key.path}
		if _, ok := known[key]; !ok && !names[name] {
			others[name] = true
		}
	}
	return others, nil
}

// findSome looks at the paths of names, adds existing files to found, and
// returns the inodes of files with several names. Notes at the paths of changed
// may be missing; others must exist.
func (r *run) findSome(ctx context.Context, changed []store.NoteName, names map[store.NoteName]bool, found map[daybook.EntryKind]vault.Some) (inodes []uint64, err error) {
	for _, kind := range r.vault.Kinds() {
		var paths []string
		for n := range names {
			if n.Kind == kind {
				paths = append(paths, n.Path)
			}
		}
		if len(paths) == 0 {
			continue
		}
		mayBeGone := slices.Clone(paths)
		for _, n := range changed {
			if n.Kind == kind {
				mayBeGone = append(mayBeGone, n.Path)
			}
		}
		folder, err := r.open(kind)
		if err != nil || !r.isThere(kind, folder, mayBeGone...) {
			return nil, errWhole
		}
		some, err := folder.ListSome(ctx, paths)
		if err != nil {
			return nil, err
		}
		if some.Whole {
			return nil, errWhole
		}
		all := found[kind]
		all.Files, all.Skipped = append(all.Files, some.Files...), append(all.Skipped, some.Skipped...)
		all.Unread, all.Links = append(all.Unread, some.Unread...), append(all.Links, some.Links...)
		found[kind] = all
		inodes = append(inodes, some.Inodes...)
	}
	return inodes, nil
}

// loadSome loads the states of some notes from the index.
func (r *run) loadSome(ctx context.Context, q store.NoteQuery) error {
	states, err := r.index.NoteStates(ctx, q)
	if err != nil {
		return wrap("load what the index knows of some notes", err)
	}
	if r.states == nil {
		r.states, r.ids = map[noteKey]store.NoteState{}, map[string]bool{}
	}
	for _, s := range states {
		r.states[keyOf(s)] = s
		r.ids[s.EntryID] = true
	}
	return nil
}

// relate loads from the index what the identity of new notes depends on:
// missing notes of which they may be a renamed form, and IDs in use.
func (r *run) relate(ctx context.Context, outcomes []outcome) error {
	var q store.NoteQuery
	var fresh []store.NoteState
	for i := range outcomes {
		s := outcomes[i].note.State
		if _, known := r.states[keyOf(s)]; known || outcomes[i].err != nil {
			continue
		}
		fresh = append(fresh, s)
		q.Hashes, q.Inodes = append(q.Hashes, s.Hash), append(q.Inodes, s.Inode)
	}
	if len(fresh) == 0 {
		return nil
	}
	related, err := r.index.NoteStates(ctx, q)
	if err != nil {
		return wrap("look for a note under another name", err)
	}
	for _, s := range related {
		if err := r.relatedTo(ctx, s); err != nil {
			return err
		}
	}
	r.missing = newMissing(r.missing.notes)
	for _, s := range fresh {
		if err := r.learnIDs(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// relatedTo marks the note s, which has the bytes or the inode of a new one, as
// missing if it is.
func (r *run) relatedTo(ctx context.Context, s store.NoteState) error {
	if _, known := r.states[keyOf(s)]; known {
		return nil // its path was checked
	}
	folder, err := r.open(s.Kind)
	if err != nil {
		return errWhole
	}
	some, err := folder.ListSome(ctx, []string{s.Path})
	if err != nil {
		return err
	}
	switch {
	case some.Whole:
		return errWhole
	case len(some.Files) == 0 && len(some.Unread) == 0:
		r.missing.notes[keyOf(s)] = s
	case len(some.Files) > 0 && len(some.Links)+len(some.Inodes) == 0 && r.sameFile(some.Files[0]):
		return errWhole // two names for one file: the file system ignores case
	}
	return nil
}

// sameFile reports whether a file to be read is f and not a link to it.
func (r *run) sameFile(f vault.File) bool {
	return f.Inode != 0 && slices.ContainsFunc(r.todo, func(o vault.File) bool {
		return o.Kind == f.Kind && o.Inode == f.Inode && !o.Linked && !r.links[store.NoteName{Kind: o.Kind, Path: o.Path}]
	})
}

// learnIDs loads which of the IDs for new notes are in use.
func (r *run) learnIDs(ctx context.Context, s store.NoteState) error {
	for salt := 0; ; salt++ {
		id := entryID(s.Kind, s.Path, salt)
		if r.ids[id] {
			continue
		}
		taken, err := r.index.NoteStates(ctx, store.NoteQuery{EntryIDs: []string{id}})
		if err != nil || len(taken) == 0 {
			return wrap("look whether an ID is taken", err)
		}
		r.ids[id] = true
	}
}
