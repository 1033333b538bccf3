package watch

import (
	"cmp"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Limits on the events of a system.
const (
	maxPaths  = 10_000 // above that, everything is reported
	maxErrors = 1000   // in a row without an event, before giving up
)

// run is one Run of a Watcher. It belongs to one goroutine; calls are made in
// another.
type run struct {
	*Watcher
	source *source      // nil when nothing is watched
	signs  <-chan batch // of the source
	tell   func(context.Context, Change)

	watched map[string]os.FileInfo // folders, by their full paths
	full    bool                   // there are more of them
	gaveUp  bool                   // no more are watched
	away    map[string]bool        // missing folders of those given to New
	said    map[string]bool
	errs    int // since the last event

	pending pending
	busy    bool      // a call is running
	swept   bool      // a sweep is part of that call
	sweepAt time.Time // zero is at once
}

// pending has the changes not reported yet.
type pending struct {
	first, last time.Time // of its signs; zero for none
	folders     bool      // a folder changed, or a change was not reported
	paths       map[Path]bool
}

func (r *run) loop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	told := make(chan struct{})
	for {
		select {
		case <-ctx.Done():
			if r.busy {
				<-told
			}
			return
		case b, ok := <-r.signs:
			if r.take(b); !ok {
				r.blind()
			}
		case <-told:
			r.busy = false
			if r.swept {
				r.sweepAt = time.Now().Add(r.config.Sweep)
			}
		case <-timer.C:
		}
		if wait := time.Until(r.next()); r.busy {
			timer.Stop()
		} else if wait > 0 {
			timer.Reset(wait)
		} else {
			r.start(ctx, told)
		}
	}
}

// next returns when the next call is due.
func (r *run) next() time.Time {
	at := r.sweepAt
	if p := &r.pending; !p.first.IsZero() {
		for _, due := range []time.Time{p.first.Add(r.config.Latest), p.last.Add(r.config.Quiet)} {
			if due.Before(at) {
				at = due
			}
		}
	}
	return at
}

// start starts a call with the pending changes.
func (r *run) start(ctx context.Context, told chan<- struct{}) {
	p := r.pending
	r.pending = pending{}
	r.busy, r.swept = true, p.folders || time.Until(r.sweepAt) <= 0
	if r.swept {
		r.rewatch(ctx, p.folders)
	}
	change := Change{Everything: r.swept || len(p.paths) > maxPaths}
	if !change.Everything {
		change.Paths = slices.SortedFunc(maps.Keys(p.paths), func(a, b Path) int {
			return cmp.Or(strings.Compare(a.Folder, b.Folder), strings.Compare(a.Name, b.Name))
		})
	}
	go func() {
		r.tell(ctx, change)
		told <- struct{}{}
	}()
}

// take processes a batch.
func (r *run) take(b batch) {
	if len(b.events) > 0 {
		r.errs = 0
	}
	for _, ev := range b.events {
		r.event(ev)
	}
	if b.failed == 0 {
		return
	}
	r.note().folders = true
	if r.errs += b.failed; r.errs >= maxErrors {
		r.say("the system no longer reports changes; only sweeps find them")
		r.blind()
		r.gaveUp = true
	}
}

// event processes one event. Changes of permissions and times alone are left to
// the sweeps: backup programs cause them all the time.
func (r *run) event(ev fsnotify.Event) {
	name := filepath.Base(ev.Name)
	gone := ev.Has(fsnotify.Remove) || ev.Has(fsnotify.Rename)
	_, known := r.watched[ev.Name]
	switch {
	case !gone && !ev.Has(fsnotify.Create) && !ev.Has(fsnotify.Write):
	case known && !gone && !ev.Has(fsnotify.Create): // a file in it was written, which has its own event
	case known, ev.Has(fsnotify.Create) && !r.config.Ignore(name, true) && isFolder(ev.Name):
		r.note().folders = true
	case !r.config.Ignore(name, false):
		r.file(ev.Name)
	}
}

// file notes that a file changed.
func (r *run) file(full string) {
	path, ok := r.pathOf(full)
	if !ok {
		return
	}
	p := r.note()
	if p.paths == nil {
		p.paths = map[Path]bool{}
	}
	if len(p.paths) <= maxPaths {
		p.paths[path] = true
	}
}

// note records a change at the current time.
func (r *run) note() *pending {
	now := time.Now()
	if r.pending.first.IsZero() {
		r.pending.first = now
	}
	r.pending.last = now
	return &r.pending
}

// say logs a warning once.
func (r *run) say(message string, args ...any) {
	if !r.said[message] {
		r.said[message] = true
		r.config.Log.Warn(message, append(args, "every", r.config.Sweep)...)
	}
}

// isFolder reports whether path is a folder and not a link to one.
func isFolder(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}
