// Package sse reads server-sent events as the WHATWG standard describes them,
// as far as providers use them: event names and data. Unlike the standard it
// accepts a last event that no blank line ends, and events with a single line end
// between them, if each is a JSON value.
package sse

import (
	"bufio"
	"bytes"
	"encoding/json"
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
	next []byte // a line that was read already, and belongs to the next event
	held bool
}

// NewReader returns a reader of the events in r.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(&newlines{r: r}, 2048)} }

// Next returns the next event that has data, and io.EOF at the end of the
// stream.
func (r *Reader) Next() (Event, error) {
	var e Event
	r.data = r.data[:0]
	has := false
	for {
		line, err := r.nextLine()
		atEnd := errors.Is(err, io.EOF)
		if err != nil && !atEnd {
			return Event{}, err
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		if has && !atEnd && begins(string(field), value) && json.Valid(r.data) {
			r.next, r.held = append(r.next[:0], line...), true
			e.Data = r.data
			return e, nil
		}
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
		if !atEnd && len(line) > 0 {
			continue
		}
		switch {
		case has:
			e.Data = r.data
			return e, nil
		case atEnd:
			return Event{}, io.EOF
		}
		e.Name = ""
	}
}

// begins reports whether a line may be the first of an event with a JSON value.
func begins(field string, value []byte) bool {
	if field == "data" {
		return bytes.HasPrefix(value, []byte("{")) || bytes.HasPrefix(value, []byte("["))
	}
	return field == "event"
}

// nextLine is readLine, but returns the line that was held back first.
func (r *Reader) nextLine() ([]byte, error) {
	if r.held {
		r.held = false
		return r.next, nil
	}
	return r.readLine()
}

// newlines makes every line end of a stream a \n: a \r, or a \r\n.
type newlines struct {
	r    io.Reader
	skip bool // a \n that comes next belongs to the \r before it
}

// Read implements io.Reader.
func (n *newlines) Read(p []byte) (int, error) {
	for {
		read, err := n.r.Read(p)
		if !n.skip && bytes.IndexByte(p[:read], '\r') < 0 {
			return read, err
		}
		kept := 0
		for _, c := range p[:read] {
			switch {
			case c == '\n' && n.skip:
				n.skip = false
				continue
			case c == '\r':
				c, n.skip = '\n', true
			default:
				n.skip = false
			}
			p[kept] = c
			kept++
		}
		if kept > 0 || err != nil || len(p) == 0 {
			return kept, err
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
