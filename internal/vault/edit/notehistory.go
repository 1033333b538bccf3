package edit

import (
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"daybook"
)

// noteHistory is the open folder of a note's versions.
type noteHistory struct {
	path string
	dir  *os.Root
	list []Version // oldest first
}

// note opens a note's folder, and creates it if create is set.
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
				_ = root.Remove(key) // the next attempt creates and syncs it
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

// last returns the newest version, or the zero Version if there is none.
func (n *noteHistory) last() Version {
	if len(n.list) == 0 {
		return Version{}
	}
	return n.list[len(n.list)-1]
}

// timeOf returns when a version found now was written: the time of its file, if
// that is possible.
func (n *noteHistory) timeOf(written time.Time) time.Time {
	if now := time.Now(); written.IsZero() || written.After(now) || written.Before(n.last().Time) {
		return now
	}
	return written
}

// add writes a version. It skips one that equals the last, unless a person saved
// it and nobody had before. Its bytes are on disk when add returns, its name after
// sync.
func (n *noteHistory) add(at time.Time, cause Cause, note []byte, rewrote bool) error {
	hash := Hash{}
	if note != nil {
		hash = Sum(note)
	}
	last := n.last()
	firstSave := cause.saved() && !last.Cause.saved()
	if len(n.list) > 0 && last.Hash == hash && !firstSave {
		return nil
	}
	v := newVersion(last.number+1, at, cause, note, rewrote)
	if err := n.link(v); err == nil {
		n.list = append(n.list, v)
		return nil
	}
	return n.put(v, note)
}

// put writes a version's file.
func (n *noteHistory) put(v Version, note []byte) error {
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

// link stores a version whose bytes are kept already, to save space. It fails
// where files cannot be linked.
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

// syncRoot syncs the names in a folder to disk.
func syncRoot(dir *os.Root) error {
	f, err := dir.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	return syncDir(f)
}

// bytes reads a version and checks that it is complete.
func (n *noteHistory) bytes(v Version) ([]byte, error) {
	f, err := n.dir.Open(v.file)
	if err != nil {
		return nil, Wrap("read the version", err)
	}
	defer f.Close()
	_, note, err := readVersion(f)
	if err == nil && !v.Gone() && Sum(note) != v.Hash {
		err = errors.New("its bytes do not match its hash")
	}
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Unavailable, Message: "This version is damaged and cannot be read.", Err: err}
	}
	return note, nil
}
