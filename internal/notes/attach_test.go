package notes_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/attachments"
	"daybook/internal/vault/edit"
)

// Files go where the journal's app puts them, with the app's form of embed.
func TestAttach(t *testing.T) {
	for name, c := range map[string]struct {
		files       map[string]string
		sent        string
		path, embed string
	}{
		"no app":                  {map[string]string{"2024/06-04-2024.md": "x"}, "my sea.jpg", "attachments/my sea.jpg", "![[my sea.jpg]]"},
		"Obsidian":                {map[string]string{".obsidian/app.json": "{}", "2024-06-04.md": "x"}, "sea.jpg", "sea.jpg", "![[sea.jpg]]"},
		"a folder of Obsidian's":  {map[string]string{".obsidian/app.json": `{"attachmentFolderPath": "Files/new"}`}, "sea.jpg", "Files/new/sea.jpg", "![[sea.jpg]]"},
		"beside the note":         {map[string]string{".obsidian/app.json": `{"attachmentFolderPath": "./", "useMarkdownLinks": true}`, "2024/2024-06-04.md": "x"}, "my sea.jpg", "2024/my sea.jpg", "![](my%20sea.jpg)"},
		"in a folder beside it":   {map[string]string{".obsidian/app.json": `{"attachmentFolderPath": "./files"}`, "2024/2024-06-04.md": "x"}, "sea.jpg", "2024/files/sea.jpg", "![[sea.jpg]]"},
		"out of the vault":        {map[string]string{".obsidian/app.json": `{"attachmentFolderPath": "../out"}`, "2024-06-04.md": "x"}, "sea.jpg", "sea.jpg", "![[sea.jpg]]"},
		"Logseq":                  {map[string]string{"logseq/config.edn": "{}", "journals/2024_06_04.md": "- x"}, "sea.jpg", "assets/sea.jpg", "![](../assets/sea.jpg)"},
		"the name of a scan":      {nil, "2024-06-04.jpg", "attachments/Photo 2024-06-04.jpg", "![[Photo 2024-06-04.jpg]]"},
		"a name that cannot link": {nil, "a [b]#c|d^.jpg", "attachments/a -b--c-d-.jpg", "![[a -b--c-d-.jpg]]"},
		"hidden":                  {nil, "..jpg", "attachments/Photo.jpg", "![[Photo.jpg]]"},
	} {
		j := open(t, c.files)
		for range 2 { // the same file again is not kept twice
			got, err := j.Attach(t.Context(), day("2024-06-04"), c.sent, strings.NewReader("picture"))
			if err != nil || got.Path != c.path || got.Embed != c.embed {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
		if data, err := os.ReadFile(filepath.Join(j.dir, filepath.FromSlash(c.path))); err != nil || string(data) != "picture" {
			t.Errorf("%s: %q, %v", name, data, err)
		}
		other, err := j.Attach(t.Context(), day("2024-06-04"), c.sent, strings.NewReader("another"))
		if err != nil || other.Path == c.path {
			t.Errorf("%s: another file of the name: %+v, %v", name, other, err)
		}
		if attachments.TypeOf(other.Path) == "" {
			t.Errorf("%s: %s is not shown", name, other.Path)
		}
	}
}

// Notes can be saved while a file is still being received.
func TestAttachWhileANoteIsSaved(t *testing.T) {
	j := open(t, nil)
	body, sender := io.Pipe()
	attached := make(chan error, 1)
	go func() {
		_, err := j.Attach(t.Context(), day("2024-06-04"), "sea.jpg", body)
		body.Close()
		attached <- err
	}()
	if _, err := sender.Write([]byte("half of a ")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := j.Create(ctx, day("2024-06-05"), "A note.\n", edit.Page); err != nil {
		t.Errorf("a note was not saved meanwhile: %v", err)
	}
	cut := errors.New("connection reset")
	sender.CloseWithError(cut)
	if err := <-attached; !errors.Is(err, cut) || daybook.KindOf(err) != daybook.Internal {
		t.Errorf("a file that was cut off: %v", err)
	}
	if files, _ := filepath.Glob(filepath.Join(j.dir, "attachments", "*")); len(files) > 0 {
		t.Errorf("it left %v", files)
	}
}
