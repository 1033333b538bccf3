package ingest

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"time"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/vault"
)

// When a journal counts as vanished.
//
// A disk that is not mounted leaves an empty folder in the journal's place, a
// locked encrypted folder and an emptied cloud folder look the same, and so
// does a folder that another journal was put into. The files alone do not show
// whether their owner deleted them. So once more than half of the known notes of
// a kind are missing or unreadable, even if there is only one, the index keeps
// them, and nothing is written, until they are back or their owner says that they
// are deleted (AcceptMissing). Notes deleted from the index within lossWindow count as
// missing too: a folder may be emptied file by file. What is deleted through
// Daybook itself does not count.

// lossWindow is for how long notes that went missing count together.
const lossWindow = time.Hour

// sampleSize is how many known notes are looked for before a write.
const sampleSize = 8

// presence is what an Indexer remembers to decide whether the journal is present.
type presence struct {
	mu     sync.Mutex
	seen   map[daybook.EntryKind]seen
	losses map[noteKey]time.Time // when missing notes were deleted from the index
	kept   []Kept
}

// seen is a folder in which most known notes were, with a sample of them.
type seen struct {
	folder fs.FileInfo
	sample []string
}

// mostMissing reports whether the journal counts as vanished if so many of the
// known notes of a kind are missing.
func (p *presence) mostMissing(kind daybook.EntryKind, missing, known int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	recent := 0
	for key, at := range p.losses {
		if key.kind == kind && time.Since(at) < lossWindow {
			recent++
		}
	}
	return missing > 0 && 2*(missing+recent) > known+recent
}

// lost records that missing notes were deleted from the index.
func (p *presence) lost(notes []noteKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.losses, func(_ noteKey, at time.Time) bool { return time.Since(at) >= lossWindow })
	if p.losses == nil {
		p.losses = map[noteKey]time.Time{}
	}
	for _, key := range notes {
		p.losses[key] = time.Now()
	}
}

// notLost stops counting notes that match as missing.
func (p *presence) notLost(fits func(noteKey) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.losses, func(key noteKey, _ time.Time) bool { return fits(key) })
}

// remember records that the journal is present, with notes at the paths in
// present. Without any, as after a look at paths that are all gone, what is known
// stays if it still holds.
func (p *presence) remember(kind daybook.EntryKind, folder *vault.Folder, present []string) {
	if len(present) == 0 && p.isThere(kind, folder) {
		return
	}
	info, err := folder.Info()
	if err != nil {
		p.lookAgain(kind)
		return
	}
	s := seen{folder: info}
	for range min(sampleSize, len(present)) {
		s.sample = append(s.sample, present[rand.IntN(len(present))])
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen = map[daybook.EntryKind]seen{}
	}
	p.seen[kind] = s
}

// lookAgain makes the next write check the whole folder.
func (p *presence) lookAgain(kind daybook.EntryKind) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.seen, kind)
}

// isThere reports whether the folder is the one that was seen last and contains
// the notes of the sample. It does not check whether they changed. A folder in
// which no note was seen may be an empty one in place of the journal's.
func (p *presence) isThere(kind daybook.EntryKind, folder *vault.Folder, changed ...string) bool {
	p.mu.Lock()
	s, ok := p.seen[kind]
	p.mu.Unlock()
	sample := slices.DeleteFunc(slices.Clone(s.sample), func(path string) bool { return slices.Contains(changed, path) })
	return ok && len(s.sample) > 0 && folder.Same(s.folder) && folder.HasAll(sample)
}

// wasSeen reports whether the folder is the one that was seen last.
func (p *presence) wasSeen(kind daybook.EntryKind, folder *vault.Folder) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.seen[kind]
	return ok && folder.Same(s.folder)
}

// renamed records that a note of the sample may have been renamed.
func (p *presence) renamed(old, now noteKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.seen[old.kind]
	if !ok || !slices.Contains(s.sample, old.path) {
		return
	}
	// A small journal's sample may name a note twice.
	s.sample = slices.DeleteFunc(slices.Clone(s.sample), func(path string) bool { return path == old.path })
	if old.kind == now.kind {
		s.sample = append(s.sample, now.path)
	}
	p.seen[old.kind] = s
}

// The keys under which the index stores which folder its notes are from.
func folderKey(kind daybook.EntryKind) string { return "ingest.folder " + string(kind) }

// pathKey is the key of that folder's path.
func pathKey(kind daybook.EntryKind) string { return "ingest.path " + string(kind) }

// judge decides whether the journal is present before anything is read into the
// index. Kinds whose notes may have vanished are left unchanged in the index.
func (r *run) judge(ctx context.Context) error {
	for _, kind := range r.vault.Kinds() {
		folder := r.folders[kind]
		if folder == nil {
			continue // it could not be opened, so all its notes are kept
		}
		known := countKind(r.states, kind)
		why, err := r.vanished(ctx, kind, folder, known)
		if err != nil {
			return err
		}
		if why == nil {
			if err := r.found(ctx, kind, folder); err != nil {
				return err
			}
			continue
		}
		r.lookAgain(kind)
		remove(r.missing.notes, func(k noteKey) bool { return k.kind == kind && k != r.deleted })
		r.todo = slices.DeleteFunc(r.todo, func(f vault.File) bool { return f.Kind == kind })
		r.outdated = true
		r.report.Kept = append(r.report.Kept, *why)
	}
	return nil
}

// found records that the journal is present, and where.
func (r *run) found(ctx context.Context, kind daybook.EntryKind, folder *vault.Folder) error {
	r.remember(kind, folder, r.present[kind])
	present := map[string]bool{}
	for _, path := range r.present[kind] {
		present[path] = true
	}
	r.notLost(func(key noteKey) bool { return key.kind == kind && present[key.path] })
	for key, value := range map[string]string{folderKey(kind): folder.ID(), pathKey(kind): folder.Path()} {
		before, err := store.MetaOf(ctx, r.index, key)
		if err == nil && before != value {
			err = r.index.Apply(ctx, store.SetMeta(key, value))
		}
		if err != nil {
			return wrap("note which folder the notes are from", err)
		}
	}
	return nil
}

// vanished returns why the notes of a kind are kept unchanged in the index, nil
// if they are not.
func (r *run) vanished(ctx context.Context, kind daybook.EntryKind, folder *vault.Folder, known int) (*Kept, error) {
	if r.accept {
		return nil, nil
	}
	if _, ok := r.missing.notes[r.deleted]; ok && r.deleted.kind == kind {
		known--
	}
	missing := r.countMissing(kind) + r.unreadable[kind]
	other, err := r.otherFolder(ctx, kind, folder)
	if err != nil {
		return nil, err
	}
	if r.mostMissing(kind, missing, known) {
		renamed, err := r.countRenamed(ctx, kind)
		if missing -= renamed; err != nil || !r.mostMissing(kind, missing, known) {
			return nil, err
		}
		return &Kept{kind, missing, known, daybook.Errorf(daybook.Conflict, "%d of %d %s notes are missing from %s. %s%s", missing, known, kind, folder.Path(), other, wayOut)}, nil
	}
	replaced, err := r.countReplaced(ctx, kind, folder, known)
	if err != nil || 2*replaced <= known {
		return nil, err
	}
	return &Kept{kind, replaced, known, daybook.Errorf(daybook.Conflict,
		"The folder of the %s notes, %s, was replaced, and most notes in it hold other text. %s%s", kind, folder.Path(), other, wayOut)}, nil
}

// otherFolder returns a sentence if the index is of another folder that still
// exists, "" otherwise.
func (r *run) otherFolder(ctx context.Context, kind daybook.EntryKind, folder *vault.Folder) (string, error) {
	before, err := store.MetaOf(ctx, r.index, pathKey(kind))
	if err != nil || before == "" || before == folder.Path() {
		return "", wrap("learn which folder the notes are from", err)
	}
	is, err := folder.Info()
	was, gone := os.Stat(before)
	if err != nil || gone != nil || os.SameFile(is, was) {
		return "", nil
	}
	return fmt.Sprintf("The data folder has the notes of %s: to use %s beside it, name another data folder with --data. ", before, folder.Path()), nil
}

const wayOut = "Nothing is written, and the index is kept, until the notes are back. " +
	"If you deleted or replaced them, confirm it in Status or with daybook index --accept-missing."

// countMissing counts the missing notes of a kind, except the one that the
// owner deleted.
func (r *run) countMissing(kind daybook.EntryKind) int {
	n := countKind(r.missing.notes, kind)
	if _, ok := r.missing.notes[r.deleted]; ok && r.deleted.kind == kind {
		n--
	}
	return n
}

// countRenamed counts the missing notes of a kind that exist under another
// name.
func (r *run) countRenamed(ctx context.Context, kind daybook.EntryKind) (renamed int, err error) {
	var fresh []vault.File
	for _, f := range r.todo {
		if _, known := r.states[noteKey{f.Kind, f.Path}]; !known {
			fresh = append(fresh, f)
		}
	}
	missing := newMissing(maps.Clone(r.missing.notes))
	for len(fresh) > 0 && ctx.Err() == nil {
		n := chunkSize(fresh)
		for _, o := range r.readChunk(ctx, fresh[:n]) {
			if o.err != nil {
				continue
			}
			if old, ok := missing.claim(o.note.State); ok && old.Kind == kind {
				renamed++
			}
		}
		fresh = fresh[n:]
	}
	return renamed, ctx.Err()
}

// replacedSample is how many notes are read to see whether a folder contains
// another journal.
const replacedSample = 32

// countReplaced estimates how many of the known notes have other text than
// before, if the folder is not the one from which they were read.
func (r *run) countReplaced(ctx context.Context, kind daybook.EntryKind, folder *vault.Folder, known int) (int, error) {
	before, err := store.MetaOf(ctx, r.index, folderKey(kind))
	if now := folder.ID(); err != nil || before == "" || now == "" || before == now {
		return 0, wrap("learn which folder the notes are from", err)
	}
	var changed []vault.File
	for _, f := range r.todo {
		if _, ok := r.states[noteKey{f.Kind, f.Path}]; ok && f.Kind == kind {
			changed = append(changed, f)
		}
	}
	if 2*len(changed) <= known {
		return 0, nil
	}
	rand.Shuffle(len(changed), func(i, j int) { changed[i], changed[j] = changed[j], changed[i] })
	read, others := 0, 0
	for _, o := range r.readChunk(ctx, changed[:min(replacedSample, len(changed))]) {
		if o.err != nil {
			continue
		}
		if read++; o.note.State.Hash != r.states[noteKey{o.file.Kind, o.file.Path}].Hash {
			others++
		}
	}
	return len(changed) * others / max(1, read), ctx.Err()
}

// Present returns a daybook.Unavailable error if the notes of a kind cannot be
// accessed, or if most of them are missing: nothing must be written then. It
// checks the disk now, which usually takes a few system calls. If anything is
// not as expected it does a Run, whose results are added to the next report.
func (x *Indexer) Present(ctx context.Context, kind daybook.EntryKind) error {
	folder, err := x.vault.Open(kind)
	if err != nil {
		return err
	}
	defer folder.Close()
	if x.isThere(kind, folder) {
		return nil
	}
	x.running.Lock()
	if x.isThere(kind, folder) { // the run that held the lock has seen it
		x.running.Unlock()
		return nil
	}
	report, err := x.run(ctx, &run{}, (*run).all)
	x.unreported.add(report)
	x.running.Unlock()
	for _, k := range report.Kept {
		if k.Kind == kind {
			return &daybook.Error{Kind: daybook.Unavailable, Message: daybook.PublicMessage(k.Err)}
		}
	}
	if err != nil && daybook.KindOf(err) == daybook.Unavailable && x.wasSeen(kind, folder) {
		return nil // the other folder's
	}
	return err
}

// Missing returns what the latest Run kept in the index although it was not
// found, nil for nothing.
func (x *Indexer) Missing() []Kept {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.kept)
}
