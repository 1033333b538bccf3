package importer

import (
	"bufio"
	"io"
	"strings"
)

// finite is a reader that makes JSON of what Python writes for it: a byte
// order mark becomes spaces, NaN an empty list and Infinity a number beyond
// all bounds, each in as many bytes. Neither is part of a vector that is
// taken, but what surrounds it can be read.
type finite struct {
	r       *bufio.Reader
	begun   bool
	text    bool   // in a string
	escaped bool   // behind its backslash
	rest    string // what the next bytes become
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

// next returns what the byte b becomes, which has behind behind it. No string
// goes over the end of a line.
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

// follows reports whether word is what comes next, some of which may have
// been read.
func (f *finite) follows(read []byte, word string) bool {
	if len(read) >= len(word) {
		return string(read[:len(word)]) == word
	}
	more, _ := f.r.Peek(len(word) - len(read)) // at the end there is less
	return strings.HasPrefix(word, string(read)) && word[len(read):] == string(more)
}
