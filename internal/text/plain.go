package text

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// removal is a part of a text that is replaced.
type removal struct {
	start, end int
	by         string
}

var (
	tableRule = regexp.MustCompile(`^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$`)
	rule      = regexp.MustCompile(`^\s*(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|={3,}|(?i:#\+(?:begin|end)_\w+).*|(?:_[ \t]*){3,}|\$\$|(?:` + "`" + `{3,}|~{3,})[^` + "`" + `]*)$`)
	// lineMarks match the marks at the beginning of a line, one after the
	// other.
	lineMarks = []*regexp.Regexp{
		regexp.MustCompile(`^\s*(?:>\s?)+(?:\[![^\]\n]{1,40}\][+-]?\s*)?`),                  // a quotation or callout
		regexp.MustCompile(`^\s*(?:[-*+]|\d{1,9}[.)])\s+\[([^\pL\pN\[\]]|[xX])\](?:\s+|$)`), // a task
		regexp.MustCompile(`^\s*[-*+](?:\s+|$)`),
		regexp.MustCompile(`^\s{0,3}#{1,6}(?:\s+|$)`),
		regexp.MustCompile(`^\[\^[^\]\s]{1,60}\]:\s*`), // a footnote
	}
	// states are shown for tasks that are neither open nor done: the words of a
	// cancelled or postponed task alone would mislead.
	states = map[string]string{"/": "◐ ", "-": "✗ ", ">": "→ ", "<": "← ", "?": "? ", "!": "! ", "*": "★ "}
	// inline matches at the beginning of a text, and begins with one of inlineSigns.
	inline = regexp.MustCompile(`^(?:(?P<embed>!\[\[[^\[\]\n]*\]\])` +
		`|\[\[(?:[^\[\]\n|]*\|)?(?P<wiki>[^\[\]\n|]+)\|?\]\]` +
		`|!\[(?P<alt>[^\[\]\n]*?)(?:\|\d+(?:x\d+)?)?\](?:\((?:[^()\n]|\([^()\n]*\))*\)|\[[^\]\n]*\])` +
		`|\[(?P<link>[^\[\]\n]+)\]\((?:[^()\n]|\([^()\n]*\))*\)` +
		`|(?P<foot>\[\^[^\]\s]{1,60}\])` +
		`|(?P<space>&nbsp;)` +
		`|(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});)` +
		`|<(?P<address>(?:https?|mailto):[^<>\s]+)>` +
		`|(?P<break></?(?i:br|p|div|li|tr|td|th|hr|ul|ol|table|center|details|summary|h[1-6]|blockquote|figure|figcaption|section|article)\b[^<>\n]*>)` +
		`|(?P<html></?[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>\n]*)?/?>)` +
		`|(?P<escape>\\[!-/:-@\[-` + "`" + `{-~])` +
		`|(?P<code>` + "`" + `+)|(?P<under>_+)|(?P<marks>\*{1,3}|~~|==|\^\^))`)
	groups = inline.SubexpNames()
	// closing matches the signs that may end a heading.
	closing = regexp.MustCompile(`\s+#+\s*$`)
)

// headingMark is the index of the mark of a heading in lineMarks.
const headingMark = 3

// inlineSigns are the first letters of what inline matches.
const inlineSigns = "![&<\\*~=^_`"

// Plain returns Markdown as the words that a reader sees, for an excerpt:
// without embeds, the marks of lists, tasks, tables, quotations and emphasis,
// HTML tags and the targets of links, and with one blank line where those leave
// several. Marks are byte ranges of markdown, in
// order. They are returned as ranges of the plain text, without those that are
// empty there.
func Plain(markdown string, marks [][2]int) (string, [][2]int) {
	var cuts []removal
	blank := false // what is shown ends in a blank line
	for at := 0; at < len(markdown); {
		end := len(markdown)
		if i := strings.IndexByte(markdown[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		line := plainLine(markdown[at:end], at)
		empty := strings.TrimSpace(markdown[at:end]) == ""
		if empty && blank {
			line = []removal{{at, end, ""}}
		}
		if gone := len(line) == 1 && line[0] == (removal{at, end, ""}); !gone {
			blank = empty
		}
		cuts = append(cuts, line...)
		at = end
	}
	return applied(markdown, cuts, marks)
}

// plainLine returns what to remove from a line that begins at a place of the
// text.
func plainLine(line string, at int) []removal {
	bare := strings.TrimRight(line, "\r\n")
	if strings.TrimSpace(bare) == "" {
		return nil
	}
	if tableRule.MatchString(bare) || rule.MatchString(bare) {
		return []removal{{at, at + len(line), ""}}
	}
	var cuts []removal
	from, whole := 0, bare
	for i, mark := range lineMarks {
		if m := mark.FindStringSubmatchIndex(bare[from:]); m != nil {
			by := ""
			if len(m) > 2 {
				by = states[bare[from+m[2]:from+m[3]]]
			}
			cuts = append(cuts, removal{at + from, at + from + m[1], by})
			from += m[1]
			if end := closing.FindStringIndex(bare[from:]); i == headingMark && end != nil {
				cuts = append(cuts, removal{at + from + end[0], at + len(bare), ""})
				bare = bare[:from+end[0]]
			}
		}
	}
	if len(bare) == len(whole) && strings.HasSuffix(bare, `\`) && !strings.HasSuffix(bare, `\\`) && len(bare) < len(line) { // the line breaks here
		bare = bare[:len(bare)-1]
		cuts = append(cuts, removal{at + len(bare), at + len(bare) + 1, ""})
	}
	if trimmed := strings.TrimSpace(bare[from:]); len(trimmed) > 1 && trimmed[0] == '|' && trimmed[len(trimmed)-1] == '|' {
		cuts = append(cuts, tableRow(bare, from, at)...)
	}
	cuts = append(cuts, plainInline(bare, from, at)...)
	if len(cuts) > 0 && strings.TrimSpace(remaining(whole, cuts, at)) == "" {
		return []removal{{at, at + len(line), ""}}
	}
	return cuts
}

// tableRow separates the cells of a row.
func tableRow(line string, from, at int) []removal {
	var cuts []removal
	first, last := strings.IndexByte(line[from:], '|')+from, strings.LastIndexByte(line, '|')
	for i := from; i < len(line); i++ {
		escaped := i > 0 && line[i-1] == '\\'
		if line[i] != '|' || escaped {
			continue
		}
		by := "·"
		if i == first || i == last {
			by = ""
		}
		cuts = append(cuts, removal{at + i, at + i + 1, by})
	}
	return cuts
}

// plainInline returns what to remove from the words of a line.
func plainInline(line string, from, at int) []removal {
	var cuts []removal
	closed := -1 // up to there, underscores are part of a pair
	for from < len(line) {
		sign := strings.IndexAny(line[from:], inlineSigns)
		if sign < 0 {
			break
		}
		from += sign
		m := inline.FindStringSubmatchIndex(line[from:])
		if m == nil {
			from++
			continue
		}
		start, end := from, from+m[1]
		next := end
		for g := 1; g < len(groups); g++ {
			if m[2*g] < 0 {
				continue
			}
			a, b := from+m[2*g], from+m[2*g+1]
			switch groups[g] {
			case "wiki", "alt", "link":
				cuts = append(cuts, removal{at + start, at + a, ""}, removal{at + b, at + end, ""})
				next = a
			case "address":
				cuts = append(cuts, removal{at + start, at + a, ""}, removal{at + b, at + end, ""})
			case "entity":
				if is := html.UnescapeString(line[a:b]); is != line[a:b] && strings.IndexFunc(is, unicode.IsControl) < 0 {
					cuts = append(cuts, removal{at + start, at + end, is})
				}
			case "code":
				if n := strings.Index(line[end:], line[start:end]); n >= 0 {
					cuts = append(cuts, removal{at + start, at + end, ""}, removal{at + end + n, at + end + n + end - start, ""})
					next = end + n + end - start
				}
			case "under":
				if n := underlined(line, start, end); start > closed && n > 0 && !inAddress(line, start) {
					closed = n
					cuts = append(cuts, removal{at + start, at + end, ""}, removal{at + n, at + n + end - start, ""})
				}
			case "break", "space":
				cuts = append(cuts, removal{at + start, at + end, " "})
			case "escape":
				cuts = append(cuts, removal{at + start, at + start + 1, ""})
			case "marks":
				if emphasis(line, start, end) && !inAddress(line, start) {
					cuts = append(cuts, removal{at + start, at + end, ""})
				}
			default:
				cuts = append(cuts, removal{at + start, at + end, ""})
			}
		}
		from = max(next, start+1)
	}
	slices.SortStableFunc(cuts, func(a, b removal) int { return a.start - b.start })
	return cuts
}

// underlined returns where underscores begin that close those from start to end, 0 if
// none do: in snake_case they are letters.
func underlined(line string, start, end int) int {
	letter := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }
	before, _ := utf8.DecodeLastRuneInString(line[:start])
	inside, _ := utf8.DecodeRuneInString(line[end:])
	if letter(before) || before == '\\' || unicode.IsSpace(inside) || end-start > 3 {
		return 0
	}
	for at := end; ; {
		i := strings.Index(line[at:], line[start:end])
		if i < 0 {
			return 0
		}
		at += i
		last, _ := utf8.DecodeLastRuneInString(line[:at])
		behind, _ := utf8.DecodeRuneInString(line[at+end-start:])
		if !letter(last) && letter(behind) { // another pair begins
			return 0
		}
		if !unicode.IsSpace(last) && last != '_' && last != '\\' && !letter(behind) {
			return at
		}
		at++
	}
}

// inAddress reports whether a place of a line is in the address of a web page.
func inAddress(line string, at int) bool {
	return strings.Contains(line[strings.LastIndexAny(line[:at], " \t(<")+1:at], "://")
}

// emphasis reports whether signs are at the beginning or the end of a word, as
// those of emphasis are: 5 * 3 == 15 has none.
func emphasis(line string, start, end int) bool {
	before := start > 0 && line[start-1] != ' ' && line[start-1] != '\t'
	behind := end < len(line) && line[end] != ' ' && line[end] != '\t'
	return before || behind
}

// remaining returns what is left of a line.
func remaining(line string, cuts []removal, at int) string {
	shifted := make([]removal, len(cuts))
	for i, c := range cuts {
		shifted[i] = removal{c.start - at, min(c.end-at, len(line)), c.by}
	}
	text, _ := applied(line, shifted, nil)
	return text
}

// applied returns the text with its cuts made, and the marks in it.
func applied(text string, cuts []removal, marks [][2]int) (string, [][2]int) {
	if len(cuts) == 0 {
		return text, marks
	}
	slices.SortStableFunc(cuts, func(a, b removal) int { return a.start - b.start })
	var b strings.Builder
	at := 0
	var from, to []int // places in text and, for each, in the result
	for _, c := range cuts {
		if c.start < at {
			continue
		}
		b.WriteString(text[at:c.start])
		from, to = append(from, c.start), append(to, b.Len())
		b.WriteString(c.by)
		from, to = append(from, c.end), append(to, b.Len())
		at = c.end
	}
	b.WriteString(text[at:])
	place := func(p int) int {
		i, found := slices.BinarySearch(from, p)
		switch {
		case found:
			return to[i]
		case i == 0:
			return p
		case i%2 == 1: // in a cut
			return to[i-1]
		}
		return to[i-1] + p - from[i-1]
	}
	var left [][2]int
	for _, m := range marks {
		if start, end := place(m[0]), place(m[1]); start < end {
			left = append(left, [2]int{start, end})
		}
	}
	return b.String(), left
}
