package transcribe_test

import (
	"context"
	"crypto/sha256"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/llm/anthropic"
	"daybook/internal/llm/gemini"
	"daybook/internal/llm/llmhttp"
	"daybook/internal/llm/llmtest"
	"daybook/internal/llm/openai"
	"daybook/internal/pages"
	"daybook/internal/pages/scantest"
	"daybook/internal/prompts"
	"daybook/internal/store/sqlite"
	"daybook/internal/transcribe"
	"daybook/internal/vault"
	"daybook/internal/vault/edit"
)

// The decoder process is built without the race detector, which makes it slow.
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

// child is the decoder program; decoders is the folder with its compiled code.
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

// world is a journal with scans and a model that knows their texts.
type world struct {
	t        *testing.T
	dir      string
	renderer *pages.Renderer
	store    *sqlite.Store
	fake     *llmtest.Server
	config   transcribe.Config

	mu    sync.Mutex
	texts map[[32]byte]string // by the hash of the picture
	// says, if it is not nil, is called first.
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
		Editor: edit.NewEditor(root, edit.NewHistory(edit.HistoryOptions{Dir: filepath.Join(w.dir, "history"), Kind: daybook.Daily, Notes: root.Name()}).By(edit.Transcription)),
		Ref:    llm.Ref{Provider: provider, Model: "m"}, Prompts: must(prompts.Load(nil))(t), Now: time.Now,
		Hints: func(context.Context) (prompts.Transcribe, error) {
			return prompts.Transcribe{Tags: []string{"#swimming"}, Names: []string{"Ursula"}}, nil
		},
	}
	switch provider {
	case "anthropic":
		w.config.Model = anthropic.New(anthropic.Config{APIKey: llmtest.Key, BaseURL: w.fake.BaseURL(provider), HTTPClient: client}).Chat
	case "gemini":
		w.config.Model = gemini.New(gemini.Config{APIKey: llmtest.Key, BaseURL: w.fake.BaseURL(provider), HTTPClient: client}).Chat
	default:
		w.config.Model = openai.New(openai.Config{Name: "openai", APIKey: llmtest.Key, BaseURL: w.fake.BaseURL("openai"), HTTPClient: client}).Chat
	}
	return w
}

// play answers with the text of the picture.
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

// scan adds a scan to the journal, with a picture for each text.
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

// written adds a file with the given texts on its pages to the journal.
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
