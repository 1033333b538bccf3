package backup_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"daybook/internal/backup"
)

// describe lists all files of a folder with modes, times and bytes.
func describe(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	ok(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		ok(t, err)
		info := must(os.Lstat(path))(t)
		rel := must(filepath.Rel(dir, path))(t)
		switch {
		case d.IsDir():
			fmt.Fprintf(&b, "%q %s %s\n", rel, info.Mode(), info.ModTime().UTC())
		case d.Type()&fs.ModeSymlink != 0:
			fmt.Fprintf(&b, "%q -> %s\n", rel, must(os.Readlink(path))(t))
		default:
			fmt.Fprintf(&b, "%q %s %s %x\n", rel, info.Mode(), info.ModTime().UTC(), must(os.ReadFile(path))(t))
		}
		return nil
	}))
	return b.String()
}

// Files of all names, modes and times come back; what leads out of the folder
// or is not a file is named.
func TestTreesComeBack(t *testing.T) {
	dir := t.TempDir()
	long := strings.Repeat("ü", 100) + ".md"
	at := time.Date(1999, 12, 31, 23, 59, 59, 123456789, time.UTC)
	for i, name := range []string{"a.md", "A.md", "2024/b.md", "2024/deep/er/c.pdf", ".obsidian/app.json", "caf\xe9.md", `back\slash.md`, "co:lon?.md", "new\nline.md",
		" space .md", "-rf.md", "é.md", "e\u0301.md", long, "empty.md", "CON.md", "x/.renamed/000001.md", "tab\t.md"} {
		path := filepath.Join(dir, name)
		ok(t, os.MkdirAll(filepath.Dir(path), 0o750))
		data := bytes.Repeat([]byte{byte(i), '\r', '\n', 0xff, 0}, i*100)
		if name == "empty.md" {
			data = nil
		}
		ok(t, os.WriteFile(path, data, []fs.FileMode{0o600, 0o644, 0o400, 0o755}[i%4]))
		ok(t, os.Chtimes(path, at.Add(time.Duration(i)*time.Hour), at.Add(time.Duration(i)*time.Hour)))
	}
	ok(t, os.MkdirAll(filepath.Join(dir, "empty folder"), 0o700))
	ok(t, os.Symlink("../a.md", filepath.Join(dir, "2024", "link.md")))
	ok(t, os.Chtimes(filepath.Join(dir, "2024"), at, at))
	want := describe(t, dir)
	for name, target := range map[string]string{"out.md": "/etc/passwd", "up.md": "../../secret", "loop": "../" + filepath.Base(dir)} {
		ok(t, os.Symlink(target, filepath.Join(dir, name)))
	}
	if runtime.GOOS != "windows" {
		ok(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	}
	ok(t, os.WriteFile(filepath.Join(dir, ".photo.jpg.icloud"), nil, 0o600))
	s := newStore(t, "file")
	made := write(t, s, t.TempDir(), func(p *backup.Plan) { p.Trees = []backup.Tree{{Name: backup.Journal, Dir: dir}} })
	var left []string
	for _, l := range made.LeftOut {
		left = append(left, fmt.Sprintf("%s %v", l.Path, l.Failed))
	}
	if got := strings.Join(left, ", "); got != "journal/.photo.jpg.icloud true, journal/loop false, journal/out.md false, journal/pipe false, journal/up.md false" {
		t.Errorf("left out: %s", got)
	}
	b, target := open(t, made.Path), filepath.Join(t.TempDir(), "new", "notes")
	for range 2 {
		ok(t, b.RestoreTree(t.Context(), backup.Journal, target, nil))
		top := strings.Index(want, "\n") // the folder itself was changed by what was left out
		got := describe(t, target)
		wantSame(t, got[strings.Index(got, "\n"):], want[top:])
	}
	// What is there stays, and is named.
	ok(t, os.WriteFile(filepath.Join(target, "2024", "b.md"), []byte("mine"), 0o600))
	ok(t, os.Remove(filepath.Join(target, "A.md")))
	p := must(b.Place(t.Context(), backup.Journal, target))(t)
	if p.Missing != 1 || p.Same != 17 || len(p.Differing) != 1 || p.Differing[0] != "2024/b.md" {
		t.Errorf("%+v", p)
	}
	ok(t, b.RestoreTree(t.Context(), backup.Journal, target, nil))
	if data := must(os.ReadFile(filepath.Join(target, "2024", "b.md")))(t); string(data) != "mine" {
		t.Errorf("it is overwritten with %q", data)
	}
}

// A folder that a link leads to is not written through.
func TestRestoreStaysInItsFolder(t *testing.T) {
	dir, outside, target := t.TempDir(), t.TempDir(), t.TempDir()
	ok(t, os.MkdirAll(filepath.Join(dir, "sub"), 0o700))
	ok(t, os.WriteFile(filepath.Join(dir, "sub", "a.md"), []byte("a"), 0o600))
	made := write(t, newStore(t, "file"), t.TempDir(), func(p *backup.Plan) { p.Trees = []backup.Tree{{Name: backup.Journal, Dir: dir}} })
	ok(t, os.Symlink(outside, filepath.Join(target, "sub")))
	if err := open(t, made.Path).RestoreTree(t.Context(), backup.Journal, target, nil); err == nil {
		t.Error("it restores through a link")
	}
	if got := files(t, outside); len(got) > 0 {
		t.Errorf("outside there is %q", got)
	}
}

// A file that is written all the time is in the backup as it was at one moment,
// or is named. DAYBOOK_RACE is the number of backups.
func TestReadsAgainWhatChanges(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	backups := 2
	if n, err := strconv.Atoi(os.Getenv("DAYBOOK_RACE")); err == nil {
		backups = n
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "busy.md")
	version := func(n int) []byte { return bytes.Repeat([]byte{byte('a' + n%26)}, 2_000_000+n%7) }
	ok(t, os.WriteFile(path, version(0), 0o600))
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		random := rand.New(rand.NewPCG(1, 2))
		for n := 1; ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(time.Duration(random.IntN(8)) * time.Millisecond):
			}
			_ = os.WriteFile(path, version(n), 0o600) // in place, as some editors do
		}
	}()
	s := newStore(t, "file")
	for range backups {
		made := write(t, s, t.TempDir(), func(p *backup.Plan) { p.Trees = []backup.Tree{{Name: backup.Journal, Dir: dir}} })
		target := t.TempDir()
		ok(t, open(t, made.Path).RestoreTree(t.Context(), backup.Journal, target, nil))
		data := must(os.ReadFile(filepath.Join(target, "busy.md")))(t)
		torn := len(data) < 2_000_000 || bytes.Count(data, data[:1]) != len(data)
		if named := len(made.LeftOut) == 1 && made.LeftOut[0].Failed; torn && !named {
			t.Errorf("%d bytes are torn, and nothing says so", len(data))
		}
	}
	close(stop)
	<-done
}
