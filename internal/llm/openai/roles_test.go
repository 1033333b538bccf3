package openai_test

import (
	"encoding/json"
	"strings"
	"testing"

	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
)

// The roles that a server gets alternate, and no text, picture or call is lost.
func TestRolesAlternate(t *testing.T) {
	call := llm.ToolCall{ID: "c", Name: "search", Arguments: json.RawMessage("{}")}
	picture := llm.Image{MediaType: "image/png", Data: []byte("\x89PNG\r\n\x1a\n")}
	model, server := fake(t, "vllm", llmtest.Reply("Yes."))
	request := llm.Request{Model: "m", Messages: []llm.Message{
		{Role: llm.User, Text: "one"}, {Role: llm.User, Text: "two"},
		{Role: llm.Assistant, Text: "three"}, {Role: llm.Assistant, Text: "four"},
		{Role: llm.User, Text: "five"}, {Role: llm.User, Text: "six", Images: []llm.Image{picture}},
		{Role: llm.Assistant, Text: "seven", Calls: []llm.ToolCall{call}},
		{Role: llm.User, Results: []llm.ToolResult{{CallID: "c", Name: "search", Content: "eight"}}},
		{Role: llm.Assistant, Text: "nine"},
		{Role: llm.User, Text: "ten"}, {Role: llm.User, Text: "eleven"}, {Role: llm.User, Text: "twelve"},
	}}
	for _, err := range model.Chat.Stream(t.Context(), request) {
		if err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, m := range server.Requests()[0].Messages {
		said := string(m.Role) + " " + strings.ReplaceAll(m.Text, "\n\n", "+")
		for _, r := range m.Results {
			said += "(" + r.Content + ")"
		}
		if len(m.Images) > 0 {
			said += " picture"
		}
		got = append(got, said)
	}
	want := "user one+two, assistant three+four, user five+six picture, assistant seven, user (eight), assistant nine, user ten+eleven+twelve"
	if strings.Join(got, ", ") != want {
		t.Errorf("sent %q, want %q", got, want)
	}
}
