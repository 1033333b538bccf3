package watch

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// maxFolders bounds the watched folders: the system's watches are shared with
// other programs.
const maxFolders = 20_000

// errFull says that no more folders can be watched.
var errFull = errors.New("too many folders")

// rewatch watches the current folders. If they differ from the watched ones, or
// others says that they may, it renews all watches: the system reports changes in a
// moved folder under its old name.
func (r *run) rewatch(ctx context.Context, others bool) {
	if r.gaveUp {
		return
	}
	there := r.existing()
	if !others && r.same(ctx, there) {
		return
	}
	fresh, err := r.open()
	if err != nil {
		r.say("the system watches no more folders; only sweeps find changes in the others", "err", err)
		return // and keep the current watches
	}
	r.blind()
	r.source, r.signs = fresh, fresh.pump()
	r.full = false
	for _, path := range there {
		r.cover(ctx, path)
	}
}

// existing returns the folders given to New that exist, and logs changes.
func (r *run) existing() (paths []string) {
	for _, root := range r.roots {
		info, err := os.Stat(root.path)
		there := err == nil && info.IsDir()
		switch {
		case !there && !r.away[root.path]:
			r.config.Log.Warn("a folder of the journal is not there; every sweep looks for it", "folder", root.given)
		case there && r.away[root.path]:
			r.config.Log.Info("a folder of the journal is there again", "folder", root.given)
		}
		r.away[root.path] = !there
		if there {
			paths = append(paths, root.path)
		}
	}
	return paths
}

// same reports whether the watched folders are the current ones.
func (r *run) same(ctx context.Context, roots []string) bool {
	seen := map[string]bool{}
	for left := slices.Clone(roots); len(left) > 0 && ctx.Err() == nil; {
		folder := left[len(left)-1]
		left = left[:len(left)-1]
		was, known := r.watched[folder]
		switch info, err := os.Stat(folder); {
		case seen[folder], r.full && !known:
			continue
		case !known, err != nil, was != nil && !os.SameFile(was, info):
			return false
		}
		seen[folder] = true
		if was != nil {
			left = append(left, r.within(folder)...)
		}
	}
	return len(seen) == len(r.watched)
}

// cover watches a folder and those below it, each before reading it, so that no
// new folder is missed.
func (r *run) cover(ctx context.Context, path string) {
	for left := []string{path}; len(left) > 0 && ctx.Err() == nil && r.source != nil; {
		folder := left[len(left)-1]
		left = left[:len(left)-1]
		if _, known := r.watched[folder]; known {
			continue // one root lies in another
		}
		switch err := r.watch(folder); {
		case err == nil:
			left = append(left, r.within(folder)...)
		case errors.Is(err, errFull):
			return
		}
	}
}

// watch watches one folder.
func (r *run) watch(folder string) error {
	err := errFull
	if len(r.watched) < maxFolders {
		err = r.source.add(folder)
	}
	switch {
	case err == nil:
		r.watched[folder], err = os.Stat(folder)
	case errors.Is(err, errFull), errors.Is(err, syscall.ENOSPC):
		r.full = true
		r.say("not all folders can be watched; changes in the others are found by sweeps (Linux allows fs.inotify.max_user_watches)",
			"watched", len(r.watched), "err", err)
		return errFull
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		// Some systems need an open file per watch; leave some for the journal
		// itself.
		r.blind()
		r.gaveUp = true
		r.say("the system does not let so many files be watched; changes are found by sweeps alone", "err", err)
		return errFull
	case !errors.Is(err, fs.ErrNotExist):
		r.watched[folder] = nil
		r.say("a folder cannot be watched; changes in it are found by sweeps", "folder", folder, "err", err)
	}
	return err
}

// within returns the readable, non-ignored folders in a folder.
func (r *run) within(folder string) (found []string) {
	in, err := os.Open(folder)
	if err != nil {
		return nil
	}
	defer in.Close()
	for {
		entries, err := in.ReadDir(512) // a folder may hold very many files
		for _, e := range entries {
			if e.IsDir() && !r.config.Ignore(e.Name(), true) {
				found = append(found, filepath.Join(folder, e.Name()))
			}
		}
		if err != nil || len(entries) == 0 {
			return found
		}
	}
}

// blind stops watching folders and relies on sweeps.
func (r *run) blind() {
	if r.source == nil {
		return
	}
	_ = r.source.close() // it only reads
	for range r.signs {  // until the pump has ended
	}
	r.source, r.signs = nil, nil
	clear(r.watched)
}
