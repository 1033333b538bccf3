package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// A cross-encoder of one's own puts the passages of a search in order. It gets no
// private note, and its calls are in the ledger. When it fails, the search is as
// without it.
func TestRerankModel(t *testing.T) {
	var sent atomic.Value
	var broken atomic.Bool
	sent.Store("")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent.Store(sent.Load().(string) + r.URL.Path + " " + string(body))
		var in struct{ Documents []string }
		if broken.Load() || r.URL.Path != "/v1/rerank" || json.Unmarshal(body, &in) != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		var items []string
		for i, d := range in.Documents {
			items = append(items, fmt.Sprintf(`{"index":%d,"relevance_score":%d}`, i, strings.Count(d, "pier")))
		}
		_, _ = fmt.Fprintf(w, `{"results":[%s],"usage":{"total_tokens":77}}`, strings.Join(items, ","))
	}))
	defer server.Close()
	p := newPerson(t)
	p.journal(map[string]string{
		"2024-01-05.md": "The ferry was late, the ferry was cold, and I missed the ferry home.",
		"2024-01-06.md": "Waited at the pier, the old pier, for a ferry.",
		"2024-01-07.md": "---\nprivate: true\n---\nThe ferry took Ursula to a pier, pier, pier.",
	})
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "none"
	first := func() string {
		t.Helper()
		out, errs, code := p.types("search", "ferry")
		if code != exitOK || !strings.Contains(out, "Ursula") {
			t.Errorf("code %d: %s%s", code, out, errs)
		}
		return firstPublic(out)
	}
	if got := first(); got != "2024-01-05" {
		t.Errorf("without the model: %s", got)
	}
	p.env["DAYBOOK_PROVIDERS"], p.env["DAYBOOK_MODEL_RERANK"] = "own="+server.URL+"/v1", "own/bge"
	if got := first(); got != "2024-01-06" {
		t.Errorf("with the model: %s", got)
	}
	if text := sent.Load().(string); strings.Contains(text, "Ursula") || !strings.Contains(text, `"query":"ferry"`) || !strings.Contains(text, `"model":"bge"`) {
		t.Errorf("sent %s", text)
	}
	if out, _, _ := p.types("ledger"); !strings.Contains(out, "rerank") || !strings.Contains(out, "own/bge") || strings.Contains(out, "ferry") {
		t.Errorf("ledger: %s", out)
	}
	if out, _, _ := p.types("check"); !strings.Contains(out, "rerank        goes to") {
		t.Errorf("check: %s", out)
	}
	broken.Store(true)
	if got := first(); got != "2024-01-05" {
		t.Errorf("with a broken model: %s", got)
	}
	p.env["DAYBOOK_PROVIDERS"], p.env["DAYBOOK_MODEL_RERANK"] = "", "anthropic/claude"
	p.env["ANTHROPIC_API_KEY"] = "sk"
	if _, errs, code := p.types("search", "ferry"); code == exitOK || !strings.Contains(errs, "anthropic orders no passages") {
		t.Errorf("code %d: %s", code, errs)
	}
}

// firstPublic returns the first day found, skipping the private note.
func firstPublic(out string) string {
	for line := range strings.Lines(out) {
		if day, _, ok := strings.Cut(line, "  "); ok && strings.HasPrefix(day, "2024-") && day != "2024-01-07" {
			return day
		}
	}
	return ""
}
