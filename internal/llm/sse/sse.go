// Package sse reads server-sent events as the WHATWG standard describes them,
// as far as providers use them: event names and data. Unlike the standard it
// accepts a last event that no blank line ends.
package sse

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxEvent bounds the data of one event, in bytes.
const maxEvent = 1 << 20

// errTooLarge is returned for an event over maxEvent.
var errTooLarge = errors.New("a server-sent event is larger than 1 MB")

// Event is one event. Data is valid until the next call of Next.
type Event struct {
	Name string // "" where the server gave none
	Data []byte // lines joined by \n
}

// Reader reads events from a stream.
type Reader struct {
	r    *bufio.Reader
	line []byte
	data []byte
}

// NewReader returns a reader of the events in r.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, 2048)} }

// Next returns the next event that has data, and io.EOF at the end of the
// stream.
func (r *Reader) Next() (Event, error) {
	var e Event
	r.data = r.data[:0]
	has := false
	for {
		line, err := r.readLine()
		atEnd := errors.Is(err, io.EOF)
		if err != nil && !atEnd {
			return Event{}, err
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "event":
			e.Name = string(value)
		case "data":
			if has {
				r.data = append(r.data, '\n')
			}
			has = true
			if r.data = append(r.data, value...); len(r.data) > maxEvent {
				return Event{}, errTooLarge
			}
		}
		switch {
		case has && (atEnd || len(line) == 0):
			e.Data = r.data
			return e, nil
		case atEnd:
			return Event{}, io.EOF
		case len(line) == 0:
			e.Name = ""
		}
	}
}

// readLine returns the next line without its end, \n or \r\n. With the last one,
// which no newline ends, comes io.EOF.
func (r *Reader) readLine() ([]byte, error) {
	r.line = r.line[:0]
	for {
		part, err := r.r.ReadSlice('\n')
		if err == nil && len(r.line) == 0 {
			return bytes.TrimRight(part, "\r\n"), nil
		}
		r.line = append(r.line, part...)
		switch {
		case err == nil:
			return bytes.TrimRight(r.line, "\r\n"), nil
		case len(r.line) > maxEvent:
			return nil, errTooLarge
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return bytes.TrimRight(r.line, "\r\n"), io.EOF
		default:
			return nil, fmt.Errorf("read the event stream: %w", err)
		}
	}
}
