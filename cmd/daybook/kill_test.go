package main

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook/internal/llm/llmtest"
)

// TestKilledWhileTranscribing kills a program that transcribes at random
// moments. Every note is then as it was or as it is to be, nothing is asked for
// again whose answer was kept, and in the end all is done. DAYBOOK_KILLS says
// how often; 200 was tried.
func TestKilledWhileTranscribing(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	kills, documents := 12, 6
	if n, err := strconv.Atoi(os.Getenv("DAYBOOK_KILLS")); err == nil {
		kills, documents = n, 50
	}
	p, calls := unhurried(t)
	for i := range documents {
		p.scan(fmt.Sprintf("%02d-%02d-2024.jpg", 1+i%12, 1+i/12), uint64(i))
	}
	embeddings := p.embedsToo()
	random := rand.New(rand.NewPCG(1, uint64(kills)))
	kept := map[string]string{} // by the picture's text
	for n := 0; n < kills; n++ {
		cmd := p.starts("index")
		time.Sleep(50*time.Millisecond + time.Duration(random.IntN(700))*time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		p.checkNotes()
		embeddings.kept(p)
		for key, text := range p.pageTexts() {
			if before, ok := kept[key]; ok && before != text {
				t.Errorf("kill %d: a page that was kept was asked for again", n)
			}
			kept[key] = text
		}
	}
	if out, errs, code := p.types("index"); code != exitOK {
		t.Fatalf("code %d\n%s%s", code, out, errs)
	}
	p.checkNotes()
	texts := p.pageTexts()
	for key, text := range kept {
		if texts[key] != text {
			t.Error("a page that was kept was asked for again")
		}
	}
	notes, _ := filepath.Glob(filepath.Join(p.dir, "journal", "*.md"))
	if len(notes) != documents || len(texts) != documents {
		t.Errorf("%d notes, %d pages of %d documents", len(notes), len(texts), documents)
	}
	if left, _ := filepath.Glob(filepath.Join(p.dir, "journal", ".*")); len(left) > kills {
		t.Errorf("left behind: %q", left)
	}
	embeddings.check(t, documents)
	t.Logf("%d kills, %d documents, %d calls, %d pages kept at the last kill", kills, documents, calls(), len(kept))
}

// unhurried is a reader whose model takes a while, and says something else at
// every call.
func unhurried(t *testing.T) (*person, func() int) {
	p, _ := reader(t, "")
	var mu sync.Mutex
	calls := 0
	fake := llmtest.Start(t, func(r llmtest.Request) llmtest.Script {
		mu.Lock()
		defer mu.Unlock()
		calls++
		return llmtest.Script{First: 100 * time.Millisecond, Deltas: []string{fmt.Sprintf("Page %x, as read by call %d.", sha256.Sum256(r.Messages[0].Images[0].Data), calls)}}
	})
	p.env["OPENAI_BASE_URL"] = fake.BaseURL("openai")
	p.env["DAYBOOK_PAGES_AT_ONCE"] = "3"
	return p, func() int {
		mu.Lock()
		defer mu.Unlock()
		return calls
	}
}

// starts runs the program in a process of its own.
func (p *person) starts(args ...string) *exec.Cmd {
	p.t.Helper()
	program, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.Command(program, args...)
	cmd.Env = processEnv(p.env)
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	return cmd
}

// checkNotes fails for a note that is torn: one is either new, with nothing
// below its scan, or has a whole text.
func (p *person) checkNotes() {
	p.t.Helper()
	notes, err := filepath.Glob(filepath.Join(p.dir, "journal", "*.md"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, path := range notes {
		data, err := os.ReadFile(path)
		if err != nil {
			p.t.Fatal(err)
		}
		note := string(data)
		scan := strings.TrimSuffix(filepath.Base(path), ".md") + ".jpg"
		fresh := "#day\n### Page\n![[" + scan + "]]\n"
		head := "---\ntranscription: \"True\"\n---\n\n" + fresh + "\n### Transcription\nPage "
		if note != fresh && (!strings.HasPrefix(note, head) || !strings.HasSuffix(note, ".\n") || strings.Count(note, "Page ") != 1) {
			p.t.Errorf("%s is torn:\n%s", path, note)
		}
	}
}

// pageTexts are what is kept of the pages, by the picture.
func (p *person) pageTexts() map[string]string {
	p.t.Helper()
	texts := map[string]string{}
	for _, text := range p.rows("SELECT key, text FROM page_texts") {
		picture, _, _ := strings.Cut(text, ",")
		texts[picture] = text
	}
	return texts
}

// rows are the rows of two columns that a query has in the store's file, none
// where there is no such file or table yet.
func (p *person) rows(query string) map[string]string {
	p.t.Helper()
	found := map[string]string{}
	file := filepath.Join(p.env["DAYBOOK_DATA"], "journal", "daybook.db")
	if _, err := os.Stat(file); err != nil {
		return found
	}
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(p.t.Context(), query)
	if err != nil {
		return found // killed before the tables were made
	}
	defer rows.Close()
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			p.t.Fatal(err)
		}
		found[key] = value
	}
	if err := rows.Err(); err != nil {
		p.t.Fatal(err)
	}
	return found
}

// embeddings are the texts that were sent to be embedded, and those of them
// whose vectors were found to be kept.
type embeddings struct {
	mu    sync.Mutex
	sent  map[[16]byte]int
	atEnd map[[16]byte]int // how often one was sent when it was first found kept
}

// embedsToo has the person's passages embedded by a model of its own.
func (p *person) embedsToo() *embeddings {
	e := &embeddings{sent: map[[16]byte]int{}, atEnd: map[[16]byte]int{}}
	fake := llmtest.Start(p.t, func(r llmtest.Request) llmtest.Script {
		e.mu.Lock()
		defer e.mu.Unlock()
		for _, text := range r.Inputs {
			sum := sha256.Sum256([]byte(text))
			e.sent[[16]byte(sum[:16])]++
		}
		return llmtest.Script{First: 50 * time.Millisecond}
	})
	config := filepath.Join(p.dir, "config.toml")
	text := fmt.Sprintf("[providers.other]\nbase_url = %q\napi_key = %q\n", fake.BaseURL("openai"), llmtest.Key)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.env["DAYBOOK_CONFIG"], p.env["DAYBOOK_MODEL_EMBEDDING"] = config, "other/small"
	return e
}

// kept looks for the vectors that are kept.
func (e *embeddings) kept(p *person) {
	p.t.Helper()
	file := filepath.Join(p.env["DAYBOOK_DATA"], "journal", "index.db")
	if _, err := os.Stat(file); err != nil {
		return
	}
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(p.t.Context(), "SELECT hash FROM vectors")
	if err != nil {
		return // killed before the tables were made
	}
	defer rows.Close()
	e.mu.Lock()
	defer e.mu.Unlock()
	for rows.Next() {
		var hash []byte
		if err := rows.Scan(&hash); err != nil {
			p.t.Fatal(err)
		}
		if _, known := e.atEnd[[16]byte(hash)]; !known {
			e.atEnd[[16]byte(hash)] = e.sent[[16]byte(hash)]
		}
	}
	if err := rows.Err(); err != nil {
		p.t.Fatal(err)
	}
}

// check fails for a text that was sent again after its vector was kept.
func (e *embeddings) check(t *testing.T, documents int) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	for key, n := range e.atEnd {
		if e.sent[key] != n {
			t.Errorf("a passage whose vector was kept was sent again: %d times, not %d", e.sent[key], n)
		}
	}
	if len(e.sent) < documents {
		t.Errorf("%d passages of %d documents were embedded", len(e.sent), documents)
	}
	t.Logf("%d passages embedded, %d of them before the last kill", len(e.sent), len(e.atEnd))
}

// Killed at any moment while another model's vectors are built, the vectors that
// serve are complete: those of before, or the new ones, which go on where they
// were.
func TestKilledWhileAnotherModelIsBuilt(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	const notes = 700
	p := newPerson(t)
	texts := map[string]string{}
	for i := range notes {
		texts[time.Date(2022, 1, 1+i, 0, 0, 0, 0, time.UTC).Format("01-02-2006")+".md"] = fmt.Sprintf("Day %d, and nothing else.", i)
	}
	p.journal(texts)
	fake := p.embeds(func(r llmtest.Request) llmtest.Script {
		if strings.HasSuffix(r.Model, "-large") {
			return llmtest.Script{First: 150 * time.Millisecond, Dim: 96}
		}
		return llmtest.Script{}
	})
	if out, errs, code := p.types("index"); code != exitOK {
		t.Fatalf("code %d\n%s%s", code, out, errs)
	}
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "openai/text-embedding-3-large"
	random := rand.New(rand.NewPCG(2, 2))
	for range 10 {
		cmd := p.starts("index")
		time.Sleep(50*time.Millisecond + time.Duration(random.IntN(500))*time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		serving, vectors := p.serving()
		if vectors[serving] != notes {
			t.Errorf("%q serves, of %v", serving, vectors)
		}
	}
	if out, errs, code := p.types("index"); code != exitOK {
		t.Fatalf("code %d\n%s%s", code, out, errs)
	}
	if serving, vectors := p.serving(); serving != "openai/text-embedding-3-large" || len(vectors) != 1 || vectors[serving] != notes {
		t.Errorf("%q serves, of %v", serving, vectors)
	}
	sent := 0
	for _, r := range fake.Requests() {
		if strings.HasSuffix(r.Model, "-large") {
			sent += len(r.Inputs)
		}
	}
	t.Logf("%d passages sent for %d vectors", sent, notes)
}

// serving reads from the data whose vectors serve, and how many each model has.
func (p *person) serving() (model string, vectors map[string]int) {
	p.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(p.env["DAYBOOK_DATA"], "journal", "index.db"))
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(p.t.Context(), "SELECT value FROM meta WHERE key = 'user:embedding.serving'").Scan(&model); err != nil {
		p.t.Fatal(err)
	}
	_, model, _ = strings.Cut(model, " ")
	vectors = map[string]int{}
	rows, err := db.QueryContext(p.t.Context(), "SELECT s.model, count(v.hash) FROM spaces s LEFT JOIN vectors v ON v.space = s.id GROUP BY s.id")
	if err != nil {
		p.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			p.t.Fatal(err)
		}
		vectors[name] = n
	}
	if err := rows.Err(); err != nil {
		p.t.Fatal(err)
	}
	return model, vectors
}
