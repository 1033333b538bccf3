package edit

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"daybook"
)

// History keeps the versions of the notes below one folder. It is safe for
// concurrent use, even by several processes. It keeps no files open, and
// recreates its folder if that is lost.
//
// The layout on disk, below HistoryOptions.Dir (folders 0700, files 0600):
//
//	daily/                      the notes of one folder; daily-2 and so on have
//	                            those of other folders that were served before
//	  folder.json               the path of that folder
//	  3b…/                      a note: 32 hexadecimal digits of the SHA-256 of
//	                            its path in the folder
//	    00000042-20261130T101112.123456789Z-page-1234-9f….gz
//	                            a version: its number, time, cause, size and the
//	                            SHA-256 of its bytes. It contains the bytes, and
//	                            the note's path in the gzip header. Hash 00…
//	                            means that the note was deleted.
//
// A version's file is written under a hidden name, synced, renamed, and never
// changed after that. So it can be copied while Daybook runs; a copy doesn't
// need the hidden files.
type History struct {
	options HistoryOptions

	mu     sync.Mutex
	folder string // below options.Dir; "" until it is known
}

// HistoryOptions say where versions are kept and for how long.
type HistoryOptions struct {
	// Dir is the folder of the history, and Kind the kind of note.
	Dir  string
	Kind daybook.EntryKind
	// Notes is the folder of the notes.
	Notes string
	// Records is the folder in which older Daybooks stored notes before an
	// edit; "" for none. It is read, never written.
	Records string
	// DeletedAge is how long the versions of a note that was deleted here are
	// kept.
	DeletedAge time.Duration
	// Age is how long the versions of other notes are kept; 0 is forever. A
	// note's last version is always kept.
	Age time.Duration
}

// NewHistory returns a history. Its folder is created with the first version.
func NewHistory(o HistoryOptions) *History { return &History{options: o} }

// Change is an edit that is about to be made.
type Change struct {
	Path string // of the note, as the Editor was given it
	// Before and After are the note's bytes; nil means no note.
	Before, After []byte
	// Written is when the file of Before was last written.
	Written time.Time
}

// By returns a Keeper for edits of one cause.
func (h *History) By(cause Cause) Keeper { return recorder{h, cause} }

type recorder struct {
	history *History
	cause   Cause
}

// Keep implements Keeper.
func (r recorder) Keep(ctx context.Context, c Change) (drop func(), err error) {
	drop = func() {}
	if err := ctx.Err(); err != nil {
		return drop, err
	}
	same := c.Before != nil && bytes.Equal(c.Before, c.After)
	if same && r.cause == Transcription {
		return drop, nil // it was not reported as saved
	}
	n, err := r.history.note(c.Path, true)
	if err != nil {
		return drop, Wrap("open the note's history", err)
	}
	defer n.close()
	stillGone := c.Before == nil && len(n.list) > 0 && n.last().Gone()
	if !same && !stillGone {
		if err := n.add(n.timeOf(c.Written), Other, c.Before, false); err != nil {
			return drop, Wrap("save the note's version", err)
		}
	}
	had := len(n.list)
	if err = n.add(time.Now(), r.cause, c.After, rewrites(c.Before, c.After)); err == nil {
		err = n.sync()
	}
	if err != nil {
		return drop, Wrap("save the note's version", err)
	}
	if len(n.list) > had {
		path, file := c.Path, n.last().file
		drop = func() { r.history.drop(path, file) }
	}
	return drop, nil
}

// Found implements Keeper.
func (r recorder) Found(ctx context.Context, path string, words []byte) error {
	n, err := r.history.note(path, true)
	if err != nil {
		return Wrap("open the note's history", err)
	}
	defer n.close()
	last := n.last()
	err = n.add(time.Now(), Other, words, false)
	if err == nil && last.file != "" && !last.Gone() && n.last().Hash != last.Hash {
		// What was last in the file still is.
		var note []byte
		if note, err = n.bytes(last); err == nil {
			err = n.add(last.Time, last.Cause, note, true)
		}
	}
	if err == nil {
		err = n.sync()
	}
	if err != nil {
		return Wrap("save another program's words", err)
	}
	return nil
}

// drop removes a version that was never written to the note.
func (h *History) drop(path, file string) {
	if n, err := h.note(path, false); err == nil {
		_ = n.dir.Remove(file) // an extra version does no harm
		n.close()
	}
}

// Versions returns the versions of the note at path, oldest first: all of them
// if all is set, else without the intermediate saves of a sitting.
func (h *History) Versions(ctx context.Context, path string, all bool) ([]Version, error) {
	list, err := h.versions(ctx, path)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(v Version) bool { return !v.kept() })
	for len(list) > 0 && list[0].Gone() { // before the note was created
		list = list[1:]
	}
	if !all {
		list = sittings(list, false)
	}
	return list, nil
}

// versions returns all known versions of a note, oldest first. The bytes of
// some may not have been kept.
func (h *History) versions(ctx context.Context, path string) ([]Version, error) {
	list, err := h.recorded(ctx, path)
	if err != nil {
		return nil, err
	}
	n, err := h.note(path, false)
	if errors.Is(err, fs.ErrNotExist) {
		return list, nil
	}
	if err != nil {
		return nil, Wrap("open the note's history", err)
	}
	defer n.close()
	for _, v := range n.list {
		if len(list) > 0 && list[len(list)-1].Hash == v.Hash && list[len(list)-1].number == 0 {
			// A record of an older Daybook with the same bytes: they are kept
			// now.
			v.Cause, v.Time = list[len(list)-1].Cause, list[len(list)-1].Time
			list = list[:len(list)-1]
		}
		list = append(list, v)
	}
	return list, nil
}

// Version returns a version of the note at path, and its bytes: nil if there
// was no note. Id is the version's ID, its number, or the hash of its bytes.
// An unknown one is daybook.NotFound.
func (h *History) Version(ctx context.Context, path, id string) (Version, []byte, error) {
	list, err := h.Versions(ctx, path, true)
	if err != nil {
		return Version{}, nil, err
	}
	v, err := find(list, id)
	if err != nil {
		return v, nil, err
	}
	note, err := h.bytes(path, v)
	return v, note, err
}

// saved returns the version that a person saved last, as an ID for Version. It
// returns false if there is none or the note was deleted since. What other
// programs and transcriptions wrote later does not count.
func (h *History) Saved(path string) (Version, bool, error) {
	n, err := h.note(path, false)
	if errors.Is(err, fs.ErrNotExist) {
		return Version{}, false, nil
	}
	if err != nil {
		return Version{}, false, Wrap("open the note's history", err)
	}
	defer n.close()
	for _, v := range backwards(n.list) {
		if v.Cause.saved() || v.Cause == Deleted {
			return v, !v.Gone(), nil
		}
	}
	return Version{}, false, nil
}

// bytes returns a version's bytes, nil if there was no note.
func (h *History) bytes(path string, v Version) ([]byte, error) {
	if v.Gone() {
		return nil, nil
	}
	if v.record != "" {
		r, err := h.readRecord(v.record)
		if err != nil {
			return nil, Wrap("read the version", err)
		}
		return r.before, nil
	}
	n, err := h.note(path, false)
	if err != nil {
		return nil, Wrap("open the note's history", err)
	}
	defer n.close()
	return n.bytes(v)
}

// each calls f with each note that has a history, and continues after an error.
func (h *History) each(ctx context.Context, f func(n *noteHistory) error) error {
	folder, err := h.locate(false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return Wrap("open the history", err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return Wrap("read the history", err)
	}
	var failed error
	for _, e := range entries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		dir, err := os.OpenRoot(filepath.Join(folder, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // erased in the meantime
		}
		if err != nil {
			failed = errors.Join(failed, Wrap("open a note's history", err))
			continue
		}
		n := &noteHistory{dir: dir}
		if n.list, err = versionsIn(dir); err == nil {
			if n.path, err = pathIn(dir, n.list); err == nil {
				err = f(n)
			} else if errors.Is(err, fs.ErrNotExist) {
				err = nil // an empty folder, or not one of ours
			} else {
				err = Wrap("read a note's history", err)
			}
		}
		n.close()
		failed = errors.Join(failed, err)
	}
	return failed
}
