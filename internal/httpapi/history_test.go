package httpapi_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// versionJSON is a version as the API answers it, and an error.
type versionJSON struct {
	Version, Cause, Path, ID string
	At                       time.Time
	Size                     int
	ETag, Source             *string
	Text                     string
	Current                  bool
}

func (w *world) history(id, query string) []versionJSON {
	w.t.Helper()
	return get[[]versionJSON](w, http.MethodGet, "/entries/"+id+"/history"+query, nil)
}

func causes(list []versionJSON) string {
	var all []string
	for _, v := range list {
		all = append(all, v.Cause)
	}
	return strings.Join(all, ", ")
}

func TestHistoryOfAnEntry(t *testing.T) {
	w := newWorld(t, options{})
	e := w.entry("2024-03-09")
	if list := w.history(e.ID, ""); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	etag := *e.ETag
	put := func(text, cause string) {
		t.Helper()
		status, now, _ := w.asks(http.MethodPut, "/entries/"+e.ID, object{"text": text, "cause": cause}, "If-Match", etag)
		if status != http.StatusOK {
			t.Fatal(status, now.Detail)
		}
		etag = *now.ETag
	}
	for _, text := range []string{"O", "On", "One."} {
		put(text, "page")
	}
	put("Two.", "api")
	put("Three.", "merge")
	list := w.history(e.ID, "")
	if causes(list) != "merge, api, page, other program" || !list[0].Current || *list[0].ETag != etag || list[0].Size != len("Three.") || list[1].Current {
		t.Errorf("%+v", list)
	}
	if !slices.IsSortedFunc(list, func(a, b versionJSON) int { return b.At.Compare(a.At) }) {
		t.Errorf("not newest first: %+v", list)
	}
	if all := w.history(e.ID, "?all=true"); len(all) != 6 {
		t.Errorf("%+v", all)
	}
	for i, want := range []string{"Three.", "Two.", "One.", diary[e.Path]} {
		for _, name := range []string{list[i].Version, strings.Trim(*list[i].ETag, `"`)} {
			resp := w.send(t.Context(), http.MethodGet, "/entries/"+e.ID+"/history/"+name, nil)
			resp.Body.Close()
			v := get[versionJSON](w, http.MethodGet, "/entries/"+e.ID+"/history/"+name, nil)
			if v.Text != want || *v.Source != want || resp.Header.Get("ETag") != *v.ETag || *v.ETag != *list[i].ETag {
				t.Errorf("%s: %+v", name, v)
			}
		}
	}
	restore := "/entries/" + e.ID + "/history/" + list[3].Version + "/restore"
	if status, _, _ := w.asks(http.MethodPost, restore, nil); status != http.StatusPreconditionRequired {
		t.Error(status)
	}
	if status, _, _ := w.asks(http.MethodPost, restore, nil, "If-Match", *e.ETag); status != http.StatusPreconditionFailed || w.file(e.Path) != "Three." {
		t.Error(status, w.file(e.Path))
	}
	status, now, header := w.asks(http.MethodPost, restore, nil, "If-Match", etag)
	if status != http.StatusOK || now.text() != diary[e.Path] || header.Get("ETag") != *e.ETag || w.file(e.Path) != diary[e.Path] {
		t.Errorf("%d %+v", status, now)
	}
	if got := w.search("bees").titles(); !strings.Contains(got, "03-09-2024") {
		t.Errorf("the search finds %s", got)
	}
	if got := causes(w.history(e.ID, "")); got != "restore, merge, api, page, other program" {
		t.Error(got)
	}
	for path, want := range map[string]int{
		"/entries/nobody/history": 404, "/entries/nobody/history/1": 404, "/entries/" + e.ID + "/history/99": 404, "/entries/" + e.ID + "/history/%2e%2e%2fx": 404,
		"/entries/" + e.ID + "/history/" + strings.Repeat("x", 200): 422,
	} {
		if status, body := w.do(http.MethodGet, path, nil); status != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	for _, cause := range []string{"restore", "nonsense", "other program"} {
		if status, _, _ := w.asks(http.MethodPut, "/entries/"+e.ID, object{"text": "x", "cause": cause}, "If-Match", "*"); status != http.StatusUnprocessableEntity {
			t.Errorf("the cause %s: %d", cause, status)
		}
	}
}

// A note that was deleted is listed, shown and restored under its ID.
func TestDeletedNoteIsRestored(t *testing.T) {
	w := newWorld(t, options{evergreen: true})
	writeFile(t, filepath.Join(w.dir, "evergreen", "people", "Oda.md"), "Keeps bees.")
	w.indexed()
	daily := w.entry("2024-03-09")
	evergreen := get[[]entry](w, http.MethodGet, "/entries?type=evergreen&text=true", nil)[0]
	for _, e := range []entry{daily, evergreen} {
		if status, _, _ := w.asks(http.MethodDelete, "/entries/"+e.ID, nil, "If-Match", *e.ETag); status != http.StatusOK {
			t.Fatal(status)
		}
	}
	if list := get[[]versionJSON](w, http.MethodGet, "/deleted", nil); len(list) != 2 || list[0].Path != evergreen.Path || list[0].ID != evergreen.ID {
		t.Errorf("%+v", list)
	}
	list := get[[]versionJSON](w, http.MethodGet, "/deleted?date=2024-03-09", nil)
	if len(list) != 1 || list[0].ID != daily.ID {
		t.Fatalf("%+v", list)
	}
	if status, _ := w.do(http.MethodGet, "/deleted?date=2024-02-30", nil); status != http.StatusUnprocessableEntity {
		t.Error(status)
	}
	versions := w.history(daily.ID, "")
	if causes(versions) != "delete, other program" || versions[0].ETag != nil || versions[0].Current {
		t.Errorf("%+v", versions)
	}
	if v := get[versionJSON](w, http.MethodGet, "/entries/"+daily.ID+"/history/"+versions[0].Version, nil); v.Source != nil || v.Text != "" {
		t.Errorf("%+v", v)
	}
	if status, _, _ := w.asks(http.MethodPost, "/entries/"+daily.ID+"/history/"+versions[0].Version+"/restore", nil); status != http.StatusConflict {
		t.Error(status)
	}
	for _, e := range []entry{daily, evergreen} {
		v := w.history(e.ID, "")[1]
		if status, now, _ := w.asks(http.MethodPost, "/entries/"+e.ID+"/history/"+v.Version+"/restore", nil); status != http.StatusOK || now.ID != e.ID || now.text() != e.text() {
			t.Errorf("%d %+v", status, now)
		}
	}
	if list := get[[]versionJSON](w, http.MethodGet, "/deleted", nil); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

// What is acknowledged is what was written, and what another program makes of
// it is told until somebody has seen to it.
func TestReplacedNote(t *testing.T) {
	type note struct {
		entry
		Replaced *versionJSON
	}
	w := newWorld(t, options{})
	e := w.entry("2024-03-09")
	read := func() note { return get[note](w, http.MethodGet, "/entries/"+e.ID, nil) }
	save := func(text string) {
		t.Helper()
		if status, now, _ := w.asks(http.MethodPut, "/entries/"+e.ID, object{"text": text}, "If-Match", "*"); status != http.StatusOK {
			t.Fatal(status, now.Detail)
		}
	}
	writeFile(t, w.path(e.Path), "Somebody's, before anything was saved here.")
	if n := read(); n.Replaced != nil {
		t.Errorf("%+v", n.Replaced)
	}
	save("Saved here, word by word.")
	for after, want := range map[string]bool{
		"Saved here, word by word.":                                 false,
		"---\nmood: calm\n---\nSaved here,\nword by word!":          false,
		"Theirs. Saved here, and theirs, word by word. And theirs.": false,
		"Saved here, word.":                                         true,
		"By word saved here, word.":                                 true,
		"Something else.":                                           true,
		"":                                                          true,
		diary[e.Path]:                                               true,
		"---\nmood: calm\n---\nSaved here, word for word, and by heart": true,
	} {
		writeFile(t, w.path(e.Path), after)
		if n := read(); (n.Replaced != nil) != want || want && n.Replaced.Cause != "api" {
			t.Errorf("%q: %+v", after, n.Replaced)
		}
		if list := get[[]note](w, http.MethodGet, "/entries?date=2024-03-09", nil); (list[0].Replaced != nil) != want {
			t.Errorf("%q: %+v", after, list)
		}
	}
	writeFile(t, w.path(e.Path), "Kept as it is.")
	n := read()
	accept := func(tag string) int {
		status, _, _ := w.asks(http.MethodPost, "/entries/"+e.ID+"/history", object{"cause": "page"}, "If-Match", tag)
		return status
	}
	if status, _, _ := w.asks(http.MethodPost, "/entries/"+e.ID+"/history", nil); status != http.StatusPreconditionRequired {
		t.Error(status)
	}
	if status := accept(`"` + strings.Repeat("ab", 32) + `"`); status != http.StatusPreconditionFailed || read().Replaced == nil {
		t.Error(status)
	}
	if status := accept(*n.ETag); status != http.StatusOK || read().Replaced != nil || w.file(e.Path) != "Kept as it is." {
		t.Error(status)
	}
	writeFile(t, w.path(e.Path), "Replaced again.")
	if status, _, _ := w.asks(http.MethodPost, "/entries/"+e.ID+"/history", nil, "If-Match", "*"); status != http.StatusOK || read().Replaced != nil {
		t.Error("without a body:", status)
	}
	if got := causes(w.history(e.ID, "")); got != "api, page, api, other program" {
		t.Error(got)
	}
	// Writing on top of it settles it too, and keeps both.
	writeFile(t, w.path(e.Path), "Theirs once more.")
	save("Mine again.")
	if read().Replaced != nil {
		t.Error("it is not settled")
	}
	if list := w.history(e.ID, ""); list[1].Cause != "other program" || get[versionJSON](w, http.MethodGet, "/entries/"+e.ID+"/history/"+list[1].Version, nil).Text != "Theirs once more." {
		t.Errorf("%+v", list)
	}
}

// A history that cannot be written keeps a note from being written, and one
// that was lost is begun again.
func TestHistoryThatCannotBeWritten(t *testing.T) {
	w := newWorld(t, options{})
	e := w.entry("2024-03-09")
	folder := filepath.Join(w.dir, "data", "history")
	writeFile(t, folder, "no folder")
	status, now, _ := w.asks(http.MethodPut, "/entries/"+e.ID, object{"text": "New."}, "If-Match", "*")
	if status != http.StatusServiceUnavailable || w.file(e.Path) != diary[e.Path] || strings.Contains(fmt.Sprint(now.Detail), "New") {
		t.Errorf("%d %v, %q", status, now.Detail, w.file(e.Path))
	}
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"One.", "Two."} {
		if status, now, _ := w.asks(http.MethodPut, "/entries/"+e.ID, object{"text": text}, "If-Match", "*"); status != http.StatusOK {
			t.Errorf("%d %v", status, now.Detail)
		}
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
	}
}
