package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/internal/attachments"
	"daybook/internal/httpapi"
	"daybook/internal/pages"
)

type noRenderer struct{}

func (noRenderer) Render(_ context.Context, path string, _ int, o pages.Options) ([]pages.Picture, error) {
	return []pages.Picture{{MIME: "image/jpeg", Data: fmt.Appendf(nil, "%s at %d", path, o.Longest)}}, nil
}

// A note's own files are shown, whole, in part and as pictures; no other file is.
func TestAttachments(t *testing.T) {
	journal := t.TempDir()
	for name, text := range map[string]string{
		"06-04-2024.md": "Swam. ![[sea.jpg|300]]\n![](files/a%20voice.m4a) [plan](plan.pdf) ![x](https://example.org/x.jpg)", "06-05-2024.md": "![[../../secret.jpg]] ![[06-04-2024.md]]",
		"files/sea.jpg": "the sea", "files/a voice.m4a": strings.Repeat("0123456789", 100), "plan.pdf": "plan", "other.jpg": "other",
	} {
		path := filepath.Join(journal, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, path, text)
	}
	w := newWorld(t, options{journal: journal, config: func(c *httpapi.Config) {
		files, err := attachments.New(journal, "", func() string { return "" }, func(string) attachments.Renderer { return noRenderer{} })
		if err != nil {
			t.Fatal(err)
		}
		c.Attachments = files
	}})
	get := func(day, query string, headers ...string) (int, http.Header, string) {
		req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/entries/"+w.entry(day).ID+"/file?"+query, http.NoBody))(t)
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		resp := must(w.client.Do(req))(t)
		defer resp.Body.Close()
		return resp.StatusCode, resp.Header, string(bytes.TrimSpace(must(io.ReadAll(resp.Body))(t)))
	}
	status, header, body := get("2024-06-04", "name=sea.jpg")
	if status != 200 || body != "the sea" || header.Get("Content-Type") != "image/jpeg" || !strings.HasSuffix(header.Get("Content-Security-Policy"), "; sandbox") || header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v %s", status, header, body)
	}
	status, header, body = get("2024-06-04", "name=sea.jpg&longest=300")
	if status != 200 || body != "files/sea.jpg at 300" || header.Get("ETag") == "" {
		t.Errorf("%d %v %s", status, header, body)
	}
	if status, _, body = get("2024-06-04", "name=sea.jpg&longest=300", "If-None-Match", header.Get("ETag")); status != 304 || body != "" {
		t.Errorf("%d %s", status, body)
	}
	voice := url.QueryEscape("files/a voice.m4a")
	if status, header, body = get("2024-06-04", "name="+voice, "Range", "bytes=10-14"); status != 206 || body != "01234" || header.Get("Content-Type") != "audio/mp4" {
		t.Errorf("%d %v %s", status, header, body)
	}
	if status, _, body = get("2024-06-04", "name=plan.pdf"); status != 200 || body != "plan" {
		t.Errorf("%d %s", status, body)
	}
	for day, names := range map[string][]string{"2024-06-04": {"other.jpg", "x.jpg", "https://example.org/x.jpg", "06-04-2024.md"}, "2024-06-05": {"../../secret.jpg", "06-04-2024.md"}} {
		for _, name := range names {
			if status, _, body := get(day, "name="+url.QueryEscape(name)); status != 404 {
				t.Errorf("%s: %d %s", name, status, body)
			}
		}
	}
	if status, _, _ := get("2024-06-04", "name="); status != 422 {
		t.Error(status)
	}
}

// What was typed beside a scan is read with its transcription, and a write
// replaces the transcription alone.
func TestDiaryOfANoteWithAScan(t *testing.T) {
	w := newWorld(t, options{})
	e := w.entry("2024-03-09")
	const front = "---\ntranscription: \"True\"\n---\nLunch at the mill. %%not for you%%\n### Page\n![[x.jpg]]\n### Transcription\n"
	writeFile(t, w.path(e.Path), front+"Rowed to the island.\n")
	var got struct{ Text, Diary, ETag string }
	read := func(path string, into any) int {
		status, body := w.do(http.MethodGet, path, nil)
		if err := json.Unmarshal([]byte(body), into); err != nil {
			t.Fatal(err)
		}
		return status
	}
	if status := read("/entries/"+e.ID, &got); status != 200 || got.Diary != "Lunch at the mill.\n\nRowed to the island." || got.Text != "Rowed to the island." {
		t.Errorf("%d %+v", status, got)
	}
	status, _, _ := w.asks(http.MethodPut, "/entries/"+e.ID+"/transcription", object{"text": "Rowed to the isle."}, "If-Match", got.ETag)
	if file := w.file(e.Path); status != 200 || file != front+"Rowed to the isle.\n" {
		t.Errorf("%d %q", status, file)
	}
	for word, want := range map[string]int{"mill": 1, "isle": 1, "you": 0} {
		var found struct{ Results []struct{ ID, Text string } }
		read("/search?q="+url.QueryEscape(`"`+word+`"`), &found)
		n := 0
		for _, r := range found.Results {
			if r.ID == e.ID {
				n++
			}
		}
		if n != want {
			t.Errorf("%s is found %d times: %+v", word, n, found)
		}
	}
}
