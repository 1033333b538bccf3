package edit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"daybook"
	"daybook/internal/vault"
)

// History keeps what notes were before they were edited, a file for each edit
// in a folder of its own, and gives it back. The notes of two folders need a
// History each. It is safe for concurrent use, by several processes too.
type History struct {
	root *os.Root
	age  time.Duration
}

var _ Undo = (*History)(nil)

// OpenHistory opens the folder dir, which is made where missing (0700, its
// files 0600). What is older than age is not given back, and erased by Expire.
func OpenHistory(dir string, age time.Duration) (*History, error) {
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = os.Chmod(dir, 0o700)
	}
	var root *os.Root
	if err == nil {
		root, err = os.OpenRoot(dir)
	}
	if err != nil {
		return nil, Wrap("open the folder for undo", err)
	}
	return &History{root, age}, nil
}

// Close closes the folder.
func (h *History) Close() error { return h.root.Close() }

// Record is what a note was before an edit.
type Record struct {
	Path string
	Time time.Time // of the edit
	// Before are the note's bytes, nil if there was no note.
	Before []byte
	// After is the hash that the edit gave the note, zero if it removed it.
	After Hash
}

// header is the first line of a record's file; the bytes follow.
type header struct {
	Path    string `json:"path"`
	Existed bool   `json:"existed"`
	Size    int    `json:"size"` // of the bytes that follow
	After   string `json:"after"`
}

// A record's file is named by time and note, so that names sort by time.
const (
	stamp     = "20060102T150405.000000000Z"
	extension = ".undo"
	maxHeader = 16 << 10 // bytes
)

// Keep implements Undo. The record is on disk when it returns.
func (h *History) Keep(ctx context.Context, name string, before []byte, after Hash) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	line, err := json.Marshal(header{name, before != nil, len(before), after.String()})
	if err != nil || len(line) >= maxHeader {
		return daybook.Errorf(daybook.Invalid, "the note's name is too long to be kept for undo")
	}
	data := append(append(line, '\n'), before...)
	for now := time.Now().UTC(); ; now = now.Add(1) {
		err := h.write(now.Format(stamp)+" "+shorten(path.Base(name))+extension, data)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return Wrap("write what the note was", err)
		}
		return nil
	}
}

// write makes a file that is on disk when it returns, or is not there.
func (h *History) write(name string, data []byte) error {
	f, err := h.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = h.sync()
	}
	if err != nil {
		h.root.Remove(name)
	}
	return err
}

func (h *History) sync() error {
	dir, err := h.root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	return syncDir(dir)
}

// shorten cuts a name to what a file name has room for.
func shorten(name string) string {
	for len(name) > 100 {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name
}

// Last returns what the note at path was before its latest edit. There being
// none is daybook.NotFound.
func (h *History) Last(ctx context.Context, path string) (Record, error) {
	return h.find(ctx, path, func(Record) bool { return true })
}

// find returns the latest record of a note that fits.
func (h *History) find(ctx context.Context, name string, fits func(Record) bool) (Record, error) {
	files, err := h.files()
	if err != nil {
		return Record{}, err
	}
	for _, f := range files {
		if ctx.Err() != nil {
			return Record{}, ctx.Err()
		}
		if time.Since(f.time) > h.age || !strings.HasSuffix(f.name, " "+shorten(path.Base(name))+extension) {
			continue
		}
		r, err := h.read(f.name)
		if err != nil {
			continue // erased meanwhile, or half written by a killed process
		}
		if r.Time = f.time; r.Path == name && fits(r) {
			return r, nil
		}
	}
	return Record{}, daybook.Errorf(daybook.NotFound, "no edit of this note is kept that could be undone")
}

type recordFile struct {
	name string
	time time.Time
}

// files returns the records' files, the latest first.
func (h *History) files() ([]recordFile, error) {
	entries, err := fs.ReadDir(h.root.FS(), ".")
	if err != nil {
		return nil, Wrap("read the folder for undo", err)
	}
	var files []recordFile
	for _, e := range entries {
		at, _, ok := strings.Cut(e.Name(), " ")
		if t, err := time.Parse(stamp, at); ok && err == nil && path.Ext(e.Name()) == extension {
			files = append(files, recordFile{e.Name(), t})
		}
	}
	slices.SortFunc(files, func(a, b recordFile) int { return cmp.Or(b.time.Compare(a.time), strings.Compare(a.name, b.name)) })
	return files, nil
}

// read reads a record but for its time.
func (h *History) read(name string) (Record, error) {
	f, err := h.root.Open(name)
	if err != nil {
		return Record{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, vault.MaxNote+maxHeader))
	if err != nil {
		return Record{}, err
	}
	line, before, ok := bytes.Cut(data, []byte{'\n'})
	var head header
	if err := json.Unmarshal(line, &head); err != nil || !ok || head.Size != len(before) {
		return Record{}, fmt.Errorf("%s is not a record", name)
	}
	after, err := hex.DecodeString(head.After)
	if err != nil || len(after) != len(Hash{}) {
		return Record{}, fmt.Errorf("%s is not a record", name)
	}
	r := Record{Path: head.Path, After: Hash(after)}
	if head.Existed {
		r.Before = before
	}
	return r, nil
}

// Expire erases the records that are older than the age that was set, and
// returns how many.
func (h *History) Expire(ctx context.Context) (erased int, err error) {
	files, err := h.files()
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return erased, err
		}
		if time.Since(f.time) <= h.age {
			continue
		}
		if err := h.root.Remove(f.name); err == nil {
			erased++
		} else if !errors.Is(err, fs.ErrNotExist) {
			return erased, Wrap("erase what a note was", err)
		}
	}
	return erased, nil
}

// Restore undoes the edit that made the note at path what it is: an edit by e
// that can be undone in its turn. A note that was changed since is
// daybook.Conflict, unless force says that it becomes what it was before our
// latest edit all the same.
func (h *History) Restore(ctx context.Context, e *Editor, path string, force bool) (Result, error) {
	note, err := e.Read(ctx, path)
	now := Hash{}
	switch {
	case err == nil:
		now = Sum(note)
	case daybook.KindOf(err) != daybook.NotFound:
		return Result{}, err
	}
	r, err := h.find(ctx, path, func(r Record) bool { return r.After == now })
	if daybook.KindOf(err) == daybook.NotFound {
		if r, err = h.Last(ctx, path); err == nil && !force {
			return Result{}, daybook.Errorf(daybook.Conflict, "the note was changed since it was edited: undoing that would undo the change as well")
		}
	}
	if err != nil {
		return Result{}, err
	}
	switch {
	case r.Before == nil && now == Hash{}:
		return Result{}, nil
	case r.Before == nil:
		return e.Remove(ctx, path, now)
	case now == Hash{}:
		return e.Create(ctx, path, r.Before)
	}
	return e.Edit(ctx, path, now, func([]byte) ([]byte, error) { return r.Before, nil })
}
