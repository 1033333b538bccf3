package attachments

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/pages"
)

// drawer counts what it renders.
type drawer struct{ paths []string }

func (d *drawer) Render(_ context.Context, path string, _ int, o pages.Options) ([]pages.Picture, error) {
	d.paths = append(d.paths, path)
	return []pages.Picture{{MIME: "image/jpeg", Data: append([]byte("\xff\xd8\xff"), make([]byte, o.Longest-3)...)}}, nil
}

func write(t *testing.T, dir string, files ...string) {
	t.Helper()
	for _, name := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func files(t *testing.T, journal, folder string) (*Files, *drawer) {
	t.Helper()
	d := &drawer{}
	f, err := New(journal, filepath.Join(t.TempDir(), "kept"), func() string { return folder }, func(string) Renderer { return d })
	if err != nil {
		t.Fatal(err)
	}
	return f, d
}

// Files are found as Obsidian finds them, and nothing outside of the vault is.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	vault := filepath.Join(dir, "vault")
	write(t, dir, "outside.jpg", "vault/.obsidian/app.jpg", "vault/top.jpg", "vault/Files/set.png", "vault/Days/2024/beside.jpg", "vault/Days/2024/deep/one.jpg", "vault/a/b/c/one.jpg",
		"vault/Days/attachments/own.m4a", "vault/Über uns.JPG", "vault/x.html", "vault/Days/img/photo.jpg", "vault/img/photo.jpg")
	if err := os.Symlink(filepath.Join(dir, "outside.jpg"), filepath.Join(vault, "leads out.jpg")); err != nil {
		t.Log(err)
	}
	f, _ := files(t, filepath.Join(vault, "Days"), "../Files")
	for link, want := range map[string]string{
		"beside.jpg": "Days/2024/beside.jpg", "./beside.jpg": "Days/2024/beside.jpg", "../2024/beside.jpg": "Days/2024/beside.jpg", "Days/2024/beside.jpg": "Days/2024/beside.jpg",
		"top.jpg": "top.jpg", "/top.jpg": "top.jpg", "../../top.jpg": "top.jpg", "set.png": "Files/set.png", "one.jpg": "a/b/c/one.jpg", "deep/one.jpg": "Days/2024/deep/one.jpg",
		"own.m4a": "Days/attachments/own.m4a", "über uns.jpg": "Über uns.JPG", "img/photo.jpg": "img/photo.jpg", `2024\beside.jpg`: "Days/2024/beside.jpg",
		"../../../outside.jpg": "", "outside.jpg": "", "leads out.jpg": "", ".obsidian/app.jpg": "", "app.jpg": "", "x.html": "", "nowhere.jpg": "", "": "", "../..": "", "/": "", "2024/beside.jpg/": "",
	} {
		file, err := f.Open("2024/2024-06-04.md", link)
		if want == "" {
			if daybook.KindOf(err) != daybook.NotFound {
				t.Errorf("%q: %v", link, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", link, err)
			continue
		}
		data, _ := io.ReadAll(file)
		file.Close()
		if got := strings.TrimPrefix(string(data), "vault/"); got != want {
			t.Errorf("%q leads to %s, want %s", link, got, want)
		}
	}
	if got := f.AppURL("2024/06 04.md"); got != "obsidian://open?vault=vault&file=Days%2F2024%2F06%2004" {
		t.Error(got)
	}
}

// A picture is rendered once for its bytes and size, however its file is called.
func TestPicturesAreCachedByContent(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.jpg")
	if err := os.Link(filepath.Join(dir, "a.jpg"), filepath.Join(dir, "b.jpg")); err != nil {
		t.Fatal(err)
	}
	f, d := files(t, dir, "")
	show := func(name string, longest int) {
		t.Helper()
		file, err := f.Open("2024-06-04.md", name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if p, err := f.Picture(t.Context(), file, longest); err != nil || len(p.Data) != longest {
			t.Error(err)
		}
	}
	show("a.jpg", 300)
	show("b.jpg", 300)
	show("a.jpg", 300)
	show("a.jpg", 1200)
	if err := os.WriteFile(filepath.Join(dir, "a.jpg"), []byte("other bytes"), 0o600); err != nil {
		t.Fatal(err)
	}
	show("a.jpg", 300)
	if len(d.paths) != 3 {
		t.Errorf("rendered %q", d.paths)
	}
}

// Pictures outlast the program, up to a bound; the oldest go first.
func TestPicturesAreCachedOnDisk(t *testing.T) {
	dir, kept := t.TempDir(), filepath.Join(t.TempDir(), "kept")
	write(t, dir, "a.jpg")
	show := func(longest int) (rendered int) {
		d := &drawer{}
		f, err := New(dir, kept, func() string { return "" }, func(string) Renderer { return d })
		if err != nil {
			t.Fatal(err)
		}
		f.disk.limit = 10_000
		file, err := f.Open("2024-06-04.md", "a.jpg")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if p, err := f.Picture(t.Context(), file, longest); err != nil || len(p.Data) != longest || p.MIME != "image/jpeg" {
			t.Errorf("%d: %s, %d bytes, %v", longest, p.MIME, len(p.Data), err)
		}
		return len(d.paths)
	}
	if a, b := show(300), show(300); a != 1 || b != 0 {
		t.Errorf("rendered %d and %d times", a, b)
	}
	for i := range 40 {
		show(1000 + i)
	}
	var total int64
	list, err := os.ReadDir(kept)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		info, err := e.Info()
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", e.Name(), info.Mode(), err)
		}
		total += info.Size()
	}
	if total > 10_000 || total < 5_000 {
		t.Errorf("%d bytes are kept", total)
	}
	if show(1039) != 0 || show(300) != 1 {
		t.Error("the newest is gone, or the oldest is kept")
	}
	// A damaged picture is made again.
	for _, e := range list {
		if err := os.WriteFile(filepath.Join(kept, e.Name()), []byte("damaged"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if show(1039) != 1 {
		t.Error("a damaged picture is shown")
	}
}
