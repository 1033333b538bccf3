package edit

import (
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOwnerAndAttributesStay(t *testing.T) {
	dir, e := newEditor(t, &memory{})
	path := put(t, dir, "a.md", "old")
	if err := unix.Setxattr(path, "user.colour", []byte("green"), 0); err != nil {
		t.Skipf("no extended attributes here: %v", err)
	}
	owned := os.Chown(path, 1234, 4321) == nil
	if _, err := e.Edit(t.Context(), "a.md", Hash{}, to("new")); err != nil {
		t.Fatal(err)
	}
	value := make([]byte, 10)
	if n, err := unix.Getxattr(path, "user.colour", value); err != nil || string(value[:n]) != "green" {
		t.Errorf("the attribute is %q, %v", value[:n], err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if stat := info.Sys().(*syscall.Stat_t); owned && (stat.Uid != 1234 || stat.Gid != 4321) {
		t.Errorf("owned by %d, %d", stat.Uid, stat.Gid)
	}
}
