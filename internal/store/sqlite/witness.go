package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"daybook"
)

// witness remembers, in a small file beside the records, how many
// conversations and analyses they hold. A missing or emptied file is therefore
// noticed, although SQLite opens it as a new one. The counts may lag behind
// what is there, but never exceed it.
type witness struct {
	path string
	mu   sync.Mutex
	last time.Time // of the last write
}

// counts are how many there are.
type counts struct {
	Threads  int `json:"conversations"`
	Analyses int `json:"analyses"`
	// Lost is how many changes were lost.
	Lost int64 `json:"lost_changes,omitempty"`
}

// witnessEvery is how often new conversations are counted.
const witnessEvery = time.Minute

func witnessPath(records string) string {
	return filepath.Join(filepath.Dir(records), "records.json")
}

// read returns the stored counts, zero if unknown.
func (w *witness) read() (c counts, err error) {
	data, err := os.ReadFile(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("read what was in the records: %w", err)
	}
	if json.Unmarshal(data, &c) != nil {
		return counts{}, nil // cut short: it is written again
	}
	return c, nil
}

func (w *witness) write(c counts) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return replaceFile(w.path, append(data, '\n'))
}

// removing is called before one of what n counts is deleted for good. Now is
// how many will be left.
func (w *witness) removing(now int, n func(*counts) *int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.read()
	if err != nil {
		return err
	}
	if kept := n(&c); *kept > now {
		*kept--
		return w.write(c)
	}
	return nil
}

// added is called when the counts may have grown. It writes at most once in
// witnessEvery, but always the first time and if force is set.
func (w *witness) added(now counts, force bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.read()
	if err != nil {
		return err
	}
	first := c == counts{}
	grown := counts{max(c.Threads, now.Threads), max(c.Analyses, now.Analyses), c.Lost}
	tooSoon := !first && !force && time.Since(w.last) < witnessEvery
	if tooSoon || grown == c {
		return nil
	}
	w.last = time.Now()
	return w.write(grown)
}

// replaceFile writes a file durably, replacing an existing one.
func replaceFile(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // it is useless now
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// counts counts the records.
func (d *database) counts(ctx context.Context) (c counts, err error) {
	err = d.row(ctx, "SELECT (SELECT count(*) FROM threads), (SELECT count(*) FROM analyses)").Scan(&c.Threads, &c.Analyses)
	return c, err
}

// lost records that changes were lost.
func (w *witness) lost(changes int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.read()
	if err != nil {
		return err
	}
	c.Lost += changes
	return w.write(c)
}

// missing describes what is missing of what was recorded.
func (w *witness) missing(ctx context.Context, d *database) ([]string, error) {
	was, err := w.read()
	if err != nil {
		return nil, err
	}
	is, err := d.counts(ctx)
	if err != nil {
		return nil, err
	}
	return missingOf(d.path, was, is), nil
}

// missingOf describes what is missing of was.
func missingOf(path string, was, is counts) []string {
	what := ""
	switch {
	case is.Threads < was.Threads:
		what = fmt.Sprintf("There %s here, now there %s.", were(was.Threads, "conversation", "conversations"), are(is.Threads))
	case is.Analyses < was.Analyses:
		what = fmt.Sprintf("There %s here, now there %s.", were(was.Analyses, "analysis", "analyses"), are(is.Analyses))
	case was.Lost > 0:
		return []string{lostChanges(path, was.Lost)}
	default:
		return nil
	}
	return []string{what + " " + restoreAdvice(path) + acceptAdvice}
}

func were(n int, one, many string) string {
	if n == 1 {
		return "was 1 " + one
	}
	return fmt.Sprintf("were %d %s", n, many)
}

func are(n int) string {
	switch n {
	case 0:
		return "are none"
	case 1:
		return "is 1"
	}
	return fmt.Sprintf("are %d", n)
}

// restoreAdvice describes how to restore the records in path.
func restoreAdvice(path string) string {
	if newest := newestBackup(path); newest != "" {
		return fmt.Sprintf("Restore with “daybook restore %s”.", newest)
	}
	if copies := copiesOf(path); len(copies) > 0 {
		return fmt.Sprintf("No backup was found; %s is a copy from before an upgrade.", copies[0])
	}
	return "No backup was found in the data folder; restore with “daybook restore FILE” if you have one elsewhere."
}

// newestBackup returns the newest backup in the data folder, "" for none.
func newestBackup(path string) string {
	folder := filepath.Dir(path)
	for range 2 { // the data folder, and that above it
		// As package backup names them: .zip, or .zip.age for one that is encrypted.
		found, _ := filepath.Glob(filepath.Join(escaped(folder), "backups", "daybook-*.zip*")) // the pattern is sound
		if newest := newestFirst(found); len(newest) > 0 {
			return newest[0]
		}
		folder = filepath.Dir(folder)
	}
	return ""
}

// Accept records what is in the file path as complete.
func Accept(ctx context.Context, path string) (err error) {
	r, err := OpenRecords(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	now, err := r.db.counts(ctx)
	if err != nil {
		return wrap("count the conversations", err)
	}
	err = (&witness{path: witnessPath(path)}).write(now)
	if n, e := r.db.sequenced(ctx); err == nil {
		if err = e; err == nil {
			err = r.db.sequence.keep(n)
		}
	}
	if err != nil {
		return &daybook.Error{Kind: daybook.Unavailable, Message: "The current number of conversations cannot be saved.", Err: err}
	}
	return nil
}

// Damaged reports whether the records in the file path are damaged, as far as
// opening them shows.
func Damaged(ctx context.Context, path string) (bool, error) {
	r, err := OpenRecords(ctx, path)
	if err != nil {
		return isDamage(err), ctx.Err()
	}
	return r.db.damage != nil, r.Close()
}

// SetAside renames the records in the file path, with their log, so that new
// ones can take their place. It returns the new name. No process may have them
// open.
func SetAside(path string) (kept string, err error) {
	kept = fmt.Sprintf("%s.damaged-%s", path, time.Now().UTC().Format("20060102T150405.000"))
	for _, suffix := range suffixes {
		if err := os.Rename(path+suffix, kept+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", &daybook.Error{Kind: daybook.Unavailable, Message: path + suffix + " is damaged and cannot be renamed.", Err: err}
		}
	}
	return kept, syncFolder(filepath.Dir(path))
}
