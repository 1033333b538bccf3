package openai

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

// grace is how long a server may take to end its stream once it has said why
// the answer ended. Usage comes in that time; some servers never close.
const grace = 3 * time.Second

// event is what is used of an event of the stream, or of a whole answer.
type event struct {
	Choices []struct {
		Delta        *reply      `json:"delta"`
		Message      *reply      `json:"message"`
		FinishReason looseString `json:"finish_reason"`
	} `json:"choices"`
	Usage  json.RawMessage `json:"usage"`
	Error  json.RawMessage `json:"error"`
	Detail json.RawMessage `json:"detail"`
	Object looseString     `json:"object"`
}

// reply is what a model says. Its thinking is not read.
type reply struct {
	Content      content     `json:"content"`
	Refusal      looseString `json:"refusal"`
	ToolCalls    []callDelta `json:"tool_calls"`
	FunctionCall *callPart   `json:"function_call"` // the name before tool_calls
}

// decoder turns the values of an answer into chunks. The answer is complete
// when a reason for finishing was given that is known. Usage comes behind it,
// in an event of its own, so the end of the stream is waited for. What goes
// wrong from then on costs nothing but the usage.
type decoder struct {
	caller   llmhttp.Caller
	source   *source
	body     io.Closer
	cancel   context.CancelFunc
	overdue  *time.Timer // ends the wait for the end
	calls    joiner
	thinking thinking
	finish   llm.Finish
	reason   string // for finishing, as the server gave it
	refused  bool
	usage    llm.Usage
	rest     []llm.Chunk // what is yet to be passed on of the end
}

// close ends the call.
func (d *decoder) close() {
	if d.overdue != nil {
		d.overdue.Stop()
	}
	_ = d.body.Close() // nothing more is read of it
	d.cancel()
}

// next returns the next chunk. The context is the caller's.
func (d *decoder) next(ctx context.Context) (llm.Chunk, error) {
	for len(d.rest) == 0 {
		v, err := d.source.next()
		if err != nil {
			if err := d.end(ctx, err); err != nil {
				return llm.Chunk{}, err
			}
			break
		}
		text, err := d.add(v)
		if err != nil {
			return llm.Chunk{}, err
		}
		if text != "" {
			return llm.Chunk{Text: text}, nil
		}
	}
	chunk := d.rest[0]
	d.rest = d.rest[1:]
	return chunk, nil
}

// add reads a value and returns what it adds to the answer's text.
func (d *decoder) add(v value) (string, error) {
	if d.overdue != nil {
		d.overdue.Reset(grace)
	}
	var ev event
	if err := json.Unmarshal(v.data, &ev); err != nil {
		if refused := refusalInside(v.data); refused != nil {
			return "", refused
		}
		if d.finish != "" {
			return "", nil // the answer is complete
		}
		return "", d.caller.Nonsense()
	}
	if refused := d.failure(&ev, v); refused != nil {
		return "", refused
	}
	if usage := usageOf(ev.Usage); usage != (llm.Usage{}) {
		d.usage = usage
	}
	if len(ev.Choices) == 0 {
		return "", nil
	}
	choice := &ev.Choices[0]
	d.ended(string(choice.FinishReason), v.whole && choice.Message != nil)
	text := ""
	for _, r := range []*reply{choice.Delta, choice.Message} {
		if r == nil {
			continue
		}
		d.refused = d.refused || r.Refusal != ""
		if r.FunctionCall != nil {
			r.ToolCalls = append(r.ToolCalls, callDelta{Function: *r.FunctionCall})
		}
		for i := range r.ToolCalls {
			if err := d.calls.add(&r.ToolCalls[i]); err != nil {
				return "", err
			}
		}
		text += string(r.Content)
	}
	return d.thinking.feed(text), nil
}

// failure returns the error that a value is, or nil.
func (d *decoder) failure(ev *event, v value) *refusal {
	is := v.failed || isError(ev.Error) || len(ev.Choices) == 0 && (isError(ev.Detail) || ev.Object == "error")
	if !is || d.finish != "" {
		return nil
	}
	if v.whole {
		return insideOf(v.data, 0)
	}
	return insideOf(v.data, http.StatusInternalServerError)
}

// ended takes note of a reason for finishing. A whole answer may lack one.
func (d *decoder) ended(reason string, whole bool) {
	switch reason = strings.ToLower(reason); reason {
	case "", "null", "none":
		if whole && d.finish == "" && d.reason == "" {
			d.finish = llm.FinishStop
		}
		return
	}
	d.finish, d.reason = finishOf(reason), reason
	if d.overdue == nil && d.cancel != nil {
		d.overdue = time.AfterFunc(grace, d.cancel)
	}
}

// end makes the chunks that end an answer whose source ended with err.
func (d *decoder) end(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case d.finish != "":
	case d.source.page:
		return &refusal{status: http.StatusOK, page: true, inside: true}
	case d.reason != "":
		return d.caller.Unfinished(d.reason)
	case errors.Is(err, errDone) || errors.Is(err, io.EOF):
		return d.caller.Cut(ctx, nil)
	case errors.As(err, new(*json.SyntaxError)):
		return d.caller.Nonsense()
	default:
		return d.caller.Cut(ctx, err)
	}
	if d.refused {
		d.finish = llm.FinishRefusal
	}
	rest, err := d.calls.End(d.finish, d.usage)
	if err != nil {
		return err
	}
	if text := d.thinking.end(); text != "" {
		rest = append([]llm.Chunk{{Text: text}}, rest...)
	}
	d.rest = rest
	return nil
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
