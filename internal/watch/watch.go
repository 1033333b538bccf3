// Package watch reports changes below some folders: soon after the change if
// the system reports it, and otherwise at the next sweep. It is read-only.
package watch

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Config configures a Watcher. Zero fields have defaults.
type Config struct {
	// Quiet is how long to wait after the last event before reporting, so that
	// an editor's several steps are one change: 300 ms.
	Quiet time.Duration
	// Latest is the maximum delay after the first event, however many follow:
	// 1.2 s.
	Latest time.Duration
	// Sweep is the time from the end of a sweep to the next one: 30 s.
	Sweep time.Duration
	// Ignore reports whether to ignore a file, or everything in a folder, by
	// its name. Nil ignores nothing. It is not called for the watched folders
	// themselves.
	Ignore func(name string, folder bool) bool
	// Log receives, once each, the reasons why changes may be reported late. It
	// may be nil.
	Log *slog.Logger
}

// Change has the changes since the last report.
type Change struct {
	// Everything means that anything may have changed: at the start, at a
	// sweep, after a folder was created or removed, or after too many events.
	// Paths is nil then.
	Everything bool
	// Paths are the created, written, renamed or removed files, in order and
	// without duplicates. A file may be unchanged again.
	Paths []Path
}

// Path names a file relative to the innermost watched folder.
type Path struct {
	Folder string // as given to New
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

// New returns a watcher of folders, which may be nested and needn't exist yet.
// Run starts watching.
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

// Run calls f with changes until ctx ends: first with Everything, as soon as
// the folders are watched, so that nothing is missed. It makes one call at a
// time and returns after the last one has returned. If the system can't watch
// folders, it logs that and relies on sweeps.
func (w *Watcher) Run(ctx context.Context, f func(context.Context, Change)) {
	r := &run{Watcher: w, tell: f, watched: map[string]os.FileInfo{}, said: map[string]bool{}, away: map[string]bool{}}
	defer r.blind()
	for _, root := range w.roots {
		if kind := network(root.path); kind != "" {
			r.say("changes made on other machines may not be reported here; only sweeps find them", "folder", root.given, "filesystem", kind)
		}
	}
	r.loop(ctx)
}

// pathOf returns the path of a file in its innermost folder, and false if it is
// in none.
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

// below reports whether path is folder or inside it.
func below(path, folder string) bool {
	rest, ok := strings.CutPrefix(path, folder)
	if !ok || rest == "" {
		return ok
	}
	isRoot := folder != "" && os.IsPathSeparator(folder[len(folder)-1])
	return isRoot || os.IsPathSeparator(rest[0])
}
