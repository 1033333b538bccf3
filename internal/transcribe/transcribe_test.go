package transcribe_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"daybook"
	"daybook/internal/demo"
	"daybook/internal/llm"
	"daybook/internal/llm/anthropic"
	"daybook/internal/llm/gemini"
	"daybook/internal/llm/llmhttp"
	"daybook/internal/llm/llmtest"
	"daybook/internal/llm/openai"
	"daybook/internal/pages"
	"daybook/internal/pages/scantest"
	"daybook/internal/prompts"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
	"daybook/internal/transcribe"
	"daybook/internal/vault"
	"daybook/internal/vault/edit"
)

// The child that decodes scans is built without the race detector, which makes
// it slow.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "transcribe-test-")
		if err != nil {
			log.Fatal(err)
		}
		defer os.RemoveAll(dir)
		child, decoders = filepath.Join(dir, "child.exe"), filepath.Join(dir, "cache")
		if out, err := exec.Command("go", "build", "-o", child, "../pages/testdata/child").CombinedOutput(); err != nil {
			log.Fatalf("build the child: %v\n%s", err, out)
		}
		code := m.Run()
		if err := goleak.Find(goleak.IgnoreTopFunction("go.opencensus.io/stats/view.(*worker).start")); err != nil && code == 0 {
			log.Print(err)
			code = 1
		}
		return code
	}())
}

// child decodes scans; decoders is where their code is kept.
var child, decoders string

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// world is a journal with scans and a model that knows what they say.
type world struct {
	t        *testing.T
	dir      string
	renderer *pages.Renderer
	store    *sqlite.Store
	fake     *llmtest.Server
	config   transcribe.Config

	mu    sync.Mutex
	texts map[[32]byte]string // what is in a picture
	// says, where it is not nil, is asked first.
	says func(text string, call int) (llmtest.Script, bool)
	call int
}

func newWorld(t *testing.T, provider string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), texts: map[[32]byte]string{}}
	w.renderer = pages.New(pages.Config{Program: child, Args: []string{"decode"}, Cache: decoders, Children: 2})
	t.Cleanup(w.renderer.Close)
	w.store = must(sqlite.Open(t.Context(), filepath.Join(w.dir, "data", "daybook.db")))(t)
	t.Cleanup(func() { w.store.Close() })
	journal := filepath.Join(w.dir, "journal")
	if err := os.Mkdir(journal, 0o700); err != nil {
		t.Fatal(err)
	}
	root := must(os.OpenRoot(journal))(t)
	t.Cleanup(func() { root.Close() })
	w.fake = llmtest.Start(t, w.play)
	client := llmhttp.NewClient(5 * time.Second)
	t.Cleanup(client.CloseIdleConnections)
	w.config = transcribe.Config{
		Store: w.store, Vault: must(vault.New(vault.Options{Journal: journal}))(t), Journal: journal, Renderer: w.renderer.In(journal),
		Editor: edit.NewEditor(root, must(edit.OpenHistory(filepath.Join(w.dir, "undo"), time.Hour))(t)),
		Ref:    llm.Ref{Provider: provider, Model: "m"}, Prompts: must(prompts.Load(nil))(t), Now: time.Now,
		Hints: func(context.Context) (prompts.Transcribe, error) {
			return prompts.Transcribe{Tags: []string{"#swimming"}, Names: []string{"Ursula"}}, nil
		},
	}
	switch provider {
	case "anthropic":
		w.config.Model = anthropic.New(anthropic.Config{APIKey: llmtest.Key, BaseURL: w.fake.BaseURL(provider), HTTPClient: client}).Chat
	case "gemini":
		w.config.Model = must(gemini.New(t.Context(), gemini.Config{APIKey: llmtest.Key, BaseURL: w.fake.BaseURL(provider), HTTPClient: client}))(t).Chat
	default:
		w.config.Model = openai.New(openai.Config{Name: "openai", APIKey: llmtest.Key, BaseURL: w.fake.BaseURL("openai"), HTTPClient: client}).Chat
	}
	return w
}

// play answers with what the picture says.
func (w *world) play(r llmtest.Request) llmtest.Script {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := r.Messages[len(r.Messages)-1]
	if len(last.Images) != 1 || !strings.Contains(r.System, "#swimming") || !strings.Contains(r.System, "Ursula") {
		w.t.Errorf("%d pictures with %q", len(last.Images), r.System)
		return llmtest.Script{Status: http.StatusBadRequest}
	}
	text, ok := w.texts[sha256.Sum256(last.Images[0].Data)]
	if !ok {
		w.t.Error("a picture that nobody made")
	}
	w.call++
	if w.says != nil {
		if script, ok := w.says(text, w.call); ok {
			return script
		}
	}
	return llmtest.Script{Deltas: []string{text}, Usage: llm.Usage{InputTokens: 1000, OutputTokens: 20}}
}

func (w *world) calls() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.call
}

var seed uint64

// scan puts a scan into the journal, a picture for each text.
func (w *world) scan(name string, texts ...string) {
	w.t.Helper()
	var pictures [][]byte
	for range texts {
		seed++
		pictures = append(pictures, scantest.JPEG(scantest.Paper(200, 300, seed)))
	}
	data := pictures[0]
	if strings.HasSuffix(name, ".pdf") {
		data = scantest.PDF(pictures...)
	}
	w.written(name, data, texts...)
}

// written puts a file into the journal on whose pages stand texts.
func (w *world) written(name string, data []byte, texts ...string) {
	w.t.Helper()
	path := w.write(name, string(data))
	for i, text := range texts {
		for _, p := range must(w.renderer.Render(w.t.Context(), path, i, pages.Options{}))(w.t) {
			w.mu.Lock()
			w.texts[sha256.Sum256(p.Data)] = text
			w.mu.Unlock()
		}
	}
}

func (w *world) write(name, data string) string {
	w.t.Helper()
	path := filepath.Join(w.config.Journal, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w *world) note(name string) string {
	w.t.Helper()
	return string(must(os.ReadFile(filepath.Join(w.config.Journal, name)))(w.t))
}

func (w *world) run() transcribe.Report {
	w.t.Helper()
	return must(transcribe.New(w.config).Run(w.t.Context(), nil))(w.t)
}

func (w *world) stages() string {
	w.t.Helper()
	var list []string
	for _, s := range must(w.store.Scans(w.t.Context()))(w.t) {
		list = append(list, s.Path+" "+string(s.Stage))
	}
	return strings.Join(list, ", ")
}

const read = "---\ntranscription: \"True\"\n---\n\n#day\n### Page\n![[%s]]\n\n### Transcription\n%s\n"

func TestFromPaperToWords(t *testing.T) {
	for _, provider := range llmtest.Providers {
		t.Run(provider, func(t *testing.T) {
			w := newWorld(t, provider)
			w.scan("2024/06-04-2024 PM.jpg", "Back at the harbour.\n\n# Not a heading of ours")
			w.scan("2024/06-04-2024 AM.pdf", "Swam at [seven?].", "[blank]", "### Tea\n\nwith Ursula #swimming")
			report := w.run()
			if report.Scans != 2 || report.Written != 1 || report.Read != 4 || len(report.Failed)+len(report.Kept) != 0 {
				t.Errorf("report %+v", report)
			}
			note := w.note("2024/06-04-2024.md")
			parsed := must(vault.Parse(vault.File{Path: "2024/06-04-2024.md", Title: "06-04-2024", Kind: "daily"}, []byte(note)))(t)
			want := "Swam at [seven?].\n\n\\### Tea\n\nwith Ursula #swimming\n\nBack at the harbour.\n\n# Not a heading of ours"
			if parsed.Text != want || !parsed.FrontMatter.Transcribed || strings.Count(note, "![[") != 2 {
				t.Errorf("the note is\n%s", note)
			}
			written := must(w.store.Written(t.Context(), "2024/06-04-2024.md"))(t)
			var got []string
			for _, p := range written.Parts {
				got = append(got, fmt.Sprintf("%s %d %q", p.Scan, p.Page, written.Text[p.Start:p.End]))
			}
			if len(got) != 4 || got[2] != `2024/06-04-2024 AM.pdf 3 "\\### Tea\n\nwith Ursula #swimming"` {
				t.Errorf("parts %q", got)
			}
			if report := w.run(); report.Read != 0 || w.calls() != 4 || w.note("2024/06-04-2024.md") != note {
				t.Errorf("run again: %+v, %d calls", report, w.calls())
			}
		})
	}
}

// A note that is there keeps every byte but those of its transcription.
func TestNoteIsKept(t *testing.T) {
	w := newWorld(t, "openai")
	before := "\ufeff---\r\nmood: 'fine' # really\r\naliases: [a,  b]\r\n---\r\n#day #sea\r\n\r\n### Page\r\n![[06-04-2024.jpg|300]]\r\n### Transcription\r\n\r\n### Afterwards\r\nA word of mine."
	w.write("06-04-2024.md", before)
	w.scan("06-04-2024.jpg", "One.\n\nTwo.")
	w.run()
	want := strings.Replace(before, "b]\r\n", "b]\r\ntranscription: \"True\"\r\n", 1)
	want = strings.Replace(want, "### Transcription\r\n\r\n", "### Transcription\r\n\r\nOne.\r\n\r\nTwo.\r\n\r\n", 1)
	if got := w.note("06-04-2024.md"); strings.ReplaceAll(got, "\r\n\r\n", "\r\n") != strings.ReplaceAll(want, "\r\n\r\n", "\r\n") {
		t.Errorf("the note is\n%q, want\n%q", got, want)
	}
}

// Words of the owner's, and scans that the older service has read, cost no
// call and are not touched.
func TestOwnersWordsAreKept(t *testing.T) {
	w := newWorld(t, "openai")
	notes := map[string]string{
		"06-04-2024.md": "I typed this.",
		"06-05-2024.md": "#day\n### Page\n![[06-05-2024.jpg]]\n### Transcription\nMy own reading.",
		"06-06-2024.md": fmt.Sprintf(read, "06-06-2024.jpg", "What the older service read."),
		"06-07-2024.md": "---\ntranscription: \"True\"\n---\n### Page\n![[06-07-2024.jpg]]\n",
	}
	for name, note := range notes {
		w.write(name, note)
		w.scan(strings.TrimSuffix(name, ".md")+".jpg", "Never asked for.")
	}
	report := w.run()
	if len(report.Kept) != 4 || w.calls() != 0 {
		t.Errorf("report %+v, %d calls", report, w.calls())
	}
	for name, note := range notes {
		if got := w.note(name); got != note {
			t.Errorf("%s is\n%s", name, got)
		}
	}
}

// A scan that was left alone is read when its note makes room for it, and the
// words that stood there stay.
func TestRoomIsMadeForAScan(t *testing.T) {
	w := newWorld(t, "openai")
	w.write("06-04-2024.md", "I typed this.")
	w.scan("06-04-2024.jpg", "One.")
	w.write("06-05-2024.md", "And this.")
	w.scan("06-05-2024.jpg", "Two.")
	if r := w.run(); len(r.Kept) != 2 || !strings.Contains(r.Kept[0].Error, "### Transcription") {
		t.Errorf("%+v", r)
	}
	w.run()
	time.Sleep(20 * time.Millisecond) // a note's time may be that coarse
	w.write("06-04-2024.md", "I typed this.\n\n### Transcription\n")
	if err := os.Remove(filepath.Join(w.config.Journal, "06-05-2024.md")); err != nil {
		t.Fatal(err)
	}
	if r := w.run(); r.Written != 1 || len(r.Kept) != 1 || w.calls() != 1 {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
	if note := w.note("06-04-2024.md"); !strings.Contains(note, "I typed this.\n") || !strings.HasSuffix(note, "### Transcription\n\nOne.\n") && !strings.HasSuffix(note, "### Transcription\nOne.\n") {
		t.Errorf("the note is\n%s", note)
	}
	if _, err := os.Stat(filepath.Join(w.config.Journal, "06-05-2024.md")); err == nil {
		t.Error("a note that was deleted is there again")
	}
}

// A further scan of a note that we wrote is added to it; where the owner has
// corrected our text, it stays as they have it.
func TestFurtherScan(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024 1.jpg", "One.")
	w.scan("06-05-2024 1.jpg", "One.")
	w.run()
	corrected := strings.Replace(w.note("06-05-2024.md"), "One.", "Won.", 1)
	w.write("06-05-2024.md", corrected)
	w.scan("06-04-2024 2.jpg", "Two.")
	w.scan("06-05-2024 2.jpg", "Two.")
	w.run()
	if note := w.note("06-04-2024.md"); !strings.Contains(note, "One.\n\nTwo.\n") || !strings.Contains(note, "![[06-04-2024 2.jpg]]") {
		t.Errorf("the note is\n%s", note)
	}
	if note := w.note("06-05-2024.md"); note != corrected {
		t.Errorf("the corrected note is\n%s", note)
	}
	if w.calls() != 3 {
		t.Errorf("%d calls", w.calls())
	}
}

// Pages follow one another as their scans' names count, also when one came late.
func TestScansFollowOneAnother(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024 10.jpg", "Ten.")
	w.scan("06-04-2024.jpg", "One.")
	w.run()
	w.scan("06-04-2024 2.png", "Two.")
	w.run()
	note := w.note("06-04-2024.md")
	if !strings.HasSuffix(note, "![[06-04-2024.jpg]]\n![[06-04-2024 2.png]]\n![[06-04-2024 10.jpg]]\n\n### Transcription\nOne.\n\nTwo.\n\nTen.\n") {
		t.Errorf("the note is\n%s", note)
	}
	pages := must((&transcribe.Book{Store: w.store, Renderer: w.config.Renderer}).Pages(t.Context(), &daybook.Entry{
		Kind: daybook.Daily, Path: "06-04-2024.md", Text: "One.\n\nTwo.\n\nTen.",
	}))(t)
	if len(pages) != 3 || pages[1].Scan != "06-04-2024 2.png" || pages[1].Start != 6 || pages[2].Start != 12 {
		t.Errorf("pages %+v", pages)
	}
}

// A scan that is taken away, replaced or renamed while its page is being read
// leaves no note that tells of it.
func TestScanThatChangesMeanwhile(t *testing.T) {
	w := newWorld(t, "openai")
	journal := func(name string) string { return filepath.Join(w.dir, "journal", name) }
	for _, day := range []string{"06-04-2024", "06-05-2024", "06-06-2024"} {
		w.scan(day+".jpg", "Of "+day+".")
	}
	w.scan("06-07-2024 other.jpg", "Another.")
	w.says = func(string, int) (llmtest.Script, bool) { // under the lock of the fake
		_ = os.Remove(journal("06-04-2024.jpg"))
		_ = os.Rename(journal("06-05-2024.jpg"), journal("06-05-2024 renamed.jpg"))
		_ = os.Rename(journal("06-07-2024 other.jpg"), journal("06-06-2024.jpg"))
		_ = os.Chtimes(journal("06-08-2024.jpg"), time.Now(), time.Now().Add(time.Hour)) // which is no change
		return llmtest.Script{}, false
	}
	w.scan("06-08-2024.jpg", "Touched.")
	w.run()
	if notes, _ := filepath.Glob(journal("*.md")); len(notes) != 1 || notes[0] != journal("06-08-2024.md") {
		t.Errorf("written: %q", notes)
	}
	w.says = nil
	if report := w.run(); report.Scans != 3 || report.Written != 2 || len(report.Failed) > 0 {
		t.Errorf("report %+v", report)
	}
	if _, err := os.Stat(journal("06-04-2024.md")); err == nil {
		t.Error("the note of a scan that was taken away is there")
	}
	for name, says := range map[string]string{"06-05-2024": "Of 06-05-2024.", "06-06-2024": "Another."} {
		if note := w.note(name + ".md"); !strings.Contains(note, says) || strings.Count(note, "![[") != 1 {
			t.Errorf("the note is\n%s", note)
		}
	}
}

// fullStore is a store on a disk that is full.
type fullStore struct {
	*sqlite.Store
	full bool
}

var errFull = daybook.Errorf(daybook.Unavailable, "The disk is full.")

func (s *fullStore) PutPageText(ctx context.Context, key string, scan [32]byte, text string) error {
	if s.full {
		return errFull
	}
	return s.Store.PutPageText(ctx, key, scan, text)
}

func (s *fullStore) PutScans(ctx context.Context, states ...store.ScanState) error {
	if s.full && states[0].Pages > 0 {
		return errFull
	}
	return s.Store.PutScans(ctx, states...)
}

// Where nothing can be kept no page is paid for, and none twice that was.
func TestFullDisk(t *testing.T) {
	w := newWorld(t, "openai")
	full := &fullStore{w.store, true}
	w.config.Store = full
	p := transcribe.New(w.config)
	w.scan("06-04-2024.jpg", "One.")
	for range 2 {
		if _, err := p.Run(t.Context(), nil); !errors.Is(err, errFull) || w.calls() != 0 {
			t.Errorf("%d calls, error %v", w.calls(), err)
		}
	}
	full.full = false
	w.says = func(string, int) (llmtest.Script, bool) { full.full = true; return llmtest.Script{}, false }
	for range 3 {
		if _, err := p.Run(t.Context(), nil); !errors.Is(err, errFull) || w.calls() != 1 {
			t.Errorf("%d calls, error %v", w.calls(), err)
		}
	}
	full.full = false
	if report := must(p.Run(t.Context(), nil))(t); report.Written != 1 || w.calls() != 1 {
		t.Errorf("%+v with %d calls", report, w.calls())
	}
}

func TestPageFailsAlone(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024.pdf", "One.", "Two.", "Three.")
	broken := true
	w.says = func(text string, _ int) (llmtest.Script, bool) {
		return llmtest.Script{Status: http.StatusBadRequest, Code: "invalid_image"}, broken && text == "Two."
	}
	report := w.run()
	if len(report.Failed) != 1 || report.Failed[0].Done != 2 || !strings.HasPrefix(report.Failed[0].Error, "Page 2 of 3: ") {
		t.Errorf("report %+v", report)
	}
	if _, err := os.Stat(filepath.Join(w.config.Journal, "06-04-2024.md")); err == nil {
		t.Error("the note was written without a page")
	}
	if report := w.run(); report.Read != 0 || w.calls() != 3 {
		t.Errorf("tried again at once: %+v", report)
	}
	w.mu.Lock()
	broken = false
	w.mu.Unlock()
	if err := transcribe.Retry(t.Context(), w.store, "06-04-2024.pdf"); err != nil {
		t.Fatal(err)
	}
	w.run()
	if note := w.note("06-04-2024.md"); note != fmt.Sprintf(read, "06-04-2024.pdf", "One.\n\nTwo.\n\nThree.") || w.calls() != 4 {
		t.Errorf("%d calls, the note is\n%s", w.calls(), note)
	}
}

func TestMissingPageIsMarked(t *testing.T) {
	w := newWorld(t, "openai")
	w.config.Partial = true
	w.scan("06-04-2024.pdf", "One.", "Two.")
	w.says = func(text string, call int) (llmtest.Script, bool) {
		return llmtest.Script{Status: http.StatusBadRequest}, text == "Two." && call < 3
	}
	w.run()
	if note := w.note("06-04-2024.md"); !strings.Contains(note, "One.\n\n[page 2 of 06-04-2024.pdf is missing]\n") {
		t.Errorf("the note is\n%s", note)
	}
	later := time.Now().Add(2 * time.Minute)
	w.config.Now = func() time.Time { return later }
	w.run()
	if note := w.note("06-04-2024.md"); !strings.Contains(note, "One.\n\nTwo.\n") || w.stages() != "06-04-2024.pdf written" {
		t.Errorf("%s; the note is\n%s", w.stages(), note)
	}
}

// What is not the text of a page is asked for again, and never saved.
func TestRunawayAnswers(t *testing.T) {
	for name, bad := range map[string]llmtest.Script{
		"loop":       {Deltas: []string{"So I went. ", strings.Repeat("and then I went home ", 400)}},
		"refusal":    {Deltas: []string{"I'm sorry, but I can't help with transcribing this image."}},
		"declined":   {Deltas: []string{"I"}, Finish: llm.FinishRefusal},
		"commentary": {Deltas: []string{"Here is the transcription of the page:\n\nOne."}},
		"cut":        {Deltas: []string{"One. And th"}, Finish: llm.FinishLength},
		"empty":      {Deltas: []string{"\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "openai")
			w.scan("06-04-2024.jpg", "One.")
			w.says = func(_ string, call int) (llmtest.Script, bool) { return bad, call <= 2 }
			w.run()
			if note := w.note("06-04-2024.md"); !strings.Contains(note, "\nOne.\n") || w.calls() != 3 {
				t.Errorf("%d calls, the note is\n%s", w.calls(), note)
			}
			w.scan("06-05-2024.jpg", "Two.")
			w.says = func(string, int) (llmtest.Script, bool) { return bad, true }
			report := w.run()
			if len(report.Failed) != 1 || !strings.Contains(report.Failed[0].Error, "Asked 3 times") || w.calls() != 6 {
				t.Errorf("%d calls, %+v", w.calls(), report)
			}
		})
	}
}

// A scan that is renamed, moved or touched is not paid for again.
func TestRenamedScan(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024.jpg", "One.")
	w.run()
	from, to := filepath.Join(w.config.Journal, "06-04-2024.jpg"), filepath.Join(w.config.Journal, "06-05-2024.jpg")
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
	w.run()
	if note := w.note("06-05-2024.md"); !strings.Contains(note, "\nOne.\n") || w.calls() != 1 || w.stages() != "06-05-2024.jpg written" {
		t.Errorf("%d calls, %s, the note is\n%s", w.calls(), w.stages(), note)
	}
	if err := os.Chtimes(to, time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if report := w.run(); report.Read != 0 || w.calls() != 1 {
		t.Errorf("touched: %+v", report)
	}
}

func TestHostileScan(t *testing.T) {
	w := newWorld(t, "openai")
	w.write("06-04-2024.png", "<html><script>alert(1)</script>")
	w.scan("06-05-2024.jpg", "Two.")
	report := w.run()
	if len(report.Failed) != 1 || !strings.Contains(report.Failed[0].Error, "06-04-2024.png") || report.Written != 1 {
		t.Errorf("report %+v", report)
	}
}

// Stopped at any call, it goes on where it was: no call is paid for twice whose
// answer was kept, and the notes come out the same.
func TestStoppedAnywhere(t *testing.T) {
	w := newWorld(t, "openai")
	w.config.Parallel = 1
	w.scan("06-04-2024.pdf", "One.", "Two.")
	w.scan("06-05-2024 a.jpg", "Three.")
	w.scan("06-05-2024 b.jpg", "Four.")
	for range 4 {
		ctx, cancel := context.WithCancel(t.Context())
		w.says = func(string, int) (llmtest.Script, bool) {
			time.AfterFunc(5*time.Millisecond, cancel) // about when the answer is kept
			return llmtest.Script{}, false
		}
		_, _ = transcribe.New(w.config).Run(ctx, nil)
		cancel()
	}
	w.says = nil
	kept := w.keptPages()
	before := w.calls()
	w.run()
	if again := w.calls() - before; again != 4-kept {
		t.Errorf("%d pages were kept, %d calls were made for the rest", kept, again)
	}
	if w.note("06-04-2024.md") != fmt.Sprintf(read, "06-04-2024.pdf", "One.\n\nTwo.") || !strings.Contains(w.note("06-05-2024.md"), "\nThree.\n\nFour.\n") {
		t.Errorf("the notes are\n%s\n%s", w.note("06-04-2024.md"), w.note("06-05-2024.md"))
	}
}

// keptPages counts the pages whose text is kept.
func (w *world) keptPages() int {
	w.t.Helper()
	p := transcribe.New(w.config)
	n := 0
	for _, s := range must(w.store.Scans(w.t.Context()))(w.t) {
		// A scan whose reading was stopped may not have its pages counted yet: no
		// scan of these tests has more than two that count here.
		for page := range max(2, s.Pages) {
			if _, ok, err := w.store.PageText(w.t.Context(), p.Key(s.Hash, page+1)); ok && err == nil {
				n++
			}
		}
	}
	return n
}

func TestVaultThatIsGone(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024.jpg", "One.")
	w.run()
	if err := os.Rename(w.config.Journal, w.config.Journal+"-away"); err != nil {
		t.Fatal(err)
	}
	if _, err := transcribe.New(w.config).Run(t.Context(), nil); err == nil {
		t.Error("a folder that is gone is no error")
	}
	if w.stages() != "06-04-2024.jpg written" {
		t.Errorf("stages %s", w.stages())
	}
}

func TestProgress(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024.pdf", "One.", "Two.")
	var mu sync.Mutex
	var seen []string
	_, err := transcribe.New(w.config).Run(t.Context(), func(s store.ScanState) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, fmt.Sprintf("%s %d/%d", s.Stage, s.Done, s.Pages))
	})
	if want := []string{"found 0/2", "found 1/2", "found 2/2", "transcribed 2/2", "written 2/2"}; err != nil || !slices.Equal(seen, want) {
		t.Errorf("%q, %v", seen, err)
	}
}

// Without a model the scans are found, and wait.
func TestWithoutAModel(t *testing.T) {
	w := newWorld(t, "openai")
	model := w.config.Model
	w.config.Model = nil
	w.scan("06-04-2024.jpg", "One.")
	if report := w.run(); report.Scans != 1 || report.Read != 0 || w.stages() != "06-04-2024.jpg found" {
		t.Errorf("%+v, %s", report, w.stages())
	}
	w.config.Model = model
	if w.run(); w.stages() != "06-04-2024.jpg written" {
		t.Errorf("stages %s", w.stages())
	}
}

// A page that was read badly is read again alone, and its note follows.
func TestReadAgain(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024.pdf", "One.", "Too.")
	w.run()
	w.says = func(text string, _ int) (llmtest.Script, bool) {
		return llmtest.Script{Deltas: []string{"Two."}}, text == "Too."
	}
	if err := transcribe.ReadAgain(t.Context(), w.store, w.config.Ref, w.config.Picture, "06-04-2024.pdf", 2); err != nil {
		t.Fatal(err)
	}
	w.run()
	if note := w.note("06-04-2024.md"); note != fmt.Sprintf(read, "06-04-2024.pdf", "One.\n\nTwo.") || w.calls() != 3 {
		t.Errorf("%d calls, the note is\n%s", w.calls(), note)
	}
	if err := transcribe.ReadAgain(t.Context(), w.store, w.config.Ref, w.config.Picture, "nowhere.pdf", 1); daybook.KindOf(err) != daybook.NotFound {
		t.Errorf("error %v", err)
	}
}

// A scan that is still being copied is left alone, with its note, and so is
// nothing whose time lies ahead: that is another clock.
func TestScanThatIsBeingCopied(t *testing.T) {
	w := newWorld(t, "openai")
	w.config.Settle = time.Minute
	w.scan("06-04-2024 a.jpg", "One.")
	w.scan("06-04-2024 b.jpg", "Two.")
	w.scan("06-05-2024.jpg", "Three.")
	for name, age := range map[string]time.Duration{"06-04-2024 a.jpg": 2 * time.Minute, "06-05-2024.jpg": -time.Hour} {
		at := time.Now().Add(-age)
		if err := os.Chtimes(filepath.Join(w.config.Journal, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if r := w.run(); r.Settling != 1 || r.Written != 1 || w.calls() != 1 || !strings.Contains(w.note("06-05-2024.md"), "Three.") {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
	later := time.Now().Add(2 * time.Minute)
	w.config.Now = func() time.Time { return later }
	if r := w.run(); r.Settling != 0 || r.Written != 1 || w.calls() != 3 || !strings.Contains(w.note("06-04-2024.md"), "One.\n\nTwo.") {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
}

// known are texts of journals: of the demo's, and of a real one where there is
// one.
func known(t *testing.T) (texts []string) {
	t.Helper()
	folders := []fs.FS{must(fs.Sub(demo.FS(), "journal"))(t)}
	if _, err := os.Stat("../../../shared/journals/pepys-1660-1664"); err == nil {
		folders = append(folders, os.DirFS("../../../shared/journals/pepys-1660-1664"))
	} else {
		t.Log("LEFT OUT: pages of a real journal, which is not in ../shared")
	}
	for _, folder := range folders {
		n := 0
		err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || n == 4 {
				return err
			}
			data, err := fs.ReadFile(folder, name)
			if err != nil {
				return err
			}
			title := strings.TrimSuffix(path.Base(name), ".md")
			parsed, err := vault.Parse(vault.File{Kind: "daily", Path: path.Base(name), Title: title}, data)
			if err == nil && len(parsed.Text) > 200 {
				texts = append(texts, strings.Join(strings.Fields(parsed.Text), " "))
				n++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

// Pages in handwriting – grained, askew, unevenly lit – of known texts come out
// as those texts, whatever the format of the scan.
func TestHandwrittenPages(t *testing.T) {
	hands := must(scantest.Hands("../.."))(t)
	if len(hands) == 0 {
		t.Log("LEFT OUT: handwriting, whose fonts scripts/fetch-fonts.sh fetches; the pages are typed")
		hands = []scantest.Hand{scantest.Type()}
	}
	w := newWorld(t, "openai")
	texts := known(t)
	want := map[string]string{}
	page := func(i int) *image.RGBA {
		return hands[i%len(hands)].Write(texts[i%len(texts)], scantest.Sheet{W: 620, H: 877, Size: 26, Turn: float64(i%5) - 2, Light: 70, Grain: 9, Seed: uint64(i)})
	}
	for i, ext := range []string{"png", "jpg", "tiff", "pdf", "pdf", "jpg"} {
		pages := []string{texts[(2*i)%len(texts)]}
		var data []byte
		switch ext {
		case "png":
			data = scantest.PNG(page(2 * i))
		case "jpg":
			data = scantest.JPEG(page(2 * i))
		case "tiff":
			data = scantest.TIFF(scantest.Gray(page(2*i)), scantest.Gray(page(2*i+1)))
			pages = append(pages, texts[(2*i+1)%len(texts)])
		case "pdf":
			data = scantest.PDF(scantest.JPEG(page(2*i)), scantest.JPEG(page(2*i+1)))
			pages = append(pages, texts[(2*i+1)%len(texts)])
		}
		day := fmt.Sprintf("06-%02d-2024", i+1)
		w.written(day+"."+ext, data, pages...)
		want[day+".md"] = strings.Join(pages, "\n\n")
	}
	for i, ext := range []string{"heic", "webp"} {
		day := fmt.Sprintf("07-%02d-2024", i+1)
		w.written(day+"."+ext, scantest.File("hand."+ext), scantest.Handwritten)
		want[day+".md"] = scantest.Handwritten
	}
	if report := w.run(); report.Written != len(want) || len(report.Failed)+len(report.Kept) != 0 {
		t.Fatalf("report %+v", report)
	}
	for name, text := range want {
		note := w.note(name)
		parsed := must(vault.Parse(vault.File{Path: name, Title: strings.TrimSuffix(name, ".md"), Kind: "daily"}, []byte(note)))(t)
		if parsed.Text != text {
			t.Errorf("%s is not what was written on its pages", name)
		}
	}
}

// One picture that lies in the journal several times is paid for once, also when
// it is read for all of them at the same moment.
func TestSamePictureAtOnce(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-01-2024.jpg", "One.")
	data := must(os.ReadFile(filepath.Join(w.config.Journal, "06-01-2024.jpg")))(t)
	for day := 2; day <= 6; day++ {
		w.write(fmt.Sprintf("06-%02d-2024.jpg", day), string(data))
	}
	if r := w.run(); r.Written != 6 || w.calls() != 1 {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
}

// A note that could not be read, and was mended, has its scan read at once.
// A note that a synchronising program brings is older than when it was looked at
// last, and a change all the same.
func TestRoomThatWasMadeElsewhere(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the system does not tell when a file was put in its place")
	}
	w := newWorld(t, "openai")
	w.write("06-04-2024.md", "My own words.\n")
	w.scan("06-04-2024.jpg", "One.")
	if r := w.run(); len(r.Kept) != 1 || w.calls() != 0 {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
	time.Sleep(20 * time.Millisecond)
	brought := w.write("brought", "### Page\n![[06-04-2024.jpg]]\n### Transcription\n")
	elsewhere := time.Now().Add(-time.Hour)
	if err := errors.Join(os.Chtimes(brought, elsewhere, elsewhere), os.Rename(brought, filepath.Join(w.config.Journal, "06-04-2024.md"))); err != nil {
		t.Fatal(err)
	}
	if r := w.run(); r.Written != 1 || !strings.HasSuffix(w.note("06-04-2024.md"), "### Transcription\nOne.\n") {
		t.Errorf("%+v: %s", r, w.note("06-04-2024.md"))
	}
}

// A scan that no note can show is not paid for before somebody renames it.
func TestNameThatCannotBeLinked(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024 #1.jpg", "One.")
	if r := w.run(); len(r.Failed) != 1 || !strings.Contains(r.Failed[0].Error, "rename the file") || w.calls() != 0 {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
	if err := os.Rename(filepath.Join(w.config.Journal, "06-04-2024 #1.jpg"), filepath.Join(w.config.Journal, "06-04-2024 1.jpg")); err != nil {
		t.Fatal(err)
	}
	if r := w.run(); r.Written != 1 || len(r.Failed) != 0 || w.calls() != 1 {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
}

// What was erased with its note does not come back with a further scan of the
// day, but with a note that shows it.
func TestErasedScan(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024.jpg", "A secret.")
	w.run()
	if err := os.Remove(filepath.Join(w.config.Journal, "06-04-2024.md")); err != nil {
		t.Fatal(err)
	}
	erased := must(w.store.Scans(t.Context()))(t)[0]
	erased.Stage, erased.Error = store.Kept, store.NoteDeleted
	if err := errors.Join(w.store.PutScans(t.Context(), erased), w.store.ForgetScan(t.Context(), erased.Hash), w.store.PutWritten(t.Context(), "06-04-2024.md", store.WrittenNote{})); err != nil {
		t.Fatal(err)
	}
	w.scan("06-04-2024 2.jpg", "No secret.")
	for range 3 {
		time.Sleep(20 * time.Millisecond) // a note's time may be that coarse
		report := w.run()
		if note := w.note("06-04-2024.md"); strings.Contains(note, "A secret") || strings.Contains(note, "06-04-2024.jpg") || w.calls() != 2 || len(report.Kept) != 1 {
			t.Fatalf("%+v, %d calls: %s", report, w.calls(), note)
		}
	}
	book := &transcribe.Book{Store: w.store, Renderer: w.config.Renderer}
	if pages := must(book.Pages(t.Context(), &daybook.Entry{Kind: daybook.Daily, Path: "06-04-2024.md", Text: "No secret."}))(t); len(pages) != 1 || pages[0].Scan != "06-04-2024 2.jpg" {
		t.Errorf("pages %+v", pages)
	}
	w.write("06-04-2024.md", strings.Replace(w.note("06-04-2024.md"), "![[", "![[06-04-2024.jpg]]\n![[", 1))
	if r := w.run(); r.Written != 1 || w.calls() != 3 || !strings.HasSuffix(w.note("06-04-2024.md"), "A secret.\n\nNo secret.\n") {
		t.Errorf("%+v, %d calls: %s", r, w.calls(), w.note("06-04-2024.md"))
	}
}

func TestMendedNote(t *testing.T) {
	w := newWorld(t, "openai")
	w.write("06-04-2024.md", "---\nmood: [\n---\n")
	w.scan("06-04-2024.jpg", "One.")
	if r := w.run(); len(r.Failed) != 1 || !strings.Contains(r.Failed[0].Error, "front matter") || w.calls() != 0 {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
	w.run()
	time.Sleep(20 * time.Millisecond) // a note's time may be that coarse
	w.write("06-04-2024.md", "---\nmood: [fine]\n---\n")
	if r := w.run(); r.Written != 1 || w.calls() != 1 || !strings.Contains(w.note("06-04-2024.md"), "mood: [fine]\n") {
		t.Errorf("%+v, %d calls: %s", r, w.calls(), w.note("06-04-2024.md"))
	}
}

// A scan that was found may have become a link by the time it is opened, and so
// may a folder on the way: what lies outside of the journal is neither shown nor
// sent to a model.
func TestLinksLeadNowhere(t *testing.T) {
	w := newWorld(t, "openai")
	w.write("06-04-2024.md", "### Transcription\n")
	w.scan("06-04-2024.jpg", "My own words.")
	w.write("2024/06-05-2024.md", "### Transcription\n")
	w.scan("2024/06-05-2024.jpg", "More of them.")
	w.run()
	another := filepath.Join(w.dir, "another")
	if err := os.MkdirAll(another, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"06-04-2024.jpg", "06-05-2024.jpg"} {
		if err := os.WriteFile(filepath.Join(another, name), scantest.JPEG(scantest.Paper(200, 300, 99)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"06-04-2024.jpg": filepath.Join(another, "06-04-2024.jpg"), "2024": another} {
		path := filepath.Join(w.config.Journal, name)
		if err := errors.Join(os.RemoveAll(path), os.Symlink(to, path)); err != nil {
			t.Skipf("there are no links here: %v", err)
		}
	}
	book := &transcribe.Book{Store: w.store, Renderer: w.config.Renderer}
	for _, scan := range []string{"06-04-2024.jpg", "2024/06-05-2024.jpg", "../another/06-04-2024.jpg"} {
		if picture, err := book.Image(t.Context(), transcribe.Page{Scan: scan, Page: 1}, 0); daybook.KindOf(err) != daybook.NotFound {
			t.Errorf("%s: a picture of %d bytes, %v", scan, len(picture.Data), err)
		}
	}
	for _, scan := range must(w.store.Scans(t.Context()))(t) {
		if err := transcribe.ReadAgain(t.Context(), w.store, w.config.Ref, w.config.Picture, scan.Path, 1); err != nil {
			t.Fatal(err)
		}
	}
	before := w.calls()
	if _, err := transcribe.New(w.config).Help(t.Context(), nil); err != nil || w.calls() != before {
		t.Errorf("%d pages were sent, %v", w.calls()-before, err)
	}
}
