package importer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"daybook"
)

// Limits on what is held in memory at a time, in bytes, and on the nesting of
// skipped values.
const (
	maxVector = 4 << 20 // a vector with its path, or a line
	maxRecord = 16 << 20
	maxDepth  = 100
)

// errLong is the reason why reading ended at a value over its limit.
var errLong = errors.New("a value over the limit")

// metered returns at most limit bytes of r.
type metered struct {
	r           io.Reader
	read, limit int64
}

func (m *metered) Read(p []byte) (int, error) {
	if m.read >= m.limit {
		return 0, errLong
	}
	n, err := m.r.Read(p[:min(int64(len(p)), m.limit-m.read)])
	m.read += int64(n)
	return n, err
}

// decoder reads a JSON document in pieces of up to most bytes.
type decoder struct {
	*json.Decoder
	in   *metered
	most int64
}

func newDecoder(r io.Reader, most int64) *decoder {
	in := &metered{r: r}
	d := &decoder{json.NewDecoder(in), in, most}
	d.UseNumber()
	return d
}

// allow permits the next piece to be read.
func (d *decoder) allow() { d.in.limit = d.InputOffset() + d.most }

func (d *decoder) token() (json.Token, error) {
	d.allow()
	t, err := d.Token()
	return t, d.explain(err)
}

// more reports whether the list or object has another element.
func (d *decoder) more() bool {
	d.allow()
	return d.More()
}

// value returns the next value unparsed.
func (d *decoder) value() (json.RawMessage, error) {
	var raw json.RawMessage
	d.allow()
	err := d.Decode(&raw)
	return raw, d.explain(err)
}

// skip skips the next value, however long it is.
func (d *decoder) skip() error {
	t, err := d.token()
	if err != nil {
		return err
	}
	return d.skipFrom(t)
}

// skipFrom skips the rest of the value that begins with t.
func (d *decoder) skipFrom(t json.Token) (err error) {
	for depth := 0; ; {
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		if depth > maxDepth {
			return bad(daybook.Invalid, "Values are nested more than %d levels deep.", maxDepth)
		}
		if t, err = d.token(); err != nil {
			return err
		}
	}
}

// end refuses data after the document.
func (d *decoder) end() error {
	d.allow()
	if _, err := d.Token(); err != io.EOF {
		return bad(daybook.Invalid, "There is something after the end of the JSON, which was not read.")
	}
	return nil
}

// explain converts a decoder's error to one without any of the text.
func (d *decoder) explain(err error) error {
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errLong):
		return bad(daybook.TooLarge, "It contains a value larger than %d MB.", d.most>>20)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return bad(daybook.Invalid, "It is cut off.")
	case errors.As(err, &syntax):
		return bad(daybook.Invalid, "It is not valid JSON from about byte %d on.", d.InputOffset())
	}
	return sourceError{&daybook.Error{Kind: daybook.Unavailable, Message: "The file cannot be read.", Err: err}}
}

// lines reads a file line by line.
type lines struct {
	r *bufio.Reader
	n int // of the last line read, from 1
}

// next returns the next line without its end, valid until the next call. A line
// over maxVector is skipped and returned as long. The error is io.EOF at the
// end.
func (l *lines) next() (line []byte, long bool, err error) {
	l.n++
	for {
		part, err := l.r.ReadSlice('\n')
		if len(line)+len(part) > maxVector {
			long, line = true, nil
		}
		if err == nil && line == nil && !long {
			return bytes.TrimSpace(part), false, nil
		}
		if !long {
			line = append(line, part...)
		}
		read := long || len(line) > 0
		switch {
		case err == bufio.ErrBufferFull:
		case err == nil, err == io.EOF && read:
			return bytes.TrimSpace(line), long, nil
		default:
			return nil, false, err
		}
	}
}

// form is the format of a file.
type form int

const (
	vectorObject form = iota // {"path": [numbers], …}
	vectorLines              // {"path": "…", "embedding": [numbers]} per line
	chatFile                 // {"threads": […], "messages": […]}
)

// formOf detects the format of a file by its beginning.
func formOf(in input) (form, error) {
	if in.lines {
		return vectorLines, nil
	}
	d := newDecoder(in.from(), maxRecord)
	switch t, err := d.token(); {
	case err != nil:
		return 0, err
	case t != json.Delim('{'):
		return 0, errForm()
	}
	empty := true
	for ; d.more(); empty = false {
		key, err := d.token()
		if err != nil {
			return 0, err
		}
		begin, err := d.token()
		if err != nil {
			return 0, err
		}
		_, isText := begin.(string)
		list := begin == json.Delim('[')
		switch {
		case list && key == "threads", list && key == "messages":
			return chatFile, nil
		case isText && key == "path", list && key == "embedding":
			return vectorLines, nil
		case list:
			return vectorObject, nil
		}
		if err := d.skipFrom(begin); err != nil {
			return 0, err
		}
	}
	if _, err := d.token(); err != nil || empty {
		return vectorObject, err
	}
	return 0, errForm()
}

func errForm() error {
	return bad(daybook.Invalid, "It has neither vectors (an object with a list of numbers for each path, or lines with a path and an embedding) nor chats (an object with threads and messages).")
}
