package analysis

import (
	"encoding/json"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/llm/anthropic"
	"daybook/internal/llm/gemini"
	"daybook/internal/llm/llmhttp"
	"daybook/internal/llm/llmtest"
	"daybook/internal/llm/openai"
)

func modelOf(protocol, base string, t *testing.T) llm.ChatModel {
	client := llmhttp.NewClient(0)
	t.Cleanup(client.CloseIdleConnections)
	switch protocol {
	case "openai":
		return openai.New(openai.Config{Name: "llama", APIKey: llmtest.Key, BaseURL: base, HTTPClient: client}).Chat
	case "anthropic":
		return anthropic.New(anthropic.Config{APIKey: llmtest.Key, BaseURL: base, HTTPClient: client}).Chat
	}
	return gemini.New(gemini.Config{APIKey: llmtest.Key, BaseURL: base, HTTPClient: client}).Chat
}

// TestOddities asks for a step's answer through every oddity of servers, in
// each protocol, streamed and whole.
func TestOddities(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	want := answer{Reasoning: "It is plain.", Analysis: "You \"swam\".\n\nSee: it's 5 km, so \"the red buoy was far\".", Excerpts: []string{"the red buoy was far"}}
	for _, o := range llmtest.Oddities {
		for _, protocol := range llmtest.Providers {
			for _, whole := range []bool{false, true} {
				said, _ := json.Marshal(want)
				script, ok := o.Script(protocol, whole, string(said), true)
				if !ok {
					continue
				}
				name := o.Name + ", " + protocol + map[bool]string{true: ", whole"}[whole]
				t.Run(name, func(t *testing.T) {
					s := llmtest.Start(t, func(llmtest.Request) llmtest.Script { return script })
					got, _, err := llm.Ask(t.Context(), modelOf(protocol, s.BaseURL(protocol), t), llm.Request{
						Model: "m", Messages: []llm.Message{{Role: llm.User, Text: "What?"}}, Schema: answerSchema(),
					}, (*answer).check)
					text, _ := json.Marshal(got)
					switch {
					case strings.Contains(string(text), "SECRET"):
						t.Errorf("thinking is in %s", text)
					case o.Fails != "":
						if err == nil || !strings.Contains(daybook.PublicMessage(err), o.Fails) {
							t.Errorf("%s, %v; want an error with %q", text, err, o.Fails)
						}
					case err != nil || strings.TrimSpace(got.Analysis) != want.Analysis || len(got.Excerpts) != 1 || got.Excerpts[0] != want.Excerpts[0]:
						t.Errorf("%s, %v; want %s", text, err, said)
					}
				})
			}
		}
	}
}
