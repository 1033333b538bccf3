//go:build unix

package vault

import (
	"path/filepath"
	"syscall"
	"testing"

	"daybook"
)

func TestPipesAreNotOpened(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "01-01-2020.md"), 0o600); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	f := open(t, Options{Journal: dir}, daybook.Daily)
	l := list(t, f)
	if len(l.Files) != 0 || len(l.Skipped) != 1 || l.Skipped[0].Reason != "not a regular file" {
		t.Errorf("%+v", l)
	}
	if _, _, err := f.Read(File{Path: "01-01-2020.md"}); daybook.KindOf(err) != daybook.Unavailable {
		t.Errorf("a pipe was read: %v", err)
	}
}

func TestInodes(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"01-01-2020.md": "x"})
	if l := list(t, open(t, Options{Journal: dir}, daybook.Daily)); l.Files[0].Inode == 0 {
		t.Error("no inode")
	}
}
