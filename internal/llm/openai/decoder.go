package openai

import (
	"encoding/json"
	"net/http"
	"strings"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

// event is what is used of an event of the stream, or of a whole answer.
type event struct {
	Choices []struct {
		Delta        *reply              `json:"delta"`
		Message      *reply              `json:"message"`
		Text         llmhttp.Content     `json:"text"` // of a server that only completes text
		FinishReason llmhttp.LooseString `json:"finish_reason"`
	} `json:"choices"`
	Usage  json.RawMessage     `json:"usage"`
	Error  json.RawMessage     `json:"error"`
	Detail json.RawMessage     `json:"detail"`
	Object llmhttp.LooseString `json:"object"`
}

// reply is what a model says. Its thinking is not read.
type reply struct {
	Content      llmhttp.Content     `json:"content"`
	Refusal      llmhttp.LooseString `json:"refusal"`
	ToolCalls    []callDelta         `json:"tool_calls"`
	FunctionCall *callPart           `json:"function_call"` // the name before tool_calls
}

// answer reads the values of one answer.
type answer struct {
	*llmhttp.Decoder
	joiner joiner
}

// reader returns the function that reads the values of an answer.
func reader(d *llmhttp.Decoder) func(llmhttp.Value) (string, error) {
	a := &answer{Decoder: d, joiner: joiner{Calls: &d.Calls}}
	return a.read
}

// read reads a value and returns what it adds to the answer's text.
func (a *answer) read(v llmhttp.Value) (string, error) {
	var ev event
	if err := a.Decode(v, &ev); err != nil {
		return "", err
	}
	if refused := a.failure(&ev, v); refused != nil {
		return "", refused
	}
	if usage := usageOf(ev.Usage); usage != (llm.Usage{}) {
		a.Usage = usage
	}
	if len(ev.Choices) == 0 {
		return "", nil
	}
	choice := &ev.Choices[0]
	a.ended(string(choice.FinishReason), v.Whole && choice.Message != nil)
	text := string(choice.Text)
	for _, r := range []*reply{choice.Delta, choice.Message} {
		if r == nil {
			continue
		}
		a.Refused = a.Refused || r.Refusal != ""
		if r.FunctionCall != nil {
			r.ToolCalls = append(r.ToolCalls, callDelta{Function: *r.FunctionCall})
		}
		for i := range r.ToolCalls {
			if a.InText() {
				text += string(r.ToolCalls[i].arguments())
				continue
			}
			if err := a.joiner.add(&r.ToolCalls[i]); err != nil {
				return "", err
			}
		}
		text += string(r.Content)
	}
	return text, nil
}

// isError reports whether an event is an error. Beside choices, only the field
// named error makes it one.
func (ev *event) isError() bool {
	if len(ev.Choices) > 0 {
		return llmhttp.IsError(ev.Error)
	}
	return llmhttp.IsError(ev.Error) || llmhttp.IsError(ev.Detail) || ev.Object == "error"
}

// failure returns the error that a value is, or nil.
func (a *answer) failure(ev *event, v llmhttp.Value) *llmhttp.Refusal {
	failed := v.Failed || ev.isError()
	if !failed || a.Complete() {
		return nil
	}
	if v.Whole {
		return llmhttp.InsideOf(v.Data, 0)
	}
	return llmhttp.InsideOf(v.Data, http.StatusInternalServerError)
}

// ended takes note of a reason for finishing. A whole answer may lack one.
func (a *answer) ended(reason string, whole bool) {
	switch reason = strings.ToLower(reason); reason {
	case "", "null", "none":
		if whole && !a.Ended() {
			a.Finished("", llm.FinishStop)
		}
		return
	}
	a.Finished(reason, finishOf(reason))
}

// usageOf reads what was used; servers that do not say it send anything.
func usageOf(raw json.RawMessage) llm.Usage {
	var u struct {
		Prompt     llmhttp.LooseInt `json:"prompt_tokens"`
		Completion llmhttp.LooseInt `json:"completion_tokens"`
		Input      llmhttp.LooseInt `json:"input_tokens"`
		Output     llmhttp.LooseInt `json:"output_tokens"`
	}
	if json.Unmarshal(raw, &u) != nil {
		return llm.Usage{}
	}
	return llm.Usage{InputTokens: int(max(u.Prompt, u.Input)), OutputTokens: int(max(u.Completion, u.Output))}
}

// finishOf returns what a reason for finishing means, or "" for one that is
// not known: an answer that was aborted is not complete.
func finishOf(reason string) llm.Finish {
	switch reason {
	case "stop", "eos", "eos_token", "end_turn", "stop_sequence", "complete", "completed":
		return llm.FinishStop
	case "length", "max_tokens", "model_length", "max_output_tokens", "context_length", "context_length_exceeded":
		return llm.FinishLength
	case "content_filter", "content_filtered", "safety", "refusal":
		return llm.FinishRefusal
	case "tool_calls", "tool_use", "tool_call", "function_call":
		return llm.FinishTools
	}
	return ""
}
