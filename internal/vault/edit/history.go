package edit

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"daybook"
	"daybook/internal/vault"
)

// History keeps the versions of the notes below one folder. It is safe for
// concurrent use, by several processes too. It holds nothing open, and makes
// its folder again if that is lost.
//
// The layout on disk, below HistoryOptions.Dir (folders 0700, files 0600):
//
//	daily/                      the notes of one folder; daily-2 and so on are
//	                            those of other folders that were served before
//	  folder.json               which folder that is
//	  3b…/                      a note: 32 hexadecimal digits of the SHA-256 of
//	                            its path in the folder
//	    00000042-20261130T101112.123456789Z-page-1234-9f….gz
//	                            a version: its number, time, cause, size and the
//	                            SHA-256 of its bytes; within, the bytes, and the
//	                            note's path in the gzip header. Hash 00… is a
//	                            note that was deleted.
//
// A version's file is written under a hidden name, synced, given its name, and
// never changed after that. So a copy that is made while Daybook runs is
// sound; hidden files need not be copied.
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
	// Records is the folder in which older Daybooks kept what notes were before
	// they were edited; "" for none. It is read, never written.
	Records string
	// DeletedAge is how long the versions of a note are kept that was deleted
	// here.
	DeletedAge time.Duration
	// Age is how long the versions of other notes are kept; 0 is for good. A
	// note's last version stays.
	Age time.Duration
}

// NewHistory returns a history. Its folder is made when the first version is
// kept.
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
		return drop, nil // nobody was told that it is saved
	}
	n, err := r.history.note(c.Path, true)
	if err != nil {
		return drop, Wrap("open the note's history", err)
	}
	defer n.close()
	if !same && (c.Before != nil || len(n.list) == 0 || !n.last().Gone()) {
		if err := n.add(n.timeOf(c.Written), Other, c.Before, false); err != nil {
			return drop, Wrap("keep the note's version", err)
		}
	}
	had := len(n.list)
	if err = n.add(time.Now(), r.cause, c.After, rewrites(c.Before, c.After)); err == nil {
		err = n.sync()
	}
	if err != nil {
		return drop, Wrap("keep the note's version", err)
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
		return Wrap("keep another program's words", err)
	}
	return nil
}

// drop removes a version that never came to be.
func (h *History) drop(path, file string) {
	if n, err := h.note(path, false); err == nil {
		_ = n.dir.Remove(file) // a version too many harms nobody
		n.close()
	}
}

// Versions returns the versions of the note at path, oldest first, with each
// that is kept if all says so, else without the steps of a sitting.
func (h *History) Versions(ctx context.Context, path string, all bool) ([]Version, error) {
	list, err := h.versions(ctx, path)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(v Version) bool { return !v.kept() })
	for len(list) > 0 && list[0].Gone() { // before the note was made
		list = list[1:]
	}
	if !all {
		list = sittings(list, false)
	}
	return list, nil
}

// versions returns everything that is known of a note, oldest first. The bytes
// of some may not have been kept.
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
			// An older Daybook's: the same, and kept now.
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

// Saved returns the version that a person saved last, as its ID is
// understood by Version, and false where there is none or the note was deleted
// since. What other programs and transcriptions wrote after it does not count.
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
		if v.Cause.Saved() || v.Cause == Deleted {
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

// noteHistory is the open folder of a note's versions.
type noteHistory struct {
	path string
	dir  *os.Root
	list []Version // oldest first
}

// note opens a note's folder, which is made if create says so.
func (h *History) note(path string, create bool) (*noteHistory, error) {
	folder, err := h.locate(create)
	if err != nil {
		return nil, err
	}
	key := noteKey(path)
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if create {
		switch err := root.Mkdir(key, 0o700); {
		case err == nil:
			if err := syncRoot(root); err != nil {
				return nil, err
			}
		case !errors.Is(err, fs.ErrExist):
			return nil, err
		}
	}
	dir, err := root.OpenRoot(key)
	if err != nil {
		return nil, err
	}
	list, err := versionsIn(dir)
	if err != nil {
		dir.Close()
		return nil, err
	}
	return &noteHistory{path, dir, list}, nil
}

func noteKey(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:16])
}

// versionsIn lists the versions in a note's folder, oldest first.
func versionsIn(dir *os.Root) ([]Version, error) {
	entries, err := fs.ReadDir(dir.FS(), ".")
	if err != nil {
		return nil, err
	}
	var list []Version
	for _, e := range entries {
		if v, ok := parseVersion(e.Name()); ok && e.Type().IsRegular() {
			list = append(list, v)
		}
	}
	slices.SortStableFunc(list, func(a, b Version) int {
		return cmp.Or(cmp.Compare(a.number, b.number), a.Time.Compare(b.Time))
	})
	return list, nil
}

func (n *noteHistory) close() { n.dir.Close() }

// last returns the newest version, the zero Version for none.
func (n *noteHistory) last() Version {
	if len(n.list) == 0 {
		return Version{}
	}
	return n.list[len(n.list)-1]
}

// timeOf returns when a version that is found now was written: its file's
// time, if that can be true.
func (n *noteHistory) timeOf(written time.Time) time.Time {
	if now := time.Now(); written.IsZero() || written.After(now) || len(n.list) > 0 && written.Before(n.last().Time) {
		return now
	}
	return written
}

// add writes a version, unless it is the one that is last; that counts again
// only once a person saves it. Its bytes are on disk when add returns, its name
// once sync has.
func (n *noteHistory) add(at time.Time, cause Cause, note []byte, rewrote bool) error {
	hash := Hash{}
	if note != nil {
		hash = Sum(note)
	}
	last := n.last()
	if len(n.list) > 0 && last.Hash == hash && (last.Cause.Saved() || !cause.Saved()) {
		return nil
	}
	v := newVersion(last.number+1, at, cause, note, rewrote)
	if err := n.link(v); err == nil {
		n.list = append(n.list, v)
		return nil
	}
	tmp := fmt.Sprintf(".%016x", rand.Uint64())
	err := n.write(tmp, note)
	if err == nil {
		err = n.dir.Rename(tmp, v.file)
	}
	if err != nil {
		_ = n.dir.Remove(tmp)
		return err
	}
	n.list = append(n.list, v)
	return nil
}

// link makes a version of bytes that are kept already. That is to save space
// alone: where files cannot be linked it fails.
func (n *noteHistory) link(v Version) error {
	for _, old := range n.list {
		if old.Hash == v.Hash {
			if _, err := n.bytes(old); err != nil {
				return err
			}
			return n.dir.Link(old.file, v.file)
		}
	}
	return fs.ErrNotExist
}

// write writes a version's file to disk.
func (n *noteHistory) write(name string, note []byte) (err error) {
	f, err := n.dir.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	z := gzip.NewWriter(f)
	z.Extra = pathField(n.path)
	if _, err := z.Write(note); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return f.Sync()
}

func (n *noteHistory) sync() error { return syncRoot(n.dir) }

// syncRoot brings the names in a folder to disk.
func syncRoot(dir *os.Root) error {
	f, err := dir.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	return syncDir(f)
}

// bytes reads a version and checks that it is whole.
func (n *noteHistory) bytes(v Version) ([]byte, error) {
	f, err := n.dir.Open(v.file)
	if err != nil {
		return nil, Wrap("read the version", err)
	}
	defer f.Close()
	_, note, err := readVersion(f)
	if err == nil && !v.Gone() && Sum(note) != v.Hash {
		err = errors.New("its bytes do not have its hash")
	}
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Unavailable, Message: "this version is damaged and cannot be read", Err: err}
	}
	return note, nil
}

// readVersion reads a version's file.
func readVersion(r io.Reader) (path string, note []byte, err error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return "", nil, err
	}
	path, err = pathOf(z.Extra)
	if err != nil {
		return "", nil, err
	}
	note, err = io.ReadAll(io.LimitReader(z, vault.MaxNote+1))
	if err == nil && len(note) > vault.MaxNote {
		err = errors.New("it is larger than a note")
	}
	return path, note, err
}

// The note's path is a field "DB" of the gzip header.
func pathField(path string) []byte {
	field := []byte{'D', 'B', 0, 0}
	binary.LittleEndian.PutUint16(field[2:], uint16(min(len(path), maxPath)))
	return append(field, path[:min(len(path), maxPath)]...)
}

const maxPath = 16 << 10 // bytes

func pathOf(extra []byte) (string, error) {
	if len(extra) < 4 || string(extra[:2]) != "DB" || int(binary.LittleEndian.Uint16(extra[2:])) != len(extra)-4 {
		return "", errors.New("it is not a version of a note")
	}
	return string(extra[4:]), nil
}

// pathIn returns the path of the note whose folder dir is.
func pathIn(dir *os.Root, list []Version) (string, error) {
	for _, v := range backwards(list) {
		f, err := dir.Open(v.file)
		if err != nil {
			continue
		}
		z, err := gzip.NewReader(f)
		f.Close()
		if err != nil {
			continue
		}
		if path, err := pathOf(z.Extra); err == nil {
			return path, nil
		}
	}
	return "", fs.ErrNotExist
}

// each calls f with each note that has a history, and goes on after an error.
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
		if err != nil {
			continue // erased meanwhile
		}
		n := &noteHistory{dir: dir}
		if n.list, err = versionsIn(dir); err == nil {
			if n.path, err = pathIn(dir, n.list); err == nil {
				err = f(n)
			} else {
				err = nil // an empty folder, or not one of ours
			}
		}
		n.close()
		failed = errors.Join(failed, err)
	}
	return failed
}
