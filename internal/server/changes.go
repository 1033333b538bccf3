package server

import (
	"context"
	"maps"
	"slices"
	"sync"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/vault"
	"daybook/internal/watch"
)

// changes are changes of the journal that were not read yet. The zero value is
// empty.
type changes struct {
	mu    sync.Mutex
	all   bool // everything may have changed
	files map[store.NoteName]bool
}

// add adds changed files.
func (c *changes) add(files ...store.NoteName) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.files == nil {
		c.files = map[store.NoteName]bool{}
	}
	for _, f := range files {
		c.files[f] = true
	}
}

// addAll marks everything as changed.
func (c *changes) addAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = true
}

// take returns and clears the changes. If everything may have changed, files is
// nil.
func (c *changes) take() (all bool, files []store.NoteName) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.all {
		files = slices.Collect(maps.Keys(c.files))
	}
	all, c.all, c.files = c.all, false, nil
	return all, files
}

// noticed adds what the watcher reports.
func (u *upkeep) noticed(c watch.Change) {
	if c.Everything {
		u.unread.addAll()
		return
	}
	folders, kinds := u.journal.Vault.Folders(), u.journal.Vault.Kinds()
	for _, p := range c.Paths {
		if i := slices.Index(folders, p.Folder); i >= 0 {
			u.unread.add(store.NoteName{Kind: kinds[i], Path: p.Name})
		}
	}
}

// notesAmong returns the files that are notes by their names.
func notesAmong(files []store.NoteName) []store.NoteName {
	return slices.DeleteFunc(slices.Clone(files), func(f store.NoteName) bool { return !vault.IsNote(f.Path) })
}

// concernScans reports whether scans may need to be transcribed after files
// changed: a scan changed, or the note of one that is not written yet.
func (u *upkeep) concernScans(ctx context.Context, files []store.NoteName) bool {
	if len(notesAmong(files)) < len(files) {
		return true
	}
	for _, f := range files {
		if f.Kind != daybook.Daily {
			continue
		}
		scans, err := u.journal.Store.Scans(ctx, f.Path)
		if err != nil || slices.ContainsFunc(scans, func(s store.ScanState) bool { return s.Stage != store.Written }) {
			return true
		}
	}
	return false
}
