package httpapi_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
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
	// One in another encoding is as it was indexed, and nothing can be written to it.
	for _, broken := range []string{"caf\xe9", "\xff\xfe", "x\x00"} {
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
			if got := must(store.EntryOf(t.Context(), w.store, e.ID))(t); got.Text != now.text() {
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
		{"2024-05-01", "", "/transcription"}, {"2024-05-02", "", "/transcription"},
		{"2024-01-05", "/transcription", "PUT /entries/{id}."}, {"2024-04-01", "/transcription", "PUT /entries/{id}."}, {"2024-05-03", "/transcription", "PUT /entries/{id}."},
	} {
		e := w.entry(c.day)
		before := w.file(e.Path)
		status, now, _ := w.asks(http.MethodPut, "/entries/"+e.ID+c.path, object{"text": "x"}, "If-Match", *e.ETag)
		if detail, _ := now.Detail.(string); status != http.StatusConflict || !strings.Contains(detail, c.says) || w.file(e.Path) != before {
			t.Errorf("%s%s: %d %v", c.day, c.path, status, now.Detail)
		}
	}
}

// Every note whose text is shown can be written by one of the two routes, and
// the owner's own words are never marked as transcribed.
func TestEveryNoteCanBeWritten(t *testing.T) {
	w := newWorld(t, options{})
	notes := map[string]string{
		"typed":                     "One.\n",
		"a template":                "#day\n### Page\n",
		"a scan":                    "#day\n### Page\n![[05-01-2024.pdf]]\n",
		"transcribed":               scanned,
		"unmarked":                  "### Transcription\nMine.\n",
		"unmarked, a scan":          "#day\n### Page\n![[05-01-2024.pdf]]\n\n### Transcription\n\nMine.\n\n### Later\nMore.\n",
		"unmarked, words above":     "Above.\n\n### Transcription\r\nMine.",
		"unmarked, no words":        "#day\n### Transcription\n",
		"unmarked, a scan, no word": "![[05-01-2024.png]]\n### Transcription\n",
		"marked as not transcribed": "---\ntranscription: \"False\"\n---\n### Transcription\nMine.\n",
		"a heading in a comment":    "<!-- ### Page -->\n### Transcription\nMine.\n<!--\n### More\n-->\n",
		"marked, in a comment":      "---\ntranscription: true\n---\n<!--\n### Transcription\nMine.\n-->\n",
		"several sections":          "### Transcription\nMine.\n### Transcription\nAlso.\n",
		"code that is not closed":   "### Transcription\nMine.\n```\ncode\n",
		"marked, code not closed":   "---\ntranscription: true\n---\n### Transcription\nMine.\n```\ncode\n",
		"another picture":           "Words ![[view.jpg]]\n",
	}
	_, e, _ := w.asks(http.MethodPost, "/entries", object{"date": "2024-05-01", "text": "x"})
	for name, before := range notes {
		writeFile(t, w.path("05-01-2024.md"), before)
		var ways []string
		for _, path := range []string{"", "/transcription"} {
			writeFile(t, w.path("05-01-2024.md"), before)
			status, now, _ := w.asks(http.MethodPut, "/entries/"+e.ID+path, object{"text": "New."}, "If-Match", "*")
			after := w.file("05-01-2024.md")
			switch {
			case status == http.StatusOK:
				ways = append(ways, path)
				if now.text() != "New." || path == "" && strings.Contains(after, "rue") != strings.Contains(before, "rue") {
					t.Errorf("%s%s: %+v\n%q", name, path, now, after)
				}
				if strings.HasPrefix(name, "unmarked") && strings.Contains(before, "Mine.") && (path != "" || after != strings.Replace(before, "Mine.", "New.", 1)) {
					t.Errorf("%s%s: %q", name, path, after)
				}
			case status != http.StatusConflict && status != http.StatusUnprocessableEntity || after != before:
				t.Errorf("%s%s: %d %v, %q", name, path, status, now.Detail, after)
			}
		}
		if len(ways) == 0 {
			t.Errorf("%s cannot be written", name)
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
