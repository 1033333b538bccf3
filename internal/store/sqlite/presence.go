package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"daybook"
)

// SQLite keeps files open and does not notice if one is replaced: it would go
// on writing to a file that is never read again.

// files are a database's file, its write-ahead log and the index of that.
type files [3]os.FileInfo

var suffixes = [len(files{})]string{"", "-wal", "-shm"}

// filesOf returns the files of the database in path. All must exist.
func filesOf(path string) (f files, err error) {
	for i, suffix := range suffixes {
		if f[i], err = os.Stat(path + suffix); err != nil {
			return f, &daybook.Error{Kind: daybook.Unavailable, Message: filepath.Base(path) + suffix + " cannot be opened.", Err: err}
		}
	}
	return f, nil
}

// place says where an open file is.
type place int

const (
	here     place = iota // at its path
	gone                  // its path has no file
	replaced              // its path has another
)

// find says where the i-th of the files is.
func (f files) find(path string, i int) (place, error) {
	info, err := os.Stat(path + suffixes[i])
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return gone, nil
	case err != nil:
		return gone, &daybook.Error{Kind: daybook.Unavailable, Message: filepath.Base(path) + suffixes[i] + " cannot be looked at.", Err: err}
	case f[i] != nil && !os.SameFile(info, f[i]):
		return replaced, nil
	}
	return here, nil
}

// readable returns an error unless the file is where it was opened. A file that
// took its place is opened.
func (d *database) readable(ctx context.Context) error {
	h := d.now.Load()
	switch at, err := h.files.find(d.path, 0); {
	case err != nil:
		return err
	case at == gone:
		return d.deleted()
	case at == replaced || h.closed:
		return d.heal(ctx)
	}
	return nil
}

// writable is readable for all files: what is written goes to the log first.
// If the log is gone, what it holds is brought into the file, and both are
// opened again.
func (d *database) writable(ctx context.Context) error {
	if err := d.readable(ctx); err != nil {
		return err
	}
	if d.damage != nil {
		return &daybook.Error{
			Kind: daybook.Unavailable, Err: d.damage,
			Message: filepath.Base(d.path) + " is damaged, and nothing is saved to it. " + restoreAdvice(d.path),
		}
	}
	open := d.now.Load().files
	if open[0] == nil {
		return nil // it is being opened
	}
	for i := 1; i < len(suffixes); i++ {
		if at, err := open.find(d.path, i); err != nil {
			return err
		} else if at != here {
			return d.heal(ctx)
		}
	}
	return nil
}

func (d *database) deleted() error {
	name := filepath.Base(d.path)
	return daybook.Errorf(daybook.Unavailable, "%s was deleted or moved while Daybook is running. Nothing is read or saved until it is back in %s.", name, filepath.Dir(d.path))
}

// healWithin is how long queries that run may take to end before the files are
// opened again.
const healWithin = 5 * time.Second

// heal opens the files again that are now at the path.
func (d *database) heal(ctx context.Context) error {
	d.healing.Lock()
	defer d.healing.Unlock()
	h := d.now.Load()
	main, err := h.files.find(d.path, 0)
	if err != nil {
		return err
	}
	log, err := h.files.find(d.path, 1)
	if err != nil {
		return err
	}
	index, err := h.files.find(d.path, 2)
	switch {
	case err != nil:
		return err
	case main == gone:
		return d.deleted()
	case main == here && log == here && index == here && !h.closed:
		return nil // it was healed in the meantime
	}
	if main == here && !h.closed {
		if err := d.purge(ctx); err != nil { // all that the lost log holds
			return err
		}
	}
	return d.reopen(context.WithoutCancel(ctx), h)
}

// reopen closes the connections and opens the files at the path. It can be
// repeated when it fails.
func (d *database) reopen(ctx context.Context, h *handles) error {
	closed := *h
	closed.closed = true
	d.now.Store(&closed)
	if err := d.closeAll(ctx, h); err != nil {
		return err
	}
	fresh, err := d.open()
	if err == nil {
		if err = d.ready(ctx, fresh); err != nil {
			err = errors.Join(err, fresh.r.Close(), fresh.w.Close())
		}
	}
	if err != nil {
		return &daybook.Error{
			Kind: daybook.Unavailable, Err: err,
			Message: filepath.Base(d.path) + " was replaced while Daybook is running, and the new file cannot be used. Run “daybook check”.",
		}
	}
	d.now.Store(fresh)
	if d.reopened != nil {
		d.reopened()
	}
	return nil
}

// closeAll closes the connections and waits for the queries that run. If the
// file is no longer at its path, the log does not stay there either: it would
// damage another file that takes the place.
func (d *database) closeAll(ctx context.Context, h *handles) error {
	at, err := h.files.find(d.path, 0)
	if err != nil {
		return err
	}
	if at != here {
		_, _ = h.w.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)") // completes the file, wherever it is
	}
	if err := errors.Join(h.r.Close(), h.w.Close()); err != nil {
		return wrap("close "+d.path, err)
	}
	for end := time.Now().Add(healWithin); h.r.Stats().OpenConnections+h.w.Stats().OpenConnections > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return daybook.Errorf(daybook.Unavailable, "%s is being opened again. Try again shortly.", filepath.Base(d.path))
		}
	}
	if at == here {
		return nil
	}
	return d.removeLog(h)
}

// removeLog removes the log of a file that is no longer at its path.
func (d *database) removeLog(h *handles) error {
	for i := 1; i < len(suffixes); i++ {
		at, err := h.files.find(d.path, i)
		if err != nil {
			return err
		}
		if h.files[i] == nil || at != here {
			continue // it belongs to the other file
		}
		if info, err := os.Stat(d.path + suffixes[i]); err == nil && i == 1 && info.Size() > 0 {
			return daybook.Errorf(daybook.Unavailable, "%s was replaced while Daybook is running, and another Daybook still uses the old file. Stop all of them, and start again.", filepath.Base(d.path))
		}
		if err := os.Remove(d.path + suffixes[i]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return &daybook.Error{Kind: daybook.Unavailable, Message: filepath.Base(d.path) + suffixes[i] + " cannot be removed.", Err: err}
		}
	}
	return nil
}
