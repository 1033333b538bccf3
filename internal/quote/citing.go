package quote

import (
	"strings"
	"unicode/utf8"
)

// citing reads the citations after a quotation: [1], [2, 3].
type citing struct {
	open      bool
	quotation int // its index
	numbers   []int
	inside    bool // between brackets
	number    int  // being read; 0 if none
	between   int  // runes since the quotation or the last citation
}

// mostBetween is how many runes may be between a quotation and its citation:
// a closing bracket, punctuation and a space.
const mostBetween = 3

// cite reads the rune after a quotation.
func (s *Stream) cite(r rune, out *strings.Builder) {
	c := &s.citing
	switch {
	case !c.open:
	case c.inside && r >= '0' && r <= '9' && c.number < 1e6:
		c.number = 10*c.number + int(r-'0')
	case c.inside && strings.ContainsRune(", ]", r):
		if c.number > 0 {
			c.numbers = append(c.numbers, c.number)
		}
		c.number, c.inside = 0, r != ']'
	case c.inside:
		c.open = false // other words in brackets
	case r == '[':
		c.inside, c.between = true, 0
	case strings.ContainsRune(" .,;:!?)*_’”'", r) && c.between < mostBetween && len(c.numbers) == 0:
		c.between++
	default:
		s.endCiting(out)
	}
}

// endCiting marks the quotation if the texts cited for it don't have it.
func (s *Stream) endCiting(out *strings.Builder) {
	c := s.citing
	s.citing = citing{}
	if !c.open || c.inside || len(c.numbers) == 0 || s.Cites(s.found[c.quotation].Text, c.numbers) {
		return
	}
	mark := " " + Mark
	out.WriteString(mark)
	s.runes += utf8.RuneCountInString(mark)
	s.found[c.quotation].Verified, s.found[c.quotation].Source = false, -1
}
