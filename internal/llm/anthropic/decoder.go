package anthropic

import (
	"encoding/json"
	"net/http"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

// event is what is used of an event of the stream, or of a whole answer, which
// has the fields of a message.
type event struct {
	Type    llmhttp.LooseString `json:"type"`
	Index   llmhttp.LooseInt    `json:"index"`
	Block   *part               `json:"content_block"`
	Message *whole              `json:"message"`
	Delta   *struct {
		Type       llmhttp.LooseString `json:"type"`
		Text       llmhttp.LooseString `json:"text"`
		JSON       llmhttp.LooseString `json:"partial_json"`
		StopReason llmhttp.LooseString `json:"stop_reason"`
	} `json:"delta"`
	Usage json.RawMessage `json:"usage"`
	Error json.RawMessage `json:"error"`
	whole
}

// whole is an answer that is not streamed.
type whole struct {
	Content    []json.RawMessage   `json:"content"`
	StopReason llmhttp.LooseString `json:"stop_reason"`
	Used       json.RawMessage     `json:"usage"`
}

// part is a block of an answer.
type part struct {
	Type  llmhttp.LooseString `json:"type"`
	Text  llmhttp.LooseString `json:"text"`
	ID    llmhttp.LooseString `json:"id"`
	Name  llmhttp.LooseString `json:"name"`
	Input json.RawMessage     `json:"input"`
}

// openCall is a call whose block has begun. Input is what the block began
// with, which is empty where the arguments come as deltas.
type openCall struct {
	call  *llm.ToolCall
	input json.RawMessage
}

// answer reads the values of one answer. Its end is message_stop, or the end of
// the stream behind the reason.
type answer struct {
	*llmhttp.Decoder
	open map[llmhttp.LooseInt]openCall // by the index of their blocks
}

// reader returns the function that reads the values of an answer.
func reader(d *llmhttp.Decoder) func(llmhttp.Value) (string, error) {
	a := &answer{Decoder: d, open: map[llmhttp.LooseInt]openCall{}}
	return a.read
}

// isMessage reports whether a response that is not streamed is a message.
func (ev *event) isMessage() bool { return ev.Type == "message" || ev.Content != nil }

// read reads a value and returns what it adds to the answer's text.
func (a *answer) read(v llmhttp.Value) (string, error) {
	var ev event
	if err := a.Decode(v, &ev); err != nil {
		return "", err
	}
	switch {
	case v.Failed || ev.Type == "error" || llmhttp.IsError(ev.Error):
		return "", a.failure(v)
	case v.Whole && ev.isMessage():
		return a.message(&ev.whole, ev.Usage)
	}
	switch ev.Type {
	case "message_start":
		if ev.Message != nil {
			a.used(ev.Message.Used)
		}
	case "content_block_start":
		return a.begin(&ev)
	case "content_block_stop":
		return a.stop(ev.Index)
	case "content_block_delta":
		return a.delta(&ev)
	case "message_delta":
		a.used(ev.Usage)
		if ev.Delta != nil && ev.Delta.StopReason != "" {
			a.Finished(string(ev.Delta.StopReason), finishOf(string(ev.Delta.StopReason)))
		}
	case "message_stop":
		a.Stop()
	}
	return "", nil
}

func (a *answer) failure(v llmhttp.Value) error {
	status := http.StatusInternalServerError
	if v.Whole {
		status = 0
	}
	return llmhttp.InsideOf(v.Data, status)
}

func (a *answer) begin(ev *event) (string, error) {
	if ev.Block == nil {
		return "", nil
	}
	if ev.Block.Type != "tool_use" {
		return textOf(ev.Block), nil
	}
	if a.InText() {
		a.open[ev.Index] = openCall{&llm.ToolCall{}, ev.Block.Input}
		return "", nil
	}
	call, err := a.Add(llm.ToolCall{ID: string(ev.Block.ID), Name: string(ev.Block.Name)})
	if err == nil {
		a.open[ev.Index] = openCall{call, ev.Block.Input}
	}
	return "", err
}

// stop ends a block. The arguments of a call may have come with its beginning.
func (a *answer) stop(index llmhttp.LooseInt) (string, error) {
	open, is := a.open[index]
	delete(a.open, index)
	switch {
	case !is || len(open.call.Arguments) > 0:
		return "", nil
	case a.InText():
		return string(open.input), nil
	}
	return "", a.Append(open.call, open.input)
}

func (a *answer) delta(ev *event) (string, error) {
	if ev.Delta == nil {
		return "", nil
	}
	if open, ok := a.open[ev.Index]; ok && ev.Delta.JSON != "" {
		if a.InText() {
			open.call.Arguments = []byte(" ") // some came
			return string(ev.Delta.JSON), nil
		}
		return "", a.Append(open.call, []byte(ev.Delta.JSON))
	}
	if ev.Delta.Type == "text_delta" || ev.Delta.Type == "" || ev.Delta.Type == "text" {
		return string(ev.Delta.Text), nil
	}
	return "", nil
}

// textOf returns the text of a block, without what the model thinks.
func textOf(p *part) string {
	if p.Type != "text" && p.Type != "" {
		return ""
	}
	return string(p.Text)
}

// message reads a whole answer.
func (a *answer) message(m *whole, usage json.RawMessage) (string, error) {
	a.used(usage)
	text := ""
	for _, raw := range m.Content {
		var p part
		if json.Unmarshal(raw, &p) != nil {
			continue
		}
		if p.Type != "tool_use" {
			text += textOf(&p)
			continue
		}
		if a.InText() {
			text += string(p.Input)
			continue
		}
		call, err := a.Add(llm.ToolCall{ID: string(p.ID), Name: string(p.Name)})
		if err == nil {
			err = a.Append(call, p.Input)
		}
		if err != nil {
			return "", err
		}
	}
	if m.StopReason == "" {
		a.Finished("", llm.FinishStop) // a whole answer may lack one
	} else {
		a.Finished(string(m.StopReason), finishOf(string(m.StopReason)))
	}
	return text, nil
}

// used takes note of what was used, where it is said.
func (a *answer) used(raw json.RawMessage) {
	var u struct {
		Input        llmhttp.LooseInt `json:"input_tokens"`
		CacheRead    llmhttp.LooseInt `json:"cache_read_input_tokens"`
		CacheWritten llmhttp.LooseInt `json:"cache_creation_input_tokens"`
		Output       llmhttp.LooseInt `json:"output_tokens"`
	}
	if len(raw) == 0 || json.Unmarshal(raw, &u) != nil {
		return
	}
	if in := int(u.Input + u.CacheRead + u.CacheWritten); in > 0 {
		a.Usage.InputTokens = in
	}
	if u.Output > 0 {
		a.Usage.OutputTokens = int(u.Output)
	}
}

// finishOf returns what a reason for finishing means, or "" for one that is not
// known: a paused answer is not complete.
func finishOf(reason string) llm.Finish {
	switch reason {
	case "end_turn", "stop_sequence", "stop":
		return llm.FinishStop
	case "max_tokens", "model_context_window_exceeded", "length":
		return llm.FinishLength
	case "refusal":
		return llm.FinishRefusal
	case "tool_use":
		return llm.FinishTools
	}
	return ""
}
