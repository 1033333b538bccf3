package llmhttp

import (
	"bufio"
	"bytes"
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
	events *sse.Reader   // nil if the body is JSON
	values *json.Decoder // nil if it is a stream
	page   bool          // it is a web page
}

var dataField = []byte("data:")

// errDone means that a stream announced its end.
var errDone = errors.New("[DONE]")

// newSource returns a source that reads body at the first call of next.
func newSource(body io.Reader) *source {
	return &source{body: bufio.NewReaderSize(body, 2<<10)}
}

// Value is a value of an answer.
type Value struct {
	Data   []byte // valid until the next call of next
	Failed bool   // its event is named "error"
	Whole  bool   // it is the body, not an event
}

// next returns the next value, io.EOF behind the last, or errDone.
func (s *source) next() (Value, error) {
	if s.events == nil && s.values == nil {
		if err := s.sniff(); err != nil {
			return Value{}, err
		}
	}
	if s.values != nil {
		var raw json.RawMessage
		err := s.values.Decode(&raw)
		return Value{Data: raw, Whole: true}, err
	}
	for {
		e, err := s.events.Next()
		for bytes.HasPrefix(e.Data, dataField) { // a gateway framed it once more
			e.Data = bytes.TrimLeft(e.Data[len(dataField):], " ")
		}
		switch {
		case err != nil:
			return Value{}, err
		case strings.TrimSpace(string(e.Data)) == "", strings.HasPrefix(string(e.Data), ":"): // a comment that became data
		case string(e.Data) == "[DONE]":
			return Value{}, errDone
		default:
			return Value{Data: e.Data, Failed: e.Name == "error"}, nil
		}
	}
}

// sniff detects the type of the body by its first character, since servers send any
// Content-Type.
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
