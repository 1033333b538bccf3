package notes

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// On file systems without links, a name that exists is not taken over.
func TestTakeWithoutLinks(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for name, text := range map[string]string{"new": "mine", "there": "theirs"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := take(root, "new", "there"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v", err)
	}
	if err := take(root, "new", "free"); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{"there": "theirs", "free": "mine"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	if err := take(root, "gone", "nothing"); err == nil {
		t.Error("a file that there is not was renamed")
	}
	if _, err := os.Stat(filepath.Join(dir, "nothing")); err == nil {
		t.Error("an empty file is left behind")
	}
}
