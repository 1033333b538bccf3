package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"

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
	w := newWorld(t, options{config: func(c *httpapi.Config) {
		c.Recordings, c.Speech = c.Notes.(httpapi.Recordings), l
	}})
	for _, name := range []string{"own.wav", "secret.wav"} {
		writeFile(t, filepath.Join(w.dir, "journal", "attachments", name), "RIFF....WAVE")
	}
	var made struct{ ID string }
	text := "A day.\n\n![[own.wav]]\n\n[[secret.wav]] and [it](attachments/secret.wav) and [so](secret.wav)\n"
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
}
