package vault

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook"
)

func TestRealJournal(t *testing.T) {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	journal := filepath.Join(dir, "..", "shared", "journals", "pepys-1660-1664")
	if _, err := os.Stat(journal); err != nil {
		t.Skip("the real journal is not beside the project")
	}
	f := open(t, Options{Journal: journal}, daybook.Daily)
	l := list(t, f)
	passages, words := 0, 0
	for _, file := range l.Files {
		data, _, err := f.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		n, err := Parse(file, data)
		if err != nil || n.Text == "" || !n.FrontMatter.Transcribed || len(n.Tags) == 0 {
			t.Fatalf("%s: %d bytes of text, tags %v, %v", file.Path, len(n.Text), n.Tags, err)
		}
		spans := Split(n.Text)
		checkSpans(t, n.Text, spans)
		passages += len(spans)
		words += len(strings.Fields(n.Text))
	}
	t.Logf("%d notes, %d words, %d passages", len(l.Files), words, passages)
	if len(l.Files) != 1810 || len(l.Skipped)+len(l.Unread) != 0 || words < 500_000 || passages < words/mostWords {
		t.Errorf("%d notes, %d words, %d passages, skipped %v", len(l.Files), words, passages, l.Skipped)
	}
}
