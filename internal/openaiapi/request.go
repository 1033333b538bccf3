package openaiapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"daybook"
	"daybook/internal/chat"
)

// maxBody bounds a request's body, in bytes: chat programs send the whole
// conversation each time.
const maxBody = 8 << 20

// completionRequest is the part of a request that is used. Other keys, such as
// temperature, are ignored.
type completionRequest struct {
	Model         string    `json:"model"`
	Messages      []message `json:"messages"`
	Stream        bool      `json:"stream"`
	StreamOptions *struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	N *int `json:"n"`
}

type message struct {
	Role    string  `json:"role"`
	Content content `json:"content"`
}

// content is the text of a message, which comes as a string, null or a list of
// parts.
type content string

type part struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

var errNotText = &daybook.Error{Kind: daybook.Invalid, Field: "messages", Message: "Daybook reads only text: a message has a part that is not text."}

// UnmarshalJSON implements json.Unmarshaler.
func (c *content) UnmarshalJSON(data []byte) error {
	var text *string
	if json.Unmarshal(data, &text) == nil {
		if text != nil {
			*c = content(*text)
		}
		return nil
	}
	var parts []part
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	var texts []string
	for _, p := range parts {
		if p.Type != "text" && p.Type != "input_text" && p.Type != "output_text" {
			return errNotText
		}
		texts = append(texts, p.Text)
	}
	*c = content(strings.Join(texts, "\n"))
	return nil
}

// read returns what a request asks: its last message is the question, those
// before it are the conversation.
func (s *server) read(w http.ResponseWriter, r *http.Request) (completionRequest, chat.Request, error) {
	var body completionRequest
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return body, chat.Request{}, daybook.Errorf(daybook.TooLarge, "The request is too large.")
	case errors.Is(err, errNotText):
		return body, chat.Request{}, errNotText
	case err != nil:
		return body, chat.Request{}, daybook.Errorf(daybook.Invalid, "The body is not valid JSON of the expected shape.")
	}
	req, err := s.request(body.Model)
	if err != nil {
		return body, req, err
	}
	if body.N != nil && *body.N != 1 {
		return body, req, &daybook.Error{Kind: daybook.Invalid, Field: "n", Message: "Daybook gives one answer: n must be 1."}
	}
	last := len(body.Messages) - 1
	for last >= 0 && body.Messages[last].Role != "user" {
		last--
	}
	if last < 0 || strings.TrimSpace(string(body.Messages[last].Content)) == "" {
		return body, req, &daybook.Error{Kind: daybook.Invalid, Field: "messages", Message: "There is no question: send a message with the role user."}
	}
	req.Query = string(body.Messages[last].Content)
	for _, m := range body.Messages[:last] {
		role := daybook.User
		if m.Role == string(daybook.Assistant) {
			role = daybook.Assistant
		}
		if text := strings.TrimSpace(string(m.Content)); text != "" && m.Role != "tool" && m.Role != "function" {
			req.History = append(req.History, chat.HistoryMessage{Role: role, Text: text})
		}
	}
	return body, req, nil
}
