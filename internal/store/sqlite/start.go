package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"daybook"
)

// The check of the records at the start is bounded, so that large files open as
// quickly as small ones; [Check] looks at everything. The index is checked
// while it is in use: see rebuild.go.
const (
	checkWithin      = 150 * time.Millisecond
	checkWithinDirty = time.Second // the file was not closed properly
)

// missingOrEmpty reports what os.Stat found at a path.
func missingOrEmpty(info fs.FileInfo, err error) bool {
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	return info.Size() == 0
}

// keepLog renames a write-ahead log whose file is missing or empty: SQLite
// would delete it. It returns a sentence about it, "" if there is none.
func keepLog(path string) (string, error) {
	if info, err := os.Stat(path); !missingOrEmpty(info, err) {
		return "", nil // any error shows when it is opened
	}
	info, err := os.Stat(path + "-wal")
	if err != nil || info.Size() == 0 {
		return "", nil
	}
	kept := fmt.Sprintf("%s-wal.kept-%s", path, time.Now().UTC().Format("20060102T150405.000"))
	if err := os.Rename(path+"-wal", kept); err != nil {
		return "", &daybook.Error{Kind: daybook.Unavailable, Message: "The write-ahead log of " + filepath.Base(path) + " cannot be renamed.", Err: err}
	}
	if err := os.Remove(path + "-shm"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("remove the index of a write-ahead log: %w", err)
	}
	return fmt.Sprintf("%s was missing or empty. What was saved last may be in %s.", filepath.Base(path), kept), nil
}

// unclean reports whether a file was not closed properly, or is open
// elsewhere.
func unclean(path string) bool {
	info, err := os.Stat(path + "-wal")
	return err == nil && info.Size() > 0
}

// quickCheck looks for damage for a limited time. The error is SQLite's or
// describes what it found.
func (d *database) quickCheck(ctx context.Context, within time.Duration) error {
	limited, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var found string
	err := d.reader().QueryRowContext(limited, "PRAGMA quick_check(1)").Scan(&found)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil:
		return nil // nothing was found in that time
	case err != nil:
		return err
	case found != "ok":
		return &damageError{found}
	}
	return nil
}

// emptyPages is how many unused pages a file may have, half of it at most,
// before they are returned to the disk.
const emptyPages = 64

// returnSpace shrinks the file after much of it was deleted. What cannot be
// done now, such as while another process reads, is done at a later start.
func (d *database) returnSpace(ctx context.Context) {
	var unused, all int
	err := d.reader().QueryRowContext(ctx, "SELECT (SELECT freelist_count FROM pragma_freelist_count), (SELECT page_count FROM pragma_page_count)").Scan(&unused, &all)
	if err != nil || unused < emptyPages || 2*unused < all {
		return
	}
	if _, err := d.writer().ExecContext(ctx, "VACUUM"); err == nil {
		_ = d.purge(ctx) // the log is as large as the file
	}
}

// damageError is SQLite's description of damage.
type damageError struct{ found string }

func (e *damageError) Error() string { return e.found }

// isDamage reports whether an error of SQLite means that the file itself is
// damaged, not that it cannot be reached now.
func isDamage(err error) bool {
	var found *damageError
	var e *driver.Error
	if errors.As(err, &found) {
		return true
	}
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB, lib.SQLITE_ERROR, lib.SQLITE_MISMATCH, lib.SQLITE_CONSTRAINT:
		return true
	}
	return e.Code() == lib.SQLITE_IOERR_SHORT_READ
}

// setAside renames a damaged index, replacing one that was set aside before.
func setAside(path string) error {
	for _, suffix := range suffixes {
		err := os.Rename(path+suffix, path+".damaged"+suffix)
		if errors.Is(err, fs.ErrNotExist) {
			err = os.Remove(path + ".damaged" + suffix)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return &daybook.Error{Kind: daybook.Unavailable, Message: filepath.Base(path) + " is damaged and cannot be renamed.", Err: err}
		}
	}
	return nil
}
