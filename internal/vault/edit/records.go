package edit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"daybook"
	"daybook/internal/vault"
)

// For each edit, an older Daybook stored the note as it was before: a file
// named after the time and the note, with a line of JSON and then the note's
// bytes.
const (
	recordExtension = ".undo"
	maxRecordHeader = 16 << 10 // bytes
)

// record is a note before an edit.
type record struct {
	path   string
	before []byte // nil if there was no note
	after  Hash   // the hash of the note after the edit
}

type recordHeader struct {
	Path    string `json:"path"`
	Existed bool   `json:"existed"`
	Size    int    `json:"size"` // of the bytes that follow
	After   string `json:"after"`
}

// recorded returns the versions of a note that older Daybooks kept, oldest
// first.
func (h *History) recorded(ctx context.Context, name string) ([]Version, error) {
	files, err := h.recordFiles()
	if err != nil {
		return nil, err
	}
	var list []Version
	for _, f := range files {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !strings.HasSuffix(f.name, " "+shorten(path.Base(name))+recordExtension) {
			continue
		}
		r, ok, err := h.knownRecord(f.name)
		if err != nil {
			return nil, err
		}
		if ok && r.path == name {
			list = r.appendTo(list, f)
		}
	}
	return list, nil
}

// appendTo adds the two versions in a record.
func (r record) appendTo(list []Version, f recordFile) []Version {
	id := func(end string) string { return f.time.Format(stamp) + end }
	before := Version{ID: id("-before"), Time: f.time, Size: len(r.before), Cause: Other}
	if r.before != nil {
		before.Hash, before.record = Sum(r.before), f.name
	}
	if n := len(list); n > 0 && list[n-1].Hash == before.Hash {
		before.Time, before.Cause = list[n-1].Time, list[n-1].Cause
		list = list[:n-1]
	}
	after := Version{ID: id("-after"), Time: f.time, Cause: Unknown, Hash: r.after}
	if after.Gone() {
		after.Cause = Deleted
	}
	return append(list, before, after)
}

type recordFile struct {
	name string
	time time.Time
}

// recordFiles lists the records, oldest first. Those of several journals were
// mixed; all count as those of the first.
func (h *History) recordFiles() ([]recordFile, error) {
	if h.options.Records == "" {
		return nil, nil
	}
	if name, err := h.name(); err != nil || name != string(h.options.Kind) {
		return nil, err
	}
	entries, err := os.ReadDir(h.options.Records)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, Wrap("read the folder for undo", err)
	}
	var files []recordFile
	for _, e := range entries {
		at, _, ok := strings.Cut(e.Name(), " ")
		if t, err := time.Parse(stamp, at); ok && err == nil && path.Ext(e.Name()) == recordExtension {
			files = append(files, recordFile{e.Name(), t})
		}
	}
	slices.SortFunc(files, func(a, b recordFile) int { return cmp.Or(a.time.Compare(b.time), strings.Compare(a.name, b.name)) })
	return files, nil
}

// errDamaged means that a file is not a whole record: the process that wrote it was killed.
var errDamaged = errors.New("the record is damaged")

// knownRecord reads a record. It returns false if it is damaged, or was erased in the meantime.
func (h *History) knownRecord(name string) (r record, ok bool, err error) {
	r, err = h.readRecord(name)
	if errors.Is(err, errDamaged) || errors.Is(err, fs.ErrNotExist) {
		return record{}, false, nil
	}
	if err != nil {
		return record{}, false, Wrap("read an old version of the note", err)
	}
	return r, true, nil
}

// readRecord reads a record.
func (h *History) readRecord(name string) (record, error) {
	f, err := os.Open(filepath.Join(h.options.Records, filepath.Base(name)))
	if err != nil {
		return record{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, vault.MaxNote+maxRecordHeader))
	if err != nil {
		return record{}, err
	}
	line, before, ok := bytes.Cut(data, []byte{'\n'})
	var head recordHeader
	if err := json.Unmarshal(line, &head); err != nil || !ok || head.Size != len(before) {
		return record{}, errDamaged
	}
	after, err := hex.DecodeString(head.After)
	if err != nil || len(after) != len(Hash{}) {
		return record{}, errDamaged
	}
	r := record{path: head.Path, after: Hash(after)}
	if head.Existed {
		r.before = before
	}
	return r, nil
}

// shorten cuts a name in the way that the names of records were cut.
func shorten(name string) string {
	for len(name) > 100 {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name
}

// eraseRecords removes the records for which old returns true. A damaged one
// has no path.
func (h *History) eraseRecords(ctx context.Context, old func(r record, at time.Time) bool) (erased int, err error) {
	files, err := h.recordFiles()
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		if ctx.Err() != nil {
			return erased, ctx.Err()
		}
		r, _, err := h.knownRecord(f.name)
		if err != nil {
			return erased, err // it may be of a note that keeps its versions
		}
		if !old(r, f.time) {
			continue
		}
		switch err := os.Remove(filepath.Join(h.options.Records, f.name)); {
		case err == nil:
			erased++
		case !errors.Is(err, fs.ErrNotExist):
			return erased, &daybook.Error{Kind: daybook.Unavailable, Message: "Cannot erase an old version of a note.", Err: err}
		}
	}
	if h.options.Records == "" {
		return erased, nil
	}
	if err := syncPath(h.options.Records); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return erased, Wrap("erase an old version of a note", err)
	}
	return erased, nil
}
