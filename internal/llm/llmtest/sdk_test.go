package llmtest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
)

// understood is what an SDK made of the stand-in's answers.
type understood struct {
	Failed   string
	Models   []string
	Text     string
	Whole    string
	Usage    []int
	Finish   string
	Call     []any
	Vectors  []int
	WrongKey int `json:"wrong_key"`
	Limited  int
}

// bySDK plays what the SDKs are asked for.
func bySDK(r llmtest.Request) llmtest.Script {
	switch {
	case r.Inputs != nil:
		return llmtest.Script{}
	case r.Model == "limited":
		return llmtest.Script{Status: http.StatusTooManyRequests, Code: "rate_limit_exceeded"}
	case len(r.Tools) > 0:
		return llmtest.Script{Calls: []llm.ToolCall{{ID: "call_1", Name: "look", Arguments: json.RawMessage(`{"place":"Bern"}`)}}, Fragment: 4, Usage: llm.Usage{InputTokens: 12, OutputTokens: 3}}
	}
	return llmtest.Script{Deltas: llmtest.Answer("response", "Grüße — “hi” 🌊", 5), Usage: llm.Usage{InputTokens: 12, OutputTokens: 3}}
}

// TestSDKs asks the stand-ins by the providers' own SDKs, so that the stand-ins are
// held to the real protocols. make sdk installs them; without them it is skipped.
func TestSDKs(t *testing.T) {
	const answer = `{"response":"Grüße — “hi” 🌊"}`
	python, modules := os.Getenv("DAYBOOK_SDK_PYTHON"), os.Getenv("DAYBOOK_SDK_NODE")
	folder, err := filepath.Abs("testdata/sdk")
	if err != nil {
		t.Fatal(err)
	}
	fake := llmtest.New(bySDK)
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	for name, command := range map[string][]string{
		"Python":     {python, filepath.Join(folder, "sdk.py"), server.URL, llmtest.Key},
		"JavaScript": {"node", filepath.Join(folder, "sdk.mjs"), modules, server.URL, llmtest.Key},
	} {
		t.Run(name, func(t *testing.T) {
			if slices.Contains(command, "") {
				t.Skip("without the providers' SDKs: run make sdk")
			}
			cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
			cmd.Env = append(os.Environ(), "NO_PROXY=*")
			out, err := cmd.Output()
			var got map[string]understood
			if err != nil || json.Unmarshal(out, &got) != nil {
				t.Fatalf("%v: %s", err, out)
			}
			for provider, u := range got {
				finish := map[string]string{"openai": "stop", "anthropic": "end_turn", "gemini": "STOP"}[provider]
				switch {
				case u.Failed != "":
					t.Errorf("%s: %s", provider, u.Failed)
				case u.Text != answer || u.Finish != finish || !slices.Equal(u.Usage, []int{12, 3}) || len(u.Models) < 2:
					t.Errorf("%s understood %+v", provider, u)
				case !reflect.DeepEqual(u.Call, []any{"look", map[string]any{"place": "Bern"}}):
					t.Errorf("%s: called %v", provider, u.Call)
				case provider != "anthropic" && !slices.Equal(u.Vectors, []int{64, 64}) || provider == "openai" && u.Whole != answer:
					t.Errorf("%s: vectors %v, whole %q", provider, u.Vectors, u.Whole)
				case u.WrongKey != http.StatusUnauthorized && u.WrongKey != http.StatusBadRequest || u.Limited != http.StatusTooManyRequests:
					t.Errorf("%s: a wrong key is %d, a limit %d", provider, u.WrongKey, u.Limited)
				}
			}
			if len(got) != len(llmtest.Providers) {
				t.Errorf("%d providers", len(got))
			}
			for _, v := range fake.Violations() {
				t.Logf("our clients must not, but SDKs do: %s", v)
			}
		})
	}
}
