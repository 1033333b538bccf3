package gemini

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

// response has the fields that we use of a piece of an answer.
type response struct {
	Candidates []struct {
		Content *struct {
			Parts []json.RawMessage `json:"parts"`
		} `json:"content"`
		FinishReason llmhttp.LooseString `json:"finishReason"`
	} `json:"candidates"`
	Feedback *struct {
		BlockReason llmhttp.LooseString `json:"blockReason"`
	} `json:"promptFeedback"`
	Usage json.RawMessage `json:"usageMetadata"`
	Error json.RawMessage `json:"error"`
}

// answerPart is a part of an answer.
type answerPart struct {
	Text         llmhttp.LooseString `json:"text"`
	Thought      bool                `json:"thought"`
	FunctionCall *struct {
		ID   llmhttp.LooseString `json:"id"`
		Name llmhttp.LooseString `json:"name"`
		Args json.RawMessage     `json:"args"`
	} `json:"functionCall"`
	Signature llmhttp.LooseString `json:"thoughtSignature"`
}

// reader returns the function that reads the values of an answer.
func reader(d *llmhttp.Decoder) func(llmhttp.Value) (string, error) {
	return func(v llmhttp.Value) (string, error) { return read(d, v) }
}

// read reads a value and returns what it adds to the answer's text. A body that
// is an array has the pieces of an answer.
func read(d *llmhttp.Decoder, v llmhttp.Value) (string, error) {
	var all []json.RawMessage
	if v.Data[0] != '[' {
		return readPiece(d, v)
	}
	if err := d.Decode(v, &all); err != nil {
		return "", err
	}
	text := ""
	for _, piece := range all {
		v.Data = piece
		added, err := readPiece(d, v)
		if text += added; err != nil {
			return text, err
		}
	}
	return text, nil
}

func readPiece(d *llmhttp.Decoder, v llmhttp.Value) (string, error) {
	var r response
	if err := d.Decode(v, &r); err != nil {
		return "", err
	}
	if v.Failed || llmhttp.IsError(r.Error) {
		status := http.StatusInternalServerError
		if v.Whole {
			status = 0
		}
		return "", llmhttp.InsideOf(v.Data, status)
	}
	used(d, r.Usage)
	text := ""
	if len(r.Candidates) > 0 && r.Candidates[0].Content != nil {
		for _, raw := range r.Candidates[0].Content.Parts {
			added, err := readPart(d, raw)
			if text += added; err != nil {
				return text, err
			}
		}
	}
	switch {
	case r.Feedback != nil && r.Feedback.BlockReason != "":
		d.Finished(string(r.Feedback.BlockReason), llm.FinishRefusal)
	case len(r.Candidates) > 0:
		reason := strings.ToUpper(string(r.Candidates[0].FinishReason))
		if reason != "" && reason != "FINISH_REASON_UNSPECIFIED" {
			d.Finished(reason, finishOf(reason))
		}
	}
	return text, nil
}

// readPart returns the text of a part, without the model's thinking. It adds a
// call, which is always whole, to the answer.
func readPart(d *llmhttp.Decoder, raw json.RawMessage) (string, error) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text, nil
	}
	var p answerPart
	if json.Unmarshal(raw, &p) != nil || p.Thought {
		return "", nil
	}
	f := p.FunctionCall
	switch {
	case f == nil:
		return string(p.Text), nil
	case d.InText():
		return string(p.Text) + string(f.Args), nil
	}
	signature, err := base64.StdEncoding.DecodeString(string(p.Signature))
	if err != nil {
		signature, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(string(p.Signature), "="))
	}
	if err != nil || len(signature) == 0 {
		signature = nil
	}
	_, err = d.Add(llm.ToolCall{ID: string(f.ID), Name: string(f.Name), Arguments: f.Args, Signature: signature})
	return string(p.Text), err
}

func used(d *llmhttp.Decoder, raw json.RawMessage) {
	var u struct {
		Prompt     llmhttp.LooseInt `json:"promptTokenCount"`
		Candidates llmhttp.LooseInt `json:"candidatesTokenCount"`
		Thoughts   llmhttp.LooseInt `json:"thoughtsTokenCount"`
	}
	if len(raw) > 0 && json.Unmarshal(raw, &u) == nil {
		d.Usage = llm.Usage{InputTokens: int(u.Prompt), OutputTokens: int(u.Candidates + u.Thoughts)}
	}
}

// finishOf returns the meaning of a reason for finishing; "" if it does not make an
// answer complete.
func finishOf(reason string) llm.Finish {
	switch reason {
	case "STOP":
		return llm.FinishStop
	case "MAX_TOKENS":
		return llm.FinishLength
	case "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY":
		return llm.FinishRefusal
	}
	return ""
}
