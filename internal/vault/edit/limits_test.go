package edit

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"daybook"
	"daybook/internal/vault"
)

// A note may have MaxNote bytes, before an edit and after it, and not one more.
func TestLargestNote(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("reads notes of 5 MB")
	}
	const front = "---\ntranscription: \"True\"\n---\n"
	const heading = "### Transcription\n"
	body := func(note, text string) ([]byte, error) { return SetBody(daily(), []byte(note), text) }
	scan := func(note, text string) ([]byte, error) { return SetTranscription([]byte(note), text, Options{}) }
	for _, c := range []struct {
		name       string
		set        func(note, text string) ([]byte, error)
		note, text string // text is repeated until the note is as large as size, or text is
		room       int    // what the largest note has besides the text
		size       int
		whole      bool // the edit is done
	}{
		{"body", body, "---\na: b\n---\n", "x", len("---\na: b\n---\n\n"), vault.MaxNote, true},
		{"body, a byte more", body, "---\na: b\n---\n", "x", len("---\na: b\n---\n\n"), vault.MaxNote + 1, false},
		{"transcription", scan, front + heading, "x", len(front + heading + "\n"), vault.MaxNote, true},
		{"transcription, a byte more", scan, front + heading, "x", len(front + heading + "\n"), vault.MaxNote + 1, false},
		{"space, which is left out", body, "a\n", " ", 0, vault.MaxNote, true},
		{"a byte more of space", body, "a\n", " ", 0, vault.MaxNote + 1, false},
	} {
		got, err := c.set(c.note, strings.Repeat(c.text, c.size-c.room))
		if c.whole && (err != nil || c.room > 0 && len(got) != c.size) {
			t.Errorf("%s: %d bytes, %v", c.name, len(got), err)
		}
		if !c.whole && (daybook.KindOf(err) != daybook.TooLarge || got != nil) {
			t.Errorf("%s: %d bytes, %v", c.name, len(got), err)
		}
	}
	large := strings.Repeat("x", vault.MaxNote-1) + "\n"
	if got, err := body(large, "One."); err != nil || string(got) != "One.\n" {
		t.Errorf("the largest note becomes a small one: %d bytes, %v", len(got), err)
	}
	if got, err := body("x"+large, "One."); daybook.KindOf(err) != daybook.TooLarge {
		t.Errorf("a note that is too large becomes a small one: %d bytes, %v", len(got), err)
	}
}

// By CommonMark, a comment begins with at most three spaces, and not in a code block.
func TestWhereACommentBegins(t *testing.T) {
	const behind = "### Transcription\n-->\n"
	for before, comment := range map[string]bool{
		"<!--\n": true, "   <!--\n": true, "a\n    <!--\n": false, "```\n<!--\n```\n": false, "a <!--\n": false,
	} {
		note := before + behind
		if comment {
			note += "![[x.pdf]]\n"
		} else {
			note = before + "### Transcription\n"
		}
		got, err := SetTranscription([]byte(note), "One.", Options{Title: day})
		if comment && !errors.Is(err, ErrUnclear) {
			t.Errorf("%q: the heading in the comment counts: %q, %v", note, got, err)
		}
		if !comment && (err != nil || !bytes.HasSuffix(got, []byte(note+"One.\n"))) {
			t.Errorf("%q: the heading does not count: %q, %v", note, got, err)
		}
	}
}

// Folders are made with their parents, and kept if they exist. A file is not replaced.
func TestMakeFolder(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "x/a.md", "one")
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for path, want := range map[string]error{".": nil, "x": nil, "x/y/z": nil, "x/a.md": syscall.ENOTDIR, "x/a.md/y": syscall.ENOTDIR} {
		if err := MakeFolder(root, path); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
		if info, err := os.Stat(filepath.Join(dir, path)); want == nil && (err != nil || !info.IsDir()) {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
	if got := get(t, filepath.Join(dir, "x/a.md")); got != "one" {
		t.Errorf("the file is now %q", got)
	}
}
