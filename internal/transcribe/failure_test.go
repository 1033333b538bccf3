package transcribe_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
	"daybook/internal/pages/scantest"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
	"daybook/internal/transcribe"
)

// fullStore is a store on a disk that is full.
type fullStore struct {
	*sqlite.Store
	full bool
}

var errFull = daybook.Errorf(daybook.Unavailable, "The disk is full.")

func (s *fullStore) WriteScans(ctx context.Context, b store.ScanBatch) error {
	if s.full && (len(b.Pages) > 0 || len(b.Put) > 0 && b.Put[0].Pages > 0) {
		return errFull
	}
	return s.Store.WriteScans(ctx, b)
}

// If nothing can be stored, no page is paid for, and none twice.
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
	if testing.Short() {
		t.Skip("slow")
	}
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

func TestOnlyWhatLiesInTheScanIsGivenUp(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		calls  int // in twelve tries, each two hours and more after the one before
	}{
		{http.StatusBadRequest, "invalid_image", 8},
		{http.StatusUnauthorized, "invalid_api_key", 12},
		{http.StatusTooManyRequests, "insufficient_quota", 12},
	} {
		w := newWorld(t, "openai")
		w.scan("06-04-2024.png", "One.")
		refused, now := true, time.Now()
		w.config.Now = func() time.Time { return now }
		w.says = func(string, int) (llmtest.Script, bool) {
			return llmtest.Script{Status: c.status, Code: c.code}, refused
		}
		for range 12 {
			w.run()
			now = now.Add(3 * time.Hour)
		}
		if w.calls() != c.calls {
			t.Errorf("%d %s: %d calls, want %d", c.status, c.code, w.calls(), c.calls)
		}
		w.mu.Lock()
		refused = false
		w.mu.Unlock()
		if report := w.run(); (report.Written == 1) != (c.calls == 12) {
			t.Errorf("%d %s: when it was well again %+v", c.status, c.code, report)
		}
	}
}

func TestMissingPageIsMarked(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
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

// An answer that is not the text of a page is requested again and never saved.
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
			if name == "commentary" { // what is around the page can be told from it
				if note := w.note("06-05-2024.md"); !strings.Contains(note, "\nOne.\n") || strings.Contains(note, "transcription of") || w.calls() != 6 {
					t.Errorf("%d calls, the note is\n%s", w.calls(), note)
				}
				return
			}
			if len(report.Failed) != 1 || !strings.Contains(report.Failed[0].Error, "Asked 3 times") || w.calls() != 6 {
				t.Errorf("%d calls, %+v", w.calls(), report)
			}
		})
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

// After being stopped at any call, a run continues: no stored answer is paid
// for twice, and the notes are the same.
func TestStoppedAnywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	w := newWorld(t, "openai")
	w.config.Parallel = 1
	w.scan("06-04-2024.pdf", "One.", "Two.")
	w.scan("06-05-2024 a.jpg", "Three.")
	w.scan("06-05-2024 b.jpg", "Four.")
	for range 4 {
		ctx, cancel := context.WithCancel(t.Context())
		w.says = func(string, int) (llmtest.Script, bool) {
			time.AfterFunc(5*time.Millisecond, cancel) // about when the answer is stored
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

// keptPages counts the pages with a stored text.
func (w *world) keptPages() int {
	w.t.Helper()
	p := transcribe.New(w.config)
	n := 0
	for _, s := range must(w.store.Scans(w.t.Context()))(w.t) {
		// The pages of an interrupted scan may not be counted yet. No scan of
		// these tests has more than two.
		for page := range max(2, s.Pages) {
			if _, ok, err := store.PageTextOf(w.t.Context(), w.store, p.Key(s.Hash, page+1)); ok && err == nil {
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

// Without a model, scans are found and wait.
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

// A scan that no note can embed is not paid for until it is renamed.
func TestNameThatCannotBeLinked(t *testing.T) {
	w := newWorld(t, "openai")
	w.scan("06-04-2024 #1.jpg", "One.")
	if r := w.run(); len(r.Failed) != 1 || !strings.Contains(r.Failed[0].Error, "Rename the file") || w.calls() != 0 {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
	if err := os.Rename(filepath.Join(w.config.Journal, "06-04-2024 #1.jpg"), filepath.Join(w.config.Journal, "06-04-2024 1.jpg")); err != nil {
		t.Fatal(err)
	}
	if r := w.run(); r.Written != 1 || len(r.Failed) != 0 || w.calls() != 1 {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
}

// The scan of a note that could not be read is read as soon as the note is
// repaired.
func TestMendedNote(t *testing.T) {
	w := newWorld(t, "openai")
	w.write("06-04-2024.md", "---\nmood: [fine]\n---\n\x00")
	w.scan("06-04-2024.jpg", "One.")
	if r := w.run(); len(r.Failed) != 1 || !strings.Contains(r.Failed[0].Error, "NUL") || w.calls() != 0 {
		t.Errorf("%+v, %d calls", r, w.calls())
	}
	w.run()
	time.Sleep(20 * time.Millisecond) // file times may be that coarse
	w.write("06-04-2024.md", "---\nmood: [fine]\n---\n")
	if r := w.run(); r.Written != 1 || w.calls() != 1 || !strings.Contains(w.note("06-04-2024.md"), "mood: [fine]\n") {
		t.Errorf("%+v, %d calls: %s", r, w.calls(), w.note("06-04-2024.md"))
	}
}

// A scan or a folder on its path may become a link before it is opened: a file
// outside the journal is neither shown nor sent to a model.
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
