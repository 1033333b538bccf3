package chat

import (
	"strconv"
	"strings"

	"daybook/internal/quote"
)

// numbers marks the numbers of passages in a streamed answer that no source
// has, as a quotation is marked that is in none.
type numbers struct {
	known map[int]bool
	held  string // may become a number
}

func numbersOf(sources []Source) *numbers {
	n := &numbers{known: map[int]bool{}}
	for _, s := range sources {
		n.known[s.Number] = true
	}
	return n
}

// longestNumber is the most bytes that are held back: "[123]" and what follows.
const longestNumber = 6

// feed takes the next piece of the answer and returns it with marks inserted.
func (n *numbers) feed(piece string) string {
	if len(n.known) == 0 {
		return piece
	}
	text := n.held + piece
	n.held = ""
	var out strings.Builder
	for {
		start := strings.IndexByte(text, '[')
		if start < 0 {
			out.WriteString(text)
			return out.String()
		}
		out.WriteString(text[:start])
		text = text[start:]
		digits := 1
		for digits < len(text) && digits < longestNumber && text[digits] >= '0' && text[digits] <= '9' {
			digits++
		}
		short, cut := digits < longestNumber-1, digits == len(text)
		closed := digits > 1 && !cut && text[digits] == ']'
		switch rest := text[min(digits+1, len(text)):]; {
		case short && cut, short && closed && rest == "":
			n.held = text // what follows decides
			return out.String()
		case short && closed && rest[0] != '(' && rest[0] != ':':
			out.WriteString(n.marked(text[:digits+1]))
			text = rest
		default:
			out.WriteByte('[')
			text = text[1:]
		}
	}
}

// marked returns a number in brackets, with a mark if it is unknown.
func (n *numbers) marked(number string) string {
	i, err := strconv.Atoi(strings.Trim(number, "[]"))
	if err != nil || n.known[i] {
		return number
	}
	return number + " " + quote.Mark
}

// end returns what is still held back.
func (n *numbers) end() string {
	if strings.HasSuffix(n.held, "]") {
		return n.marked(n.held)
	}
	return n.held
}
