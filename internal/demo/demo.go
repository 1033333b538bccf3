// Package demo embeds the demo journal, which is served if none is configured:
// two years in the life of an invented person.
package demo

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

//go:embed notes
var files embed.FS

// written is the modification time of the evergreen notes. It is their date, so
// it must not be the day on which Daybook was first started.
var written = time.Date(2024, time.December, 31, 12, 0, 0, 0, time.UTC)

// FS returns the notes: the folders journal and evergreen.
func FS() fs.FS {
	notes, err := fs.Sub(files, "notes")
	if err != nil {
		panic(err) // the name is a constant and valid
	}
	return notes
}

// Write creates the notes below dir/demo-notes and returns the folders of the
// daily and of the evergreen notes. It leaves existing files as they are, since
// the user may have edited them. Folders are 0700 and files 0600; files appear
// atomically.
func Write(ctx context.Context, dir string) (journal, evergreen string, err error) {
	base := filepath.Join(dir, "demo-notes")
	if err := os.MkdirAll(base, 0o700); err != nil {
		return "", "", err
	}
	root, err := os.OpenRoot(base)
	if err != nil {
		return "", "", err
	}
	defer root.Close()
	err = fs.WalkDir(FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case entry.IsDir():
			return root.MkdirAll(name, 0o700)
		}
		return writeMissing(root, name)
	})
	if err != nil {
		return "", "", err
	}
	return filepath.Join(base, "journal"), filepath.Join(base, "evergreen"), nil
}

// writeMissing writes the note of that name if it doesn't exist.
func writeMissing(root *os.Root, name string) error {
	if _, err := root.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	data, err := fs.ReadFile(FS(), name)
	if err != nil {
		return err
	}
	// Two programs may start at once: each writes a file of its own.
	unfinished := path.Join(path.Dir(name), fmt.Sprintf(".%d.unfinished", os.Getpid()))
	if err := root.WriteFile(unfinished, data, 0o600); err != nil {
		return err
	}
	if strings.HasPrefix(name, "evergreen/") {
		if err := root.Chtimes(unfinished, written, written); err != nil {
			return err
		}
	}
	return root.Rename(unfinished, name)
}
