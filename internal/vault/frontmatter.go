package vault

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"daybook"
)

// Limits on front matter. YAML lets a few bytes ask for a great deal of work;
// what people write at the top of a note is nowhere near these.
const (
	maxFrontMatter = 64 << 10 // bytes
	maxDepth       = 32       // collections in collections
)

// FrontMatter is the YAML at the top of a note.
type FrontMatter struct {
	// Start and End are the byte offsets in the note of the YAML between its
	// two lines of "---", the line break before the second one included. Both
	// are 0 in a note without front matter.
	Start, End int
	// Transcribed says that a machine's transcription of the note's scans is
	// done (transcription: "True").
	Transcribed bool
	// Embedded says that the service before Daybook had embedded the note.
	Embedded bool
	// Private says that the note is marked private (private: true).
	Private bool
	tags    []string
}

// errFrontMatter returns an Invalid error. What the YAML library says of a
// mistake quotes the note, so nothing of it is kept.
func errFrontMatter(why string) error {
	return daybook.Errorf(daybook.Invalid, "the front matter %s", why)
}

// parseFrontMatter reads the front matter of the note s, whose text begins at
// from (after a byte order mark), and returns where the body begins. A note
// whose first line is "---" and which has no second such line has none.
func parseFrontMatter(s string, from int) (f FrontMatter, body int, err error) {
	l := Lines{S: s, At: from}
	if !l.Next() || !isFence(l.Text) {
		return FrontMatter{}, from, nil
	}
	f.Start = l.At
	for l.Next() {
		if !isFence(l.Text) {
			continue
		}
		f.End = l.Start
		if f.End-f.Start > maxFrontMatter {
			return f, l.At, errFrontMatter("is longer than 64 KB")
		}
		return f, l.At, f.read(s[f.Start:f.End])
	}
	return FrontMatter{}, from, nil
}

func isFence(line string) bool { return strings.TrimRight(line, " \t") == "---" }

// read takes from the YAML what Daybook knows of.
func (f *FrontMatter) read(yaml string) error {
	root, err := parseYAML(yaml)
	if err != nil || root == nil {
		return err
	}
	for _, pair := range root.Values {
		f.Private = f.Private || nested(pair.Value)
		switch keyOf(pair.Key) {
		case "transcription":
			f.Transcribed = strings.EqualFold(scalar(pair.Value), "true")
		case "embedding":
			f.Embedded = strings.EqualFold(scalar(pair.Value), "true")
		case "tags", "tag":
			f.tags = append(f.tags, listed(pair.Value)...)
		case "private":
			f.Private = f.Private || marks(pair.Value)
		}
	}
	return nil
}

// keyOf returns a key as it is compared.
func keyOf(n ast.Node) string { return strings.ToLower(strings.TrimSpace(visible(scalar(n)))) }

// parseYAML returns the mapping that yaml is, nil for an empty one.
func parseYAML(yaml string) (*ast.MappingNode, error) {
	tokens := lexer.Tokenize(yaml)
	if err := checkTokens(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		var at interface{ GetToken() *token.Token }
		if errors.As(err, &at) && at.GetToken() != nil {
			// The first line of the YAML is the second of the front matter.
			return nil, daybook.Errorf(daybook.Invalid, "the front matter is not valid YAML (line %d of it)", at.GetToken().Position.Line+1)
		}
		return nil, errFrontMatter("is not valid YAML")
	}
	var root *ast.MappingNode
	for _, doc := range file.Docs {
		switch body := doc.Body.(type) {
		case nil, *ast.NullNode, *ast.CommentGroupNode:
		case *ast.MappingNode:
			root = body
		default:
			return nil, errFrontMatter("is not a list of keys and values")
		}
	}
	return root, nil
}

// checkTokens refuses aliases, by which a small file can mean a huge one, and
// nesting that would exhaust a recursive parser.
func checkTokens(tokens token.Tokens) error {
	open, line, onLine := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, onLine = t.Position.Line, 0
		}
		switch t.Type {
		case token.AliasType, token.AnchorType, token.MergeKeyType:
			return errFrontMatter("uses YAML anchors or aliases, which are not read")
		case token.SequenceStartType, token.MappingStartType:
			open++
		case token.SequenceEndType, token.MappingEndType:
			open = max(open-1, 0)
		case token.SequenceEntryType, token.MappingKeyType, token.TagType:
			onLine++
		}
		// Nesting by indentation takes a longer line for each level, so that
		// maxFrontMatter bounds it.
		if open > maxDepth || onLine > maxDepth {
			return errFrontMatter("is nested too deeply")
		}
	}
	return nil
}

// scalar returns the text of a node that is a single value, "" of any other.
func scalar(n ast.Node) string {
	switch n := n.(type) {
	case *ast.NullNode:
		return ""
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case ast.ScalarNode:
		return n.GetToken().Value
	}
	return ""
}

// listed returns the values of a list, or of text that has commas or spaces
// between them.
func listed(n ast.Node) []string {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		return strings.FieldsFunc(scalar(n), func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
	}
	var values []string
	for _, v := range list.Values {
		values = append(values, scalar(v))
	}
	return values
}
