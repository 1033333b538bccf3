package partialjson

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFound bounds how many objects Objects returns.
const maxFound = 64

// Objects returns the JSON objects in a text, in their order, and leaves out
// what is around them: prose, code fences, arrays. Objects inside of an object
// stay there. It reads JSON as models write it: with unescaped quotes, raw
// newlines, single quotes, bare keys, comments, trailing commas, and missing
// ends. A text that is one JSON string is read as what the string contains.
func Objects(text string) []map[string]any {
	return objects(text, 0)
}

func objects(text string, depth int) []map[string]any {
	var inner string
	trimmed := strings.TrimSpace(text)
	if depth < 3 && strings.HasPrefix(trimmed, `"`) && json.Unmarshal([]byte(trimmed), &inner) == nil {
		return objects(inner, depth+1)
	}
	var found []map[string]any
	for i := 0; i < len(text) && len(found) < maxFound; {
		next := strings.IndexByte(text[i:], '{')
		if next < 0 {
			break
		}
		i += next
		object, n := objectAt(text[i:])
		if object == nil {
			i++
			continue
		}
		found = append(found, object)
		i += n
	}
	if len(found) == 0 && depth < 3 && strings.Contains(text, `{\"`) {
		return objects(strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(text), depth+1)
	}
	return found
}

// objectAt reads the object with which text begins and returns its length, or
// nil.
func objectAt(text string) (map[string]any, int) {
	var strict map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	if d.Decode(&strict) == nil && strict != nil {
		return strict, int(d.InputOffset())
	}
	p := parser{text: text}
	object, ok := p.object()
	if !ok {
		return nil, 0
	}
	return object, p.at
}

// parser reads JSON that need not be valid.
type parser struct {
	text  string
	at    int
	depth int
}

// container is what a value is in, which tells where a string ends.
type container byte

const (
	inObject container = '}'
	inArray  container = ']'
)

func (p *parser) object() (map[string]any, bool) {
	if p.depth++; p.depth > maxDepth {
		return nil, false
	}
	defer func() { p.depth-- }()
	p.at++ // {
	out := map[string]any{}
	for {
		p.space(",")
		switch c := p.peek(); {
		case c == 0:
			return out, len(out) > 0
		case c == '}':
			p.at++
			return out, true
		}
		key, ok := p.key()
		if !ok {
			return out, len(out) > 0
		}
		value, ok := p.value(inObject)
		if !ok {
			return out, len(out) > 0
		}
		if _, twice := out[key]; !twice {
			out[key] = value
		}
	}
}

func (p *parser) array() ([]any, bool) {
	if p.depth++; p.depth > maxDepth {
		return nil, false
	}
	defer func() { p.depth-- }()
	p.at++ // [
	out := []any{}
	for {
		p.space(",")
		switch c := p.peek(); {
		case c == 0 || c == '}':
			return out, true
		case c == ']':
			p.at++
			return out, true
		}
		value, ok := p.value(inArray)
		if !ok {
			return out, true
		}
		out = append(out, value)
	}
}

// key reads a key and the colon behind it.
func (p *parser) key() (string, bool) {
	rest := p.text[p.at:]
	key, n := quotedKey(rest)
	if n == 0 {
		n = strings.IndexFunc(rest, func(r rune) bool {
			return r != '_' && r != '-' && r != '$' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
		})
		if n <= 0 {
			return "", false
		}
		key = rest[:n]
	}
	p.at += n
	p.space("")
	if p.peek() != ':' {
		return "", false
	}
	p.at++
	return key, true
}

// maxKey bounds a key, in bytes.
const maxKey = 200

// quotedKey returns the quoted key with which text begins and its length, 0
// if there is none.
func quotedKey(text string) (key string, n int) {
	if key, n := typographicKey(text); n > 0 {
		return key, n
	}
	if !strings.HasPrefix(text, `"`) && !strings.HasPrefix(text, "'") {
		return "", 0
	}
	end := strings.IndexByte(text[1:min(len(text), maxKey)], text[0])
	if end < 0 || strings.ContainsAny(text[1:1+end], "\n{}") {
		return "", 0
	}
	return text[1 : 1+end], end + 2
}

// typographic matches a key in quotation marks as word processors set them.
var typographic = regexp.MustCompile(`^[“”„‘’]([\pL_][\pL\pN_ -]{0,60})[“”’]`)

func typographicKey(text string) (key string, n int) {
	if m := typographic.FindStringSubmatch(text); m != nil {
		return m[1], len(m[0])
	}
	return "", 0
}

func (p *parser) value(in container) (any, bool) {
	p.space("")
	for _, open := range []string{"“", "”", "„"} {
		if strings.HasPrefix(p.text[p.at:], open) {
			p.at += len(open)
			return p.quotedUntil("”", in), true
		}
	}
	switch c := p.peek(); c {
	case 0:
		return nil, false
	case '{':
		return orFalse(p.object())
	case '[':
		return orFalse(p.array())
	case '"', '\'', '`':
		return p.quoted(c, in), true
	}
	return p.bare(), true
}

func orFalse[T any](v T, ok bool) (any, bool) { return v, ok }

// bare reads a number, a word such as true, or text without quotes.
func (p *parser) bare() any {
	rest := p.text[p.at:]
	n := strings.IndexAny(rest, ",}]\n")
	if n < 0 {
		n = len(rest)
	}
	p.at += n
	word := strings.TrimSpace(rest[:n])
	switch strings.ToLower(word) {
	case "true":
		return true
	case "false":
		return false
	case "null", "none", "undefined", "nan", "":
		return nil
	}
	if f, err := strconv.ParseFloat(word, 64); err == nil {
		return f
	}
	return word
}

// quoted reads a string, to the first quote that can end it, or to the end of
// the text.
func (p *parser) quoted(quote byte, in container) string {
	p.at++
	return p.quotedUntil(string(quote), in)
}

// quotedUntil is quoted behind the first quote.
func (p *parser) quotedUntil(quote string, in container) string {
	var b strings.Builder
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case c == '\\' && p.at+1 < len(p.text):
			p.escape(&b)
			continue
		case strings.HasPrefix(p.text[p.at:], quote) && p.ends(p.text[p.at+len(quote):], in):
			p.at += len(quote)
			return b.String()
		}
		b.WriteByte(c)
		p.at++
	}
	return strings.ToValidUTF8(b.String(), string(utf8.RuneError))
}

func (p *parser) escape(b *strings.Builder) {
	rest := p.text[p.at:]
	for _, n := range []int{12, 6, 2} { // a pair of \u, one \u, one character
		var s string
		if n <= len(rest) && json.Unmarshal([]byte(`"`+rest[:n]+`"`), &s) == nil && utf8.RuneCountInString(s) == 1 {
			b.WriteString(s)
			p.at += n
			return
		}
	}
	if rest[1] != '\'' && rest[1] != '\n' { // an escape of Markdown stays
		b.WriteByte('\\')
	}
	if rest[1] != '\n' {
		b.WriteByte(rest[1])
	}
	p.at += 2
}

// ends reports whether a quote with this behind it ends a string.
func (p *parser) ends(rest string, in container) bool {
	trimmed := strings.TrimLeft(rest, " \t\r\n")
	switch {
	case trimmed == "" || trimmed[0] == '}' || trimmed[0] == ']':
		return true
	case strings.HasPrefix(trimmed, "```"):
		return true
	case in == inArray:
		next, comma := strings.CutPrefix(trimmed, ",")
		next = strings.TrimLeft(next, " \t\r\n")
		if next == "" {
			return comma
		}
		return comma && strings.IndexByte("\"'[{]}-0123456789tfn", next[0]) >= 0
	}
	return endsValue(trimmed)
}

// bareKey matches a key without quotes and the beginning of its value.
var bareKey = regexp.MustCompile(`^[\pL_][\pL\pN_]*\s*:\s*(["'\[{]|-?[0-9]|true\b|false\b|null\b)`)

// endsValue reports whether what is behind a value of an object, from its
// first character that is not space, begins another of its properties.
func endsValue(rest string) bool {
	rest, comma := strings.CutPrefix(rest, ",")
	rest = strings.TrimLeft(rest, " \t\r\n")
	if rest == "" || rest[0] == '}' {
		return comma
	}
	if _, n := quotedKey(rest); n > 0 {
		return strings.HasPrefix(strings.TrimLeft(rest[n:], " \t\r\n"), ":")
	}
	return comma && bareKey.MatchString(rest)
}

// peek returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	if p.at >= len(p.text) {
		return 0
	}
	return p.text[p.at]
}

// space skips white space, comments, and the characters in also.
func (p *parser) space(also string) {
	for p.at < len(p.text) {
		rest := p.text[p.at:]
		switch {
		case isSpace(rest[0]), strings.IndexByte(also, rest[0]) >= 0:
			p.at++
		case strings.HasPrefix(rest, "//"):
			p.skip(rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			p.skip(rest, "*/")
		default:
			return
		}
	}
}

func (p *parser) skip(rest, end string) {
	if i := strings.Index(rest, end); i >= 0 {
		p.at += i + len(end)
		return
	}
	p.at = len(p.text)
}
