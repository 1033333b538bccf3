package openai

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"daybook/internal/llm"
)

// The context window is that of the server, in each server's own words.
func TestWindow(t *testing.T) {
	const ollama = `{"object":"list","data":[{"id":"llama3.2:latest","object":"model","owned_by":"library"}]}`
	for name, c := range map[string]struct {
		answers map[string]string
		base    string
		want    int
	}{
		"vLLM":                   {map[string]string{"/v1/models": `{"data":[{"id":"other","max_model_len":1},{"id":"llama3.2","owned_by":"vllm","max_model_len":32768}]}`}, "/v1", 32768},
		"OpenRouter":             {map[string]string{"/api/v1/models": `{"data":[{"id":"llama3.2","context_length":131072,"top_provider":{"context_length":65536}}]}`}, "/api/v1", 65536},
		"OpenRouter, null":       {map[string]string{"/api/v1/models": `{"data":[{"id":"llama3.2","context_length":131072,"top_provider":{"context_length":null}}]}`}, "/api/v1", 131072},
		"Groq":                   {map[string]string{"/openai/v1/models": `{"data":[{"id":"llama3.2","context_window":"8192"}]}`}, "/openai/v1", 8192},
		"llama.cpp":              {map[string]string{"/v1/models": `{"data":[{"id":"llama3.2","owned_by":"llamacpp","meta":{"n_ctx_train":131072}}]}`, "/props": `{"default_generation_settings":{"n_ctx":4096}}`}, "/v1", 4096},
		"llama.cpp, no v1":       {map[string]string{"/models": `{"data":[{"id":"x","owned_by":"llamacpp"}]}`, "/props": `{"default_generation_settings":{"n_ctx":4096}}`}, "", 4096},
		"LM Studio":              {map[string]string{"/v1/models": `{"data":[{"id":"llama3.2","owned_by":"organization_owner"}]}`, "/api/v0/models": `{"data":[{"id":"llama3.2","max_context_length":131072,"loaded_context_length":4096}]}`}, "/v1", 4096},
		"LM Studio, not loaded":  {map[string]string{"/v1/models": `{"data":[{"id":"llama3.2","owned_by":"organization_owner"}]}`, "/api/v0/models": `{"data":[{"id":"llama3.2","max_context_length":131072}]}`}, "/v1", 0},
		"Ollama, running":        {map[string]string{"/v1/models": ollama, "/api/ps": `{"models":[{"name":"llama3.2:latest","context_length":4096}]}`}, "/v1", 4096},
		"Ollama, set":            {map[string]string{"/v1/models": ollama, "/api/ps": `{"models":[]}`, "/api/show": `{"parameters":"stop \"<|eot|>\"\nnum_ctx                        16384","model_info":{"llama.context_length":131072}}`}, "/v1", 16384},
		"Ollama, model's alone":  {map[string]string{"/v1/models": ollama, "/api/ps": `{}`, "/api/show": `{"model_info":{"llama.context_length":131072}}`}, "/v1", 0},
		"nobody knows":           {map[string]string{"/v1/models": `{"data":[{"id":"llama3.2"}]}`}, "/v1", 0},
		"nonsense":               {map[string]string{"/v1/models": `{"data":[{"id":"llama3.2","max_model_len":-5,"context_length":"many","context_window":1e30}]}`}, "/v1", 0},
		"of other words":         {map[string]string{"/v1/models": `{"data":[{"id":"llama3.2","max_model_len":4096.0}]}`}, "/v1", 4096},
		"the list is of strings": {map[string]string{"/v1/models": `["llama3.2"]`}, "/v1", 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if body, ok := c.answers[r.URL.Path]; ok {
					_, _ = w.Write([]byte(body))
					return
				}
				w.WriteHeader(http.StatusNotFound)
			}))
			defer server.Close()
			p := New(Config{Name: "x", BaseURL: server.URL + c.base, HTTPClient: server.Client()})
			n, err := p.Pinger.(llm.Windower).Window(t.Context(), "llama3.2")
			if n != c.want || err != nil {
				t.Errorf("%d, %v; want %d", n, err, c.want)
			}
		})
	}
}
