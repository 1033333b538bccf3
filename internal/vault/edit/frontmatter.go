package edit

import (
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"daybook"
	"daybook/internal/vault"
)

// mark is the value of the key transcription in a note whose scans are
// transcribed.
const mark = `"True"`

// maxTries bounds how many places in the front matter are tried for the key.
const maxTries = 16

// marked returns what is above the body, with the key set. Everything
// else is as it was: the new YAML is read, and every other key must say what
// it said. Front matter that is made is followed by a blank line unless there
// is one.
func (n note) marked(blank bool) (string, error) {
	front := n.parsed.FrontMatter
	if front.Other.Format != "" {
		return n.markedOther()
	}
	if front.Start == 0 {
		gap := n.newline
		if blank {
			gap = ""
		}
		return n.s[:n.body] + "---" + n.newline + "transcription: " + mark + n.newline + "---" + n.newline + gap, nil
	}
	yaml := n.s[front.Start:front.End]
	was, err := readMapping(yaml)
	if err != nil {
		return "", err
	}
	if front.Transcribed {
		return n.s[:n.body], nil
	}
	tries := 0
	for try := range was.candidates(yaml, n.newline) {
		if tries++; tries > maxTries {
			break
		}
		now, err := readMapping(try)
		if err == nil && now.value == "True" && slices.Equal(now.others, was.others) {
			return n.s[:front.Start] + try + n.s[front.End:n.body], nil
		}
	}
	if was.at > 0 {
		return "", daybook.Errorf(daybook.Invalid, "Daybook cannot change the front matter's key transcription in this form (line %d).", was.at)
	}
	return "", daybook.Errorf(daybook.Invalid, "Daybook cannot add a key to front matter in this form (line 2).")
}

// markedOther sets the key in front matter of TOML or JSON, as its first one.
func (n note) markedOther() (string, error) {
	other := n.parsed.FrontMatter.Other
	if n.parsed.FrontMatter.Transcribed {
		return n.s[:n.body], nil
	}
	start, line := other.Start, "transcription = "+mark+n.newline
	if other.Format == vault.JSON {
		start++ // behind the brace
		space := n.s[start:other.End]
		space = space[:len(space)-len(strings.TrimLeft(space, " \t\r\n"))]
		line = space + `"transcription": ` + mark + ","
	}
	marked := n.s[:start] + line + n.s[start:n.body]
	parsed, err := vault.Parse(n.file, []byte(marked))
	if front := parsed.FrontMatter; err != nil || !front.Transcribed || front.Other.Format != other.Format || front.Other.Body != len(marked) ||
		strings.Contains(n.s[other.Start:other.End], "transcription") {
		return "", daybook.Errorf(daybook.Invalid, "The front matter is in a form that Daybook adds no key to.")
	}
	return marked, nil
}

// mapping is what front matter says.
type mapping struct {
	others []string // the keys but transcription, and their values, in order
	at     int      // the line of the key transcription in the note; 0 if it has none
	value  string   // its value, if that is one word or text
	flow   bool     // it is in braces
}

// readMapping reads YAML that vault.Parse has read, so it is within its limits.
func readMapping(yaml string) (mapping, error) {
	invalid := func(why string) (mapping, error) {
		return mapping{}, daybook.Errorf(daybook.Invalid, "The front matter %s.", why)
	}
	file, err := parser.ParseBytes([]byte(yaml), 0)
	if err != nil {
		return invalid("is not valid YAML")
	}
	var root *ast.MappingNode
	for _, doc := range file.Docs {
		switch body := doc.Body.(type) {
		case nil, *ast.NullNode, *ast.CommentGroupNode:
		case *ast.MappingNode:
			if root != nil {
				return invalid("holds several YAML documents")
			}
			root = body
		default:
			return invalid("is not a list of keys and values")
		}
	}
	if root == nil {
		return mapping{}, nil
	}
	m := mapping{flow: root.IsFlowStyle}
	for _, pair := range root.Values {
		key := pair.Key.GetToken()
		if !strings.EqualFold(key.Value, "transcription") {
			m.others = append(m.others, written(pair))
			continue
		}
		if m.at > 0 {
			return invalid(fmt.Sprintf("has the key transcription twice (lines %d and %d)", m.at, key.Position.Line+1))
		}
		m.at = key.Position.Line + 1 // the first is the "---"
		if s, ok := pair.Value.(*ast.StringNode); ok {
			m.value = s.Value
		}
	}
	return m, nil
}

// written returns the content of a node and its children, without their
// positions.
func written(n ast.Node) string {
	var b strings.Builder
	ast.Walk(writer{&b, 0}, n)
	return b.String()
}

type writer struct {
	b     *strings.Builder
	depth int
}

func (w writer) Visit(n ast.Node) ast.Visitor {
	if n == nil {
		return nil
	}
	value := ""
	if t := n.GetToken(); t != nil {
		value = t.Value
	}
	fmt.Fprintf(w.b, "%d %T %q\n", w.depth, n, value)
	return writer{w.b, w.depth + 1}
}

// keyed match the key transcription and its value: the key, the space after it,
// the value, and what may follow. The first is for a line of its own, the
// second for braces.
var keyed = []*regexp.Regexp{
	regexp.MustCompile(`(?im)^([ \t]*["']?transcription["']?[ \t]*:)([ \t]*)("(?:[^"\\\r\n]|\\.)*"|'(?:[^'\r\n]|'')*'|[^"'#\s][^\r\n]*?|)(?:[ \t]+#[^\r\n]*|[ \t]*)\r?$`),
	regexp.MustCompile(`(?i)([{,]\s*["']?transcription["']?\s*:)(\s*)("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^"'#,{}\[\]\s][^#,{}\[\]\r\n]*?|)\s*[,}]`),
}

// candidates yields possible new versions of the YAML: the value replaced
// wherever something looks like the key, or the key added.
func (m mapping) candidates(yaml, newline string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if m.at == 0 {
			m.add(yaml, newline, yield)
			return
		}
		for _, e := range keyed {
			for _, at := range e.FindAllStringSubmatchIndex(yaml, maxTries) {
				gap := yaml[at[4]:at[5]]
				if gap == "" {
					gap = " "
				}
				if !yield(yaml[:at[3]] + gap + mark + yaml[at[7]:]) {
					return
				}
			}
		}
	}
}

// add yields the YAML with the key as its last line, as its first, or as the
// first in the braces.
func (m mapping) add(yaml, newline string, yield func(string) bool) {
	first := 0 // where the first line begins that is not a comment
	for l := range strings.Lines(yaml) {
		if rest := strings.TrimSpace(l); rest != "" && rest[0] != '#' {
			break
		}
		first += len(l)
	}
	rest := yaml[first:]
	indent := rest[:len(rest)-len(strings.TrimLeft(rest, " "))]
	key := "transcription: " + mark
	if m.flow {
		if open := first + len(indent) + 1; len(m.others) > 0 && open <= len(yaml) {
			yield(yaml[:open] + key + ", " + yaml[open:])
		} else if open <= len(yaml) {
			yield(yaml[:open] + key + yaml[open:])
		}
		return
	}
	if yield(yaml + indent + key + newline) {
		yield(yaml[:first] + indent + key + newline + rest)
	}
}
