package ingest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/vault"
)

// noteKey names a note.
type noteKey struct {
	kind daybook.EntryKind
	path string
}

// compare orders notes by kind and path.
func (k noteKey) compare(o noteKey) int {
	return cmp.Or(cmp.Compare(k.kind, o.kind), strings.Compare(k.path, o.path))
}

func keyOf(s store.NoteState) noteKey { return noteKey{s.Kind, s.Path} }

// run is one run of an Indexer.
type run struct {
	*Indexer
	progress func(Progress)
	accept   bool    // delete everything missing from the index
	deleted  noteKey // a note that its owner deleted
	// some means that only some paths are compared: states and ids only have
	// what matters for those.
	some    bool
	folders map[daybook.EntryKind]*vault.Folder
	states  map[noteKey]store.NoteState // from the index
	// reread means that every note is read and indexed again.
	reread bool
	// outdated means that the index keeps notes which could not be read.
	outdated bool
	// present are the paths that were found. Unreadable counts known notes that
	// may or may not be there.
	present    map[daybook.EntryKind][]string
	unreadable map[daybook.EntryKind]int
	links      map[store.NoteName]bool
	todo       []vault.File
	missing    missing
	ids        map[string]bool // in the index
	flaws      map[noteKey]string
	// flawsChanged means that flaws differ from the stored ones.
	flawsChanged bool
	report       Report
}

// all compares the whole vault with the index.
func (r *run) all(ctx context.Context) error {
	if err := r.load(ctx); err != nil {
		return err
	}
	if err := r.compare(ctx); err != nil {
		return err
	}
	if err := r.judge(ctx); err != nil {
		return err
	}
	slices.SortFunc(r.todo, byDay)
	if err := r.readAll(ctx); err != nil {
		return err
	}
	if err := r.deleteMissing(ctx); err != nil {
		return err
	}
	if err := r.saveFlaws(ctx); err != nil {
		return err
	}
	r.Indexer.links = r.links
	r.compared = true
	if !r.reread || r.outdated {
		return nil
	}
	return wrap("note what the index was made with", r.index.Apply(ctx, store.SetMeta(fingerprintKey, r.fingerprint())))
}

// byDay is the order in which notes are read, those without a day first.
// Passages are embedded in the opposite order.
func byDay(a, b vault.File) int {
	var days [2]daybook.Date
	for i, f := range []vault.File{a, b} {
		if len(f.Dates) > 0 {
			days[i] = f.Dates[0]
		}
	}
	return cmp.Or(days[0].Compare(days[1]), noteKey{a.Kind, a.Path}.compare(noteKey{b.Kind, b.Path}))
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// load loads the state of the index.
func (r *run) load(ctx context.Context) error {
	// A folder that cannot be read is reported when it is listed.
	if err := r.vault.Detect(ctx); ctx.Err() != nil {
		return err
	}
	made, err := store.MetaOf(ctx, r.index, fingerprintKey)
	if err != nil {
		return wrap("learn what the index was made with", err)
	}
	r.reread = made != r.fingerprint()
	states, err := r.index.NoteStates(ctx)
	if err != nil {
		return wrap("load what the index knows of the notes", err)
	}
	r.states = make(map[noteKey]store.NoteState, len(states))
	r.ids = make(map[string]bool, len(states))
	for _, s := range states {
		r.states[keyOf(s)] = s
		r.ids[s.EntryID] = true
	}
	r.report.Entries = len(r.ids)
	return r.loadFlaws(ctx)
}

// compare lists the folders and determines what to read and what is missing.
func (r *run) compare(ctx context.Context) error {
	gone := maps.Clone(r.states)
	for _, kind := range r.vault.Kinds() {
		listing, err := r.list(ctx, kind)
		if err == nil && r.Shared && !r.accept && len(listing.Files)+len(listing.Unread) == 0 && countKind(gone, kind) > 0 {
			err = daybook.Errorf(daybook.Unavailable, "no %s notes are in the folder; another Daybook may see them", kind)
		}
		if err == nil {
			r.sort(kind, listing, gone)
			continue
		}
		r.lookAgain(kind)
		r.keep(gone, kind, err)
		if kind == daybook.Daily || ctx.Err() != nil || daybook.KindOf(err) == daybook.Invalid {
			return err
		}
	}
	r.missing = newMissing(gone)
	return nil
}

func (r *run) list(ctx context.Context, kind daybook.EntryKind) (vault.Listing, error) {
	folder, err := r.open(kind)
	if err != nil {
		return vault.Listing{}, err
	}
	return folder.List(ctx)
}

// open opens the folder of a kind for this run.
func (r *run) open(kind daybook.EntryKind) (*vault.Folder, error) {
	if folder := r.folders[kind]; folder != nil {
		return folder, nil
	}
	folder, err := r.vault.Open(kind)
	if err == nil {
		r.folders[kind] = folder
	}
	return folder, err
}

// sort removes what is in the folder of a kind from gone, and decides what to
// open.
func (r *run) sort(kind daybook.EntryKind, l vault.Listing, gone map[noteKey]store.NoteState) {
	for _, f := range l.Files {
		key := noteKey{f.Kind, f.Path}
		delete(gone, key)
		r.present[kind] = append(r.present[kind], f.Path)
		s, known := r.states[key]
		if known && !r.reread && s.Size == f.Size && s.ModTime == f.ModTime && s.ChangeTime == f.ChangeTime && s.Inode == f.Inode {
			r.report.Unchanged++
		} else {
			r.todo = append(r.todo, f)
		}
	}
	for _, link := range l.Links {
		r.links[store.NoteName{Kind: kind, Path: link}] = true
	}
	for _, u := range l.Unread {
		r.report.Failed = append(r.report.Failed, Failure(u))
		n := remove(gone, func(k noteKey) bool {
			inside := k.path == u.Path || strings.HasPrefix(k.path, u.Path+"/")
			return inside && k.kind == u.Kind
		})
		r.unreadable[kind] += n
		r.outdated = r.outdated || n > 0
	}
	r.report.Skipped = append(r.report.Skipped, l.Skipped...)
}

// keep removes the notes of a kind from gone and reports why.
func (r *run) keep(gone map[noteKey]store.NoteState, kind daybook.EntryKind, why error) {
	n := remove(gone, func(k noteKey) bool { return k.kind == kind })
	r.report.Kept = append(r.report.Kept, Kept{kind, n, countKind(r.states, kind), why})
	r.outdated = r.outdated || n > 0
}

// remove deletes the matching states and returns how many there were.
func remove(states map[noteKey]store.NoteState, fits func(noteKey) bool) int {
	before := len(states)
	maps.DeleteFunc(states, func(k noteKey, _ store.NoteState) bool { return fits(k) })
	return before - len(states)
}

// deleteMissing deletes from the index what is missing from the vault.
func (r *run) deleteMissing(ctx context.Context) error {
	var ids []string
	for _, key := range slices.SortedFunc(maps.Keys(r.missing.notes), noteKey.compare) {
		r.setFlaw(key, "")
		ids = append(ids, r.missing.notes[key].EntryID)
	}
	for batch := range slices.Chunk(ids, chunkNotes) {
		if err := r.index.Apply(ctx, store.Batch{Delete: batch}); err != nil {
			return wrap("delete from the index what is gone from the vault", err)
		}
		r.report.Deleted += len(batch)
		r.report.Entries -= len(batch)
	}
	if r.accept {
		r.notLost(func(noteKey) bool { return true })
		return nil
	}
	delete(r.missing.notes, r.deleted)
	r.lost(slices.Collect(maps.Keys(r.missing.notes)))
	return nil
}

func countKind(states map[noteKey]store.NoteState, kind daybook.EntryKind) (n int) {
	for k := range states {
		if k.kind == kind {
			n++
		}
	}
	return n
}

func (r *run) sortReport() {
	slices.SortFunc(r.report.Failed, func(a, b Failure) int {
		return noteKey{a.Kind, a.Path}.compare(noteKey{b.Kind, b.Path})
	})
}

func (r *run) close() {
	for _, f := range r.folders {
		f.Close()
	}
}
