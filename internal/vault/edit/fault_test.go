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

// journal is a folder of notes with their history: x/a.md has been edited, an older
// Daybook deleted x/old.md, and the page saved x/typed.md twice, two days ago.
type journal struct {
	t       *testing.T
	dir     string
	history *History
	editor  *Editor
}

func newJournal(t *testing.T) *journal {
	top, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(top, "notes")
	put(t, dir, "x/a.md", "one")
	h := NewHistory(HistoryOptions{Dir: filepath.Join(top, "history"), Kind: "daily", Notes: dir, Records: filepath.Join(top, "undo"), DeletedAge: time.Hour})
	j := &journal{t, dir, h, editorOf(t, h, API)}
	putRecord(t, h, time.Now().Add(-3*time.Hour), "x/a.md", []byte("zero"), "one")
	putRecord(t, h, time.Now().Add(-2*time.Hour), "x/old.md", []byte("old"), "")
	write(t, j.editor, "x/a.md", "two")
	write(t, j.editor, "x/a.md", "three")
	put(t, dir, "x/typed.md", "typed more")
	n, err := h.note("x/typed.md", true)
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	for i, text := range []string{"typed", "typed more"} {
		if err := n.add(time.Now().Add(-48*time.Hour).Add(time.Duration(i)*time.Second), Page, []byte(text), false); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

// state describes the notes and the versions of each.
func (j *journal) state() map[string]string {
	notes := map[string]string{}
	err := filepath.WalkDir(j.dir, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(j.dir, path)
		switch {
		case err == nil && d.IsDir():
			notes[filepath.ToSlash(name)] = "folder"
		case err == nil && d.Type().IsRegular() && d.Name()[0] != '.':
			notes[filepath.ToSlash(name)] = get(j.t, path)
		}
		return err
	})
	if err != nil {
		j.t.Fatal(err)
	}
	for _, path := range []string{"x/a.md", "x/b.md", "x/old.md", "x/typed.md"} {
		if list := lists(j.t, j.history, path, true); len(list) > 0 {
			notes["history of "+path] = strings.Join(list, ", ")
		}
	}
	return notes
}

// inSteps are the operations that are done in part when they fail. They can be repeated.
var inSteps = map[string]bool{"rename": true, "rename onto another": true, "erase": true, "expire": true, "found": true, "restore a deleted note": true}

// texts are what the histories still have after some of them.
var texts = map[string][]string{
	"rename": {"one", "two", "three"}, "rename onto another": {"one", "two", "three", "typed more"},
	"found": {"one", "two", "three", "theirs"}, "expire": {"one", "two", "three", "typed more"},
}

// Whatever call to the file system fails: an operation that reports success has done all
// that it does, and synced it to disk; one that fails leaves each note and version as it
// was or as it would be.
func TestEachFault(t *testing.T) {
	t.Parallel()
	there := func(j *journal) func(string) bool {
		return func(path string) bool { _, err := os.Stat(filepath.Join(j.dir, path)); return err == nil }
	}
	operations := map[string]func(ctx context.Context, j *journal) (any, error){
		"edit": func(ctx context.Context, j *journal) (any, error) {
			return j.editor.Edit(ctx, "x/a.md", Hash{}, to("four"))
		},
		"edit without exchange": func(ctx context.Context, j *journal) (any, error) {
			e := NewEditor(j.editor.root, j.history.By(API))
			e.exchange = func(*os.File, string, string) error { return errNoExchange }
			return e.Edit(ctx, "x/a.md", Hash{}, to("four"))
		},
		"edit after a restart": func(ctx context.Context, j *journal) (any, error) {
			return NewEditor(j.editor.root, NewHistory(j.history.options).By(API)).Edit(ctx, "x/a.md", Hash{}, to("four"))
		},
		"first edit": func(ctx context.Context, j *journal) (any, error) {
			o := j.history.options
			o.Dir = filepath.Join(filepath.Dir(o.Dir), "new", "history")
			return NewEditor(j.editor.root, NewHistory(o).By(API)).Edit(ctx, "x/a.md", Hash{}, to("four"))
		},
		"restore a deleted note": func(ctx context.Context, j *journal) (any, error) {
			return j.history.Undo(ctx, j.editor, "x/old.md", false)
		},
		"found": func(ctx context.Context, j *journal) (any, error) {
			return nil, j.history.By(API).Found(ctx, "x/a.md", []byte("theirs"))
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
			return slices.Sorted(maps.Keys(found)), err
		},
		"erase": func(ctx context.Context, j *journal) (any, error) {
			_, err := j.history.Erase(ctx, "x/a.md")
			return nil, err
		},
		"expire": func(ctx context.Context, j *journal) (any, error) { return j.history.Expire(ctx, there(j)) },
		"rename": func(ctx context.Context, j *journal) (any, error) {
			return nil, j.history.Rename(ctx, "x/a.md", "x/b.md")
		},
		"rename onto another": func(ctx context.Context, j *journal) (any, error) {
			return nil, j.history.Rename(ctx, "x/a.md", "x/typed.md")
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
				got, run, err := faulty(t, filepath.Dir(j.dir), n, func() (any, error) { return operate(t.Context(), j) })
				now := j.state()
				switch {
				case err == nil && len(run.Unsynced) > 0:
					t.Errorf("call %d failed, and not synced is %q", n, run.Unsynced)
				case err == nil && (fmt.Sprint(got) != fmt.Sprint(result) || !maps.Equal(now, after)):
					t.Errorf("call %d failed, and there was no error: %v, %v", n, got, now)
				case err != nil && inSteps[name]:
					_, err := operate(t.Context(), j)
					again := j.state()
					if err != nil || name != "found" && again["history of x/a.md"] != after["history of x/a.md"] { // what is found may be kept twice
						t.Errorf("repeated after call %d failed: %v, %v", n, err, again)
					}
					for _, text := range texts[name] {
						if !strings.Contains(again["history of x/a.md"]+again["history of x/b.md"]+again["history of x/typed.md"], ": "+text) {
							t.Errorf("call %d failed, and %q is lost", n, text)
						}
					}
					now = nil // it has been repeated
				case err != nil && !between(now, before, after):
					t.Errorf("call %d failed with %v and left %v", n, err, now)
				}
				if !run.Reached {
					return
				}
				if !maps.Equal(now, before) {
					j = newJournal(t)
				}
			}
			t.Error("it makes calls without an end")
		})
	}
}

// faulty runs f with a failing call. What is not synced is below top. The file system may answer that it has no more room.
func faulty(t *testing.T, top string, n int, f func() (any, error)) (result any, run edittest.Run, err error) {
	t.Helper()
	run, failed := edittest.Fault(n, syscall.ENOSPC, func() { result, err = f() })
	if errors.Is(failed, errors.ErrUnsupported) {
		t.Skipf("system calls cannot be made to fail here: %v", failed)
	}
	if failed != nil {
		t.Fatal(failed)
	}
	run.Unsynced = slices.DeleteFunc(run.Unsynced, func(path string) bool { return !strings.HasPrefix(path, top) })
	return result, run, err
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
