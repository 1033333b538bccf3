package httpapi_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"daybook/internal/httpapi"
	"daybook/internal/store"
)

type listedDays struct {
	Days []struct {
		Date         string
		Words, Pages int
		Entries      []struct{ ID, Title, Kind string }
	}
	First, Last *string
}

func TestDaysAreListed(t *testing.T) {
	w := newWorld(t, options{})
	if err := w.store.WriteScans(t.Context(), store.ScanBatch{Put: []store.ScanState{store.ScanState{Path: "04-01-2024.pdf", Note: "04-01-2024.md", Pages: 2, Stage: store.Found}}}); err != nil {
		t.Fatal(err)
	}
	all := get[listedDays](w, http.MethodGet, "/days", nil)
	if len(all.Days) != 6 || *all.First != "2024-01-05" || *all.Last != "2024-04-01" {
		t.Fatalf("days %+v", all)
	}
	if d := all.Days[0]; d.Date != "2024-01-05" || d.Words != 13 || d.Pages != 0 || len(d.Entries) != 1 || d.Entries[0].Title != "01-05-2024" || d.Entries[0].Kind != "daily" {
		t.Errorf("the first day is %+v", d)
	}
	if a, b := all.Days[2], all.Days[3]; a.Words+b.Words != 9 || a.Entries[0].ID != b.Entries[0].ID || b.Date != "2024-03-02" {
		t.Errorf("a note for two days is %+v and %+v", a, b)
	}
	if d := all.Days[5]; d.Words != 0 || d.Pages != 2 {
		t.Errorf("a day of pages alone is %+v", d)
	}
	if some := get[listedDays](w, http.MethodGet, "/days?from=2024-03-02&to=2024-03-31", nil); len(some.Days) != 2 || *some.First != "2024-01-05" {
		t.Errorf("days %+v", some)
	}
	for query, field := range map[string]string{"from=x": "from", "to=2024-02-30": "to", "from=2024-02-01&to=2024-01-01": "to"} {
		for _, path := range []string{"/days?", "/almanac?", "/timeline?q=x&"} {
			status, body := w.do(http.MethodGet, path+query, nil)
			if status != http.StatusUnprocessableEntity || !strings.Contains(body, `["query","`+field+`"]`) {
				t.Errorf("%s%s: %d %s", path, query, status, body)
			}
		}
	}
}

func TestADay(t *testing.T) {
	w := newWorld(t, options{})
	writeFile(t, filepath.Join(w.dir, "journal", "03-02-2021.md"), "The lighthouse again, in fog.")
	must(w.indexer.Run(t.Context(), nil))(t)
	type dayJSON struct {
		Date           string
		Entries        []struct{ ID, Text, ETag string }
		Previous, Next *string
		OnThisDay      []struct{ Date, ID, Title, Excerpt string } `json:"on_this_day"`
	}
	d := get[dayJSON](w, http.MethodGet, "/days/2024-03-02", nil)
	if len(d.Entries) != 1 || !strings.Contains(d.Entries[0].Text, "red lighthouse") || d.Entries[0].ETag == "" {
		t.Errorf("entries %+v", d.Entries)
	}
	if *d.Previous != "2024-03-01" || *d.Next != "2024-03-09" {
		t.Errorf("beside it %s and %s", *d.Previous, *d.Next)
	}
	if len(d.OnThisDay) != 1 || d.OnThisDay[0].Date != "2021-03-02" || d.OnThisDay[0].Excerpt != "The lighthouse again, in fog." {
		t.Errorf("on this day %+v", d.OnThisDay)
	}
	status, body := w.do(http.MethodGet, "/days/2030-01-01", nil)
	if status != http.StatusOK || !strings.Contains(body, `"entries":[]`) || !strings.Contains(body, `"on_this_day":[]`) || !strings.Contains(body, `"previous":"2024-04-01","next":null`) {
		t.Errorf("a day without a note: %d %s", status, body)
	}
	for _, day := range []string{"2024-02-30", "yesterday", "0000-01-01"} {
		if status, body := w.do(http.MethodGet, "/days/"+day, nil); status != http.StatusUnprocessableEntity || !strings.Contains(body, `["path","date"]`) {
			t.Errorf("%s: %d %s", day, status, body)
		}
	}
}

func TestTimelineTagsAndAlmanac(t *testing.T) {
	w := newWorld(t, options{})
	tags := get[struct {
		Tags []struct {
			Tag         string
			Entries     int
			First, Last string
		}
	}](w, http.MethodGet, "/tags", nil).Tags
	if len(tags) != 2 || tags[0].Tag != "#reading" || tags[0].Entries != 2 || tags[0].First != "2024-02-10" || tags[0].Last != "2024-03-09" {
		t.Errorf("tags %+v", tags)
	}
	type timeline struct {
		Q, By  string
		Words  []string
		Days   int
		Points []struct {
			Period                  string
			Days, Mentions, Written int
		}
	}
	line := get[timeline](w, http.MethodGet, "/timeline?q=bee", nil)
	if line.By != "month" || line.Days != 2 || len(line.Points) != 3 || line.Points[1].Period != "2024-02" || line.Points[1].Mentions != 1 || line.Points[2].Written != 3 {
		t.Errorf("timeline %+v", line)
	}
	// By day, only the days that mention it are told.
	if line := get[timeline](w, http.MethodGet, "/timeline?by=day&q=%23reading", nil); line.Days != 2 || len(line.Points) != 2 || len(line.Points[0].Period) != len("2023-06-04") {
		t.Errorf("by day: %+v", line)
	}
	if line := get[timeline](w, http.MethodGet, "/timeline?by=year&q=%23reading", nil); line.Days != 2 || len(line.Points) != 1 || line.Words[0] != "#reading" {
		t.Errorf("timeline %+v", line)
	}
	for _, query := range []string{"", "?q=", "?q=%20", "?q=x&by=week", "?q=" + strings.Repeat("x", 501)} {
		if status, body := w.do(http.MethodGet, "/timeline"+query, nil); status != http.StatusUnprocessableEntity {
			t.Errorf("%.20s: %d %s", query, status, body)
		}
	}
	type almanacJSON struct {
		Months []struct {
			Month       string
			Days, Words int
		}
		Years []struct {
			Year, Days, Words int
			Marks             []struct{ Term, Kind string }
		}
		First, Last *string
		Compared    string
	}
	a := get[almanacJSON](w, http.MethodGet, "/almanac", nil)
	if len(a.Years) != 1 || a.Years[0].Days != 5 || len(a.Months) != 3 || a.Months[2].Days != 3 || a.Compared != "months" || *a.Last != "2024-04-01" {
		t.Errorf("almanac %+v", a)
	}
	if a := get[almanacJSON](w, http.MethodGet, "/almanac?tag=reading&to=2024-02-28", nil); len(a.Years) != 1 || a.Years[0].Days != 1 || a.Compared != "nothing" {
		t.Errorf("almanac %+v", a)
	}
}

// An unchanged journal costs neither counting nor sending.
func TestWhatIsCountedIsKept(t *testing.T) {
	w := newWorld(t, options{})
	tagOf := func(path, known string, want int) string {
		t.Helper()
		var headers []string
		if known != "" {
			headers = []string{"If-None-Match", known}
		}
		resp := w.send(t.Context(), http.MethodGet, path, nil, headers...)
		defer resp.Body.Close()
		if resp.StatusCode != want || resp.Header.Get("Cache-Control") != "private, no-cache" {
			t.Errorf("%s of %s: %d, %s", path, known, resp.StatusCode, resp.Header.Get("Cache-Control"))
		}
		if want == http.StatusNotModified && resp.ContentLength > 0 {
			t.Errorf("%s: a body of %d bytes", path, resp.ContentLength)
		}
		return resp.Header.Get("ETag")
	}
	for _, path := range []string{"/days", "/tags", "/timeline?q=bees", "/almanac"} {
		tag := tagOf(path, "", http.StatusOK)
		tagOf(path, tag, http.StatusNotModified)
		tagOf(path, `"else", W/`+tag, http.StatusNotModified)
		tagOf(path, `"else"`, http.StatusOK)
		if status, _ := w.do(http.MethodGet, path, nil, "If-None-Match", "bare"); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: a condition that is none: %d", path, status)
		}
	}
	tag := tagOf("/days", "", http.StatusOK)
	writeFile(t, filepath.Join(w.dir, "journal", "05-01-2024.md"), "")
	must(w.indexer.Run(t.Context(), nil))(t)
	after := tagOf("/days", tag, http.StatusOK)
	if after == tag {
		t.Error("a note without a word changes nothing")
	}
	if err := w.store.WriteScans(t.Context(), store.ScanBatch{Put: []store.ScanState{store.ScanState{Path: "05-01-2024.pdf", Note: "05-01-2024.md", Pages: 1, Stage: store.Found}}}); err != nil {
		t.Fatal(err)
	}
	if tagOf("/days", after, http.StatusOK) == after {
		t.Error("a page changes nothing")
	}
}

func TestWithoutAnAlmanacThereAreNoDays(t *testing.T) {
	w := newWorld(t, options{config: func(c *httpapi.Config) { c.Almanac = nil }})
	for _, path := range []string{"/days", "/days/2024-01-05", "/tags", "/timeline?q=x", "/almanac"} {
		if status, _ := w.do(http.MethodGet, path, nil); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
}
