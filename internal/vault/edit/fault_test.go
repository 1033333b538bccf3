package edit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"daybook/internal/vault/edit/edittest"
)

// journal is a folder with a note that has been edited, and one whose folder was
// renamed by another program.
type journal struct {
	t       *testing.T
	dir     string
	history *History
	editor  *Editor
}

func newJournal(t *testing.T) *journal {
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "x/a.md", "one")
	h := NewHistory(HistoryOptions{Dir: filepath.Join(dir, ".data"), Kind: "daily", Notes: dir, DeletedAge: time.Hour})
	j := &journal{t, dir, h, editorOf(t, h, API)}
	write(t, j.editor, "x/a.md", "two")
	write(t, j.editor, "x/a.md", "three")
	return j
}

// state describes the notes and the versions of each.
func (j *journal) state() map[string]string {
	notes := map[string]string{}
	err := filepath.WalkDir(j.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name()[0] == '.' {
			return fs.SkipDir
		}
		if err == nil && d.Type().IsRegular() && d.Name()[0] != '.' {
			name, _ := filepath.Rel(j.dir, path)
			notes[filepath.ToSlash(name)] = get(j.t, path)
		}
		return err
	})
	if err != nil {
		j.t.Fatal(err)
	}
	for _, path := range []string{"x/a.md", "x/b.md"} {
		if list := lists(j.t, j.history, path, true); len(list) > 0 {
			notes["history of "+path] = strings.Join(list, ", ")
		}
	}
	return notes
}

// inSteps are the operations that are done in part when they fail. They can be repeated.
var inSteps = map[string]bool{"rename": true, "erase": true}

// Whatever call to the file system fails: an operation that reports success has done all
// that it does, and one that fails leaves each note and version as it was or as it would be.
func TestEachFault(t *testing.T) {
	t.Parallel()
	there := func(j *journal) func(string) bool {
		return func(path string) bool { _, err := os.Stat(filepath.Join(j.dir, path)); return err == nil }
	}
	operations := map[string]func(ctx context.Context, j *journal) (any, error){
		"edit": func(ctx context.Context, j *journal) (any, error) {
			return j.editor.Edit(ctx, "x/a.md", Hash{}, to("four"))
		},
		"create": func(ctx context.Context, j *journal) (any, error) {
			return j.editor.Create(ctx, "x/b.md", []byte("new"))
		},
		"remove": func(ctx context.Context, j *journal) (any, error) {
			return j.editor.Remove(ctx, "x/a.md", Sum([]byte("three")))
		},
		"undo": func(ctx context.Context, j *journal) (any, error) {
			return j.history.Undo(ctx, j.editor, "x/a.md", false)
		},
		"restore": func(ctx context.Context, j *journal) (any, error) {
			return j.history.Restore(ctx, j.editor, "x/a.md", Sum([]byte("one")).String(), Hash{})
		},
		"read": func(ctx context.Context, j *journal) (any, error) { return j.editor.Read(ctx, "x/a.md") },
		"versions": func(ctx context.Context, j *journal) (any, error) {
			list, err := j.history.Versions(ctx, "x/a.md", true)
			return len(list), err
		},
		"saved": func(_ context.Context, j *journal) (any, error) {
			v, found, err := j.history.Saved("x/a.md")
			return fmt.Sprint(v.Hash, found), err
		},
		"missing": func(ctx context.Context, j *journal) (any, error) {
			found, err := j.history.Missing(ctx, func(string) bool { return false })
			return slices.Collect(maps.Keys(found)), err
		},
		"erase": func(ctx context.Context, j *journal) (any, error) {
			_, err := j.history.Erase(ctx, "x/a.md")
			return nil, err
		},
		"expire": func(ctx context.Context, j *journal) (any, error) { return j.history.Expire(ctx, there(j)) },
		"rename": func(ctx context.Context, j *journal) (any, error) {
			return nil, j.history.Rename(ctx, "x/a.md", "x/b.md")
		},
		"folder": func(_ context.Context, j *journal) (any, error) {
			return nil, MakeFolder(j.editor.root, "x/y/z")
		},
	}
	for name, operate := range operations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := newJournal(t)
			before := whole.state()
			result, err := operate(t.Context(), whole)
			if err != nil {
				t.Fatal(err)
			}
			after := whole.state()
			j := newJournal(t)
			for n := range 1000 {
				got, reached, err := faulty(t, n, func() (any, error) { return operate(t.Context(), j) })
				if !reached {
					return
				}
				now := j.state()
				switch {
				case err == nil && (fmt.Sprint(got) != fmt.Sprint(result) || !maps.Equal(now, after)):
					t.Errorf("call %d failed, and there was no error: %v, %v", n, got, now)
				case err != nil && inSteps[name]:
					if _, err := operate(t.Context(), j); err != nil || j.state()["history of x/a.md"] != after["history of x/a.md"] {
						t.Errorf("repeated after call %d failed: %v, %v", n, err, j.state())
					}
					for _, text := range []string{"one", "two", "three"} {
						if name == "rename" && !strings.Contains(j.state()["history of x/b.md"], ": "+text) {
							t.Errorf("call %d failed, and %q is lost", n, text)
						}
					}
				case err != nil && !between(now, before, after):
					t.Errorf("call %d failed with %v and left %v", n, err, now)
				}
				if !maps.Equal(now, before) {
					j = newJournal(t)
				}
			}
			t.Error("it makes calls without an end")
		})
	}
}

// faulty runs f with a failing call. The file system may answer that it has no more room.
func faulty(t *testing.T, n int, f func() (any, error)) (result any, reached bool, err error) {
	t.Helper()
	reached, failed := edittest.Fault(n, syscall.ENOSPC, func() { result, err = f() })
	if errors.Is(failed, errors.ErrUnsupported) {
		t.Skipf("system calls cannot be made to fail here: %v", failed)
	}
	if failed != nil {
		t.Fatal(failed)
	}
	return result, reached, err
}

// between reports whether each note and version is as before or as after.
func between(now, before, after map[string]string) bool {
	for _, state := range []map[string]string{now, before, after} {
		for key := range state {
			if now[key] != before[key] && now[key] != after[key] {
				return false
			}
		}
	}
	return true
}
