package openai

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"daybook/internal/llm/sse"
)

// source yields the JSON values of an answer: the events of a stream, or the
// values of a body that is JSON, usually one.
type source struct {
	body   *bufio.Reader
	events *sse.Reader   // nil where the body is JSON
	values *json.Decoder // nil where it is a stream
	page   bool          // it is a web page
}

// errDone is the end that a stream announces.
var errDone = errors.New("[DONE]")

// newSource returns a source that reads body when it is first asked.
func newSource(body io.Reader) *source {
	return &source{body: bufio.NewReaderSize(body, 2<<10)}
}

// value is a value of an answer.
type value struct {
	data   []byte // valid until the next call of next
	failed bool   // its event is named "error"
	whole  bool   // it is the body, not an event
}

// next returns the next value, io.EOF behind the last, or errDone.
func (s *source) next() (value, error) {
	if s.events == nil && s.values == nil {
		if err := s.sniff(); err != nil {
			return value{}, err
		}
	}
	if s.values != nil {
		var raw json.RawMessage
		err := s.values.Decode(&raw)
		return value{data: raw, whole: true}, err
	}
	for {
		e, err := s.events.Next()
		switch {
		case err != nil:
			return value{}, err
		case strings.TrimSpace(string(e.Data)) == "":
		case string(e.Data) == "[DONE]":
			return value{}, errDone
		default:
			return value{data: e.Data, failed: e.Name == "error"}, nil
		}
	}
}

// sniff tells by the first character what the body is: servers say anything
// of its type.
func (s *source) sniff() error {
	for {
		r, _, err := s.body.ReadRune()
		if err != nil {
			return err
		}
		if strings.ContainsRune(" \t\r\n\ufeff", r) {
			continue
		}
		if err := s.body.UnreadRune(); err != nil {
			return err
		}
		switch r {
		case '{', '[':
			s.values = json.NewDecoder(io.LimitReader(s.body, maxBody))
		default:
			s.page = r == '<'
			s.events = sse.NewReader(s.body)
		}
		return nil
	}
}
