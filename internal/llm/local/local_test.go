package local_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"daybook/internal/llm/local"
)

// serving returns the port of a server that answers the question for models.
func serving(t *testing.T, body string) (int, net.Addr) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/v1/models" || r.Header.Get("Authorization") != "" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().(*net.TCPAddr).Port, s.Listener.Addr()
}

func TestFind(t *testing.T) {
	ollama, _ := serving(t, `{"object":"list","data":[{"id":"nomic-embed-text:latest","owned_by":"library"},{"id":"llama3.2:latest","owned_by":"library"},{"id":"gemma3:4b","owned_by":"library"}]}`)
	local8080, _ := serving(t, `{"data":[{"id":"m.gguf","owned_by":"llamacpp"}]}`)
	page, _ := serving(t, `<html>a web page</html>`)
	self, addr := serving(t, `{"data":[{"id":"x"}]}`)
	servers := local.Find(t.Context(), []local.Port{
		{Number: ollama, Name: "other", Label: "Other"}, {Number: local8080, Name: "localai", Label: "LocalAI"}, {Number: page, Name: "page", Label: "Page"},
		{Number: 1, Name: "off", Label: "Off"}, {Number: self, Name: "self", Label: "Self"},
	}, addr)
	if len(servers) != 2 || servers[0].Label != "Ollama" || servers[1].Name != "llamacpp" {
		t.Fatalf("%+v", servers)
	}
	if !slices.Equal(servers[0].Models, []string{"gemma3:4b", "llama3.2:latest"}) || !slices.Equal(servers[0].Embeddings, []string{"nomic-embed-text:latest"}) {
		t.Errorf("%+v", servers[0])
	}
}

func TestHas(t *testing.T) {
	names := []string{"llama3.2:latest", "gemma3:4b", "gemma3:12b", "hf.co/some/model:q4"}
	for name, want := range map[string]string{
		"llama3.2": "llama3.2:latest", "LLAMA3.2:latest": "llama3.2:latest", "gemma3:4b": "gemma3:4b", "gemma3": "", "model": "hf.co/some/model:q4", "llama": "",
	} {
		if got, ok := local.Has(names, name); got != want || ok != (want != "") {
			t.Errorf("%s is %s", name, got)
		}
	}
}
