package analysis

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"daybook"
)

// piece is an entry as passed to a step, or a part of an entry that is too
// large for one step.
type piece struct {
	id       string
	date     daybook.Date // the first of its days that is in range
	text     string       // with its frame
	tokens   int
	part, of int // 1 of 1 for a whole entry
}

// chunk is the input of one reading step.
type chunk []piece

func (c chunk) text() string {
	var b strings.Builder
	for _, p := range c {
		b.WriteString(p.text)
	}
	return b.String()
}

func (c chunk) tokens() (n int) {
	for _, p := range c {
		n += p.tokens
	}
	return n
}

// entries are the IDs of what c reads, in order, each once.
func (c chunk) entries() []string {
	var ids []string
	for _, p := range c {
		if !slices.Contains(ids, p.id) {
			ids = append(ids, p.id)
		}
	}
	return ids
}

// day is the day of the year on which c begins, from 0.
func (c chunk) day() int { return c[0].date.Time(utc).YearDay() - 1 }

// cutter cuts the entries of a year into chunks.
type cutter struct {
	most  int // tokens of a chunk
	count func(string) int
}

// cut cuts the pieces of a year, in order of their days, into chunks within the
// limit. A part of the year that is too large is halved at a fixed day of the
// calendar, recursively, until each part fits. So an entry added to a day
// changes only the chunk of that day.
func (c cutter) cut(pieces []piece) []chunk { return c.stretch(pieces, 0, 366) }

func (c cutter) stretch(pieces []piece, from, to int) []chunk {
	switch {
	case len(pieces) == 0:
		return nil
	case chunk(pieces).tokens() <= c.most:
		return []chunk{pieces}
	case to-from <= 1:
		return c.fill(pieces)
	}
	middle := (from + to) / 2
	at := slices.IndexFunc(pieces, func(p piece) bool { return chunk{p}.day() >= middle })
	if at < 0 {
		at = len(pieces)
	}
	return append(c.stretch(pieces[:at:at], from, middle), c.stretch(pieces[at:], middle, to)...)
}

// fill cuts the pieces of a single day.
func (c cutter) fill(pieces []piece) []chunk {
	var chunks []chunk
	var last chunk
	for _, p := range pieces {
		if len(last) > 0 && last.tokens()+p.tokens > c.most {
			chunks, last = append(chunks, last), nil
		}
		last = append(last, p)
	}
	return append(chunks, last)
}

// pieces returns an entry as pieces: a single one if it fits.
func (c cutter) pieces(e daybook.Entry, date daybook.Date) []piece {
	whole := piece{id: e.ID, date: date, text: frame(e, e.Text, 1, 1), part: 1, of: 1}
	if whole.tokens = c.count(whole.text); whole.tokens <= c.most {
		return []piece{whole}
	}
	// The frame of a part is a little longer, as it numbers the part.
	room := c.most - c.count(frame(e, "", 100, 100))
	parts := c.split(e.Text, max(room, c.most/2))
	list := make([]piece, len(parts))
	for i, text := range parts {
		list[i] = piece{id: e.ID, date: date, text: frame(e, text, i+1, len(parts)), part: i + 1, of: len(parts)}
		list[i].tokens = c.count(list[i].text)
	}
	return list
}

// split halves a text until each part has at most so many tokens, at the
// best place near the middle.
func (c cutter) split(text string, most int) []string {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	if c.count(text) <= most {
		return []string{text}
	}
	at := middleOf(text)
	if at <= 0 || at >= len(text) {
		return []string{text} // a single rune
	}
	return append(c.split(text[:at], most), c.split(text[at:], most)...)
}

// middleOf returns where to cut a text in two: in its middle half after a
// paragraph, or else a line, a sentence, a word or a rune.
func middleOf(text string) int {
	low, high := len(text)/4, len(text)*3/4
	for _, behind := range []string{"\n\n", "\n", ". ", " "} {
		if at := nearest(text, behind, low, high); at > 0 {
			return at
		}
	}
	at := len(text) / 2
	for at > 0 && !utf8.RuneStart(text[at]) {
		at--
	}
	if at == 0 {
		_, at = utf8.DecodeRuneInString(text)
	}
	return at
}

// nearest returns the end of the occurrence of what nearest to text's middle
// between low and high, or 0.
func nearest(text, what string, low, high int) int {
	best := 0
	for at := low; ; {
		i := strings.Index(text[at:], what)
		if i < 0 || at+i+len(what) > high {
			return best
		}
		at += i + len(what)
		if best == 0 || abs(at-len(text)/2) < abs(best-len(text)/2) {
			best = at
		}
	}
}

func abs(n int) int { return max(n, -n) }

// frame formats an entry, or a part of one, for a model.
func frame(e daybook.Entry, text string, part, of int) string {
	days := make([]string, len(e.Dates))
	for i, d := range e.Dates {
		days[i] = d.String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<ENTRY date=\"%s\"", strings.Join(days, " "))
	if of > 1 {
		fmt.Fprintf(&b, " part=\"%d of %d\"", part, of)
	}
	if len(e.Tags) > 0 {
		fmt.Fprintf(&b, " tags=\"%s\"", html.EscapeString(strings.Join(e.Tags, " ")))
	}
	fmt.Fprintf(&b, ">\n%s\n</ENTRY>\n", tame(text))
	return b.String()
}

// tame escapes the tags that would close the block around a text.
var tame = strings.NewReplacer(
	"</ENTRIES>", "< /ENTRIES>", "</ENTRY>", "< /ENTRY>", "<ENTRY", "< ENTRY", "<QUERY>", "< QUERY>", "</QUERY>", "< /QUERY>",
	"</PARTS>", "< /PARTS>", "</PART>", "< /PART>", "<PART", "< PART", "<UNREAD>", "< UNREAD>", "</UNREAD>", "< /UNREAD>",
	"<FOCUS>", "< FOCUS>", "</FOCUS>", "< /FOCUS>",
).Replace

// blank reports whether a text has nothing to read.
func blank(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}
