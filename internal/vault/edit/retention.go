package edit

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"daybook"
)

const (
	// settled is the age from which the intermediate saves of a sitting are
	// erased.
	settled = 24 * time.Hour
	// mostVersions is the number of versions above which a note's saves through
	// the API count as sittings too.
	mostVersions = 1000
)

// Expire deletes the autosaved versions of sittings that ended a day ago, and versions
// older than the options allow. It returns how many. Exists reports whether a note
// exists.
func (h *History) Expire(ctx context.Context, exists func(path string) bool) (erased int, err error) {
	err = h.each(ctx, func(n *noteHistory) error {
		n.sweep()
		count, err := n.erase(h.expired(n, exists))
		erased += count
		return err
	})
	if err != nil {
		return erased, err
	}
	count, err := h.expireRecords(ctx, exists)
	return erased + count, err
}

// expireRecords does the same for the records of older Daybooks.
func (h *History) expireRecords(ctx context.Context, exists func(path string) bool) (int, error) {
	files, err := h.recordFiles()
	if err != nil {
		return 0, err
	}
	deleted := map[string]bool{} // by the last record of a path
	for _, f := range files {
		r, ok, err := h.knownRecord(f.name)
		if err != nil {
			return 0, err
		}
		if ok {
			deleted[r.path] = r.after == Hash{}
		}
	}
	return h.eraseRecords(ctx, func(r record, at time.Time) bool {
		age := time.Since(at)
		switch {
		case h.outdated(age):
			return true
		case r.path == "": // it cannot be read
			return age > h.options.DeletedAge
		}
		return age > h.options.DeletedAge && deleted[r.path] && !exists(r.path)
	})
}

// outdated reports whether versions of an age are deleted even if their note
// exists.
func (h *History) outdated(age time.Duration) bool {
	return h.options.Age > 0 && age > h.options.Age
}

// expired returns the versions of a note to delete.
func (h *History) expired(n *noteHistory, exists func(string) bool) []Version {
	last := n.last()
	if last.Gone() && last.Cause != Other && time.Since(last.Time) > h.options.DeletedAge && !exists(n.path) {
		return n.list
	}
	keep := map[string]bool{last.file: true}
	for _, v := range sittings(n.list, len(n.list) > mostVersions) {
		keep[v.file] = true
	}
	var old []Version
	for _, v := range n.list[:max(len(n.list)-1, 0)] {
		age := time.Since(v.Time)
		thinned := age > settled && !keep[v.file]
		if h.outdated(age) || thinned {
			old = append(old, v)
		}
	}
	return old
}

// erase removes versions.
func (n *noteHistory) erase(list []Version) (erased int, err error) {
	for _, v := range list {
		switch err := n.dir.Remove(v.file); {
		case err == nil:
			erased++
		case !errors.Is(err, fs.ErrNotExist):
			return erased, Wrap("erase a version of the note", err)
		}
	}
	if erased > 0 {
		return erased, n.sync()
	}
	return 0, nil
}

// sweep removes the temporary files of killed processes.
func (n *noteHistory) sweep() {
	entries, err := fs.ReadDir(n.dir.FS(), ".")
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), ".") && time.Since(info.ModTime()).Abs() > oldEnough {
			_ = n.dir.Remove(e.Name()) // it is tried again
		}
	}
}

// Erase removes every version of the note at path for good, and returns how
// many there were.
func (h *History) Erase(ctx context.Context, path string) (int, error) {
	erased := 0
	n, err := h.note(path, false)
	switch {
	case err == nil:
		defer n.close()
		if erased, err = n.erase(n.list); err != nil {
			return erased, err
		}
		if err := n.sync(); err != nil { // also what an attempt that failed has erased
			return erased, Wrap("erase the note's versions", err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return 0, Wrap("open the note's history", err)
	}
	count, err := h.eraseRecords(ctx, func(r record, _ time.Time) bool { return r.path == path })
	return erased + count, err
}

// Missing returns the path of each note that has a history and does not exist, with its
// newest version. Exists reports whether a note exists.
func (h *History) Missing(ctx context.Context, exists func(path string) bool) (map[string]Version, error) {
	found := map[string]Version{}
	add := func(path string, list []Version) {
		for _, v := range backwards(list) {
			if !v.Gone() && v.kept() {
				found[path] = v
				return
			}
		}
	}
	err := h.each(ctx, func(n *noteHistory) error {
		if !exists(n.path) {
			add(n.path, n.list)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	files, err := h.recordFiles()
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		r, ok, err := h.knownRecord(f.name)
		if err != nil {
			return nil, err
		}
		if _, known := found[r.path]; !ok || known || exists(r.path) {
			continue
		}
		list, err := h.recorded(ctx, r.path)
		if err != nil {
			return nil, err
		}
		add(r.path, list)
	}
	return found, nil
}

// errNothing means that there is nothing to undo.
var errNothing = daybook.Errorf(daybook.NotFound, "There is no edit of this note to undo.")
