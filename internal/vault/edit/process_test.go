package edit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"daybook"
)

// The test binary also runs as the other program: one that writes a note, or
// one that edits notes until it is killed.
func TestMain(m *testing.M) {
	switch os.Getenv("EDIT_TEST_CHILD") {
	case "":
		os.Exit(m.Run())
	case "write":
		otherWriter(os.Args[1], os.Args[2])
	case "edit":
		editForEver(os.Args[1], os.Args[2])
	}
}

// child starts this binary as another program.
func child(t *testing.T, does string, args ...string) (*exec.Cmd, io.WriteCloser) {
	t.Helper()
	return start(t, nil, does, args...)
}

func start(t *testing.T, out io.Writer, does string, args ...string) (*exec.Cmd, io.WriteCloser) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "EDIT_TEST_CHILD="+does)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd, in
}

// otherWriter saves what it has in its window again and again, each time with
// a line more, until its standard input ends or it has written most lines, so
// that a slow disk makes the race shorter and not the note longer. Before it ends
// it writes the number of its lines to the file "count".
func otherWriter(path, how string) {
	stop := make(chan bool)
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); close(stop) }()
	const most = 2000
	window := bytes.NewBufferString("begin\n")
	n := 0
	defer func() {
		must(os.WriteFile(filepath.Join(filepath.Dir(path), "count"), fmt.Append(nil, n), 0o600))
	}()
	for ; ; n++ {
		if n == most {
			<-stop
		}
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(rand.IntN(8000)) * time.Microsecond):
		}
		line := fmt.Sprintf("theirs %d.\n", n)
		window.WriteString(line)
		switch how {
		case "rename":
			must(os.WriteFile(path+".theirs", append(window.Bytes(), "end\n"...), 0o600))
			must(os.Rename(path+".theirs", path))
		case "in place":
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC|os.O_CREATE, 0o600)
			must(err)
			// In two parts, as a long note would be.
			_, err = f.Write(window.Bytes())
			must(err)
			_, err = f.WriteString("end\n")
			must(err)
			must(f.Close())
		case "append":
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			must(err)
			_, err = f.WriteString(line)
			must(err)
			must(f.Close())
		}
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Edits while another program saves the same note every few milliseconds: no
// line is ever lost. DAYBOOK_RACE is how many edits are tried.
func TestAnotherWriter(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	for _, how := range []string{"rename", "in place", "append"} {
		t.Run(how, func(t *testing.T) { raceWith(t, how) })
	}
}

func raceWith(t *testing.T, how string) {
	keep := &memory{}
	dir, e := newEditor(t, keep)
	path := put(t, dir, "a.md", "begin\nend\n")
	writer, in := child(t, "write", path, how)
	tries, edits, given := 200, 0, 0
	if n, err := strconv.Atoi(os.Getenv("DAYBOOK_RACE")); err == nil {
		tries = n
	}
	for i := range tries {
		_, err := e.Edit(t.Context(), "a.md", Hash{}, func(old []byte) ([]byte, error) {
			if !bytes.HasPrefix(old, []byte("begin\n")) || how != "append" && !bytes.HasSuffix(old, []byte("end\n")) && !bytes.HasSuffix(old, []byte("ours.\n")) {
				t.Errorf("half a note was read: %d bytes", len(old))
			}
			return fmt.Appendf(bytes.Clone(old), "%d is ours.\n", i), nil
		})
		switch daybook.KindOf(err) {
		case "":
			edits++
		case daybook.Conflict:
			given++
		default:
			t.Fatal(err)
		}
	}
	in.Close()
	if err := writer.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Edit(t.Context(), "a.md", Hash{}, func(old []byte) ([]byte, error) { return append(old, "the last."...), nil }); err != nil {
		t.Fatal(err)
	}
	var lines int
	if _, err := fmt.Sscan(get(t, filepath.Join(dir, "count")), &lines); err != nil {
		t.Fatal(err)
	}
	note, missing, lost := get(t, path), 0, 0
	for i := range lines {
		line := fmt.Sprintf("theirs %d.\n", i)
		if strings.Contains(note, line) {
			continue
		}
		missing++
		if !keep.has(line) {
			lost++
		}
	}
	t.Logf("%d edits and %d given up against %d lines of theirs; %d of these only in the history, %d lost", edits, given, lines, missing, lost)
	// Who appends to a note twice while an edit is being taken back finds the
	// first line in the history; all others have theirs in the note.
	if lost > 0 || how != "append" && missing > 0 || lines < tries/10 || edits < tries/2 || !strings.HasSuffix(note, "the last.") {
		t.Error("that is too much, or too little")
	}
	alone(t, dir, "a.md", "count")
}

func (m *memory) has(line string) bool {
	return slices.ContainsFunc(m.kept, func(c Change) bool { return bytes.Contains(c.Before, []byte(line)) }) ||
		slices.ContainsFunc(m.found, func(words string) bool { return strings.Contains(words, line) })
}

// version returns a note that says what it is and whether it is whole.
func version(n int) []byte {
	body := bytes.Repeat(fmt.Appendf(nil, "version %d\n", n), 1+n*37%2000)
	return fmt.Appendf(body, "%x", sha256.Sum256(body))
}

func whole(note []byte) bool {
	i := bytes.LastIndexByte(note, '\n') + 1
	return fmt.Sprintf("%x", sha256.Sum256(note[:i])) == string(note[i:])
}

// editForEver edits, removes and creates notes until the process is killed. It
// says which versions of the first were saved.
func editForEver(dir, history string) {
	root, err := os.OpenRoot(dir)
	must(err)
	h := NewHistory(HistoryOptions{Dir: history, Kind: daybook.Daily, Notes: dir})
	e, ctx := NewEditor(root, h.By(API)), context.Background()
	for n := rand.IntN(1000); ; n++ {
		r, err := e.Edit(ctx, "a.md", Hash{}, func([]byte) ([]byte, error) { return version(n), nil })
		must(err)
		fmt.Println(r.After)
		if _, err = e.Create(ctx, "b.md", version(n)); err != nil {
			_, err = e.Remove(ctx, "b.md", Hash{})
			must(err)
		}
	}
}

// A process is killed at random moments. Each note is complete, what is left
// behind is hidden and gets removed, and each acknowledged version can be read.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	const kills = 100
	dir, history := t.TempDir(), filepath.Join(t.TempDir(), "history")
	path := put(t, dir, "a.md", string(version(0)))
	seen := map[string]bool{}
	var saved []string
	for range kills {
		cmd, _, out := childSaying(t, "edit", dir, history)
		first := get(t, path)
		for begin := time.Now(); get(t, path) == first; { // until it edits
			if time.Since(begin) > 20*time.Second {
				t.Fatal("the other process does not edit")
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(rand.IntN(10_000)) * time.Microsecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		lines := strings.Split(out.String(), "\n")
		saved = append(saved, lines[:len(lines)-1]...) // the last may be cut
		for _, name := range []string{"a.md", "b.md"} {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil && name == "b.md" {
				continue
			}
			if err != nil || !whole(data) {
				t.Fatalf("%s: %d bytes, not whole, %v", name, len(data), err)
			}
			seen[string(data)] = true
		}
	}
	left := leftovers(t, dir)
	t.Logf("%d kills left %d versions and %d temporary files; %d edits were said to be saved", kills, len(seen), left, len(saved))
	if len(seen) < kills/2 || len(saved) < kills/2 {
		t.Errorf("only %d versions were seen, %d saved", len(seen), len(saved))
	}
	h := NewHistory(HistoryOptions{Dir: history, Kind: daybook.Daily, Notes: dir})
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	e := NewEditor(root, h.By(Undone))
	for _, hash := range saved {
		if _, note, err := h.Version(t.Context(), "a.md", hash); err != nil || Sum(note).String() != hash {
			t.Errorf("%s was saved: %v", hash, err)
		}
	}
	if _, err := h.Undo(t.Context(), e, "a.md", false); err != nil {
		t.Errorf("nothing can be undone: %v", err)
	}
	if n, words, err := e.Sweep(t.Context()); n != left || len(words) != 0 || err != nil {
		t.Errorf("%d of %d temporary files removed, words in %q, %v", n, left, words, err)
	}
}

// childSaying is child for one whose output is wanted.
func childSaying(t *testing.T, does string, args ...string) (*exec.Cmd, io.WriteCloser, *bytes.Buffer) {
	t.Helper()
	out := &bytes.Buffer{}
	cmd, in := start(t, out, does, args...)
	return cmd, in, out
}

// leftovers makes all temporary files old, and returns how many there are.
func leftovers(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, entry := range entries {
		m := temporary.FindStringSubmatchIndex(entry.Name())
		if m == nil {
			if name := entry.Name(); name != "a.md" && name != "b.md" {
				t.Errorf("%s was left behind", name)
			}
			continue
		}
		n++
		old := entry.Name()[:m[2]] + "1000000000" + entry.Name()[m[3]:]
		if err := os.Rename(filepath.Join(dir, entry.Name()), filepath.Join(dir, old)); err != nil {
			t.Fatal(err)
		}
	}
	return n
}
