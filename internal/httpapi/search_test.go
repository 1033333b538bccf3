package httpapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

type found struct {
	Results []struct {
		Date, Title, Text, ID, Type, File string
		Dates, Tags                       []string
		Spans                             [][2]int
		Start, End, Line                  int
		Page                              *int
		Score                             float64
		Scores                            struct{ Words, Meaning *float64 }
		More                              []struct{ Text string }
		Same                              []struct{ Date string }
	}
	Mentions *struct {
		Asked string
		Words []string
		Count int
		Days  []string
	}
	Days    []struct{ From, To string }
	Notices []string
}

func (w *world) search(query string, more ...string) found {
	w.t.Helper()
	v := url.Values{"q": {query}}
	for i := 0; i < len(more); i += 2 {
		v.Add(more[i], more[i+1])
	}
	return get[found](w, http.MethodGet, "/search?"+v.Encode(), nil)
}

func (f found) titles() string {
	var list []string
	for _, r := range f.Results {
		list = append(list, r.Title)
	}
	return strings.Join(list, " ")
}

func TestSearch(t *testing.T) {
	w := newWorld(t, options{embedding: "openai/embed-1"})
	out := w.search("the bees that slept", "k", "2")
	if len(out.Results) != 2 || out.Results[0].Title != "03-09-2024" {
		t.Fatalf("found %s", out.titles())
	}
	r := out.Results[0]
	var marked []string
	for _, s := range r.Spans {
		marked = append(marked, string([]rune(r.Text)[s[0]:s[1]]))
	}
	if strings.Join(marked, " ") != "bees sleep" && strings.Join(marked, " ") != "bees" {
		t.Errorf("marked %q in %q", marked, r.Text)
	}
	if r.Scores.Words == nil || *r.Scores.Words <= 0 || r.Scores.Meaning == nil || r.Score <= 0 || r.Line != 1 || r.Start != 0 || r.File != "03-09-2024.md" || r.Type != "daily" || r.Page != nil {
		t.Errorf("result %+v", r)
	}
	if r.End != len([]rune(r.Text)) {
		t.Errorf("the passage ends at %d of %d", r.End, len([]rune(r.Text)))
	}
}

func TestSearchIsLimited(t *testing.T) {
	w := newWorld(t, options{})
	for query, want := range map[string]string{
		"q=bees&from=2024-03-01":                 "03-09-2024",
		"q=bees&to=2024-03-01":                   "02-10-2024",
		"q=bees&tag=reading&tag=%23reading":      "03-09-2024 02-10-2024",
		"q=bees&tag=swimming":                    "",
		"q=bees&type=evergreen":                  "",
		"q=bees&type=daily&k=1":                  "03-09-2024",
		"q=%22book+about+bees%22":                "02-10-2024",
		"q=bees+-baker":                          "02-10-2024",
		"q=tag:swimming+lake":                    "01-05-2024",
		"q=2+March+2024":                         "03-01-2024_03-02-2024",
		"q=January+2024&from=2024-02-01":         "",
		"q=nothing+has+these&from=2024-01-01":    "",
		"q=bees&from=2024-03-09&to=2024-03-09":   "03-09-2024",
		"q=" + strings.Repeat("bees%20", 1_000):  "03-09-2024 02-10-2024",
		"q=%22%20AND%20OR%20NOT%20NEAR(%20bees*": "03-09-2024 02-10-2024",
	} {
		out := get[found](w, http.MethodGet, "/search?"+query, nil)
		if out.titles() != want {
			t.Errorf("%.60s finds %q, want %q", query, out.titles(), want)
		}
	}
	for query, field := range map[string]string{
		"": "q", "q=": "q", "q=%20": "q", "q=x&k=0": "k", "q=x&k=101": "k", "q=x&from=yesterday": "from", "q=x&to=2024-02-30": "to",
		"q=x&from=2024-02-01&to=2024-01-01": "to", "q=x&type=scan": "type", "q=" + strings.Repeat("x", 10_001): "q",
	} {
		status, body := w.do(http.MethodGet, "/search?"+query, nil)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, `["query","`+field+`"]`) {
			t.Errorf("%.40s: %d %s", query, status, body)
		}
	}
}

func TestSearchCounts(t *testing.T) {
	w := newWorld(t, options{})
	out := w.search("How often did I mention Oda?")
	if m := out.Mentions; m == nil || m.Asked != "count" || m.Count != 2 || len(m.Days) != 2 || m.Days[0] != "2024-01-05" || m.Words[0] != "Oda" {
		t.Errorf("mentions %+v", m)
	}
	if out := w.search("March 2024"); len(out.Days) != 1 || out.Days[0].From != "2024-03-01" || out.Days[0].To != "2024-03-31" || len(out.Results) != 2 {
		t.Errorf("found %+v", out)
	}
}

// A question of how often is answered from the count, with and without a
// model, and clients are told the days.
func TestChatCounts(t *testing.T) {
	w := newWorld(t, options{})
	type counted struct {
		Response string
		Mentions *struct{ Count int }
	}
	a := get[counted](w, http.MethodPost, "/journal_chat", asking("offline", "How often did I mention Oda?"))
	if a.Mentions == nil || a.Mentions.Count != 2 || !strings.Contains(a.Response, "“Oda” is mentioned on 2 days, first on 2024-01-05, last on 2024-02-10.") {
		t.Errorf("answer %+v", a)
	}
	a = get[counted](w, http.MethodPost, "/journal_chat", asking("openai", "How often did I mention Oda?"))
	requests := w.fake.Requests()
	prompt := requests[len(requests)-1].Messages[0].Text
	if a.Mentions == nil || !strings.Contains(prompt, "<COUNTED>\n“Oda” is mentioned on 2 days") {
		t.Errorf("answer %+v to %s", a, prompt)
	}
	if a := get[counted](w, http.MethodPost, "/journal_chat", asking("offline", "What did Oda say?")); a.Mentions != nil {
		t.Errorf("answer %+v", a)
	}
}
