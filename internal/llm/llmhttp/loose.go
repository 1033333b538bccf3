package llmhttp

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// LooseString reads a string or a number, and takes anything else for "".
type LooseString string

// UnmarshalJSON implements json.Unmarshaler.
func (s *LooseString) UnmarshalJSON(data []byte) error {
	var text string
	switch {
	case data[0] == '"':
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
	case bytes.ContainsAny(data[:1], "-0123456789"):
		text = string(data)
	}
	*s = LooseString(text)
	return nil
}

// LooseInt reads a number or a string that holds one, and takes anything else
// for 0.
type LooseInt int

// UnmarshalJSON implements json.Unmarshaler.
func (n *LooseInt) UnmarshalJSON(data []byte) error {
	f, err := strconv.ParseFloat(strings.Trim(string(data), `" `), 64)
	if err != nil || !(f > 0) {
		f = 0
	}
	*n = LooseInt(math.Min(f, 1<<40))
	return nil
}

// Content is the text of a message: a string, a part or a list of parts. Parts
// that are not text, such as those with what the model thinks, are left out.
type Content string

// UnmarshalJSON implements json.Unmarshaler.
func (c *Content) UnmarshalJSON(data []byte) error {
	text, err := contentOf(data, 0)
	*c = Content(text)
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
			Type                LooseString
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
