package main

import (
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
	if n := len(fake.Requests()); n != 1 {
		t.Errorf("%d calls", n)
	}
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
