package openai

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"daybook/internal/llm"
)

// looseString reads a string or a number, and takes anything else for "".
type looseString string

// UnmarshalJSON implements json.Unmarshaler.
func (s *looseString) UnmarshalJSON(data []byte) error {
	var text string
	switch {
	case data[0] == '"':
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
	case data[0] == '-' || data[0] >= '0' && data[0] <= '9':
		text = string(data)
	}
	*s = looseString(text)
	return nil
}

// looseInt reads a number or a string that holds one, and takes anything else
// for 0.
type looseInt int

// UnmarshalJSON implements json.Unmarshaler.
func (n *looseInt) UnmarshalJSON(data []byte) error {
	f, err := strconv.ParseFloat(strings.Trim(string(data), `" `), 64)
	if err != nil || !(f > 0) {
		f = 0
	}
	*n = looseInt(math.Min(f, 1<<40))
	return nil
}

// usageOf reads what was used; servers that do not say it send anything.
func usageOf(raw json.RawMessage) llm.Usage {
	var u struct {
		Prompt     looseInt `json:"prompt_tokens"`
		Completion looseInt `json:"completion_tokens"`
		Input      looseInt `json:"input_tokens"`
		Output     looseInt `json:"output_tokens"`
	}
	if json.Unmarshal(raw, &u) != nil {
		return llm.Usage{}
	}
	return llm.Usage{InputTokens: int(max(u.Prompt, u.Input)), OutputTokens: int(max(u.Completion, u.Output))}
}

// content is the text of a message: a string, a part or a list of parts. Parts
// that are not text, such as those with what the model thinks, are left out.
type content string

// UnmarshalJSON implements json.Unmarshaler.
func (c *content) UnmarshalJSON(data []byte) error {
	text, err := contentOf(data, 0)
	*c = content(text)
	return err
}

func contentOf(data []byte, depth int) (string, error) {
	switch data[0] {
	case '"':
		var text string
		err := json.Unmarshal(data, &text)
		return text, err
	case '[':
		var parts []json.RawMessage
		if err := json.Unmarshal(data, &parts); err != nil || depth > 2 {
			return "", err
		}
		var b strings.Builder
		for _, p := range parts {
			text, err := contentOf(p, depth+1)
			if err != nil {
				return "", err
			}
			b.WriteString(text)
		}
		return b.String(), nil
	case '{':
		var p struct {
			Type                looseString
			Text, Value         json.RawMessage
			Content             json.RawMessage
			Thought, IsThinking bool
		}
		if json.Unmarshal(data, &p) != nil || depth > 2 || p.Thought || p.IsThinking {
			return "", nil
		}
		if t := p.Type; t != "" && t != "text" && t != "output_text" {
			return "", nil
		}
		for _, inner := range []json.RawMessage{p.Text, p.Value, p.Content} {
			if len(inner) > 0 && string(inner) != "null" {
				return contentOf(inner, depth+1)
			}
		}
	}
	return "", nil
}
