package httpapi_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/vault/edit"
)

func TestWritesSayWhatTheyReplace(t *testing.T) {
	w := newWorld(t, options{})
	e := w.entry("2024-03-09")
	writes := []struct {
		method, path string
		body         any
	}{{http.MethodPut, "", object{"text": "x"}}, {http.MethodPut, "/transcription", object{"text": "x"}}, {http.MethodDelete, "", nil}}
	stale := `"` + strings.Repeat("ab", 32) + `"`
	for _, c := range writes {
		status, e428, _ := w.asks(c.method, "/entries/"+e.ID+c.path, c.body)
		if detail, ok := e428.Detail.(string); status != http.StatusPreconditionRequired || !ok || !strings.Contains(detail, "If-Match") {
			t.Errorf("%s %s: %d %v", c.method, c.path, status, e428.Detail)
		}
		for tag, want := range map[string]int{
			stale: 412, "W/" + *e.ETag: 412, `"` + strings.Repeat("0", 64) + `"`: 412, `"x"`: 412, stale + `, "y"`: 412, strings.Trim(*e.ETag, `"`): 422, `"`: 422,
		} {
			if status, e, _ := w.asks(c.method, "/entries/"+e.ID+c.path, c.body, "If-Match", tag); status != want {
				t.Errorf("%s %s with If-Match %s: %d %v, want %d", c.method, c.path, tag, status, e.Detail, want)
			}
		}
		for _, tag := range []string{stale, "*", `"x"`} {
			if status, e, _ := w.asks(c.method, "/entries/nobody"+c.path, c.body, "If-Match", tag); status != http.StatusNotFound {
				t.Errorf("%s %s of nobody: %d %v", c.method, c.path, status, e.Detail)
			}
		}
	}
	if w.file(e.Path) != diary[e.Path] {
		t.Errorf("it was written: %q", w.file(e.Path))
	}
	// An edit on the disk between reading and writing.
	writeFile(t, w.path(e.Path), "The owner's.")
	for _, c := range writes {
		if status, _, _ := w.asks(c.method, "/entries/"+e.ID+c.path, c.body, "If-Match", *e.ETag); status != http.StatusPreconditionFailed || w.file(e.Path) != "The owner's." {
			t.Errorf("%s %s: %d, %q", c.method, c.path, status, w.file(e.Path))
		}
	}
	_, now, _ := w.asks(http.MethodGet, "/entries/"+e.ID, nil)
	if status, e, _ := w.asks(http.MethodPut, "/entries/"+e.ID, object{"text": "Both."}, "If-Match", *e.ETag+", "+*now.ETag); status != http.StatusOK || e.text() != "Both." {
		t.Errorf("one of two tags: %d %+v", status, e)
	}
	if status, e, _ := w.asks(http.MethodPut, "/entries/"+e.ID, object{"text": ""}, "If-Match", "*"); status != http.StatusOK || e.text() != "" {
		t.Errorf("any tag: %d %+v", status, e)
	}
}

// Of writers at the same moment one wins, and the others are told.
func TestWritersAtOnce(t *testing.T) {
	w := newWorld(t, options{})
	e := w.entry("2024-03-09")
	const writers = 6
	for round := range 5 {
		statuses, tags := make([]int, writers), make([]string, writers)
		var group sync.WaitGroup
		for i := range writers {
			group.Go(func() {
				status, now, _ := w.asks(http.MethodPut, "/entries/"+e.ID, object{"text": fmt.Sprintf("Round %d, writer %d.", round, i)}, "If-Match", *e.ETag)
				statuses[i] = status
				if status == http.StatusOK {
					tags[i] = *now.ETag
				}
			})
		}
		group.Wait()
		winner := -1
		for i, status := range statuses {
			switch {
			case status == http.StatusOK && winner < 0:
				winner = i
			case status != http.StatusPreconditionFailed:
				t.Fatalf("statuses %v", statuses)
			}
		}
		if want := fmt.Sprintf("Round %d, writer %d.", round, winner); winner < 0 || w.file(e.Path) != want {
			t.Fatalf("statuses %v, note %q", statuses, w.file(e.Path))
		}
		*e.ETag = tags[winner]
	}
	h := must(w.notes.HistoryOf(t.Context(), e.ID, true))(t)
	if len(h.Versions) != 6 || h.Versions[0].Hash != h.Now || h.Versions[5].Hash != edit.Sum([]byte(diary[e.Path])) {
		t.Errorf("%d versions", len(h.Versions))
	}
}

func TestBrokenNoteIsRefused(t *testing.T) {
	w := newWorld(t, options{})
	for day, broken := range map[string]string{
		"2024-03-09": "secret caf\xe9", "2024-02-10": "secret \x00", "2024-01-05": "---\nnever closed\n", "2024-03-01": "\xff\xfe",
	} {
		e := w.entry(day)
		writeFile(t, w.path(e.Path), broken)
		for _, path := range []string{"", "/transcription"} {
			status, now, _ := w.asks(http.MethodPut, "/entries/"+e.ID+path, object{"text": "x"}, "If-Match", "*")
			detail := fmt.Sprint(now.Detail)
			typed := day == "2024-01-05" && path != "" && status == http.StatusConflict
			if status != http.StatusUnprocessableEntity && !typed || strings.Contains(detail, "secret") || w.file(e.Path) != broken {
				t.Errorf("%q%s: %d %s", broken, path, status, detail)
			}
		}
	}
}

func TestNoWayOutOfTheVault(t *testing.T) {
	w := newWorld(t, options{})
	outside := filepath.Join(w.dir, "outside.md")
	writeFile(t, outside, "zanzibarquux")
	for _, id := range []string{"%2e%2e", "..%2f..%2foutside.md", "%2e%2e%2foutside.md", "..%5coutside.md", "03-09-2024.md", "%00", strings.Repeat("x", 300)} {
		for _, method := range []string{http.MethodGet, http.MethodDelete, http.MethodPut} {
			var body any
			if method == http.MethodPut {
				body = object{"text": "x"}
			}
			status, text := w.do(method, "/entries/"+id, body, "If-Match", "*")
			if status < 400 || status >= 500 || strings.Contains(text, "zanzibarquux") {
				t.Errorf("%s %s: %d %s", method, id, status, text)
			}
		}
	}
	// A note that became a link to somewhere else.
	e := w.entry("2024-03-09")
	if err := os.Remove(w.path(e.Path)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, w.path(e.Path)); err != nil {
		t.Skip(err)
	}
	if status, now, _ := w.asks(http.MethodGet, "/entries/"+e.ID, nil); status != http.StatusOK || now.text() != diary[e.Path] || now.ETag != nil {
		t.Errorf("%d %+v", status, now)
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete} {
		var body any
		if method == http.MethodPut {
			body = object{"text": "x"}
		}
		if status, now, _ := w.asks(method, "/entries/"+e.ID, body, "If-Match", "*"); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %v", method, status, now.Detail)
		}
	}
	// A day whose place is one.
	if err := os.Symlink(outside, w.path("06-01-2024.md")); err != nil {
		t.Fatal(err)
	}
	if status, now, _ := w.asks(http.MethodPost, "/entries", object{"date": "2024-06-01", "text": "x"}); status != http.StatusConflict {
		t.Errorf("%d %v", status, now.Detail)
	}
	if data := must(os.ReadFile(outside))(t); string(data) != "zanzibarquux" {
		t.Errorf("%q", data)
	}
}

// A deleted note's words are nowhere but in the undo store, and come back from
// there byte for byte.
func TestDeleteLeavesNothing(t *testing.T) {
	w := newWorld(t, options{})
	const secret = "zanzibarquux"
	text := strings.Replace(scanned, "harboor", secret, 1)
	writeFile(t, w.path("05-01-2024.md"), text)
	w.indexed()
	e := w.entry("2024-05-01")
	ctx := t.Context()
	scan := store.ScanState{Path: "05-01-2024.pdf", Note: "05-01-2024.md", Hash: [32]byte{1}, Pages: 1, Done: 1, Stage: store.Written}
	for _, err := range []error{
		w.store.WriteScans(ctx, store.ScanBatch{Put: []store.ScanState{scan}}), w.store.WriteScans(ctx, store.ScanBatch{Pages: []store.PageText{{Key: "k", Scan: scan.Hash, Text: secret}}}), w.store.WriteScans(ctx, store.ScanBatch{Written: map[string]store.WrittenNote{scan.Note: {Text: secret, Before: secret}}}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	// Texts of many lengths move cells about in the file's pages.
	var more []entry
	for i := range 40 {
		body := object{"date": fmt.Sprintf("2023-%02d-%02d", i%12+1, i/12+1), "text": strings.Repeat(fmt.Sprintf("word%dx%d ", i, i*i), 5+i*i) + secret}
		status, e, _ := w.asks(http.MethodPost, "/entries", body)
		if status != http.StatusCreated {
			t.Fatalf("%d %v", status, e.Detail)
		}
		more = append(more, e)
	}
	if got := w.traces(secret); len(got) == 0 {
		t.Fatal("the words are not where this test looks for them")
	}
	for _, e := range append(more, e) {
		status, gone, _ := w.asks(http.MethodDelete, "/entries/"+e.ID, nil, "If-Match", *e.ETag)
		if status != http.StatusOK {
			t.Fatalf("%d %v", status, gone.Detail)
		}
	}
	if got := w.traces(secret); len(got) > 0 {
		t.Errorf("the words are still in %q", got)
	}
	if status, _, _ := w.asks(http.MethodGet, "/entries/"+e.ID, nil); status != http.StatusNotFound {
		t.Errorf("%d", status)
	}
	if got := w.search(secret).titles(); got != "" {
		t.Errorf("the search finds %s", got)
	}
	states := must(w.store.Scans(ctx))(t)
	if len(states) != 1 || states[0].Stage != store.Kept || states[0].Error == "" {
		t.Errorf("%+v", states)
	}
	if strings.Contains(w.log.String(), secret) {
		t.Error("the words are in the log")
	}
	u, err := w.notes.Undo(ctx, daybook.Daily, "05-01-2024.md", false)
	if err != nil || u.Note == nil || u.Note.ID != e.ID || w.file("05-01-2024.md") != text {
		t.Errorf("%+v, %v", u, err)
	}
	if got := w.search(secret).titles(); got != "05-01-2024" {
		t.Errorf("the search finds %q", got)
	}
}

// traces returns the files of the data, but for undo, that hold a word.
func (w *world) traces(word string) (files []string) {
	w.t.Helper()
	for _, path := range must(filepath.Glob(filepath.Join(w.dir, "data", "*.db*")))(w.t) {
		if strings.Contains(string(must(os.ReadFile(path))(w.t)), word) {
			files = append(files, filepath.Base(path))
		}
	}
	return files
}

// Deleting all notes one by one is no accident when each was asked for. While
// most are missing that nobody asked to delete, none can be deleted.
func TestDeleteMany(t *testing.T) {
	w := newWorld(t, options{})
	for i := range 60 {
		writeFile(t, w.path(fmt.Sprintf("%02d-%02d-2020.md", i%12+1, i/12+1)), fmt.Sprintf("Day %d.", i))
	}
	w.indexed()
	list := get[[]entry](w, http.MethodGet, "/entries?text=true&limit=1000&to=2020-12-31", nil)
	remove := func(e entry) (int, string) {
		t.Helper()
		status, gone, _ := w.asks(http.MethodDelete, "/entries/"+e.ID, nil, "If-Match", *e.ETag)
		return status, fmt.Sprint(gone.Detail)
	}
	for _, e := range list[:50] {
		if status, detail := remove(e); status != http.StatusOK {
			t.Fatalf("%d %s", status, detail)
		}
	}
	left := get[[]entry](w, http.MethodGet, "/entries?limit=1000", nil)
	if len(left) != 15 {
		t.Errorf("%d entries are left", len(left))
	}
	for _, e := range list[50:59] {
		if err := os.Remove(w.path(e.Path)); err != nil { // another program
			t.Fatal(err)
		}
	}
	last := list[59]
	if status, detail := remove(last); status != http.StatusServiceUnavailable || !strings.Contains(detail, "are missing") {
		t.Errorf("%d %s", status, detail)
	}
	if w.file(last.Path) == "" || len(get[[]entry](w, http.MethodGet, "/entries?limit=1000", nil)) != 15 {
		t.Error("it is deleted all the same, or the index is not kept")
	}
}

// A note that was renamed since the last look is found.
func TestWriteToARenamedNote(t *testing.T) {
	w := newWorld(t, options{})
	e := w.entry("2024-03-09")
	writeFile(t, w.path("2024/03-09-2024.md"), diary[e.Path])
	if err := os.Remove(w.path(e.Path)); err != nil {
		t.Fatal(err)
	}
	status, now, _ := w.asks(http.MethodPut, "/entries/"+e.ID, object{"text": "Moved."}, "If-Match", *e.ETag)
	if status != http.StatusOK || now.Path != "2024/03-09-2024.md" || w.file(now.Path) != "Moved." {
		t.Errorf("%d %+v", status, now)
	}
	if err := os.Remove(w.path(now.Path)); err != nil {
		t.Fatal(err)
	}
	if status, now, _ = w.asks(http.MethodPut, "/entries/"+e.ID, object{"text": "x"}, "If-Match", "*"); status != http.StatusNotFound {
		t.Errorf("%d %+v", status, now)
	}
}
