package quote

import (
	"strings"
	"unicode/utf8"
)

// Mark follows a quotation that none of the texts contains: directly, or in its
// own paragraph after lines quoted with >.
const Mark = "[unverified]"

// leastWords is the number of words from which text in quotation marks counts
// as a quotation; fewer may be a name or a figure of speech.
const leastWords = 3

// Quotation is a quotation in an answer.
type Quotation struct {
	Text string
	// Start and End are the range of its text in the answer, in Unicode code
	// points, without quotation marks.
	Start, End int
	Verified   bool
	// Source is the index of the text that contains it; -1 for none.
	Source int
}

// Stream checks the quotations of a streamed text and inserts a mark after the
// closing quotation mark of each unverified one. It holds nothing back.
type Stream struct {
	// Find returns the index of the text that contains a quotation, or false.
	// It is called once per complete quotation, so it may be slow.
	Find func(quotation string) (int, bool)
	// Cites reports whether a quotation is in the texts cited for it by number,
	// such as [2]; it may be nil. A quotation found only elsewhere is marked
	// after its citation.
	Cites func(quotation string, numbers []int) bool
	// Ignore reports that a quotation comes from elsewhere, such as the
	// question; it may be nil.
	Ignore func(quotation string) bool

	found []Quotation
	runes int // of the answer so far, marks included

	inside  []rune // of the quotation that is open
	closing rune   // its closing mark; 0 if none is open
	start   int

	citing citing

	block     []rune // of the lines that begin with >
	blockFrom int
	lineStart bool // the next rune starts a line
	inBlock   bool // this line is of the block
	hasBlock  bool
	begun     bool
	newlines  int
}

var closings = map[rune]rune{'"': '"', '“': '”', '„': '“', '«': '»'}

// Feed takes the next piece of the text and returns it with marks inserted.
func (s *Stream) Feed(piece string) string {
	var out strings.Builder
	for _, r := range piece {
		s.rune(r, &out)
	}
	return out.String()
}

// End ends the text. It returns the remaining marks and all quotations.
func (s *Stream) End() (string, []Quotation) {
	var out strings.Builder
	s.endBlock(&out)
	s.endCiting(&out)
	return out.String(), s.found
}

func (s *Stream) rune(r rune, out *strings.Builder) {
	if !s.begun {
		s.begun, s.lineStart = true, true
	}
	if s.lineStart && r != '\n' {
		s.inBlock = r == '>'
		if s.inBlock && !s.hasBlock {
			s.hasBlock, s.block, s.blockFrom = true, nil, s.runes
		} else if !s.inBlock {
			s.endBlock(out)
		}
		s.lineStart = false
	}
	s.cite(r, out)
	out.WriteRune(r)
	s.runes++
	if r == '\n' {
		s.newlines++
		s.lineStart = true
		if s.newlines > 1 {
			s.closing = 0 // a quotation ends with its paragraph
		}
	} else if r != ' ' {
		s.newlines = 0
	}
	switch {
	case s.inBlock:
		s.block = append(s.block, r)
	case s.closing == 0:
		if c, ok := closings[r]; ok {
			s.closing, s.inside, s.start = c, s.inside[:0], s.runes
		}
	case r == s.closing, s.closing == '“' && r == '”':
		s.closing = 0
		s.check(string(s.inside), s.start, " "+Mark, out)
	default:
		s.inside = append(s.inside, r)
	}
}

// endBlock checks the lines quoted with >.
func (s *Stream) endBlock(out *strings.Builder) {
	if !s.hasBlock {
		return
	}
	s.hasBlock, s.inBlock = false, false
	var lines []string
	for line := range strings.Lines(string(s.block)) {
		lines = append(lines, strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), ">")))
	}
	before, behind := "", "\n\n"
	switch {
	case !s.lineStart && s.newlines == 0:
		before, behind = "\n\n", ""
	case s.newlines == 1:
		before = "\n"
	}
	s.check(strings.Join(lines, "\n"), s.blockFrom, before+Mark+behind, out)
}

func (s *Stream) check(text string, start int, mark string, out *strings.Builder) {
	if s.Ignore != nil && s.Ignore(text) {
		return
	}
	if strings.TrimSpace(text) == "" || utf8.RuneCountInString(text) < 2 {
		return
	}
	long := len(strings.Fields(text)) >= leastWords
	source, ok := s.Find(text)
	if !ok && !long {
		return
	}
	if !ok {
		source = -1
		out.WriteString(mark)
	}
	s.citing = citing{open: ok && s.Cites != nil, quotation: len(s.found)}
	s.found = append(s.found, Quotation{Text: text, Start: start, End: start + utf8.RuneCountInString(text), Verified: ok, Source: source})
	if !ok {
		s.runes += utf8.RuneCountInString(mark)
	}
}
