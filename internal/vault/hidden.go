package vault

import (
	"regexp"
	"slices"
	"strings"
)

// Parts of a note's file that are not diary: comments, an app's queries, block
// IDs and properties, and files in base64.

// queryBlocks are the code blocks that apps replace with the results of a
// query.
var queryBlocks = map[string]bool{
	"dataview": true, "dataviewjs": true, "query": true, "tasks": true, "tracker": true, "base": true, "bases": true,
	"datacore": true, "datacorejs": true, "datacorejsx": true, "datacoretsx": true, "button": true, "calendar-timeline": true,
	"meta-bind": true, "meta-bind-button": true, "query-table": true, "heatmap-calendar": true, "contributiongraph": true, "todoist": true,
}

var (
	// blockID matches a block's ID at the end of a line: " ^a1b2c3".
	blockID = regexp.MustCompile(`(?:^|[ \t]+)\^[A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*[ \t]*$`)
	// property matches a line "key:: value", in an outline or not.
	property = regexp.MustCompile(`^[ \t]*(?:[-*+][ \t]+)?([\pL][\pL\pN_./-]*):: ?(.*)$`)
	// appProperty matches the keys that Logseq reserves.
	appProperty = regexp.MustCompile(`(?i)^(?:id|collapsed|heading|background-color|background-image|ls-type|hl-\w+|logseq\.[\w.-]+|query-[\w-]+|card-[\w-]+|template|template-including-parent|` +
		`created-at|updated-at|last-modified-at|exclude-from-graph-view|filters|public|icon|alias|aliases|tags|file|file-path)$`)
	// macro matches Logseq's and Roam's queries and references to blocks.
	macro = regexp.MustCompile(`\{\{(?:query|embed|renderer|namespace|function|cloze-list|\[\[query\]\])\b[^\n]*?\}\}|\(\([0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\)\)`)
	// dataURI matches the beginning of a file in base64.
	dataURI = regexp.MustCompile(`(?i)data:[a-z]+/[a-z0-9.+-]+(?:;[a-z0-9=_-]+)*,`)
	// dataReference matches a line that defines such a file as a link's target.
	dataReference = regexp.MustCompile(`(?i)^ {0,3}\[[^\]]+\]:\s*<?data:[a-z]+/`)
	// lineComment matches a line that is a comment in every Markdown: the
	// definition of a link to nowhere.
	lineComment = regexp.MustCompile(`(?i)^ {0,3}\[(?://|comment|#)\]:\s*(?:#|<>)\s*(?:\(.*\)|".*"|'.*')?\s*$`)
	// innerFence matches a code fence within a quotation or a list item. The
	// groups are what precedes it, the fence, and the language.
	innerFence = regexp.MustCompile("^([ \\t]*(?:>[ \\t]?|[-*+][ \\t]+|\\d+[.)][ \\t]+)(?:[ \\t]*>[ \\t]?|[-*+][ \\t]+)*)(```+|~~~+)[ \\t]*\\{?([\\w-]*)")
	// widget matches a code span that an app shows as a field or a button.
	widget = regexp.MustCompile(`^(?:INPUT|VIEW|BUTTON|META_BIND)\[`)
)

// cutter collects what to remove from a note.
type cutter struct {
	s  string // where to stop
	at int    // everything before has been looked at
	// spans are in order and do not overlap.
	spans   []Span
	endless []string // block ends that do not occur in the rest
}

// notDiary returns the parts of s between from and to that are not diary, in
// order.
func notDiary(s string, from, to int) []Span {
	c := cutter{s: s[:to], at: from}
	until := ""
	query := false
	for l := (Lines{S: c.s, At: from}); l.Next(); {
		trimmed := strings.TrimSpace(l.Text)
		switch {
		case until != "":
			c.cut(l.Start, l.At)
			if strings.EqualFold(trimmed, until) {
				until = ""
			}
			continue
		case l.Code:
			if l.opens {
				language, _, _ := strings.Cut(l.Info+" ", " ")
				query = queryBlocks[strings.ToLower(strings.Trim(language, "{}"))] && l.closes()
			}
			if query {
				c.cut(l.Start, l.At)
			}
			continue
		case c.at > l.Start && c.at >= l.At: // in a comment
			continue
		}
		if n := innerQuery(l); n > 0 {
			c.cut(l.Start, l.Start+n)
			continue
		}
		if until = c.blockEnd(trimmed, c.s[l.At:]); until != "" {
			c.cut(l.Start, l.At)
			continue
		}
		if m := property.FindStringSubmatch(l.Text); m != nil && appProperty.MatchString(m[1]) {
			c.cut(l.Start, l.At)
			continue
		}
		c.line(l)
	}
	return c.spans
}

// blockEnd returns the line that ends an app's block that begins on line; "" if
// none begins there or it does not end in rest.
func (c *cutter) blockEnd(line, rest string) string {
	upper := strings.ToUpper(strings.TrimPrefix(line, "- "))
	end := ""
	switch {
	case strings.HasPrefix(upper, "#+BEGIN_QUERY"):
		end = "#+END_QUERY"
	case strings.HasPrefix(upper, "#+BEGIN_COMMENT"):
		end = "#+END_COMMENT"
	case upper == ":LOGBOOK:", upper == ":PROPERTIES:":
		end = ":END:"
	default:
		return ""
	}
	if slices.Contains(c.endless, end) {
		return ""
	}
	for line := range strings.SplitSeq(rest, "\n") {
		if strings.EqualFold(strings.TrimSpace(line), end) {
			return end
		}
	}
	c.endless = append(c.endless, end)
	return ""
}

// longestInner is the most lines of a query within a quotation or a list item.
const longestInner = 200

// innerQuery returns the length of the query block that begins on a line within
// a quotation or a list item, 0 if none does or it does not end there.
func innerQuery(l Lines) int {
	m := innerFence.FindStringSubmatch(l.Text)
	if m == nil || !queryBlocks[strings.ToLower(m[3])] {
		return 0
	}
	start, quote := l.Start, strings.Contains(m[1], ">")
	item, _ := indentation(l.Text)
	for at, n := l.At, 0; at < len(l.S) && n < longestInner; n++ {
		line, _, more := strings.Cut(l.S[at:], "\n")
		at += len(line)
		if more {
			at++
		}
		bare := strings.Trim(line, " \t\r")
		if quote {
			if !strings.HasPrefix(bare, ">") {
				return 0
			}
			bare = strings.TrimLeft(bare, "> \t")
		} else if columns, _ := indentation(line); bare != "" && columns <= item {
			return 0 // the item has ended
		}
		if strings.HasPrefix(bare, m[2]) && strings.Trim(bare, m[2][:1]) == "" {
			return at - start
		}
	}
	return 0
}

func (c *cutter) cut(from, to int) {
	from = max(from, c.at)
	if from >= to {
		return
	}
	c.at = to
	if n := len(c.spans); n > 0 && c.spans[n-1].End == from {
		c.spans[n-1].End = to
		return
	}
	c.spans = append(c.spans, Span{from, to})
}

// line removes what is not diary from a line outside code. A comment may
// continue after it.
func (c *cutter) line(l Lines) {
	if !strings.ContainsAny(l.Text, "%<`{(^:") {
		return
	}
	if dataReference.MatchString(l.Text) || lineComment.MatchString(l.Text) {
		c.cut(l.Start, l.At)
		return
	}
	end := l.Start + len(l.Text)
	name := end // where the block's ID begins
	if at := blockID.FindStringIndex(l.Text); at != nil {
		name = l.Start + at[0]
	}
	for at := max(l.Start, c.at); at < name; {
		i := strings.IndexAny(c.s[at:name], "%<`{(dD")
		if i < 0 {
			break
		}
		at += i
		at = max(at+1, c.special(at, end))
	}
	if c.at <= name && name < end {
		c.cut(name, end)
	}
}

// special removes what begins at a place of a line that ends at end, and
// returns where to continue.
func (c *cutter) special(at, end int) int {
	rest := c.s[at:]
	switch {
	case strings.HasPrefix(rest, "%%"):
		return c.comment(at, "%%")
	case strings.HasPrefix(rest, "<!--"):
		return c.comment(at, "-->")
	case rest[0] == '`':
		n := codeSpan(c.s[at:end])
		if inner := strings.TrimLeft(c.s[at:at+n], "`"); strings.HasPrefix(inner, "= ") || strings.HasPrefix(inner, "$= ") || strings.HasPrefix(inner, "=this") || widget.MatchString(inner) {
			c.cut(at, at+n) // a query in a line
		}
		return at + n
	case rest[0] == '{', rest[0] == '(':
		if m := macro.FindStringIndex(c.s[at:end]); m != nil && m[0] == 0 {
			c.cut(at, at+m[1])
			return at + m[1]
		}
	case rest[0] == 'd', rest[0] == 'D':
		head := c.s[at:min(at+200, len(c.s))]
		if m := dataURI.FindStringIndex(head); m != nil && m[0] == 0 {
			n := m[1] + dataLength(c.s[at+m[1]:])
			c.cut(at, at+n)
			return at + n
		}
	}
	return at + 1
}

// comment removes the comment that begins at a place. An unclosed one is text.
func (c *cutter) comment(at int, closing string) int {
	inner := at + len(closing)
	if closing == "-->" {
		inner = at + len("<!--")
	}
	i := strings.Index(c.s[inner:], closing)
	if i < 0 {
		return inner
	}
	c.cut(at, inner+i+len(closing))
	return inner + i + len(closing)
}

// wrapped is the least length of a line of wrapped base64.
const wrapped = 40

// dataLength returns how many bytes of s are a file in base64, which may be on
// several lines.
func dataLength(s string) int {
	n := strings.IndexAny(s, " \t\r\n)>\"'`]")
	if n < 0 {
		return len(s)
	}
	for n < len(s) && strings.IndexByte("\r\n", s[n]) >= 0 {
		line, _, _ := strings.Cut(strings.TrimLeft(s[n:], "\r\n"), "\n")
		bare := strings.TrimRight(line, "\r)>\"'")
		short := len(bare) < wrapped && bare == strings.TrimRight(line, "\r")
		if bare == "" || strings.Trim(bare, base64Letters) != "" || short {
			break
		}
		n += strings.Index(s[n:], bare) + len(bare)
	}
	return n
}

const base64Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

// withoutFiles returns a text without the base64 of the files in it, with the
// same number of lines.
func withoutFiles(s string) string {
	var b strings.Builder
	for {
		m := dataURI.FindStringIndex(s)
		if m == nil {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:m[1]])
		n := dataLength(s[m[1]:])
		b.WriteString(strings.Repeat("\n", strings.Count(s[m[1]:m[1]+n], "\n")))
		s = s[m[1]+n:]
	}
}
