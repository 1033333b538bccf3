package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/httpapi"
	"daybook/internal/notes"
)

// attacher remembers what it is given.
type attacher struct{ kept []string }

func (a *attacher) Attach(_ context.Context, day daybook.Date, name string, content io.Reader) (notes.Attached, error) {
	data, err := io.ReadAll(content)
	a.kept = append(a.kept, fmt.Sprintf("%s %s %s", day, name, data))
	return notes.Attached{Path: "files/" + name, Embed: "![[" + name + "]]"}, err
}

// Files for a note are kept under their own names; what is no picture, recording,
// video or PDF, or has no day, is not.
func TestAddFiles(t *testing.T) {
	a := &attacher{}
	w := newWorld(t, options{config: func(c *httpapi.Config) { c.Attacher = a }})
	send := func(fields ...string) (int, string) {
		var form bytes.Buffer
		m := multipart.NewWriter(&form)
		for i := 0; i < len(fields); i += 2 {
			part, err := m.CreateFormField(fields[i])
			if fields[i] != "date" {
				part, err = m.CreateFormFile("file", fields[i])
			}
			if err == nil {
				_, err = io.WriteString(part, fields[i+1])
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		req := must(http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/files", &form))(t)
		req.Header.Set("Content-Type", m.FormDataContentType())
		resp := must(w.client.Do(req))(t)
		defer resp.Body.Close()
		return resp.StatusCode, string(must(io.ReadAll(resp.Body))(t))
	}
	status, body := send("date", "2024-06-04", "sea.jpg", "the sea", "../../a voice.m4a", "voice")
	var out struct {
		Files []struct{ Name, File, Embed string }
	}
	if err := json.Unmarshal([]byte(body), &out); status != http.StatusCreated || err != nil || len(out.Files) != 2 || out.Files[0].Embed != "![[sea.jpg]]" || out.Files[1].File != "files/a voice.m4a" {
		t.Errorf("%d %s", status, body)
	}
	if got := strings.Join(a.kept, ", "); got != "2024-06-04 sea.jpg the sea, 2024-06-04 a voice.m4a voice" {
		t.Error(got)
	}
	for name, fields := range map[string][]string{
		"no day": {"sea.jpg", "x"}, "a day behind": {"sea.jpg", "x", "date", "2024-06-04"}, "no such day": {"date", "2024-06-31", "sea.jpg", "x"}, "no file": {"date", "2024-06-04"},
		"a page": {"date", "2024-06-04", "x.html", "<script>"}, "a program": {"date", "2024-06-04", "x.exe", "MZ"}, "no type": {"date", "2024-06-04", "sea", "x"},
	} {
		if status, body := send(fields...); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if len(a.kept) != 2 {
		t.Errorf("kept %q", a.kept)
	}
}
