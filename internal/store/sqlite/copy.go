package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	driver "modernc.org/sqlite"

	"daybook"
)

// copiesKept is how many copies from before migrations are kept.
const copiesKept = 2

// copyBefore keeps a copy of the file beside it before its tables are brought
// from version to the next. Without room for one nothing is changed.
func (d *database) copyBefore(ctx context.Context, version int) error {
	path := fmt.Sprintf("%s.before-v%d", d.path, version+1)
	if err := d.copyTo(ctx, path); err != nil {
		return &daybook.Error{
			Kind: daybook.Unavailable, Err: wrap("copy the data file", err),
			Message: fmt.Sprintf("%s cannot be copied before the upgrade. Check the free disk space. Nothing was changed.", d.path),
		}
	}
	copies := copiesOf(d.path)
	for _, old := range copies[min(copiesKept, len(copies)):] {
		if err := os.Remove(old); err != nil {
			return fmt.Errorf("remove an old copy of the data file: %w", err)
		}
	}
	return nil
}

// copiesOf returns the copies of a file from before migrations, newest first.
func copiesOf(path string) []string {
	found, _ := filepath.Glob(escaped(path) + ".before-v*") // the pattern is sound
	return newestFirst(found)
}

// escaped returns a path as a pattern that only it matches.
func escaped(path string) string {
	if filepath.Separator == '\\' {
		return path // Windows has no escapes in patterns
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// newestFirst sorts files by the time of their last change.
func newestFirst(files []string) []string {
	times := map[string]int64{}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			times[f] = info.ModTime().UnixNano()
		}
	}
	slices.SortFunc(files, func(a, b string) int { return cmp.Compare(times[b], times[a]) })
	return files
}

// copyTo writes a copy of the database, page by page, to a file that replaces
// the one at path.
func (d *database) copyTo(ctx context.Context, path string) (err error) {
	temporary := path + ".part"
	if err := os.Remove(temporary); err != nil && !os.IsNotExist(err) {
		return err
	}
	f, err := os.OpenFile(temporary, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temporary) // it is not complete
		}
	}()
	err = d.backUp(ctx, temporary)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// backUp copies all pages, as they are in one transaction, to the file path.
func (d *database) backUp(ctx context.Context, path string) (err error) {
	conn, err := d.reader().Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return conn.Raw(func(c any) error {
		source, ok := c.(interface {
			NewBackup(uri string) (*driver.Backup, error)
		})
		if !ok {
			return errors.New("the driver of SQLite makes no copies")
		}
		backup, err := source.NewBackup(uri(path))
		if err != nil {
			return err
		}
		more, err := backup.Step(-1)
		if err == nil && more {
			err = errors.New("the copy is not complete")
		}
		return errors.Join(err, backup.Finish())
	})
}

// syncFolder makes the names in a folder durable, where the system can.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	_ = f.Sync() // Windows cannot
	return f.Close()
}
