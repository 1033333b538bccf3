package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"daybook"
	"daybook/internal/store"
)

type entry struct {
	ID, Date, Title, Kind, Path string
	Text, ETag                  *string
	Dates, Tags                 []string
	Pages                       []object
	// Of an error.
	Detail  any
	EntryID string `json:"entry_id"`
}

func (e entry) text() string {
	if e.Text == nil {
		return "<null>"
	}
	return *e.Text
}

// asks sends a request about entries and returns its status, its answer and
// the answer's headers.
func (w *world) asks(method, path string, body any, headers ...string) (int, entry, http.Header) {
	w.t.Helper()
	resp := w.send(w.t.Context(), method, path, body, headers...)
	defer resp.Body.Close()
	var e entry
	if resp.StatusCode != http.StatusNotModified {
		if err := json.NewDecoder(resp.Body).Decode(&e); err != nil {
			w.t.Fatalf("%s %s: %d, %v", method, path, resp.StatusCode, err)
		}
	}
	return resp.StatusCode, e, resp.Header
}

// entry returns the only entry of a day.
func (w *world) entry(day string) entry {
	w.t.Helper()
	list := get[[]entry](w, http.MethodGet, "/entries?date="+day, nil)
	if len(list) != 1 {
		w.t.Fatalf("%d entries on %s", len(list), day)
	}
	return list[0]
}

func (w *world) path(name string) string { return filepath.Join(w.dir, "journal", name) }

func (w *world) file(name string) string {
	w.t.Helper()
	return string(must(os.ReadFile(w.path(name)))(w.t))
}

func TestListEntries(t *testing.T) {
	w := newWorld(t, options{})
	titles := func(query string) string {
		var list []string
		for _, e := range get[[]entry](w, http.MethodGet, "/entries?"+query, nil) {
			list = append(list, e.Title)
			if e.Pages == nil || e.Tags == nil || e.ID == "" || len(e.Dates) == 0 {
				t.Errorf("%s: %+v", query, e)
			}
			if whole := strings.Contains(query, "text=true") || strings.Contains(query, "date="); whole != (e.Text != nil) || whole != (e.ETag != nil) {
				t.Errorf("%s: text %v, etag %v", query, e.Text, e.ETag)
			}
		}
		return strings.Join(list, " ")
	}
	for query, want := range map[string]string{
		"":                              "04-01-2024 03-09-2024 03-01-2024_03-02-2024 02-10-2024 01-05-2024",
		"limit=2":                       "04-01-2024 03-09-2024",
		"text=true&limit=1":             "04-01-2024",
		"from=2024-02-01&to=2024-03-01": "03-01-2024_03-02-2024 02-10-2024",
		"tag=reading":                   "03-09-2024 02-10-2024",
		"tag=reading&tag=%23SWIMMING":   "",
		"type=evergreen":                "",
		"date=2024-03-02":               "03-01-2024_03-02-2024",
		"date=2024-03-03":               "",
		"date=2024-03-09&tag=swimming":  "",
	} {
		if got := titles(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	for _, query := range []string{"date=2024-02-30", "date=..", "date=2024-03-02&from=2024-01-01", "from=x", "limit=0", "limit=1001", "type=x", "from=2024-03-02&to=2024-03-01"} {
		if status, e, _ := w.asks(http.MethodGet, "/entries?"+query, nil); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %v", query, status, e.Detail)
		}
	}
}

func TestGetEntry(t *testing.T) {
	w := newWorld(t, options{})
	id := w.entry("2024-03-09").ID
	status, e, header := w.asks(http.MethodGet, "/entries/"+id, nil)
	if status != http.StatusOK || e.text() != diary["03-09-2024.md"] || *e.ETag != header.Get("ETag") || e.Path != "03-09-2024.md" || e.Tags[0] != "#reading" {
		t.Errorf("%d %+v", status, e)
	}
	for tag, want := range map[string]int{*e.ETag: 304, "W/" + *e.ETag: 304, `"x", ` + *e.ETag: 304, "*": 304, `"x"`: 200, "x": 422} {
		status, _, header := w.asks(http.MethodGet, "/entries/"+id, nil, "If-None-Match", tag)
		if status != want || want == 304 && header.Get("ETag") != *e.ETag {
			t.Errorf("If-None-Match: %s: %d, want %d", tag, status, want)
		}
	}
	if status, e, _ := w.asks(http.MethodGet, "/entries/nobody", nil); status != http.StatusNotFound {
		t.Errorf("%d %v", status, e.Detail)
	}
	// What is read and its tag are of the same bytes, indexed or not.
	writeFile(t, w.path("03-09-2024.md"), "Another text. #new")
	status, now, _ := w.asks(http.MethodGet, "/entries/"+id, nil, "If-None-Match", *e.ETag)
	if status != http.StatusOK || now.text() != "Another text. #new" || now.Tags[0] != "#new" || *now.ETag == *e.ETag {
		t.Errorf("%d %+v", status, now)
	}
	// One that cannot be read is as it was, and nothing can be written to it.
	for _, broken := range []string{"---\na: [\n---\nx", "\xff\xfe"} {
		writeFile(t, w.path("03-09-2024.md"), broken)
		status, now, header = w.asks(http.MethodGet, "/entries/"+id, nil)
		if status != http.StatusOK || now.text() != diary["03-09-2024.md"] || now.ETag != nil || header.Get("ETag") != "" {
			t.Errorf("%d %+v", status, now)
		}
	}
}

func TestCreateEntry(t *testing.T) {
	w := newWorld(t, options{})
	status, e, header := w.asks(http.MethodPost, "/entries", object{"date": "2024-05-01", "text": "\nPlanted quinces with Oda. #garden\n"})
	if status != http.StatusCreated || e.text() != "Planted quinces with Oda. #garden" || e.Date != "2024-05-01" || e.Tags[0] != "#garden" ||
		header.Get("Location") != "/entries/"+e.ID || header.Get("ETag") != *e.ETag {
		t.Fatalf("%d %+v %v", status, e, header)
	}
	if got := w.file("05-01-2024.md"); got != "Planted quinces with Oda. #garden\n" {
		t.Errorf("the note is %q", got)
	}
	if got := w.search("quinces").titles(); got != "05-01-2024" {
		t.Errorf("the search finds %q", got)
	}
	if status, again, _ := w.asks(http.MethodGet, header.Get("Location"), nil); status != http.StatusOK || *again.ETag != *e.ETag {
		t.Errorf("%d %+v", status, again)
	}
	for day, id := range map[string]string{"2024-05-01": e.ID, "2024-03-02": w.entry("2024-03-01").ID} {
		status, e, _ := w.asks(http.MethodPost, "/entries", object{"date": day, "text": "x"}, "If-None-Match", "*")
		if _, ok := e.Detail.(string); status != http.StatusConflict || !ok || e.EntryID != id {
			t.Errorf("a second note of %s: %d %+v", day, status, e)
		}
	}
	// A note that the index has not seen yet is there all the same.
	writeFile(t, w.path("2024/05-02-2024.md"), "Rain.")
	status, e, _ = w.asks(http.MethodPost, "/entries", object{"date": "2024-05-02", "text": "x"})
	if status != http.StatusConflict || e.EntryID != w.entry("2024-05-02").ID {
		t.Errorf("%d %+v", status, e)
	}
	for _, body := range []object{
		{"date": "2024-05-03"}, {"text": "x"}, {"date": "2024-05-03", "text": " \n"}, {"date": "../../x", "text": "x"}, {"date": "2024-02-30", "text": "x"},
		{"date": "1599-01-01", "text": "x"}, {"date": "2024-05-03", "text": "### Transcription\nx"}, {"date": "2024-05-03", "text": "a\x00"}, {"date": "2024-05-03", "text": 5},
	} {
		if status, e, _ := w.asks(http.MethodPost, "/entries", body); status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d %v", body, status, e.Detail)
		}
	}
	if status, _, _ := w.asks(http.MethodPost, "/entries", object{"date": "2024-05-03", "text": strings.Repeat("x", 1<<20)}); status != http.StatusRequestEntityTooLarge {
		t.Errorf("%d for more than 1 MB", status)
	}
	if files, err := filepath.Glob(w.path("*")); err != nil || len(files) != len(diary)+2 {
		t.Errorf("%q, %v", files, err)
	}
}

func TestReplaceEntryChangesNothingElse(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"typed":                {"Old words.\n", "New\nwords.\n"},
		"CRLF and BOM":         {"\ufeff---\r\nmood: ok # really\r\nx: 'y'\r\n---\r\n\r\nOld words.\r\n\r\n", "\ufeff---\r\nmood: ok # really\r\nx: 'y'\r\n---\r\n\r\nNew\r\nwords.\r\n\r\n"},
		"without an end":       {"Old words.", "New\nwords."},
		"with another picture": {"---\na: 1\n---\nOld ![[view.jpg]]\n", "---\na: 1\n---\nNew\nwords.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, options{})
			_, e, _ := w.asks(http.MethodPost, "/entries", object{"date": "2024-05-01", "text": "x"})
			writeFile(t, w.path("05-01-2024.md"), c.before)
			_, e, _ = w.asks(http.MethodGet, "/entries/"+e.ID, nil)
			status, now, header := w.asks(http.MethodPut, "/entries/"+e.ID, object{"text": "New\nwords."}, "If-Match", *e.ETag)
			if status != http.StatusOK || strings.ReplaceAll(now.text(), "\r", "") != "New\nwords." || now.ID != e.ID || header.Get("ETag") != *now.ETag || *now.ETag == *e.ETag {
				t.Fatalf("%d %+v", status, now)
			}
			if got := w.file("05-01-2024.md"); got != c.after {
				t.Errorf("%q, want %q", got, c.after)
			}
			if got := must(w.store.Entry(t.Context(), e.ID))(t); got.Text != now.text() {
				t.Errorf("the index has %q", got.Text)
			}
		})
	}
}

const scanned = "---\r\nmood: ok\r\ntranscription: \"True\"\r\n---\r\n#day\r\n### Page\r\n![[05-01-2024.pdf]]\r\n\r\n### Transcription\r\nWent to the harboor.\r\n\r\n### Later\r\nMy own.\r\n"

func TestCorrectTranscription(t *testing.T) {
	w := newWorld(t, options{})
	writeFile(t, w.path("05-01-2024.md"), scanned)
	writeFile(t, w.path("05-02-2024.md"), "#day\n### Page\n![[05-02-2024.pdf]]\n")
	writeFile(t, w.path("05-03-2024.md"), "### Transcription\nMine.\n")
	w.indexed()
	e := w.entry("2024-05-01")
	status, now, _ := w.asks(http.MethodPut, "/entries/"+e.ID+"/transcription", object{"text": "Went to the harbour.\nTea."}, "If-Match", *e.ETag)
	if want := strings.Replace(scanned, "harboor.", "harbour.\r\nTea.", 1); status != http.StatusOK || w.file("05-01-2024.md") != want {
		t.Errorf("%d %+v\n%q", status, now, w.file("05-01-2024.md"))
	}
	if got := w.search("harbour").titles(); got != "05-01-2024" {
		t.Errorf("the search finds %q", got)
	}
	e = w.entry("2024-05-02")
	status, now, _ = w.asks(http.MethodPut, "/entries/"+e.ID+"/transcription", object{"text": "By hand."}, "If-Match", *e.ETag)
	if status != http.StatusOK || now.text() != "By hand." || !strings.HasSuffix(w.file("05-02-2024.md"), "#day\n### Page\n![[05-02-2024.pdf]]\n\n### Transcription\nBy hand.\n") {
		t.Errorf("%d %+v\n%q", status, now, w.file("05-02-2024.md"))
	}
	for _, c := range []struct{ day, path, says string }{
		{"2024-05-01", "", "/transcription"}, {"2024-05-02", "", "/transcription"}, {"2024-05-03", "", "/transcription"},
		{"2024-01-05", "/transcription", "PUT /entries/{id}."}, {"2024-04-01", "/transcription", "PUT /entries/{id}."}, {"2024-05-03", "/transcription", "edit the file"},
	} {
		e := w.entry(c.day)
		before := w.file(e.Path)
		status, now, _ := w.asks(http.MethodPut, "/entries/"+e.ID+c.path, object{"text": "x"}, "If-Match", *e.ETag)
		if detail, _ := now.Detail.(string); status != http.StatusConflict || !strings.Contains(detail, c.says) || w.file(e.Path) != before {
			t.Errorf("%s%s: %d %v", c.day, c.path, status, now.Detail)
		}
	}
}

// indexed has the index follow what the test wrote.
func (w *world) indexed() {
	w.t.Helper()
	must(w.indexer.Run(w.t.Context(), nil))(w.t)
}

func TestEvergreenNotes(t *testing.T) {
	w := newWorld(t, options{evergreen: true})
	path := filepath.Join(w.dir, "evergreen", "people", "Oda.md")
	writeFile(t, path, "---\na: 1\n---\n### Transcription\nKeeps bees.\n")
	w.indexed()
	list := get[[]entry](w, http.MethodGet, "/entries?type=evergreen&text=true", nil)
	if len(list) != 1 || list[0].Kind != "evergreen" {
		t.Fatalf("%+v", list)
	}
	if status, e, _ := w.asks(http.MethodPut, "/entries/"+list[0].ID+"/transcription", object{"text": "x"}, "If-Match", *list[0].ETag); status != http.StatusConflict {
		t.Errorf("%d %+v", status, e)
	}
	status, e, _ := w.asks(http.MethodPut, "/entries/"+list[0].ID, object{"text": "Keeps wasps."}, "If-Match", *list[0].ETag)
	data := must(os.ReadFile(path))(t)
	if status != http.StatusOK || e.text() != "Keeps wasps." || string(data) != "---\na: 1\n---\nKeeps wasps.\n" {
		t.Errorf("%d %+v %q", status, e, data)
	}
	if status, e, _ := w.asks(http.MethodDelete, "/entries/"+e.ID, nil, "If-Match", *e.ETag); status != http.StatusOK {
		t.Errorf("%d %+v", status, e)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Error(err)
	}
	u, err := w.notes.Undo(t.Context(), daybook.Evergreen, "people/Oda.md", false)
	if err != nil || u.Note == nil || u.Note.Text != "Keeps wasps." {
		t.Errorf("%+v, %v", u, err)
	}
}

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
	records := must(w.notes.Records(t.Context(), daybook.Daily, e.Path))(t)
	if len(records) != 5 || string(records[4].Before) != diary[e.Path] {
		t.Errorf("%d records", len(records))
	}
}

func TestBrokenNoteIsRefused(t *testing.T) {
	w := newWorld(t, options{})
	for day, broken := range map[string]string{
		"2024-03-09": "---\nsecret: [\n---\nx", "2024-02-10": "---\nx: &a [*a]\n---\n", "2024-01-05": "---\nnever closed\n", "2024-03-01": "\xff\xfe",
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
		w.store.PutScans(ctx, scan), w.store.PutPageText(ctx, "k", scan.Hash, secret), w.store.PutWritten(ctx, scan.Note, store.WrittenNote{Text: secret, Before: secret}),
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
	for _, path := range must(filepath.Glob(filepath.Join(w.dir, "data", "daybook.db*")))(w.t) {
		if strings.Contains(string(must(os.ReadFile(path))(w.t)), word) {
			files = append(files, filepath.Base(path))
		}
	}
	return files
}

// Deleting more than half of the notes is no accident when each was asked for.
func TestDeleteMany(t *testing.T) {
	w := newWorld(t, options{})
	for i := range 60 {
		writeFile(t, w.path(fmt.Sprintf("%02d-%02d-2020.md", i%12+1, i/12+1)), fmt.Sprintf("Day %d.", i))
	}
	w.indexed()
	list := get[[]entry](w, http.MethodGet, "/entries?text=true&limit=1000&to=2020-12-31", nil)
	for _, e := range list[1:] {
		if err := os.Remove(w.path(e.Path)); err != nil { // somebody else
			t.Fatal(err)
		}
	}
	if status, gone, _ := w.asks(http.MethodDelete, "/entries/"+list[0].ID, nil, "If-Match", *list[0].ETag); status != http.StatusOK {
		t.Fatalf("%d %v", status, gone.Detail)
	}
	left := get[[]entry](w, http.MethodGet, "/entries?limit=1000&to=2020-12-31", nil)
	if len(left) != 59 || left[0].ID == list[0].ID {
		t.Errorf("%d entries are left", len(left))
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

func TestEntriesInOpenAPI(t *testing.T) {
	w := newWorld(t, options{})
	doc := get[struct {
		Paths map[string]map[string]struct{ Responses map[string]any }
	}](w, http.MethodGet, "/openapi.json", nil)
	for path, methods := range map[string]map[string]string{
		"/entries":                    {"get": "200 422", "post": "201 409 413 422"},
		"/entries/{id}":               {"get": "200 304 404", "put": "200 404 409 412 422 428", "delete": "200 404 412 428"},
		"/entries/{id}/transcription": {"put": "200 404 409 412 422 428"},
	} {
		for method, statuses := range methods {
			for _, status := range strings.Fields(statuses) {
				if doc.Paths[path][method].Responses[status] == nil {
					t.Errorf("%s %s does not tell of %s", method, path, status)
				}
			}
		}
	}
}
