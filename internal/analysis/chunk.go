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

// piece is an entry as a step is given it, or a part of one that is too large
// for a step.
type piece struct {
	id       string
	date     daybook.Date // the first of its days that is in range
	text     string       // with its frame
	tokens   int
	part, of int // 1 of 1 for a whole entry
}

// chunk is what one step reads.
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

// day is c's place in its year, from 0.
func (c chunk) day() int { return c[0].date.Time(utc).YearDay() - 1 }

// cutter cuts the entries of a year into chunks.
type cutter struct {
	most  int // tokens of a chunk
	count func(string) int
}

// cut cuts the pieces of a year, in order of their days, into chunks of at
// most so many tokens. A stretch of the year that is too large for one is
// halved, at a day that depends on nothing but the calendar, and again, until
// each fits: so what is added to a day touches the chunk that has the day, and
// no other.
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

// fill cuts what is of one day.
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

// pieces returns an entry as steps are given it: in one piece where that fits.
func (c cutter) pieces(e daybook.Entry, date daybook.Date) []piece {
	whole := piece{id: e.ID, date: date, text: frame(e, e.Text, 1, 1), part: 1, of: 1}
	if whole.tokens = c.count(whole.text); whole.tokens <= c.most {
		return []piece{whole}
	}
	// The frame of a part names it: a little longer than that of the whole.
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
		return []string{text} // a rune, which is as small as it gets
	}
	return append(c.split(text[:at], most), c.split(text[at:], most)...)
}

// middleOf returns where to cut a text in two: in its middle half behind a
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

// nearest returns the end of what stands nearest to text's middle between low
// and high, 0 for nowhere.
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

// frame writes an entry, or a part of one, as a model is given it.
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

// tame keeps a text from closing the block that it stands in.
var tame = strings.NewReplacer(
	"</ENTRIES>", "< /ENTRIES>", "</ENTRY>", "< /ENTRY>", "<ENTRY", "< ENTRY", "<QUERY>", "< QUERY>", "</QUERY>", "< /QUERY>",
	"</PARTS>", "< /PARTS>", "</PART>", "< /PART>", "<PART", "< PART", "<UNREAD>", "< UNREAD>", "</UNREAD>", "< /UNREAD>",
	"<FOCUS>", "< FOCUS>", "</FOCUS>", "< /FOCUS>",
).Replace

// blank reports whether a text has nothing to read.
func blank(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}
