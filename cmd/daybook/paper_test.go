package main

import (
	"bytes"
	"fmt"
	"image"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"daybook/internal/llm/llmtest"
	"daybook/internal/pages/scantest"
)

// builds the program as people get it.
func (p *person) builds() (path string) {
	p.t.Helper()
	path = filepath.Join(p.t.TempDir(), "daybook")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("%v: %s", err, out)
	}
	return path
}

// process starts a server in a process of its own, and returns its address;
// what it says is in log.
func (p *person) process(program string) (url string, cmd *exec.Cmd, log *buffer) {
	p.t.Helper()
	log = &buffer{}
	cmd = exec.Command(program, "serve", "--addr", "127.0.0.1:0")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir}
	for name, value := range p.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = cmd.Process.Kill() }) // it ended, unless the test failed
	eventually(p.t, func() bool {
		if m := listening.FindStringSubmatch(log.String()); m != nil {
			url = m[1]
		}
		return url != ""
	})
	return url, cmd, log
}

// recogniser returns what reads the very bytes of a picture: tesseract, where it
// is installed.
func recogniser(t *testing.T) func(picture []byte) string {
	path, err := exec.LookPath("tesseract")
	if err != nil {
		return nil
	}
	return func(picture []byte) string {
		cmd := exec.Command(path, "stdin", "stdout", "-l", "eng", "--psm", "6")
		cmd.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
		cmd.Stdin = bytes.NewReader(picture)
		text, err := cmd.Output()
		if err != nil {
			t.Errorf("tesseract: %v", err)
		}
		return string(text)
	}
}

// dropped is a scan with what is written on its pages; of each the word that
// finds it is in no other.
type dropped struct {
	name  string
	data  []byte
	pages []string
	words []string
}

// inEachFormat returns typed pages as scans of each format, a day each.
func inEachFormat() []dropped {
	pages := map[string]string{
		"png": "Mended the barometer with sealing wax.\n\nIt says storm, whatever I do.", "jpg": "Walked to the windmill and back.\n\nThe miller was asleep in a wheelbarrow.",
		"pdf": "Bought a second hand harmonium.\n\nIt took four of us to carry it.", "pdf2": "Nobody slept. The neighbours\nasked for a polka, and then for another.\n\nAt two the moon came out and we all stopped to look at it.",
		"tif": "Counted the swallows on the wire.\n\nThere were sixty one, and then a kestrel.", "tif2": "The swallows were gone at breakfast.\n\nMarmalade instead.",
	}
	picture := func(name string, seed uint64) *image.RGBA {
		return scantest.Type().Write(pages[name], scantest.Sheet{W: 900, H: 1273, Size: 48, Turn: 0.7, Light: 12, Grain: 4, Seed: seed})
	}
	return []dropped{
		{"03-01-2024.png", scantest.PNG(picture("png", 1)), []string{pages["png"]}, []string{"barometer"}},
		{"03-02-2024.jpg", scantest.JPEG(picture("jpg", 2)), []string{pages["jpg"]}, []string{"wheelbarrow"}},
		{"03-03-2024.pdf", scantest.PDF(scantest.JPEG(picture("pdf", 3)), scantest.JPEG(picture("pdf2", 4))), []string{pages["pdf"], pages["pdf2"]}, []string{"harmonium", "polka"}},
		{"03-04-2024.heic", scantest.File("typed.heic"), []string{scantest.TypedHEIC}, []string{"harbourmaster"}},
		{"03-05-2024.webp", scantest.File("typed.webp"), []string{scantest.TypedWebP}, []string{"hedgehog"}},
		{"03-06-2024.tiff", scantest.TIFF(scantest.Gray(picture("tif", 5)), scantest.Gray(picture("tif2", 6))), []string{pages["tif"], pages["tif2"]}, []string{"kestrel", "marmalade"}},
	}
}

// drop puts a file into the journal as programs do: in pieces, or renamed into
// place.
func (p *person) drop(name string, data []byte, pieces bool) {
	p.t.Helper()
	path := filepath.Join(p.dir, "journal", name)
	if !pieces {
		if err := os.WriteFile(path+".part", data, 0o600); err != nil {
			p.t.Fatal(err)
		}
		if err := os.Rename(path+".part", path); err != nil {
			p.t.Fatal(err)
		}
		return
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer f.Close()
	for len(data) > 0 {
		n := min(len(data), 20_000)
		if _, err := f.Write(data[:n]); err != nil {
			p.t.Fatal(err)
		}
		data = data[n:]
		time.Sleep(5 * time.Millisecond)
	}
}

// Scans in every format, dropped into the folder of the running program, become
// words that a search finds, with nobody touching them: read from the pixels
// that the program sent, where tesseract is installed.
func TestEveryFormatBecomesSearchable(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	p := newPerson(t)
	p.journal(nil)
	p.sharesDecoders()
	scans := inEachFormat()
	recognise := recogniser(t)
	var mu sync.Mutex
	left := []string{} // what is said without a recogniser, call by call
	if recognise == nil {
		t.Log("LEFT OUT: reading the pixels, as there is no tesseract here; those of a scan are said in any order")
	}
	fake := llmtest.Start(t, func(r llmtest.Request) llmtest.Script {
		if len(r.Messages) != 1 || len(r.Messages[0].Images) != 1 {
			t.Errorf("%d messages", len(r.Messages))
			return llmtest.Script{Status: http.StatusBadRequest}
		}
		if recognise != nil {
			return llmtest.Script{Deltas: llmtest.Split(recognise(r.Messages[0].Images[0].Data), 20)}
		}
		mu.Lock()
		defer mu.Unlock()
		said := left[0]
		left = left[1:]
		return llmtest.Script{Deltas: []string{said}}
	})
	p.env["OPENAI_API_KEY"], p.env["OPENAI_BASE_URL"] = llmtest.Key, fake.BaseURL("openai")
	p.env["DAYBOOK_MODEL_TRANSCRIPTION"] = "openai/gpt-4o"
	if recognise == nil {
		p.env["DAYBOOK_PAGES_AT_ONCE"] = "1"
	}
	url, cmd, log := p.process(p.builds())
	pages := 0
	for i, scan := range scans {
		mu.Lock()
		left = append(left, scan.pages...)
		mu.Unlock()
		pages += len(scan.pages)
		p.drop(scan.name, scan.data, i%2 == 0)
		if recognise == nil { // one after the other, so that it is known whose turn it is
			eventually(t, func() bool { return strings.Contains(p.get(url+"/ingest"), fmt.Sprintf(`"written":%d`, i+1)) })
		}
	}
	for _, scan := range scans {
		note := strings.TrimSuffix(scan.name, filepath.Ext(scan.name)) + ".md"
		for page, word := range scan.words {
			found := func() bool {
				body := p.get(url + "/search?q=" + word)
				return strings.Contains(body, `"file":"`+note+`"`) && strings.Contains(body, `"page":`) &&
					(recognise == nil || strings.Contains(body, fmt.Sprintf(`"page":%d`, page+1)))
			}
			for deadline := time.Now().Add(2 * time.Minute); !found(); time.Sleep(50 * time.Millisecond) {
				if time.Now().After(deadline) {
					said, _ := os.ReadFile(filepath.Join(p.dir, "journal", note))
					t.Fatalf("page %d of %s is not found: %s\n%s\n%s\n%s", page+1, scan.name, p.get(url+"/search?q="+word), p.get(url+"/ingest"), said, log)
				}
			}
		}
		data, err := os.ReadFile(filepath.Join(p.dir, "journal", note))
		if err != nil || !strings.Contains(string(data), "![["+scan.name+"]]\n\n### Transcription\n") {
			t.Errorf("%v\n%s", err, data)
		}
		if share := wordsIn(strings.Join(scan.pages, " "), string(data)); share < 0.9 {
			t.Errorf("%s: %.0f %% of its words are in the note:\n%s", scan.name, 100*share, data)
		}
	}
	answer, err := http.Post(url+"/journal_chat", "application/json", strings.NewReader(`{"query": "Who asked for a polka?", "provider": "offline", "model": ""}`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if said, err := io.ReadAll(answer.Body); err != nil || !strings.Contains(string(said), `"title":"03-03-2024"`) || !strings.Contains(string(said), `"page":`) {
		t.Errorf("the answer does not say which page it is from: %v\n%s", err, said)
	}
	if n := len(fake.Requests()); n != pages {
		t.Errorf("%d calls for %d pages", n, pages)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, log)
	}
	if strings.Contains(log.String(), "wheelbarrow") || strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("the log:\n%s", log)
	}
}

// wordsIn is the share of a text's words that stand in another.
func wordsIn(text, other string) float64 {
	words, n := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \n.,", r) }), 0
	for _, word := range words {
		if strings.Contains(other, word) {
			n++
		}
	}
	return float64(n) / float64(len(words))
}
