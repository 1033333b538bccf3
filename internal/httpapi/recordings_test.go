package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/internal/attachments"
	"daybook/internal/httpapi"
)

// listener remembers which recordings it was sent.
type listener struct{ names []string }

func (l *listener) Ready() bool { return true }

func (l *listener) Transcribe(_ context.Context, _, name string, _ []byte) (string, error) {
	l.names = append(l.names, name)
	return "what was said", nil
}

// Only the recordings that a note embeds are sent to a model for it: a link may lead
// to that of a private note.
func TestOnlyEmbeddedRecordingsAreSent(t *testing.T) {
	l := &listener{}
	journal := t.TempDir()
	w := newWorld(t, options{journal: journal, config: func(c *httpapi.Config) {
		c.Recordings, c.Speech = c.Notes.(httpapi.Recordings), l
		files, err := attachments.New(journal, "", func() string { return "" }, func(string) attachments.Renderer { return noRenderer{} })
		if err != nil {
			t.Fatal(err)
		}
		c.Attachments = files
	}})
	for _, name := range []string{"attachments", "voice"} {
		if err := os.MkdirAll(filepath.Join(journal, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, filepath.Join(journal, "voice", "away.wav"), "RIFF....WAVE")
	writeFile(t, filepath.Join(journal, "attachments", "words.wav"), "no sound")
	for _, name := range []string{"own.wav", "secret.wav"} {
		writeFile(t, filepath.Join(journal, "attachments", name), "RIFF....WAVE")
	}
	var made struct{ ID string }
	text := "A day.\n\n![[own.wav]]\n\n[[secret.wav]] and [it](attachments/secret.wav) and [so](secret.wav)\n\n![](voice/away.wav) ![[words.wav]]\n\nThe end.\n"
	status, body := w.do("POST", "/entries", map[string]any{"date": "2024-06-04", "text": text})
	if err := json.Unmarshal([]byte(body), &made); status != http.StatusCreated || err != nil {
		t.Fatal(status, body)
	}
	path := "/entries/" + made.ID + "/recordings/transcribe"
	for _, name := range []string{"secret.wav", "attachments/secret.wav", "../journal/attachments/secret.wav"} {
		if status, body := w.do("POST", path, map[string]any{"name": name}); status != http.StatusNotFound {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if len(l.names) > 0 {
		t.Errorf("sent %v", l.names)
	}
	if status, body := w.do("POST", path, map[string]any{"name": "own.wav"}); status != http.StatusOK || len(l.names) != 1 {
		t.Errorf("its own: %d %s", status, body)
	}
	// A recording is found as note apps find it, and its words go behind the line that embeds it.
	status, body = w.do("POST", path, map[string]any{"name": "voice/away.wav"})
	if status != http.StatusOK || len(l.names) != 2 || !strings.Contains(body, `![](voice/away.wav) ![[words.wav]]\n\nwhat was said\n\nThe end.`) {
		t.Errorf("in another folder: %d %s", status, body)
	}
	if status, body := w.do("POST", path, map[string]any{"name": "words.wav"}); status != http.StatusUnprocessableEntity || len(l.names) != 2 {
		t.Errorf("what is no recording: %d %s", status, body)
	}
}
