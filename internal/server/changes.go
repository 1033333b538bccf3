package server

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/watch"
)

// changes are what changed of the journal and was not looked at yet. The zero
// value is nothing.
type changes struct {
	mu    sync.Mutex
	all   bool // anything may have changed
	files map[store.NoteName]bool
}

// add adds files, which are named as notes are.
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

// addAll says that anything may have changed.
func (c *changes) addAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = true
}

// take returns what was added since it was called last. If all may have changed,
// files is nil.
func (c *changes) take() (all bool, files []store.NoteName) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.all {
		files = slices.Collect(maps.Keys(c.files))
	}
	all, c.all, c.files = c.all, false, nil
	return all, files
}

// noticed adds what a watcher noticed.
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

// notesAmong returns the files that are named as notes.
func notesAmong(files []store.NoteName) []store.NoteName {
	return slices.DeleteFunc(slices.Clone(files), func(f store.NoteName) bool { return !strings.EqualFold(path.Ext(f.Path), ".md") })
}

// concernScans reports whether scans may have to be read after some files changed:
// a scan did, or the note of one that is not done with.
func (u *upkeep) concernScans(ctx context.Context, files []store.NoteName) bool {
	if len(notesAmong(files)) < len(files) {
		return true
	}
	for _, f := range files {
		if f.Kind != daybook.Daily {
			continue
		}
		scans, err := u.journal.Store.ScansOf(ctx, f.Path)
		if err != nil || slices.ContainsFunc(scans, func(s store.ScanState) bool { return s.Stage != store.Written }) {
			return true
		}
	}
	return false
}
