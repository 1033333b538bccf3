package diary

import (
	"encoding/json"
	"html"
	"regexp"
	"strings"

	"daybook/internal/vault"
)

var (
	// embedded matches a picture or another file in the text of a Day One
	// entry. The group is its identifier.
	embedded = regexp.MustCompile(`!\[[^\]\n]*\]\(dayone-moment:/(?:[a-zA-Z]+)?/+([0-9A-Za-z-]+)\)`)
	// escaped matches a character that Day One escapes where Markdown does not
	// need it.
	escaped = regexp.MustCompile(`([^\s\d\\])\\([.!()+-])`)
	// character matches an HTML character reference.
	character = regexp.MustCompile(`&(?:[A-Za-z][A-Za-z0-9]{1,30}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});`)
)

// plainSigns returns the text of a Day One entry without unnecessary escapes
// and character references. Code stays as it is.
func plainSigns(text string) string {
	text = strings.NewReplacer("\u2028", "\n", "\u2029", "\n\n", "\r\n", "\n").Replace(text)
	var b strings.Builder
	for l := (vault.Lines{S: text}); l.Next(); {
		line := text[l.Start:l.At]
		if !l.Code && !strings.Contains(line, "`") {
			for range 2 { // the character before may be escaped, too
				line = escaped.ReplaceAllString(line, "$1$2")
			}
			line = character.ReplaceAllStringFunc(line, plainCharacter)
		}
		b.WriteString(line)
	}
	return b.String()
}

// plainCharacter returns the character of an HTML reference, by name or number,
// unless it has a meaning in a note.
func plainCharacter(written string) string {
	switch c := html.UnescapeString(written); {
	case c == written, strings.ContainsAny(c, "<>&\x00*_`#[]"):
		return written
	case c == "\u00a0":
		return " "
	default:
		return c
	}
}

// richContent is a run of Day One's rich text.
type richContent struct {
	Text       string `json:"text"`
	Attributes struct {
		Bold   bool `json:"bold"`
		Italic bool `json:"italic"`
		Line   struct {
			Header    int    `json:"header"`
			ListStyle string `json:"listStyle"`
			Checked   bool   `json:"checked"`
			Indent    int    `json:"indentLevel"`
			Quote     bool   `json:"quote"`
		} `json:"line"`
	} `json:"attributes"`
	Embedded []struct {
		Identifier string `json:"identifier"`
	} `json:"embeddedObjects"`
}

// richText returns Day One's rich text as Markdown.
func richText(rich string) string {
	var doc struct {
		Contents []json.RawMessage `json:"contents"`
	}
	if json.Unmarshal([]byte(rich), &doc) != nil {
		return ""
	}
	var b strings.Builder
	atStart := true
	for _, raw := range doc.Contents {
		var c richContent
		if json.Unmarshal(raw, &c) != nil {
			var words struct {
				Text string `json:"text"`
			}
			if json.Unmarshal(raw, &words) != nil {
				continue
			}
			c.Text = words.Text
		}
		for _, object := range c.Embedded {
			if object.Identifier != "" {
				b.WriteString("\n![](dayone-moment://" + object.Identifier + ")\n")
				atStart = true
			}
		}
		for line := range strings.SplitAfterSeq(c.Text, "\n") {
			if line == "" {
				continue
			}
			if atStart && strings.TrimSpace(line) != "" {
				b.WriteString(c.lineStart())
			}
			b.WriteString(c.marked(line))
			atStart = strings.HasSuffix(line, "\n")
		}
	}
	return b.String()
}

// lineStart returns the Markdown marks for the kind of line.
func (c *richContent) lineStart() string {
	line := c.Attributes.Line
	indent := strings.Repeat("  ", max(min(line.Indent, 8)-1, 0))
	switch {
	case line.Header > 0 && line.Header <= 6:
		return strings.Repeat("#", line.Header) + " "
	case line.ListStyle == "checkbox" && line.Checked:
		return indent + "- [x] "
	case line.ListStyle == "checkbox":
		return indent + "- [ ] "
	case line.ListStyle == "numbered":
		return indent + "1. "
	case line.ListStyle == "bulleted":
		return indent + "- "
	case line.Quote:
		return "> "
	}
	return ""
}

// marked returns a part of a line with its emphasis.
func (c *richContent) marked(line string) string {
	words := strings.TrimSpace(line)
	mark := ""
	if c.Attributes.Bold {
		mark += "**"
	}
	if c.Attributes.Italic {
		mark += "*"
	}
	if mark == "" || words == "" || strings.Contains(words, "*") {
		return line
	}
	at := strings.Index(line, words)
	return line[:at] + mark + words + mark + line[at+len(words):]
}
