package llmtest

import "strings"

// Body is an answer on its way through one of the protocols.
type Body struct {
	Protocol string
	Whole    bool   // JSON instead of a stream
	Text     string // what the model says
}

// usual is the body as the protocol has it.
func (b Body) usual() string {
	if b.Whole {
		return b.whole(quote(b.Text), b.stop())
	}
	return b.stream(b.events(b.stop()))
}

// stop is the reason of a complete answer.
func (b Body) stop() string {
	return map[string]string{"openai": "stop", "anthropic": "end_turn", "gemini": "STOP"}[b.Protocol]
}

// delta is the event of a piece of text, whose content is JSON.
func (b Body) delta(content string) string {
	switch b.Protocol {
	case "openai":
		return `{"choices":[{"index":0,"delta":{"content":` + content + `},"finish_reason":null}]}`
	case "anthropic":
		return `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":` + content + `}}`
	}
	return `{"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":` + content + `}]}}]}`
}

// end is the event with the reason for finishing.
func (b Body) end(reason string) string {
	switch b.Protocol {
	case "openai":
		return `{"choices":[{"index":0,"delta":{},"finish_reason":` + quote(reason) + `}]}`
	case "anthropic":
		return `{"type":"message_delta","delta":{"stop_reason":` + quote(reason) + `},"usage":{"output_tokens":5}}`
	}
	return `{"candidates":[{"index":0,"content":{"parts":[{"text":""}]},"finishReason":` + quote(reason) + `}]}`
}

// events are all of an answer, in short pieces.
func (b Body) events(reason string) []string {
	var events []string
	for _, piece := range Split(b.Text, 9) {
		events = append(events, b.delta(quote(piece)))
	}
	return append(events, b.end(reason), b.usage())
}

// usage is the event behind the reason: OpenAI's and Gemini's usage, or
// Anthropic's end.
func (b Body) usage() string {
	return map[string]string{
		"openai": `{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5}}`, "anthropic": `{"type":"message_stop"}`,
		"gemini": `{"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5}}`,
	}[b.Protocol]
}

func (b Body) stream(events []string) string {
	var out strings.Builder
	for _, e := range events {
		out.WriteString("data: " + e + "\n\n")
	}
	if b.Protocol == "openai" {
		out.WriteString("data: [DONE]\n\n")
	}
	return out.String()
}

// whole is an answer in one JSON object, with content that is JSON.
func (b Body) whole(content, reason string) string {
	switch b.Protocol {
	case "openai":
		return `{"choices":[{"index":0,"message":{"role":"assistant","content":` + content + `},"finish_reason":` + quote(reason) + `}],"usage":{"prompt_tokens":10,"completion_tokens":5}}`
	case "anthropic":
		return `{"type":"message","role":"assistant","content":[{"type":"text","text":` + content + `}],"stop_reason":` + quote(reason) + `,"usage":{"input_tokens":10,"output_tokens":5}}`
	}
	return `{"candidates":[{"content":{"role":"model","parts":[{"text":` + content + `}]},"finishReason":` + quote(reason) + `}],"usageMetadata":{"promptTokenCount":10}}`
}
