// Package partialjson reads JSON that is still being written: what is certain
// of it so far.
package partialjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// errSyntax is what a document that is not one JSON object is refused with.
var errSyntax = errors.New("not a JSON object")

// maxDepth bounds how deeply values may be nested.
const maxDepth = 256

// state is what a StringField expects next.
type state uint8

const (
	expectObject state = iota
	expectKeyOrEnd
	expectKey
	inKey
	expectColon
	expectValue
	inTarget  // inside the value of the field that is asked for
	mayEnd    // behind a quote that may end it
	inString  // inside another string value
	inNested  // inside an object or array, depth says how deep
	inLiteral // inside a number, true, false or null
	expectCommaOrEnd
	ended
)

// StringField reads one top-level string field of a JSON object that comes in
// chunks, and reports what each chunk added to it. It checks what it must to
// follow the object's outline, and nothing behind the field. In the field it
// accepts what models write: unescaped quotes, raw newlines, unknown escapes.
type StringField struct {
	name  string
	state state
	key   []byte // the raw key, while it is read
	depth int    // of nesting inside a skipped value
	quote bool   // inside a string of a skipped nested value

	escaped bool   // the last byte was a backslash
	hex     []byte // the digits of a \u escape so far; nil outside of one
	high    rune   // a high surrogate that waits for its low one, or 0
	tail    []byte // the first bytes of a rune that is not complete
	seen    bool   // the field was there
	target  bool   // the value that comes is the field's
	pending []byte // in mayEnd, from the quote on
	phase   phase  // in mayEnd
	out     strings.Builder
}

// newStringField returns a reader of the top-level field with the given name.
func newStringField(name string) *StringField { return &StringField{name: name} }

// Seen reports whether the field's value has begun.
func (f *StringField) Seen() bool { return f.seen }

// Done reports whether the object, or the field, is complete.
func (f *StringField) Done() bool { return f.state == ended }

// Feed reads the next chunk and returns what it added to the field: whole
// runes, with escapes resolved; what is invalid becomes U+FFFD, as in
// encoding/json. After an error the reader is not to be fed again.
func (f *StringField) Feed(chunk string) (added string, err error) {
	f.out.Reset()
	for i := 0; i < len(chunk); i++ {
		if f.state == inTarget && !f.escaped && f.hex == nil && f.high == 0 && len(f.tail) == 0 {
			n := plain(chunk[i:])
			f.out.WriteString(chunk[i : i+n])
			if i += n; i == len(chunk) {
				break
			}
		}
		if err := f.step(chunk[i]); err != nil {
			return f.out.String(), err
		}
	}
	return f.out.String(), nil
}

// plain returns how many bytes at the beginning of s are ASCII that stands
// for itself inside a string.
func plain(s string) int {
	for i := range len(s) {
		if c := s[i]; c == '"' || c == '\\' || c < ' ' || c >= utf8.RuneSelf {
			return i
		}
	}
	return len(s)
}

func (f *StringField) step(c byte) error {
	switch f.state {
	case ended:
		return nil
	case inTarget:
		f.inTarget(c)
		return nil
	case mayEnd:
		f.lookAhead(c)
		return nil
	case inKey, inString:
		f.inString(c)
		return nil
	case inNested:
		return f.inNested(c)
	case inLiteral:
		if c != ',' && c != '}' && !isSpace(c) {
			return nil
		}
		f.state = expectCommaOrEnd
	}
	if isSpace(c) {
		return nil
	}
	return f.outline(c)
}

// outline follows the object between its keys and values.
func (f *StringField) outline(c byte) error {
	if f.state == expectValue {
		return f.begin(c)
	}
	next, ok := outline[step{f.state, c}]
	if !ok {
		return fmt.Errorf("%w: unexpected character in its outline", errSyntax)
	}
	if f.state = next; next == inKey {
		f.key = append(f.key[:0], c)
	}
	return nil
}

type step struct {
	from state
	on   byte
}

// outline has the steps between an object's keys and values.
var outline = map[step]state{
	{expectObject, '{'}:     expectKeyOrEnd,
	{expectKeyOrEnd, '"'}:   inKey,
	{expectKey, '"'}:        inKey,
	{expectColon, ':'}:      expectValue,
	{expectCommaOrEnd, ','}: expectKey,
	{expectKeyOrEnd, '}'}:   ended,
	{expectCommaOrEnd, '}'}: ended,
}

// begin starts a value with its first byte.
func (f *StringField) begin(c byte) error {
	switch {
	case c == '"' && f.target && !f.seen:
		f.state, f.seen = inTarget, true
	case c == '"':
		f.state = inString
	case c == '{' || c == '[':
		f.state, f.depth = inNested, 1
	case strings.IndexByte("-0123456789tfn", c) >= 0:
		f.state = inLiteral
	default:
		return fmt.Errorf("%w: unexpected beginning of a value", errSyntax)
	}
	return nil
}

// inString reads a key, or skips a string value.
func (f *StringField) inString(c byte) {
	if f.state == inKey && len(f.key) < 4096 {
		f.key = append(f.key, c)
	}
	switch {
	case f.escaped:
		f.escaped = false
	case c == '\\':
		f.escaped = true
	case c == '"' && f.state == inKey:
		var key string
		f.target = json.Unmarshal(f.key, &key) == nil && key == f.name
		f.state = expectColon
	case c == '"':
		f.state = expectCommaOrEnd
	}
}

// inNested skips an object or array.
func (f *StringField) inNested(c byte) error {
	switch {
	case f.quote && f.escaped:
		f.escaped = false
	case f.quote && c == '\\':
		f.escaped = true
	case c == '"':
		f.quote = !f.quote
	case f.quote:
	case c == '{' || c == '[':
		if f.depth++; f.depth > maxDepth {
			return fmt.Errorf("%w: nested too deeply", errSyntax)
		}
	case c == '}' || c == ']':
		if f.depth--; f.depth == 0 {
			f.state = expectCommaOrEnd
		}
	}
	return nil
}

// inTarget reads the value itself.
func (f *StringField) inTarget(c byte) {
	switch {
	case f.hex != nil:
		f.hexDigit(c)
	case f.escaped:
		f.escape(c)
	case c == '\\':
		f.flushTail()
		f.escaped = true
	case c == '"':
		f.flushTail()
		f.flushHigh()
		f.state, f.phase, f.pending = mayEnd, afterQuote, append(f.pending[:0], c)
	default:
		f.flushHigh()
		f.rune(c)
	}
}

// phase is how far the look ahead behind a quote has come.
type phase uint8

const (
	afterQuote phase = iota
	afterComma
	inNextKey
	afterKey
)

// maxPending bounds how far is looked ahead, in bytes.
const maxPending = 4096

// lookAhead decides whether a quote ends the value: the object ends behind it,
// or another key follows. Otherwise the quote is text that was not escaped.
func (f *StringField) lookAhead(c byte) {
	f.pending = append(f.pending, c)
	switch {
	case len(f.pending) > maxPending:
	case f.phase == inNextKey:
		switch {
		case f.escaped:
			f.escaped = false
		case c == '\\':
			f.escaped = true
		case c == '"':
			f.phase = afterKey
		}
		return
	case isSpace(c):
		return
	case f.phase == afterKey && c == ':', f.phase < inNextKey && c == '}':
		f.state = ended
		return
	case f.phase == afterQuote && c == ',':
		f.phase = afterComma
		return
	case f.phase < inNextKey && c == '"' && len(f.pending) > 2: // two quotes together are text
		f.phase = inNextKey
		return
	}
	behind := string(f.pending[1:])
	f.state, f.escaped = inTarget, false
	f.out.WriteByte('"')
	for i := range len(behind) {
		_ = f.step(behind[i]) // inside the value nothing fails
	}
}

// rune collects the bytes of a rune until it is complete, or cannot be.
func (f *StringField) rune(c byte) {
	f.tail = append(f.tail, c)
	for len(f.tail) > 0 && utf8.FullRune(f.tail) {
		r, n := utf8.DecodeRune(f.tail)
		f.out.WriteRune(r)
		f.tail = f.tail[n:]
	}
	if len(f.tail) == 0 {
		f.tail = nil
	}
}

// flushTail writes what is left of a rune that was never completed.
func (f *StringField) flushTail() {
	for range f.tail {
		f.out.WriteRune(utf8.RuneError)
	}
	f.tail = nil
}

// flushHigh writes a high surrogate that no low one followed.
func (f *StringField) flushHigh() {
	if f.high != 0 {
		f.out.WriteRune(utf8.RuneError)
		f.high = 0
	}
}

var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (f *StringField) escape(c byte) {
	f.escaped = false
	if c == 'u' {
		f.hex = make([]byte, 0, 4)
		return
	}
	f.flushHigh()
	if out, ok := escapes[c]; ok {
		f.out.WriteByte(out)
		return
	}
	if c != '\'' {
		f.out.WriteByte('\\') // Markdown has escapes of its own
	}
	f.rune(c)
}

func (f *StringField) hexDigit(c byte) {
	if c >= utf8.RuneSelf || !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) { // not an escape
		f.flushHigh()
		f.out.WriteString(`\u` + string(f.hex))
		f.hex = nil
		f.inTarget(c)
		return
	}
	if f.hex = append(f.hex, c); len(f.hex) < 4 {
		return
	}
	n, _ := strconv.ParseUint(string(f.hex), 16, 16) // the digits were checked
	f.hex = nil
	r := rune(n)
	if f.high != 0 {
		if both := utf16.DecodeRune(f.high, r); both != utf8.RuneError {
			f.out.WriteRune(both)
			f.high = 0
			return
		}
		f.flushHigh()
	}
	switch {
	case r >= 0xd800 && r < 0xdc00:
		f.high = r
	case utf16.IsSurrogate(r):
		f.out.WriteRune(utf8.RuneError)
	default:
		f.out.WriteRune(r)
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
