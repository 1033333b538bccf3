// Package edittest simulates what writing a note may meet: another program that
// writes the same note, an editor or a sync client, in each of the ways in which
// such programs save; and a file system that fails.
package edittest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Run is what Fault saw of a function.
type Run struct {
	// Reached reports whether the function made so many calls.
	Reached bool
	// Unsynced are the files that it wrote, and the folders in which it changed names,
	// and did not sync after that: a power cut may undo the change. Hidden files, and
	// their names, do not count.
	Unsynced []string
}

// Way is how a program saves a note.
type Way struct {
	Name string
	// Save writes text to path. It calls Pause when the note may be seen
	// incomplete or missing.
	Save func(path string, text []byte, pause func()) error
}

// Ways are all ways to save.
func Ways() []Way {
	return []Way{
		{"truncate and write", func(path string, text []byte, pause func()) error {
			return inParts(path, os.O_TRUNC|os.O_CREATE, pause, text)
		}},
		{"truncate and write in parts", func(path string, text []byte, pause func()) error {
			return inParts(path, os.O_TRUNC|os.O_CREATE, pause, text[:len(text)/2], text[len(text)/2:])
		}},
		{"write in place, then cut", func(path string, text []byte, pause func()) error {
			return inParts(path, os.O_CREATE, pause, text)
		}},
		{"patch in place", func(path string, text []byte, pause func()) error {
			return inParts(path, os.O_CREATE, pause, text[:len(text)/3], text[len(text)/3:2*len(text)/3], text[2*len(text)/3:])
		}},
		{"append", appended},
		{"rename over", func(path string, text []byte, pause func()) error {
			return renamed(path, text, pause, time.Time{})
		}},
		{"rename over, synced", func(path string, text []byte, pause func()) error {
			return renamed(path, text, pause, time.Now())
		}},
		{"rename over, older", func(path string, text []byte, pause func()) error {
			return renamed(path, text, pause, time.Now().AddDate(-1, 0, 0))
		}},
		{"copy back, older", func(path string, text []byte, pause func()) error {
			if err := inParts(path, os.O_TRUNC|os.O_CREATE, pause, text); err != nil {
				return err
			}
			old := time.Now().Add(-time.Hour)
			return gone(os.Chtimes(path, old, old))
		}},
		{"delete and create", func(path string, text []byte, pause func()) error {
			if err := gone(os.Remove(path)); err != nil {
				return err
			}
			pause()
			return inParts(path, os.O_CREATE, func() {}, text)
		}},
		{"delete and rename", func(path string, text []byte, pause func()) error {
			if err := gone(os.Remove(path)); err != nil {
				return err
			}
			return renamed(path, text, pause, time.Time{})
		}},
		{"back up, then write", func(path string, text []byte, pause func()) error {
			return backedUp(path, pause, func() error { return inParts(path, os.O_CREATE|os.O_TRUNC, pause, text) })
		}},
		{"back up, then rename", func(path string, text []byte, pause func()) error {
			return backedUp(path, pause, func() error { return renamed(path, text, pause, time.Time{}) })
		}},
		{"link over", func(path string, text []byte, pause func()) error {
			tmp := path + ".theirs"
			if err := inParts(tmp, os.O_TRUNC|os.O_CREATE, func() {}, text); err != nil {
				return err
			}
			defer os.Remove(tmp)
			if err := gone(os.Remove(path)); err != nil {
				return err
			}
			pause()
			if err := os.Link(tmp, path); !errors.Is(err, fs.ErrExist) {
				return err
			}
			return nil // Daybook was first
		}},
	}
}

// inParts writes a note in parts through one open file, and truncates it at the
// end.
func inParts(path string, flags int, pause func(), parts ...[]byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|flags, 0o600)
	if err != nil {
		return err
	}
	size := int64(0)
	for _, part := range parts {
		pause()
		n, err := f.Write(part)
		size += int64(n)
		if err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return errors.Join(f.Truncate(size), f.Close())
}

// appended appends the last line of text to the note.
func appended(path string, text []byte, pause func()) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	pause()
	_, err = f.Write(text[max(0, len(text)-20):])
	return errors.Join(err, f.Close())
}

// renamed writes a file beside the note and renames it over it.
func renamed(path string, text []byte, pause func(), at time.Time) error {
	tmp := filepath.Join(filepath.Dir(path), ".theirs-"+filepath.Base(path))
	if err := inParts(tmp, os.O_TRUNC|os.O_CREATE, func() {}, text); err != nil {
		return err
	}
	if !at.IsZero() {
		if err := os.Chtimes(tmp, at, at); err != nil {
			return err
		}
	}
	pause()
	return os.Rename(tmp, path)
}

// backedUp renames the note and writes a new one.
func backedUp(path string, pause func(), write func() error) error {
	if err := gone(os.Rename(path, path+"~")); err != nil {
		return err
	}
	pause()
	return write()
}

// gone ignores the error for a missing file.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
