package openai_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
	"daybook/internal/llm/openai"
)

// relevance is what the servers of these tests give a document: a digit at its end.
func relevance(document string) float64 { return float64(document[len(document)-1]-'0') / 10 }

// ranked is a request as any of the servers reads it.
type ranked struct {
	Model, Query            string
	Documents, Texts, Input []string
}

// rerankServers answer as servers in use do.
var rerankServers = map[string]func(path string, r ranked) (int, string){
	"Cohere": func(path string, r ranked) (int, string) {
		return at(path, "/v1/rerank", list(r.Documents, `{"index":%d,"relevance_score":%g}`, `{"id":"a","results":[%s],"meta":{"billed_units":{"search_units":1}}}`))
	},
	"Jina, vLLM": func(path string, r ranked) (int, string) {
		return at(path, "/v1/rerank", list(r.Documents, `{"index":%d,"document":{"text":"secret"},"relevance_score":%g}`, `{"model":"m","results":[%s],"usage":{"total_tokens":42}}`))
	},
	"llama.cpp": func(path string, r ranked) (int, string) {
		return at(path, "/v1/rerank", list(r.Documents, `{"index":%d,"relevance_score":-%g}`, `{"object":"list","usage":{"prompt_tokens":42,"total_tokens":42},"results":[%s]}`))
	},
	"text-embeddings-inference": func(path string, r ranked) (int, string) {
		switch {
		case path != "/rerank":
			return 404, ""
		case r.Texts == nil:
			return 422, "Failed to deserialize the JSON body into the target type: missing field `texts` at line 1 column 60"
		case len(r.Texts) > 4:
			return 413, fmt.Sprintf(`{"error":"batch size %d > maximum allowed batch size 4","error_type":"Validation"}`, len(r.Texts))
		}
		return 200, list(r.Texts, `{"index":%d,"score":%g}`, `[%s]`)
	},
	"Voyage": func(path string, r ranked) (int, string) {
		return at(path, "/v1/rerank", list(r.Documents, `{"index":%d,"relevance_score":%g}`, `{"object":"list","data":[%s],"usage":{"total_tokens":42}}`))
	},
	"Mixedbread": func(path string, r ranked) (int, string) {
		if r.Input == nil {
			return 422, `{"detail":[{"type":"missing","loc":["body","input"],"msg":"Field required"}]}`
		}
		return at(path, "/v1/rerank", list(r.Input, `{"index":%d,"score":"%g"}`, `{"data":[%s]}`))
	},
	"no number over three": func(path string, r ranked) (int, string) {
		if len(r.Documents) > 3 {
			return 400, `{"error":{"message":"too many documents: at most 3 documents"}}`
		}
		return at(path, "/v1/rerank", list(r.Documents, `{"index":%d,"relevance_score":%g}`, `{"results":[%s]}`))
	},
}

func at(path, want, body string) (int, string) {
	if path != want {
		return 404, `{"detail":"Not Found"}`
	}
	return 200, body
}

// list lists documents with the best first, as servers do.
func list(documents []string, item, whole string) string {
	order := make([]int, len(documents))
	for i := range order {
		order[i] = i
	}
	negative := strings.Contains(item, "-%g")
	slices.SortFunc(order, func(a, b int) int {
		if negative {
			a, b = b, a
		}
		return int(100 * (relevance(documents[b]) - relevance(documents[a])))
	})
	var items []string
	for _, i := range order {
		items = append(items, fmt.Sprintf(item, i, relevance(documents[i])))
	}
	return fmt.Sprintf(whole, strings.Join(items, ","))
}

func rerankerAt(t *testing.T, handler http.HandlerFunc) llm.Reranker {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client := llmhttp.NewClient(2 * time.Second)
	t.Cleanup(client.CloseIdleConnections)
	return openai.New(openai.Config{Name: "own", APIKey: "sk", BaseURL: server.URL + "/v1", HTTPClient: client}).Reranker
}

// TestRerankForms has each kind of server score ten documents: what it takes is found
// out once, and remembered.
func TestRerankForms(t *testing.T) {
	documents := []string{"a 3", "b 9", "c 1", "d 7", "e 0", "f 5", "g 2", "h 8", "i 4", "j 6"}
	for name, answer := range rerankServers {
		calls := 0
		r := rerankerAt(t, func(w http.ResponseWriter, req *http.Request) {
			calls++
			var in ranked
			if err := json.NewDecoder(req.Body).Decode(&in); err != nil || in.Query != "which?" || in.Model != "m" || req.Header.Get("Authorization") != "Bearer sk" {
				t.Errorf("%s: %+v, %v", name, in, err)
			}
			status, body := answer(req.URL.Path, in)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		})
		for round := range 2 {
			before := calls
			scores, used, err := r.Rerank(t.Context(), llm.RerankRequest{Model: "m", Query: "which?", Documents: documents})
			if err != nil || len(scores) != len(documents) {
				t.Fatalf("%s: %v, %v", name, scores, err)
			}
			sign := 1.0
			if name == "llama.cpp" {
				sign = -1
			}
			for i, d := range documents {
				if scores[i] != sign*relevance(d) {
					t.Errorf("%s: %q has %g", name, d, scores[i])
				}
			}
			if used.InputTokens != 42 && slices.Contains([]string{"Jina, vLLM", "llama.cpp", "Voyage"}, name) {
				t.Errorf("%s: used %+v", name, used)
			}
			if needed := map[string]int{"text-embeddings-inference": 4, "no number over three": 4}[name]; round == 1 && calls-before != max(needed, 1) {
				t.Errorf("%s: %d calls once it is known", name, calls-before)
			}
		}
	}
}

// TestRerankFailures says what is wrong, and shows nothing of what was sent or came
// back. A document without a score comes last.
func TestRerankFailures(t *testing.T) {
	ask := func(status int, body string) ([]float64, error) {
		scores, _, err := rerankerAt(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}).Rerank(t.Context(), llm.RerankRequest{Model: "m", Query: "secret", Documents: []string{"a", "b"}})
		return scores, err
	}
	for _, c := range []struct {
		status int
		body   string
		says   string
	}{
		{401, `{"message":"invalid api token secret"}`, "did not accept the key"},
		{402, `secret`, "quota"},
		{404, `{"error":{"message":"model m not found secret"}}`, "no model of this name"},
		{404, `secret`, "its address is wrong"},
		{500, `{"error":{"code":500,"message":"input (812 tokens) is too large to process. increase the physical batch size (current batch size: 512)"}}`, "too long"},
		{413, `{"error":"Input validation error: inputs must have less than 512 tokens. Given: 813"}`, "too long"},
		{200, `<html>secret`, "web page"},
		{200, `{"results":[]}`, "cannot be read"},
		{200, `[{"index":0,"score":1},{"index":0,"score":2}]`, "cannot be read"},
		{200, `{"results":[{"index":7,"relevance_score":1}]}`, "cannot be read"},
		{200, `{"error":"secret"}`, "own"},
		{200, `secret`, "cannot be read"},
	} {
		_, err := ask(c.status, c.body)
		if message := daybook.PublicMessage(err); err == nil || !strings.Contains(message, c.says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%d %s: %v", c.status, c.body, err)
		}
	}
	for _, body := range []string{`{"results":[{"index":1,"relevance_score":0.5}]}`, `[{"index":0,"score":NaN},{"index":1,"score":-4}]`, `{"data":[{"index":"1","score":"1e-3"},{"index":0,"score":null}]}`} {
		if scores, err := ask(200, body); err != nil || len(scores) != 2 || scores[0] >= scores[1] {
			t.Errorf("%s: %v, %v", body, scores, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := rerankerAt(t, nil).Rerank(ctx, llm.RerankRequest{Model: "m", Documents: []string{"a"}}); err != context.Canceled {
		t.Error(err)
	}
}

// TestRerankTooLarge refuses an answer that is far larger than its scores can be.
func TestRerankTooLarge(t *testing.T) {
	for size, fails := range map[int]bool{1 << 20: false, 5 << 20: true} {
		r := rerankerAt(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintf(w, `{"results":[{"index":0,"relevance_score":1,"document":{"text":"%s"}}]}`, strings.Repeat("x", size))
		})
		_, _, err := r.Rerank(t.Context(), llm.RerankRequest{Model: "m", Query: "which?", Documents: []string{"a 3"}})
		if (err != nil) != fails {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}
