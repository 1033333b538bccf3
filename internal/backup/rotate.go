package backup

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"daybook"
)

// Item is a backup in a folder.
type Item struct {
	Path      string
	Time      time.Time // when it was begun, from its name
	Size      int64
	Encrypted bool
	// Current is when it was last known to be up to date: its Time, or when a
	// later check found no changes.
	Current time.Time

	serial int // distinguishes several of one second
}

// List returns the backups in a folder, latest first. A missing folder has
// none.
func List(dir string) ([]Item, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Unavailable, Message: "The folder of the backups cannot be read.", Err: err}
	}
	state := readState(dir)
	var items []Item
	for _, e := range entries {
		item, ok := parseName(e.Name())
		info, err := e.Info()
		if !ok || err != nil || !info.Mode().IsRegular() {
			continue
		}
		item.Path, item.Size = filepath.Join(dir, e.Name()), info.Size()
		if item.Current = item.Time; state.Name == e.Name() && state.Current.After(item.Time) {
			item.Current = state.Current
		}
		items = append(items, item)
	}
	slices.SortFunc(items, func(a, b Item) int {
		return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(b.serial, a.serial), strings.Compare(b.Path, a.Path))
	})
	return items, nil
}

// Newest returns the latest backup in a folder, and false if it has none.
func Newest(dir string) (Item, bool, error) {
	items, err := List(dir)
	if err != nil || len(items) == 0 {
		return Item{}, false, err
	}
	return items[0], true, nil
}

// parseName parses the name of a backup: daybook-2026-11-30T10-15-00Z.zip, with
// -2 and so on for several in one second, and with .age if encrypted.
func parseName(name string) (Item, bool) {
	stem, ok := strings.CutPrefix(name, namePrefix)
	if !ok {
		return Item{}, false
	}
	var item Item
	stem, item.Encrypted = strings.CutSuffix(stem, sealed)
	if stem, ok = strings.CutSuffix(stem, extension); !ok || len(stem) < len(nameTime) {
		return Item{}, false
	}
	at, err := time.Parse(nameTime, stem[:len(nameTime)])
	item.Time, item.serial = at, 1
	if rest := stem[len(nameTime):]; rest != "" {
		number, dashed := strings.CutPrefix(rest, "-")
		item.serial, _ = strconv.Atoi(number)
		if !dashed || item.serial < 2 {
			return Item{}, false
		}
	}
	return item, err == nil
}

// state describes the latest rotating backup.
type state struct {
	Name    string    `json:"name"`
	Content string    `json:"content"`
	Current time.Time `json:"current"` // when nothing had changed since
}

const stateName = "rotation.json"

// readState returns the stored state, or an empty one if it cannot be read,
// which leads to one more backup.
func readState(dir string) (s state) {
	data, err := os.ReadFile(filepath.Join(dir, stateName))
	if err != nil || json.NewDecoder(bytes.NewReader(data)).Decode(&s) != nil {
		return state{}
	}
	return s
}

func writeState(dir string, s state) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+stateName+"-*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, stateName))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(dir)
}

const (
	// every is the interval of rotating backups.
	every = 24 * time.Hour
	// ahead is how far in the future a time may be before the clock counts as
	// wrong.
	ahead = time.Hour
	// mostRemoved bounds how many old backups are removed for a new one, so
	// that a wrong clock cannot remove all of them.
	mostRemoved = 2
)

// Due reports whether it is time for a rotating backup. Backups from the future
// were made with a wrong clock and are ignored.
func Due(dir string, now time.Time) (bool, error) {
	items, err := List(dir)
	if err != nil {
		return false, err
	}
	for _, item := range items {
		if age := now.Sub(item.Current); age < every && age > -ahead {
			return false, nil
		}
	}
	return true, nil
}

// Rotated returns a plan whose backup is only kept if its content differs from
// the latest one in dir.
func Rotated(dir string, p Plan) Plan {
	last := readState(dir)
	p.Keep = func(m Manifest) bool {
		_, err := os.Stat(filepath.Join(dir, last.Name))
		return last.Name == "" || err != nil || last.Content != m.Content
	}
	return p
}

// Rotate records the backup that Write made with a plan from Rotated, and
// removes the oldest backups above keep. The new one always stays.
func Rotate(dir string, made Report, keep int, now time.Time) error {
	s := readState(dir)
	if made.Path != "" {
		s.Name, s.Content = filepath.Base(made.Path), made.Manifest.Content
	}
	s.Current = now.UTC()
	if err := writeState(dir, s); err != nil {
		return &daybook.Error{Kind: daybook.Unavailable, Message: "Cannot write to the folder of the backups.", Err: err}
	}
	items, err := List(dir)
	if err != nil {
		return err
	}
	// Those from the future are older than they claim: they were made before
	// the clock was set back.
	slices.SortStableFunc(items, func(a, b Item) int {
		future := func(i Item) int {
			if i.Time.Sub(now) > ahead {
				return 1
			}
			return 0
		}
		return cmp.Compare(future(a), future(b))
	})
	removed := 0
	for _, item := range slices.Backward(items) {
		if len(items)-removed <= max(keep, 1) || removed == mostRemoved || filepath.Base(item.Path) == s.Name {
			break
		}
		if err := os.Remove(item.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return &daybook.Error{Kind: daybook.Unavailable, Message: "An old backup cannot be removed.", Err: err}
		}
		removed++
	}
	return nil
}
