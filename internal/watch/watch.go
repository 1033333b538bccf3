// Package watch tells when something changes below some folders: soon after
// the change where the system tells of it, and at the next sweep where it
// does not. It writes nothing.
package watch

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Config says how a Watcher works. What is zero has its default.
type Config struct {
	// Quiet is how long nothing may happen before a change is told, so that
	// an editor's several steps are one: 300 ms.
	Quiet time.Duration
	// Latest is how long after its first sign a change is told although
	// more happens: 1.2 s.
	Latest time.Duration
	// Sweep is how long after one sweep the next begins: 30 s.
	Sweep time.Duration
	// Ignore reports whether nothing that happens to a file, or in a folder,
	// of this name is to be told. Nil ignores nothing. The folders that are
	// watched are not asked about themselves.
	Ignore func(name string, folder bool) bool
	// Log hears, once each, why changes may be told late. Nil hears nothing.
	Log *slog.Logger
}

// Change is what happened since the last one was told.
type Change struct {
	// Everything says that anything may have changed: it is the start or a
	// sweep, a folder came or went, or more happened than could be told.
	// Paths is nil then.
	Everything bool
	// Paths are files that were made, written, renamed or removed, in order
	// and each once. A file may be back as it was.
	Paths []Path
}

// Path names a file below one of the folders, that nearest to it.
type Path struct {
	Folder string // as it was given to New
	Name   string // relative to it, with slashes
}

// Watcher watches folders.
type Watcher struct {
	config Config
	roots  []root
	open   func() (*source, error)
}

// root is one of the folders, by its full path.
type root struct{ given, path string }

// New returns a watcher of folders, which may lie in one another, and need
// not be there yet. Nothing is watched before Run.
func New(folders []string, c Config) *Watcher {
	if c.Quiet <= 0 {
		c.Quiet = 300 * time.Millisecond
	}
	if c.Latest <= 0 {
		c.Latest = 1200 * time.Millisecond
	}
	if c.Sweep <= 0 {
		c.Sweep = 30 * time.Second
	}
	if c.Ignore == nil {
		c.Ignore = func(string, bool) bool { return false }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	w := &Watcher{config: c, open: openSource}
	for _, folder := range folders {
		path, err := filepath.Abs(folder)
		if err != nil { // there is no working folder
			path = filepath.Clean(folder)
		}
		w.roots = append(w.roots, root{folder, path})
	}
	return w
}

// Run calls f with what changes until ctx ends: first with everything, as
// soon as the folders are watched, so that nothing is missed in between. One
// call is made at a time, with the context, and Run returns after the last
// has returned. Where the system does not let folders be watched, there are
// the sweeps alone: that is logged and no failure.
func (w *Watcher) Run(ctx context.Context, f func(context.Context, Change)) {
	r := &run{Watcher: w, tell: f, watched: map[string]os.FileInfo{}, said: map[string]bool{}, away: map[string]bool{}}
	defer r.blind()
	for _, root := range w.roots {
		if kind := network(root.path); kind != "" {
			r.say("what is changed on other machines may not be told here; the sweeps find it", "folder", root.given, "filesystem", kind)
		}
	}
	r.loop(ctx)
}

// pathOf returns the name of a file below the folder nearest to it, and false
// for one below none.
func (w *Watcher) pathOf(full string) (Path, bool) {
	var nearest root
	for _, r := range w.roots {
		if below(full, r.path) && len(r.path) > len(nearest.path) {
			nearest = r
		}
	}
	rel, err := filepath.Rel(nearest.path, full)
	if nearest.path == "" || err != nil {
		return Path{}, false
	}
	return Path{nearest.given, filepath.ToSlash(rel)}, true
}

// below reports whether path is folder or lies in it.
func below(path, folder string) bool {
	rest, ok := strings.CutPrefix(path, folder)
	return ok && (rest == "" || os.IsPathSeparator(rest[0]) || folder != "" && os.IsPathSeparator(folder[len(folder)-1]))
}
