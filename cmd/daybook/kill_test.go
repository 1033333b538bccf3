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
	kills, documents := 12, 6
	if n, err := strconv.Atoi(os.Getenv("DAYBOOK_KILLS")); err == nil {
		kills, documents = n, 50
	}
	p, calls := unhurried(t)
	for i := range documents {
		p.scan(fmt.Sprintf("%02d-%02d-2024.jpg", 1+i%12, 1+i/12), uint64(i))
	}
	random := rand.New(rand.NewPCG(1, uint64(kills)))
	kept := map[string]string{} // by the picture's text
	for n := 0; n < kills; n++ {
		cmd := p.starts("index")
		time.Sleep(50*time.Millisecond + time.Duration(random.IntN(700))*time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		p.checkNotes()
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
	cmd.Env = []string{"DAYBOOK_TEST_MAIN=1", "PATH=" + os.Getenv("PATH")}
	for name, value := range p.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
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
