package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/textproto"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"daybook/internal/llm/llmtest"
	"daybook/internal/pages/scantest"
)

// reader is a person whose scans a model reads: it says text of every page.
func reader(t *testing.T, text string) (*person, *llmtest.Server) {
	p := newPerson(t)
	p.journal(nil)
	fake := llmtest.Start(t, func(r llmtest.Request) llmtest.Script {
		if len(r.Messages) == 0 || len(r.Messages[0].Images) != 1 {
			t.Errorf("asked without a picture: %+v", r)
		}
		return llmtest.Script{Deltas: []string{text}}
	})
	p.env["OPENAI_API_KEY"], p.env["OPENAI_BASE_URL"] = llmtest.Key, fake.BaseURL("openai")
	p.env["DAYBOOK_MODEL_TRANSCRIPTION"] = "openai/gpt-4o"
	return p, fake
}

func (p *person) scan(name string, seed uint64) {
	p.t.Helper()
	data := scantest.JPEG(scantest.Paper(200, 300, seed))
	if filepath.Ext(name) == ".png" {
		data = scantest.PNG(scantest.Paper(200, 300, seed))
	}
	if err := os.WriteFile(filepath.Join(p.dir, "journal", name), data, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// A scan dropped into the folder of a running server becomes searchable with
// nobody touching it.
func TestScanBecomesSearchable(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	p, fake := reader(t, "We saw a xylophone in the harbour.")
	url, log, stop := p.serves()
	p.scan("06-04-2024.jpg", 1)
	eventually(t, func() bool { return strings.Contains(p.get(url+"/search?q=xylophone"), `"date":"2024-06-04"`) })
	eventually(t, func() bool { return strings.Contains(p.get(url+"/ingest"), `"running":[]`) })
	if status := p.get(url + "/ingest"); !strings.Contains(status, `"stages":{"written":1}`) || !strings.Contains(status, `"pages":{"done":1,"total":1}`) || !strings.Contains(status, `"scans":[]`) {
		t.Errorf("status %s", status)
	}
	if n := len(fake.Requests()); n != 1 {
		t.Errorf("%d calls", n)
	}
	p.opensThePage(url)
	eventually(t, func() bool {
		return len(fake.Requests()) == 2 && strings.Contains(p.get(url+"/ingest"), `"running":[]`)
	})
	if out, errs, code := p.types("index"); code != exitOK || strings.Contains(out, "transcribed") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	// What somebody corrected is not asked for again.
	note := filepath.Join(p.dir, "journal", "06-04-2024.md")
	text, err := os.ReadFile(note)
	if err != nil || os.WriteFile(note, []byte(strings.Replace(string(text), "xylophone", "glockenspiel", 1)), 0o600) != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return len(p.finds(url, "glockenspiel")) == 1 })
	id := regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(p.get(url + "/entries?date=2024-06-04"))
	if status := p.readsAgain(url+"/entries/"+id[1]+"/pages/1/retranscribe", "*"); status != http.StatusConflict {
		t.Errorf("read again what was corrected: %d", status)
	}
	stop()
	if strings.Contains(log.String(), "xylophone") {
		t.Errorf("the page is in the log:\n%s", log)
	}
}

// A copy that takes the place of the journal's folder is what is written into.
func TestFolderIsReplaced(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	p, _ := reader(t, "We saw a xylophone in the harbour.")
	url, _, stop := p.serves()
	defer stop()
	journal := filepath.Join(p.dir, "journal")
	p.scan("06-04-2024.jpg", 1)
	eventually(t, func() bool { return strings.Contains(p.get(url+"/ingest"), `"stages":{"written":1}`) })
	if err := os.Rename(journal, journal+".before"); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(journal, os.DirFS(journal+".before")); err != nil {
		t.Fatal(err)
	}
	p.scan("06-05-2024.jpg", 2)
	eventually(t, func() bool { return strings.Contains(p.get(url+"/ingest"), `"stages":{"written":2}`) })
	if _, err := os.Stat(filepath.Join(journal, "06-05-2024.md")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(journal+".before", "06-05-2024.md")); err == nil {
		t.Error("the note is in the folder of before")
	}
}

// Why no scans are read is told, until they are.
func TestScansAreHeld(t *testing.T) {
	p, _ := reader(t, "We saw a xylophone in the harbour.")
	lock := filepath.Join(p.env["DAYBOOK_DATA"], "journal", "transcribing.lock")
	if err := os.MkdirAll(lock, 0o700); err != nil { // no file can be had under that name
		t.Fatal(err)
	}
	p.scan("06-04-2024.jpg", 1)
	url, _, stop := p.serves()
	defer stop()
	eventually(t, func() bool {
		return strings.Contains(p.get(url+"/ingest"), `"transcription_error":"Something went wrong`)
	})
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(url+"/ingest", "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	eventually(t, func() bool {
		status := p.get(url + "/ingest")
		return strings.Contains(status, `"transcription_error":null`) && strings.Contains(status, `"stages":{"written":1}`)
	})
}

// While a provider is asked again the reason is told, and until when.
func TestPagesThatWaitSaySo(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	var asked atomic.Int32
	p := newPerson(t)
	p.journal(nil)
	fake := llmtest.Start(t, func(llmtest.Request) llmtest.Script {
		if asked.Add(1) == 1 {
			return llmtest.Script{Status: http.StatusTooManyRequests, Code: "rate_limit_exceeded", RetryAfter: 4 * time.Second}
		}
		return llmtest.Script{Deltas: []string{"We saw a xylophone in the harbour."}}
	})
	p.env["OPENAI_API_KEY"], p.env["OPENAI_BASE_URL"], p.env["DAYBOOK_MODEL_TRANSCRIPTION"] = llmtest.Key, fake.BaseURL("openai"), "openai/gpt-4o"
	p.scan("06-04-2024.jpg", 1)
	url, _, stop := p.serves()
	defer stop()
	eventually(t, func() bool {
		return strings.Contains(p.get(url+"/ingest"), `"waiting":{"why":"The provider asks to wait, or fails for now.","until":"`)
	})
	eventually(t, func() bool {
		status := p.get(url + "/ingest")
		return strings.Contains(status, `"waiting":null`) && strings.Contains(status, `"stages":{"written":1}`)
	})
}

func TestIndexTranscribes(t *testing.T) {
	p, _ := reader(t, "We saw a xylophone in the harbour.")
	p.scan("06-04-2024 AM.jpg", 1)
	p.scan("06-04-2024 PM.png", 2)
	if err := os.WriteFile(filepath.Join(p.dir, "journal", "06-05-2024.pdf"), []byte("<svg>"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, code := p.types("index")
	if code != exitFailure || !strings.Contains(out, "2 pages transcribed into 1 note\n") || !strings.Contains(out, "1 entry in the index") ||
		!strings.Contains(out, "failed   06-05-2024.pdf: ") || !strings.Contains(errs, "1 scan could not be transcribed") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	note, err := os.ReadFile(filepath.Join(p.dir, "journal", "06-04-2024.md"))
	if err != nil || strings.Count(string(note), "xylophone") != 2 {
		t.Errorf("%v: %s", err, note)
	}
	out, _, code = p.types("index", "--json")
	if code != exitFailure || !strings.Contains(out, `"pages_transcribed": 0`) || !strings.Contains(out, `"path": "06-05-2024.pdf"`) {
		t.Errorf("code %d\n%s", code, out)
	}
}

// What failed is told, to those who ask and to those who watch, and is tried
// again when somebody asks for it.
func TestIngestIsTold(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	p, fake := reader(t, "We saw a xylophone in the harbour.")
	broken := filepath.Join(p.dir, "journal", "06-04-2024.jpg")
	if err := os.WriteFile(broken, []byte("<html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	url, _, _ := p.serves()
	resp, err := http.Get(url + "/ingest/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	events := bufio.NewScanner(resp.Body)
	wait := func(what string) {
		t.Helper()
		for events.Scan() {
			if strings.Contains(events.Text(), what) {
				return
			}
		}
		t.Fatalf("the stream ended without %s", what)
	}
	wait(`"stage":"failed"`)
	if status := p.get(url + "/ingest"); !strings.Contains(status, "06-04-2024.jpg is not a") || !strings.Contains(status, `"attempts":1`) {
		t.Errorf("status %s", status)
	}
	p.scan("06-04-2024.jpg", 7)
	again, err := http.Post(url+"/ingest", "application/json", nil)
	if err != nil || again.StatusCode != http.StatusOK {
		t.Fatal(again.Status, err)
	}
	again.Body.Close()
	wait(`"stages":{"written":1}`)
	if n := len(fake.Requests()); n != 1 {
		t.Errorf("%d calls", n)
	}
}

// opensThePage goes from what a search finds to the picture of its page.
func (p *person) opensThePage(url string) {
	p.t.Helper()
	var found struct {
		Results []struct {
			ID   string
			Page *int
		}
	}
	if err := json.Unmarshal([]byte(p.get(url+"/search?q=xylophone")), &found); err != nil || len(found.Results) != 1 || found.Results[0].Page == nil {
		p.t.Fatalf("found %+v, %v", found, err)
	}
	var entry struct {
		Text  string
		Pages []struct {
			Number, Page, Start, End int
			File, Image              string
		}
	}
	if err := json.Unmarshal([]byte(p.get(url+"/entries/"+found.Results[0].ID)), &entry); err != nil || len(entry.Pages) != 1 {
		p.t.Fatalf("entry %+v, %v", entry, err)
	}
	page := entry.Pages[0]
	if page.Number != *found.Results[0].Page || page.File != "06-04-2024.jpg" || page.Page != 1 || entry.Text[page.Start:page.End] != entry.Text {
		p.t.Errorf("page %+v", page)
	}
	resp, err := http.Get(url + page.Image + "?longest=100")
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	picture, _, err := image.DecodeConfig(resp.Body)
	if err != nil || picture.Height != 100 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "image/") {
		p.t.Errorf("picture %+v of %s, %v", picture, resp.Header.Get("Content-Type"), err)
	}
	again := url + strings.Replace(page.Image, "/image", "/retranscribe", 1)
	for _, c := range []struct {
		ifMatch string
		want    int
	}{
		{"", http.StatusPreconditionRequired}, {`"` + strings.Repeat("ab", 32) + `"`, http.StatusPreconditionFailed}, {"*", http.StatusOK},
	} {
		if status := p.readsAgain(again, c.ifMatch); status != c.want {
			p.t.Fatalf("read again with If-Match %q: %d", c.ifMatch, status)
		}
	}
	if tag, keep := resp.Header.Get("ETag"), resp.Header.Get("Cache-Control"); p.imageAgain(url+page.Image+"?longest=100", tag) != http.StatusNotModified ||
		p.imageAgain(url+page.Image+"?longest=101", tag) != http.StatusOK || keep != "private, no-cache" {
		p.t.Errorf("a picture that is kept by %q and %q is not asked for as it should", tag, keep)
	}
	if resp, err := http.Get(url + "/entries/" + found.Results[0].ID + "/pages/2/image"); err != nil || resp.StatusCode != http.StatusNotFound {
		p.t.Errorf("a page that there is not: %v, %v", resp.Status, err)
	} else {
		resp.Body.Close()
	}
}

// readsAgain asks for a page to be transcribed again.
func (p *person) readsAgain(url, ifMatch string) (status int) {
	return p.asksOf(http.MethodPost, url, "If-Match", ifMatch)
}

// imageAgain asks for a picture that the browser has under a tag.
func (p *person) imageAgain(url, tag string) (status int) {
	return p.asksOf(http.MethodGet, url, "If-None-Match", tag)
}

// asksOf sends a request with a header, unless that is empty.
func (p *person) asksOf(method, url, header, value string) (status int) {
	p.t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if value != "" {
		req.Header.Set(header, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// uploads sends a form: names and contents by turns, and a date where it is
// not empty.
func (p *person) uploads(url, date string, files ...string) (status int, body string) {
	p.t.Helper()
	return p.sendsFiles(url+"/pages", date, files...)
}

func (p *person) sendsFiles(url, date string, files ...string) (status int, body string) {
	p.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	if date != "" {
		if err := w.WriteField("date", date); err != nil {
			p.t.Fatal(err)
		}
	}
	for i := 0; i < len(files); i += 2 {
		if files[i] == "date=" {
			if err := w.WriteField("date", files[i+1]); err != nil {
				p.t.Fatal(err)
			}
			continue
		}
		header := textproto.MIMEHeader{}
		header.Set("Content-Disposition", fmt.Sprintf(`form-data; name="file"; filename="%s"`, files[i]))
		part, err := w.CreatePart(header)
		if err == nil {
			_, err = io.WriteString(part, files[i+1])
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		p.t.Fatal(err)
	}
	resp, err := http.Post(url, w.FormDataContentType(), &form)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// Photographs for a note go where its app keeps attachments, and are no scans.
func TestPhotographs(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	p, fake := reader(t, "This should not be read.")
	journal := filepath.Join(p.dir, "journal")
	p.journal(map[string]string{"06-04-2024.md": "I typed this."})
	app := filepath.Join(journal, ".obsidian", "app.json")
	if err := errors.Join(os.Mkdir(filepath.Dir(app), 0o700), os.WriteFile(app, []byte(`{"attachmentFolderPath": "files"}`), 0o600)); err != nil {
		t.Fatal(err)
	}
	url, _, _ := p.serves()
	one, pdf := string(scantest.JPEG(scantest.Paper(200, 300, 1))), string(scantest.PDF(scantest.JPEG(scantest.Paper(200, 300, 2))))
	for name, content := range map[string]string{"Photo 06-04-2024.jpg": one, "walk.pdf": pdf} { // the day's own name would make it a scan
		if status, body := p.sendsFiles(url+"/files", "2024-06-04", strings.TrimPrefix(name, "Photo "), content); status != http.StatusCreated || !strings.Contains(body, `"embed":"![[`+name+`]]"`) {
			t.Errorf("%d %s", status, body)
		}
		if _, err := os.Stat(filepath.Join(journal, "files", name)); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"a.exe", "a.html", "a"} {
		if status, body := p.sendsFiles(url+"/files", "2024-06-04", name, one); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if text, err := os.ReadFile(filepath.Join(journal, "06-04-2024.md")); err != nil || string(text) != "I typed this." {
		t.Errorf("the note says %q, %v", text, err)
	}
	if calls := len(fake.Requests()); calls > 0 {
		t.Errorf("a model was asked %d times", calls)
	}
}

// Photographs that are sent lie in the journal under the day's name and are
// read; what is no scan is refused, and then nothing of the form is kept.
func TestUpload(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	p, fake := reader(t, "We saw a xylophone in the harbour.")
	p.journal(map[string]string{"06-05-2024.md": "I typed this."})
	url, _, _ := p.serves()
	one, two := string(scantest.JPEG(scantest.Paper(200, 300, 1))), string(scantest.PNG(scantest.Paper(200, 300, 2)))
	dated := string(scantest.WithEXIF(scantest.JPEG(scantest.Paper(200, 300, 3)), scantest.EXIF(binary.BigEndian, 1, "2024:06:07 21:00:00", "")))
	status, body := p.uploads(url, "2024-06-04", "IMG_1.jpg", one, "IMG_2.png", two)
	if status != http.StatusCreated || !strings.Contains(body, `"file":"06-04-2024.jpg"`) || !strings.Contains(body, `"file":"06-04-2024 2.png"`) || !strings.Contains(body, `"date_from":"given"`) {
		t.Errorf("%d %s", status, body)
	}
	if status, body := p.uploads(url, "", "06-04-2024 more.jpg", dated, "camera.jpg", dated); status != http.StatusCreated ||
		!strings.Contains(body, `"file":"06-04-2024 3.jpg"`) || !strings.Contains(body, `"date_from":"name"`) ||
		!strings.Contains(body, `"file":"06-07-2024.jpg"`) || !strings.Contains(body, `"date_from":"exif"`) {
		t.Errorf("%d %s", status, body)
	}
	for says, files := range map[string][]string{
		"without folders":           {"../06-04-2024.jpg", one},
		"does not say":              {"camera.jpg", one},
		"page.jpg is":               {"06-09-2024.jpg", one, "page.jpg", "<html>"},
		"The form contains no file": {},
		// As browsers send such names.
		`"loc":["body","file",1]`: {"06-09-2024.jpg", one, "Übung %22eins%22.jpg", one},
		`Übung eins.jpg does not`: {"Übung eins.jpg", one},
		"is too long":             {"06-09-2024 " + strings.Repeat("x", 200) + ".jpg", one},
		"control characters":      {"06-09-2024\x01.jpg", one},
	} {
		if status, body := p.uploads(url, "", files...); status != http.StatusUnprocessableEntity || !strings.Contains(body, says) {
			t.Errorf("%s: %d %s", says, status, body)
		}
	}
	if status, body := p.uploads(url, "", "camera.jpg", one, "date=", "2024-06-08"); status != http.StatusCreated || !strings.Contains(body, `"file":"06-08-2024.jpg"`) || !strings.Contains(body, `"date_from":"given"`) {
		t.Errorf("the date behind the file: %d %s", status, body)
	}
	if status, _ := p.uploads(url, "2024-02-30", "a.jpg", one); status != http.StatusUnprocessableEntity {
		t.Errorf("a day that there is not: %d", status)
	}
	eventually(t, func() bool { return strings.Contains(p.get(url+"/ingest"), `"stages":{"written":5}`) })
	eventually(t, func() bool { return strings.Contains(p.get(url+"/search?q=xylophone"), `"date":"2024-06-07"`) })
	scans, _ := filepath.Glob(filepath.Join(p.dir, "journal", "*.[jp][pn]g"))
	left, _ := filepath.Glob(filepath.Join(p.env["DAYBOOK_DATA"], "journal", "uploads", "*"))
	hidden, _ := filepath.Glob(filepath.Join(p.dir, "journal", ".daybook-*"))
	if len(scans) != 5 || len(left)+len(hidden) > 0 {
		t.Errorf("in the journal %q, left behind %q %q", scans, left, hidden)
	}
	if n := len(fake.Requests()); n != 3 { // two of the five are the same picture as others
		t.Errorf("%d calls", n)
	}
	note, err := os.ReadFile(filepath.Join(p.dir, "journal", "06-05-2024.md"))
	if err != nil || string(note) != "I typed this." {
		t.Errorf("%q, %v", note, err)
	}
	// They follow one another as they were sent.
	note, err = os.ReadFile(filepath.Join(p.dir, "journal", "06-04-2024.md"))
	if err != nil || !strings.Contains(string(note), "![[06-04-2024.jpg]]\n![[06-04-2024 2.png]]\n![[06-04-2024 3.jpg]]\n") {
		t.Errorf("%q, %v", note, err)
	}
}

// A browser that has logged in sends pages and sees them, and what it is shown
// can be nothing else than a picture.
func TestPagesInABrowser(t *testing.T) {
	p, _ := reader(t, "We saw a xylophone in the harbour.")
	p.withToken("a-token-of-some-length")
	log := &buffer{}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, p.envWith(log, log, []string{"serve", "--addr", "127.0.0.1:0"})) }()
	defer func() { cancel(); <-ended }()
	eventually(t, func() bool { return listening.MatchString(log.String()) || len(ended) > 0 })
	url := listening.FindStringSubmatch(log.String())[1]
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Transport: &http.Transport{}}
	defer browser.CloseIdleConnections()
	send := func(method, path, contentType string, body io.Reader) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, url+path, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		if method == http.MethodPost {
			req.Header.Set("Origin", url)
		}
		resp, err := browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	text := func(resp *http.Response) string {
		t.Helper()
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if resp := send("POST", "/login", "application/json", strings.NewReader(`{"token":"a-token-of-some-length"}`)); resp.StatusCode != http.StatusNoContent {
		t.Fatalf("logging in: %s", text(resp))
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	if err := w.WriteField("date", "2024-06-04"); err != nil {
		t.Fatal(err)
	}
	part, err := w.CreateFormFile("file", "IMG_1.jpg")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(scantest.JPEG(scantest.Paper(200, 300, 1))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if resp := send("POST", "/pages", w.FormDataContentType(), &form); resp.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %s", resp.Status, text(resp))
	}
	image := ""
	eventually(t, func() bool {
		var found struct{ Results []struct{ ID string } }
		_ = json.Unmarshal([]byte(text(send("GET", "/search?q=xylophone", "", nil))), &found)
		if len(found.Results) == 1 {
			image = "/entries/" + found.Results[0].ID + "/pages/1/image?longest=100"
		}
		return image != ""
	})
	resp := send("GET", image, "", nil)
	resp.Body.Close()
	h := resp.Header
	if resp.StatusCode != http.StatusOK || h.Get("Content-Type") != "image/jpeg" && h.Get("Content-Type") != "image/png" || h.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("Cache-Control") != "private, no-cache" || h.Get("ETag") == "" {
		t.Errorf("%s %v", resp.Status, h)
	}
	browser.Jar = nil
	if resp := send("GET", image, "", nil); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without the cookie: %s", resp.Status)
	}
}
