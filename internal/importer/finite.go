package importer

import (
	"bufio"
	"io"
	"strings"
)

// finite is a reader that replaces what Python adds to JSON: a byte order mark
// by spaces, NaN by an empty list and Infinity by a huge number, each of the
// same length. A vector with either is rejected, but the rest of the file can
// be parsed.
type finite struct {
	r       *bufio.Reader
	begun   bool
	text    bool   // in a string
	escaped bool   // after its backslash
	rest    string // replaces the next bytes
}

func newFinite(r io.Reader) *finite { return &finite{r: bufio.NewReaderSize(r, 64<<10)} }

// Read implements io.Reader.
func (f *finite) Read(p []byte) (int, error) {
	if !f.begun {
		f.begun = true
		if f.follows(nil, "\ufeff") {
			f.rest = "   "
		}
	}
	n, err := f.r.Read(p)
	for i, b := range p[:n] {
		if f.rest != "" {
			p[i], f.rest = f.rest[0], f.rest[1:]
			continue
		}
		p[i] = f.next(b, p[i+1:n])
	}
	return n, err
}

// next returns the replacement of byte b, which behind follows. No string
// extends over the end of a line.
func (f *finite) next(b byte, behind []byte) byte {
	switch {
	case f.escaped:
		f.escaped = false
	case b == '\n':
		f.text = false
	case b == '"':
		f.text = !f.text
	case f.text:
		f.escaped = b == '\\'
	case b == 'N' && f.follows(behind, "aN"):
		f.rest = "] "
		return '['
	case b == 'I' && f.follows(behind, "nfinity"):
		f.rest = "e999999"
		return '9'
	}
	return b
}

// follows reports whether word comes next; some of it may have been read
// already.
func (f *finite) follows(read []byte, word string) bool {
	if len(read) >= len(word) {
		return string(read[:len(word)]) == word
	}
	more, _ := f.r.Peek(len(word) - len(read)) // shorter at the end
	return strings.HasPrefix(word, string(read)) && word[len(read):] == string(more)
}
