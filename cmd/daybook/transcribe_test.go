package main

import (
	"bufio"
	"encoding/json"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	if out, errs, code := p.types("index"); code != exitOK || strings.Contains(out, "transcribed") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	stop()
	if strings.Contains(log.String(), "xylophone") {
		t.Errorf("the page is in the log:\n%s", log)
	}
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
	if resp, err := http.Get(url + "/entries/" + found.Results[0].ID + "/pages/2/image"); err != nil || resp.StatusCode != http.StatusNotFound {
		p.t.Errorf("a page that there is not: %v, %v", resp.Status, err)
	} else {
		resp.Body.Close()
	}
}
