package dates

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind int

const (
	none   tokenKind = iota // beyond the question's ends
	word                    // also digits and letters together: 5km
	number                  // 1660, also with a suffix: 29th, 1660s
	mark                    // any other single character
)

// token is a piece of the question: letters with inner apostrophes, digits
// with their suffix, or a mark. Spaces are between tokens.
type token struct {
	kind       tokenKind
	text       string // lower case, with plain apostrophes and dashes
	start, end int    // byte offsets into the question
	num        int    // value of a number of at most four digits, else -1
	digits     int
	ordinal    bool // 29th
	decade     bool // 1660s, 90's
	short      bool // '61
	lower      bool // written without a capital
	glued      bool // no space before it
}

// tokenize cuts a question into tokens. Text in double quotation marks becomes
// one mark.
func tokenize(q string) []token {
	toks := make([]token, 0, len(q)/4+2)
	last := 0
	for i := 0; i < len(q); {
		r, size := utf8.DecodeRuneInString(q[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		t := token{start: i, num: -1, glued: i == last && i > 0}
		switch {
		case r == '"' || r == '“':
			t.kind, t.text, i = mark, `"`, i+size+quoted(q[i+size:], r)
		case isDigit(r):
			i = t.readNumber(q, i)
		case isApostrophe(r) && twoDigits(q[i+size:]) && !t.glued:
			t.short = true
			i = t.readNumber(q, i+size)
		case unicode.IsLetter(r):
			i = t.readWord(q, i)
		default:
			t.kind, t.text, i = mark, plainMark(r, q[i:i+size]), i+size
		}
		t.end, last = i, i
		toks = append(toks, t)
	}
	return toks
}

// quoted returns the length of a quotation including its closing mark, or 0 if
// it isn't closed.
func quoted(rest string, opening rune) int {
	closing := `"`
	if opening == '“' {
		closing = "”"
	}
	if n := strings.Index(rest, closing); n >= 0 {
		return n + len(closing)
	}
	return 0
}

// readNumber reads digits and a suffix such as "th" or "s" and returns where
// they end. Digits followed by other letters ("5km") are a word.
func (t *token) readNumber(q string, i int) int {
	t.kind = number
	end, value := i, 0
	for end < len(q) && isDigit(rune(q[end])) {
		if value < 10000 {
			value = value*10 + int(q[end]-'0')
		}
		end++
	}
	if t.digits = end - i; t.digits <= 4 {
		t.num = value
	}
	suffix := end
	for suffix < len(q) {
		r, size := utf8.DecodeRuneInString(q[suffix:])
		if !unicode.IsLetter(r) && !isApostrophe(r) {
			break
		}
		suffix += size
	}
	s := plainWord(q[end:suffix])
	if s == "t" && suffix < len(q) && isDigit(rune(q[suffix])) {
		s, suffix = "", end // 2024-06-04T08:30
	}
	switch s {
	case "":
	case "st", "nd", "rd", "th", "e", "er", "re", "ème": // 12e and 1er are French
		t.ordinal = true
	case "s", "'s":
		t.decade = value%10 == 0 // else "1661's"
	case "'":
		suffix = end
	default:
		t.kind, t.num = word, -1
	}
	t.text = plainWord(q[i:suffix])
	return suffix
}

func (t *token) readWord(q string, i int) int {
	end := i
	for end < len(q) {
		r, size := utf8.DecodeRuneInString(q[end:])
		inner := isApostrophe(r) && end+size < len(q) && startsWithLetter(q[end+size:])
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !inner {
			break
		}
		end += size
	}
	t.kind, t.text = word, plainWord(q[i:end])
	t.lower = t.text == q[i:end]
	return end
}

// plain reports whether t is a number of up to four digits and nothing else.
func (t *token) plain() bool {
	return t.kind == number && t.num >= 0 && !t.ordinal && !t.decade && !t.short
}

// namesYear reports whether t is the year, or the last one or two digits of it.
func (t *token) namesYear(year int) bool {
	switch t.digits {
	case 1:
		year %= 10
	case 2:
		year %= 100
	}
	return t.kind == number && t.num == year
}

func plainWord(s string) string { return strings.ReplaceAll(strings.ToLower(s), "’", "'") }

func plainMark(r rune, s string) string {
	switch r {
	case '–', '—', '‐', '‑', '−':
		return "-"
	case '’', '‘':
		return "'"
	}
	return s
}

func isDigit(r rune) bool      { return '0' <= r && r <= '9' }
func isApostrophe(r rune) bool { return r == '\'' || r == '’' || r == '‘' }

func startsWithLetter(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r)
}

// twoDigits reports whether s begins with two digits and no more.
func twoDigits(s string) bool { return len(s)-len(strings.TrimLeft(s, "0123456789")) == 2 }
