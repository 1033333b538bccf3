package httpapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"daybook/internal/analysis"
	"daybook/internal/httpapi"
	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
	"daybook/internal/prompts"
	"daybook/internal/spending"
	"daybook/internal/store/sqlite"
)

// analyst is a world with analyses; play is as in options.
func analyst(t *testing.T, play func(llmtest.Request) llmtest.Script) *world {
	var service *analysis.Service
	w := &world{}
	models := &lookupAnalyses{}
	if play == nil {
		play = func(r llmtest.Request) llmtest.Script {
			return llmtest.Script{Deltas: llmtest.Object(llmtest.Analyst(r, nil), 20), Usage: llm.Usage{InputTokens: 100, OutputTokens: 10}}
		}
	}
	*w = *newWorld(t, options{play: play, analyses: func(st *sqlite.Store) httpapi.Analyses {
		ledger := spending.New(spending.Config{Store: st, Currency: "USD", Now: time.Now, Prices: map[string]spending.Price{"openai/m-1": {Input: 1, Output: 2}}})
		service = analysis.New(analysis.Config{
			Store: st, Models: models, Prompts: must(prompts.Load(nil))(t), Purse: ledger, AtOnce: 4, ConfirmTokens: 10, Now: time.Now,
		})
		t.Cleanup(func() { service.Close(); ledger.Close() })
		return service
	}})
	models.models = w.models(options{})
	return w
}

type lookupAnalyses struct{ models *llm.Models }

func (l *lookupAnalyses) Lookup(provider, model string) (analysis.Model, error) {
	ref := llm.Ref{Provider: provider, Model: model}
	if provider == analysis.Offline {
		return analysis.Model{Ref: ref}, nil
	}
	m, err := l.models.Chat(ref)
	return analysis.Model{Chat: m, Ref: ref, Window: 128_000}, err
}

func TestComprehensiveAnalysis(t *testing.T) {
	for _, provider := range llmtest.Providers {
		w := analyst(t, nil)
		var out struct {
			Query, Provider, Model, Timestamp, Status string
			Years                                     []struct {
				Year                int
				Reasoning, Analysis string
				Excerpts            []string
			} `json:"year_analyses"`
			Final struct {
				Reasoning, Analysis string
				Excerpts            []string
				Quotations          []struct {
					Verified bool
					Date     string
				}
			} `json:"final_analysis"`
			ID      string `json:"analysis_id"`
			Entries struct{ Read, Unread int }
		}
		status, text := w.do(http.MethodPost, "/comprehensive_analysis", asking(provider, "What about bees?", "top_k", 0, "message_history", nil))
		if err := json.Unmarshal([]byte(text), &out); err != nil || status != http.StatusOK {
			t.Fatalf("%s: %d %s", provider, status, text)
		}
		if out.Query != "What about bees?" || out.Provider != provider || out.Model != "m-1" || !strings.HasSuffix(out.Timestamp, "Z") || out.Status != "complete" ||
			len(out.Years) != 1 || out.Years[0].Year != 2024 || out.Final.Analysis == "" || len(out.Final.Excerpts) == 0 || !out.Final.Quotations[0].Verified ||
			out.Entries.Read != 4 || out.Entries.Unread != 1 {
			t.Errorf("%s: %s", provider, text)
		}
		for _, key := range []string{`"year_analyses":[`, `"excerpts":[`, `"reasoning":"`} {
			if !strings.Contains(text, key) {
				t.Errorf("%s is not in %s", key, text)
			}
		}
		if got := get[struct{ Status string }](w, http.MethodGet, "/analyses/"+out.ID, nil); got.Status != "complete" {
			t.Errorf("kept as %q", got.Status)
		}
	}
}

func TestAnalysisIsStreamedSavedAndDeleted(t *testing.T) {
	w := analyst(t, nil)
	resp := w.send(t.Context(), http.MethodPost, "/comprehensive_analysis/stream", asking("openai", "What?", "from", "2024-02-01", "focus", "bees"))
	events := frames(t, resp.Body)
	resp.Body.Close()
	if events[0].event != "plan" || events[len(events)-1].event != "done" {
		t.Fatalf("events %+v", events)
	}
	text := ""
	for _, e := range events {
		if e.event == "delta" {
			var d struct{ Text string }
			_ = json.Unmarshal([]byte(e.data), &d)
			text += d.Text
		}
	}
	type run struct {
		ID, Status, Kind, From string
		To                     *string
		Progress               struct{ Steps, Done int }
		Steps                  []struct {
			Kind, Status string
			Entries      []string
			Year         *int
		}
		Result *struct {
			Final struct{ Analysis string } `json:"final_analysis"`
		}
		Usage struct{ Cost *float64 }
	}
	var done run
	if err := json.Unmarshal([]byte(events[len(events)-1].data), &done); err != nil {
		t.Fatal(err)
	}
	if done.Status != "complete" || done.Kind != "years" || done.From != "2024-02-01" || done.To != nil || len(done.Steps) != 3 || done.Progress.Done != 3 ||
		text != done.Result.Final.Analysis || done.Usage.Cost == nil || *done.Usage.Cost == 0 {
		t.Errorf("%+v, deltas %q", done, text)
	}
	if again := must(http.Get(w.url + "/analyses/" + done.ID + "/stream"))(t); again.StatusCode == http.StatusOK {
		replay := frames(t, again.Body)
		again.Body.Close()
		if replay[0].event != "plan" || replay[len(replay)-1].event != "done" {
			t.Errorf("watched again: %+v", replay)
		}
	}
	list := get[[]map[string]any](w, http.MethodGet, "/analyses", nil)
	if len(list) != 1 || list[0]["steps"] != nil || list[0]["result"] != nil || list[0]["id"] != done.ID {
		t.Errorf("listed: %+v", list)
	}
	if got := get[run](w, http.MethodPost, "/analyses/"+done.ID+"/cancel", nil); got.Status != "complete" {
		t.Errorf("what is over became %q", got.Status)
	}
	if status, text := w.do(http.MethodDelete, "/analyses/"+done.ID, nil); status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
	for _, path := range []string{"", "/stream"} {
		if status, text := w.do(http.MethodGet, "/analyses/"+done.ID+path, nil); status != http.StatusNotFound {
			t.Errorf("after it was erased: %d %s", status, text)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestAnalysisIsCancelled(t *testing.T) {
	asked := make(chan bool, 10)
	w := analyst(t, func(r llmtest.Request) llmtest.Script {
		if r.Wants("subyear") {
			return llmtest.Script{Deltas: llmtest.Object(llmtest.Analyst(r, nil), 20)}
		}
		asked <- true
		return llmtest.Script{Mute: true}
	})
	status, text := w.do(http.MethodPost, "/analyses", asking("openai", "What?"))
	var a struct{ ID, Status string }
	if err := json.Unmarshal([]byte(text), &a); err != nil || status != http.StatusAccepted || a.Status != "running" {
		t.Fatalf("%d %s", status, text)
	}
	<-asked
	if got := get[struct{ Status string }](w, http.MethodPost, "/analyses/"+a.ID+"/cancel", nil); got.Status != "cancelled" {
		t.Errorf("it is %q", got.Status)
	}
	eventually(t, 20*time.Second, "the call is ended", func() bool { return w.fake.Open() == 0 })
}

func TestAnalysesCompareEstimateAndRefuse(t *testing.T) {
	w := analyst(t, nil)
	periods := []object{{"from": "2024-01-01", "to": "2024-01-31", "name": "Winter"}, {"from": "2024-02-01", "to": "2024-03-31"}}
	status, text := w.do(http.MethodPost, "/analyses/compare", asking("openai", "What?", "periods", periods))
	var a struct{ ID, Kind string }
	if err := json.Unmarshal([]byte(text), &a); err != nil || status != http.StatusAccepted || a.Kind != "compare" {
		t.Fatalf("%d %s", status, text)
	}
	eventually(t, 20*time.Second, "the comparison is complete", func() bool {
		_, text = w.do(http.MethodGet, "/analyses/"+a.ID, nil)
		return strings.Contains(text, `"status":"complete"`)
	})
	if !strings.Contains(text, `"name":"Winter"`) || !strings.Contains(text, `"claims":[{`) || !strings.Contains(text, `"date":"2024-01-05"`) {
		t.Errorf("%s", text)
	}
	for _, path := range []string{"/comprehensive_analysis/estimate", "/analyses/estimate"} {
		e := get[struct {
			Entries, Calls int
			InputTokens    int `json:"input_tokens"`
			Cost           *float64
			Currency       *string
			Cap            *float64 `json:"monthly_cap"`
			Confirm        bool
		}](w, http.MethodPost, path, asking("openai", "Another question?"))
		if e.Entries != 5 || e.Calls != 3 || e.InputTokens == 0 || e.Cost == nil || *e.Currency != "USD" || e.Cap != nil || !e.Confirm {
			t.Errorf("%s: %+v", path, e)
		}
	}
	for name, more := range map[string][]any{"periods without entries": {"periods", []object{{"from": "2020-01-01", "to": "2020-12-31"}, {"from": "2021-01-01", "to": "2021-12-31"}}}, "two periods": {"periods", periods}} {
		e := get[struct{ Entries, Calls int }](w, http.MethodPost, "/analyses/estimate", asking("openai", "A third question?", more...))
		if none := name == "periods without entries"; none != (e.Entries == 0) || none != (e.Calls == 0) {
			t.Errorf("%s: %+v", name, e)
		}
	}
	for _, c := range []struct {
		path   string
		body   object
		status int
		says   string
	}{
		{"/analyses/estimate", asking("openai", "What?", "periods", periods[:1]), 422, "periods"},
		{"/analyses", asking("openai", " "), 422, "query"},
		{"/analyses", asking("nobody", "What?"), 422, "provider"},
		{"/analyses", asking("openai", "What?", "from", "soon"), 422, "from"},
		{"/analyses", asking("openai", "What?", "from", "2024-02-01", "to", "2024-01-01"), 422, "to"},
		{"/analyses", object{"query": "What?"}, 422, "Field required"},
		{"/analyses/compare", asking("openai", "What?", "periods", periods[:1]), 422, "periods"},
		{"/analyses/compare", asking("offline", "What?", "periods", periods), 422, "model"},
		{"/comprehensive_analysis", asking("openai", "What?", "from", "2030-01-01"), 404, "no entries"},
		{"/comprehensive_analysis/stream", asking("nobody", "What?"), 422, "provider"},
	} {
		if status, text := w.do(http.MethodPost, c.path, c.body); status != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s %v: %d %s", c.path, c.body, status, text)
		}
	}
	for _, path := range []string{"/analyses/x", "/analyses/x/stream"} {
		if status, _ := w.do(http.MethodGet, path, nil); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	out := get[struct {
		Status string
		Report any
		Final  struct{ Analysis string } `json:"final_analysis"`
	}](w, http.MethodPost, "/comprehensive_analysis", asking("offline", "What?"))
	if out.Status != "complete" || out.Report == nil || !strings.Contains(out.Final.Analysis, "No language model") {
		t.Errorf("offline: %+v", out)
	}
}
