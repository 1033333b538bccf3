package llmtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
	"daybook/internal/llm/llmtest"
	"daybook/internal/llm/openai"
)

// starting is how long a server may take to start.
const starting = 3 * time.Minute

// run starts a server and waits until it answers at the path, which needs no key.
func run(t *testing.T, port int, path string, env []string, command ...string) {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Log(said.String()[max(0, said.Len()-4000):])
		}
	})
	for deadline := time.Now().Add(starting); ; time.Sleep(300 * time.Millisecond) {
		resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d%s", port, path))
		if err == nil {
			_ = resp.Body.Close()
			return
		}
		select {
		case <-ended:
			t.Fatalf("the server ended")
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server did not start within %s", starting)
		}
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// ours returns our models of a server that speaks OpenAI's protocol.
func ours(t *testing.T, port int, key string) *llm.Models {
	t.Helper()
	client := llmhttp.NewClient(0)
	t.Cleanup(client.CloseIdleConnections)
	p := openai.New(openai.Config{Name: "other", APIKey: key, BaseURL: fmt.Sprintf("http://127.0.0.1:%d/v1", port), HTTPClient: client})
	models, err := llm.NewModels([]llm.Provider{p}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return models
}

// asks streams an answer by a schema and returns its text, and in how many pieces it
// came.
func asks(t *testing.T, models *llm.Models, model string) (text string, pieces int, err error) {
	t.Helper()
	chat, err := models.Chat(llm.Ref{Provider: "other", Model: model})
	if err != nil {
		t.Fatal(err)
	}
	req := llm.Request{Model: model, System: "Answer briefly.", Messages: []llm.Message{{Role: llm.User, Text: "Hello."}}, MaxOutputTokens: 400, Schema: &llm.Schema{
		Name: "answer", JSON: json.RawMessage(`{"type":"object","properties":{"response":{"type":"string"}},"required":["response"],"additionalProperties":false}`)}}
	for part, err := range llm.StreamText(llm.WithPolicy(t.Context(), llm.Interactive), chat, req, "response") {
		if err != nil {
			return text, pieces, err
		}
		if part.Text != "" {
			text += part.Text
			pieces++
		}
	}
	return text, pieces, nil
}

// TestLiteLLM asks through the LiteLLM proxy, which asks the stand-ins in each of the
// protocols. make litellm installs it; without it the test is skipped.
func TestLiteLLM(t *testing.T) {
	litellm := os.Getenv("DAYBOOK_LITELLM")
	if litellm == "" {
		t.Skip("without the LiteLLM proxy: run make litellm")
	}
	const answer = "Grüße — “hi” 🌊"
	fake := llmtest.New(func(r llmtest.Request) llmtest.Script {
		if r.Inputs != nil {
			return llmtest.Script{}
		}
		if len(r.Tools) > 0 && r.Schema == nil && r.Tools[0].Name == "look" {
			return llmtest.Script{Calls: []llm.ToolCall{{ID: "call_1", Name: "look", Arguments: json.RawMessage(`{"place":"Bern"}`)}}, Usage: llm.Usage{InputTokens: 12, OutputTokens: 3}}
		}
		return llmtest.Script{Deltas: llmtest.Answer("response", answer, 5), Usage: llm.Usage{InputTokens: 12, OutputTokens: 3}}
	}).Strangers()
	upstream := httptest.NewServer(fake)
	t.Cleanup(upstream.Close)
	config := filepath.Join(t.TempDir(), "config.yaml")
	text := fmt.Sprintf(`model_list:
  - {model_name: by-openai, litellm_params: {model: openai/m-1, api_base: "%[1]s/v1", api_key: %[2]s}}
  - {model_name: by-anthropic, litellm_params: {model: anthropic/claude-sonnet-4-5, api_base: "%[1]s", api_key: %[2]s}}
  - {model_name: vectors, litellm_params: {model: openai/e, api_base: "%[1]s/v1", api_key: %[2]s}}
litellm_settings: {drop_params: true, num_retries: 0}
general_settings: {master_key: sk-master}
`, upstream.URL, llmtest.Key)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	run(t, port, "/health/liveliness", []string{"LITELLM_LOCAL_MODEL_COST_MAP=True", "LITELLM_TELEMETRY=False", "NO_PROXY=*"},
		litellm, "--config", config, "--host", "127.0.0.1", "--port", fmt.Sprint(port))
	models := ours(t, port, "sk-master")
	for _, model := range []string{"by-openai", "by-anthropic"} {
		if got, pieces, err := asks(t, models, model); err != nil || got != answer || pieces < 2 {
			t.Errorf("%s: %q in %d pieces, %v", model, got, pieces, err)
		}
		if got := callsOf(t, models, model); len(got) != 1 || string(got[0].Arguments) != `{"place":"Bern"}` && string(got[0].Arguments) != `{"place": "Bern"}` {
			t.Errorf("%s: calls %+v", model, got)
		}
	}
	e, _ := models.EmbedderOf(llm.Ref{Provider: "other", Model: "vectors"})
	if out, err := e.Embed(t.Context(), llm.EmbedRequest{Model: "vectors", Inputs: []string{"one", "two"}, Contents: llm.Holding(nil)}); err != nil || len(out.Vectors) != 2 || len(out.Vectors[0]) != 64 {
		t.Errorf("%d vectors, %v", len(out.Vectors), err)
	}
	if _, _, err := asks(t, models, "nothing"); err == nil || !strings.Contains(daybook.PublicMessage(err), "no model of this name") {
		t.Errorf("an unknown model: %v", err)
	}
	if _, _, err := asks(t, ours(t, port, "sk-wrong"), "by-openai"); err == nil || !strings.Contains(daybook.PublicMessage(err), "did not accept the key") {
		t.Errorf("a wrong key: %v", err)
	}
	for _, v := range fake.Violations() {
		t.Logf("ours must not, but LiteLLM does: %s", v)
	}
	p := models.Providers()[0]
	if names, err := p.Pinger.(llm.Lister).Models(t.Context()); err != nil || len(names) != 3 {
		t.Errorf("models %q, %v", names, err)
	}
}

// callsOf has a model call a tool.
func callsOf(t *testing.T, models *llm.Models, model string) (list []llm.ToolCall) {
	t.Helper()
	chat, err := models.Chat(llm.Ref{Provider: "other", Model: model})
	if err != nil {
		t.Fatal(err)
	}
	req := llm.Request{Model: model, Messages: []llm.Message{{Role: llm.User, Text: "Look."}}, Tools: []llm.Tool{{Name: "look", Description: "Looks.",
		Schema: json.RawMessage(`{"type":"object","properties":{"place":{"type":"string"}},"required":["place"],"additionalProperties":false}`)}}}
	for chunk, err := range chat.Stream(t.Context(), req) {
		if err != nil {
			t.Errorf("%s: %v", model, err)
		}
		if chunk.Call != nil {
			list = append(list, *chunk.Call)
		}
	}
	return list
}

// TestLlamaCpp asks llama.cpp's server, whose tiny model has random weights: what it
// says means nothing, and is valid JSON by the server's grammar. make llamacpp compiles
// it; without it the test is skipped.
func TestLlamaCpp(t *testing.T) {
	python := os.Getenv("DAYBOOK_LLAMA_PYTHON")
	if python == "" {
		t.Skip("without llama.cpp's server: run make llamacpp, which compiles for minutes")
	}
	model := filepath.Join(t.TempDir(), "tiny.gguf")
	if out, err := exec.CommandContext(t.Context(), python, "testdata/tinymodel.py", model).CombinedOutput(); err != nil {
		t.Fatalf("make the model: %v\n%s", err, out)
	}
	port := freePort(t)
	run(t, port, "/v1/models", nil, python, "-m", "llama_cpp.server", "--model", model, "--model_alias", "tiny", "--host", "127.0.0.1", "--port", fmt.Sprint(port), "--n_ctx", "2048", "--chat_format", "chatml")
	models := ours(t, port, "")
	text, _, err := asks(t, models, "tiny")
	if err != nil && !strings.Contains(err.Error(), "limit on tokens") { // a string of random letters need not end
		t.Errorf("%q, %v", text, err)
	}
	p := models.Providers()[0]
	if names, err := p.Pinger.(llm.Lister).Models(t.Context()); err != nil || len(names) != 1 || names[0] != "tiny" {
		t.Errorf("models %q, %v", names, err)
	}
}
