package notebook

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word, a number or a mark in a line.
type token struct {
	text       string
	start, end int // byte offsets in the line
	num        int // value of a number of at most four digits, else -1
	digits     int
	ordinal    bool // 4th, 1er
	short      bool // '19
	unsure     bool // within [...?]
}

// tokens cuts a line into tokens. The marks of Markdown, and the brackets
// around a doubtful reading, are left out.
func tokens(line string) []token {
	var list []token
	unsure := doubtful(line)
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRuneInString(line[i:])
		start := i
		t := token{start: start, num: -1, unsure: unsure(i)}
		switch {
		case unicode.IsSpace(r) || strings.ContainsRune("*_#>[]?~=", r):
			i += size
			continue
		case '0' <= r && r <= '9':
			i = t.readNumber(line, i)
		case unicode.IsLetter(r):
			for i < len(line) {
				r, size := utf8.DecodeRuneInString(line[i:])
				if !unicode.IsLetter(r) && !unicode.IsMark(r) {
					break
				}
				i += size
			}
			t.text = line[start:i]
		default:
			i += size
			t.text = plain(r)
		}
		t.end = i
		list = append(list, t)
	}
	for i := 1; i < len(list); i++ {
		if list[i-1].text == "'" && list[i].digits == 2 && list[i-1].end == list[i].start {
			list[i].short = true
		}
	}
	return list
}

func plain(r rune) string {
	switch r {
	case '–', '—', '‐', '‑', '−':
		return "-"
	case '’', '‘', '`', '´':
		return "'"
	}
	return string(r)
}

// readNumber reads digits and the letters of an ordinal, and returns where they
// end.
func (t *token) readNumber(line string, i int) int {
	start, value := i, 0
	for i < len(line) && '0' <= line[i] && line[i] <= '9' {
		value = min(value*10+int(line[i]-'0'), 99999)
		i++
	}
	if t.digits = i - start; t.digits <= 4 {
		t.num = value
	}
	end := i
	for end < len(line) {
		r, size := utf8.DecodeRuneInString(line[end:])
		if !unicode.IsLetter(r) {
			break
		}
		end += size
	}
	switch suffix := strings.ToLower(line[i:end]); suffix {
	case "":
	case "st", "nd", "rd", "th", "d", "er", "ère", "re", "e", "ème", "te", "ten", "de", "º", "ª", "o":
		t.ordinal, i = true, end
	case "am", "pm", "h", "uhr":
		t.num, t.digits = -1, 0 // a time of day
	default:
		t.num, t.digits, i = -1, 0, end
	}
	t.text = line[start:i]
	return i
}

// doubtful returns a function that reports whether a position is within the
// marks of an uncertain reading, as in [4?].
func doubtful(line string) func(int) bool {
	var spans [][2]int
	for at := 0; ; {
		open := strings.IndexByte(line[at:], '[')
		if open < 0 {
			break
		}
		open += at
		length := strings.IndexByte(line[open:], ']')
		if length < 0 {
			break
		}
		if strings.Contains(line[open:open+length], "?") {
			spans = append(spans, [2]int{open, open + length})
		}
		at = open + length
	}
	return func(i int) bool {
		for _, s := range spans {
			if s[0] <= i && i <= s[1] {
				return true
			}
		}
		return false
	}
}
