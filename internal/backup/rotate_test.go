package backup_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"daybook"
	"daybook/internal/backup"
	"daybook/internal/store"
	"daybook/internal/threads"
)

// daily makes a rotating backup at a time, if one is due, and returns how many
// there are.
func daily(t testing.TB, s store.Store, dir string, at time.Time) int {
	t.Helper()
	if must(backup.Due(dir, at))(t) {
		made := write(t, s, dir, func(p *backup.Plan) {
			p.Now = func() time.Time { return at }
			*p = backup.Rotated(dir, *p)
		})
		ok(t, backup.Rotate(dir, made, 7, at))
	}
	return len(must(backup.List(dir))(t))
}

// One a day is kept for seven days, if something changed; a clock that is wrong
// neither removes them all nor keeps a new one from being made.
func TestRotates(t *testing.T) {
	s, dir, n := newStore(t, "file"), t.TempDir(), 0
	change := func() {
		n++
		ok(t, threads.In(s).CreateThread(t.Context(), daybook.Thread{ID: fmt.Sprint(n), CreatedAt: start, UpdatedAt: start}))
	}
	now := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	for day := range 10 {
		change()
		if got := daily(t, s, dir, now); got != min(day+1, 7) {
			t.Errorf("day %d: there are %d", day, got)
		}
		if daily(t, s, dir, now.Add(23*time.Hour)) != min(day+1, 7) {
			t.Error("a second one is made in a day")
		}
		now = now.Add(25 * time.Hour)
	}
	newest, _, err := backup.Newest(dir)
	ok(t, err)
	for range 3 { // nothing changes
		if daily(t, s, dir, now); len(files(t, dir)) != 8 {
			t.Errorf("there is %q", files(t, dir))
		}
		again, _, err := backup.Newest(dir)
		ok(t, err)
		if again.Path != newest.Path || !again.Current.Equal(now) {
			t.Errorf("the newest is %+v at %s", again, now)
		}
		now = now.Add(25 * time.Hour)
	}
	// The clock is a year ahead for three days, and is set back.
	before := must(backup.List(dir))(t)
	for day := range 3 {
		change()
		daily(t, s, dir, now.AddDate(1, 0, day))
	}
	kept := 0
	for _, item := range before {
		if _, err := os.Stat(item.Path); err == nil {
			kept++
		}
	}
	if kept != 4 {
		t.Errorf("%d of 7 are left after three days of a wrong clock", kept)
	}
	for day := range 7 {
		change()
		at := now.AddDate(0, 0, day).Add(time.Duration(day) * time.Hour)
		if got := daily(t, s, dir, at); got != 7 {
			t.Errorf("there are %d", got)
		}
		if _, err := os.Stat(filepath.Join(dir, "daybook-"+at.Format("2006-01-02T15-04-05Z")+".zip")); err != nil {
			t.Errorf("no backup is made after the clock was set back: %v", err)
		}
	}
	for _, item := range must(backup.List(dir))(t) {
		if item.Time.Year() != 2026 {
			t.Errorf("%s outlives the backups made after it", item.Path)
		}
	}
	ok(t, os.WriteFile(filepath.Join(dir, "daybook-notes.zip"), nil, 0o600)) // somebody's own
	change()
	daily(t, s, dir, now.AddDate(0, 1, 0))
	if _, err := os.Stat(filepath.Join(dir, "daybook-notes.zip")); err != nil {
		t.Error("a file of somebody's own is removed")
	}
}

// Two backups of one second have names of their own.
func TestNeverOverwrites(t *testing.T) {
	s, dir := newStore(t, "file"), t.TempDir()
	at := func(p *backup.Plan) { p.Now = func() time.Time { return start } }
	var names []string
	for range 3 {
		names = append(names, filepath.Base(write(t, s, dir, at).Path))
	}
	if got := strings.Join(names, " "); got != "daybook-2024-03-01T12-00-00Z.zip daybook-2024-03-01T12-00-00Z-2.zip daybook-2024-03-01T12-00-00Z-3.zip" {
		t.Errorf("they are %s", got)
	}
	if newest, _, err := backup.Newest(dir); err != nil || filepath.Base(newest.Path) != names[2] {
		t.Errorf("the newest is %s (%v)", newest.Path, err)
	}
	if _, err := tryWrite(t.Context(), s, filepath.Join(dir, "missing"), nil); daybook.KindOf(err) != daybook.NotFound {
		t.Errorf("a folder that is missing: %v", err)
	}
}

// limited is set in a process that may write small files alone.
const limited = "DAYBOOK_TEST_LIMITED"

// A disk without room is named, and nothing is left on it.
func TestNoRoom(t *testing.T) {
	if dir := os.Getenv(limited); dir != "" {
		s := newStore(t, "file")
		for i := range 300 {
			ok(t, s.WriteScans(t.Context(), store.ScanBatch{Pages: []store.PageText{{Key: fmt.Sprint(i), Scan: [32]byte{}, Text: fmt.Sprint(i, start.Add(time.Duration(i*i)))}}}))
		}
		limit := syscall.Rlimit{Cur: 4096, Max: 4096}
		ok(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit))
		_, err := backup.Write(t.Context(), dir, plan(s))
		if daybook.KindOf(err) != daybook.Unavailable || !strings.Contains(daybook.PublicMessage(err), "No room for a backup in "+dir) {
			t.Errorf("error %v", err)
		}
		return
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestNoRoom$")
	cmd.Env = append(os.Environ(), limited+"="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if got := files(t, dir); len(got) > 0 {
		t.Errorf("left behind: %q", got)
	}
}
