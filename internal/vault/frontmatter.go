package vault

import (
	"errors"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"daybook"
)

// Limits on front matter. A few bytes of YAML can cost a lot of work; what
// people write at the top of a note is nowhere near these limits.
const (
	maxFrontMatter = 64 << 10 // bytes
	maxDepth       = 32       // collections in collections
)

// FrontMatter is the YAML at the top of a note.
type FrontMatter struct {
	// Start and End are the byte offsets of the YAML between its two lines of
	// "---", including the line break before the second one. Both are 0 if the
	// note has no front matter.
	Start, End int
	// Other is front matter that is not YAML; its Format is "" if there is none.
	Other OtherFront
	// Transcribed says that a machine has transcribed the note's scans
	// (transcription: "True").
	Transcribed bool
	// Embedded says that the service before Daybook had embedded the note.
	Embedded bool
	// Private says that the note is marked private (private: true).
	Private bool
	// Flaw says in a few words, without quoting the note, why the front matter
	// could not be read as YAML; "" if it could. Lines that are clear by
	// themselves are read anyway.
	Flaw string
	// Aliases are other names of the note, which links may use, and of its
	// subject; at most 32.
	Aliases []string
	tags    []string
}

// Limits on aliases. A longer one is not a name.
const (
	maxAliases = 32
	maxAlias   = 100 // bytes
)

// errFrontMatter returns an Invalid error. The YAML library's own messages
// quote the note, so they are dropped.
func errFrontMatter(why string) error {
	return daybook.Errorf(daybook.Invalid, "the front matter %s", why)
}

// parseFrontMatter reads the front matter of the note s, whose text begins at
// from (after a byte order mark), and returns where the body begins. A note
// whose first line is "---" has no front matter if no second such line follows,
// or if the words between them are not keys and values: a day may begin with a
// rule.
func parseFrontMatter(s string, from int) (f FrontMatter, body int) {
	l := Lines{S: s, At: from}
	if !l.Next() || !isFence(l.Text) {
		return FrontMatter{}, from
	}
	f.Start = l.At
	dotted := false // finding YAML's own end has read everything above it
	for l.Next() {
		if !isFence(l.Text) {
			if dotted || strings.TrimRight(l.Text, " \t") != "..." {
				continue
			}
			if dotted = true; !endsYAML(l, s[f.Start:l.Start]) {
				continue
			}
		}
		f.End = l.Start
		yaml := s[f.Start:f.End]
		err := errFrontMatter("is longer than 64 KB")
		if len(yaml) <= maxFrontMatter {
			err = f.read(yaml)
		}
		prose := len(yaml) <= maxFrontMatter && isProse(yaml, err)
		if prose && err == nil {
			err = errNoKeys
		}
		if err != nil {
			f.Flaw = daybook.PublicMessage(err)
			f.readLines(yaml[:min(len(yaml), maxFrontMatter)])
		}
		if prose {
			f.Start, f.End = 0, 0
			return f, from
		}
		return f, l.At
	}
	return FrontMatter{}, from
}

// endsYAML reports whether a line of three dots is YAML's own end of a
// document, with keys and values above it and text below it.
func endsYAML(l Lines, above string) bool {
	if len(above) > maxFrontMatter {
		return false
	}
	if root, err := parseYAML(above); err != nil || root == nil {
		return false
	}
	for below := l.At; l.Next(); {
		if isFence(l.Text) {
			_, err := parseYAML(l.S[below:min(l.Start, below+maxFrontMatter)])
			return errors.Is(err, errNoKeys)
		}
	}
	return true
}

var errNoKeys = errFrontMatter("is not a list of keys and values")

// Limits of property names; longer ones are sentences.
const (
	keyWords   = 5
	proseWords = 3
)

// isProse reports whether what is between two lines of "---" is text. err is why
// it cannot be read as keys and values; nil if it can.
func isProse(yaml string, err error) bool {
	if errors.Is(err, errNoKeys) {
		return true
	}
	for line := range strings.SplitSeq(yaml, "\n") {
		key, _, isKey := strings.Cut(line, ":")
		switch {
		case strings.TrimSpace(line) == "", strings.ContainsAny(line[:1], " \t#-]}.?"):
		case !isKey && err != nil && len(strings.Fields(line)) >= proseWords,
			isKey && wordy(key):
			return true
		}
	}
	return false
}

// wordy reports whether what precedes a colon is too long for a key.
func wordy(key string) bool {
	return len(strings.Fields(key)) > keyWords || strings.Contains(key, ". ")
}

func isFence(line string) bool { return strings.TrimRight(line, " \t") == "---" }

// read takes the keys that Daybook knows from the YAML.
func (f *FrontMatter) read(yaml string) error {
	root, err := parseYAML(yaml)
	if err != nil || root == nil {
		return err
	}
	for _, pair := range root.Values {
		f.take(keyOf(pair.Key), pair.Value)
	}
	return nil
}

// take stores the value of a key that Daybook knows.
func (f *FrontMatter) take(key string, value ast.Node) {
	f.Private = f.Private || nested(value)
	switch key {
	case "transcription":
		f.Transcribed = strings.EqualFold(scalar(value), "true")
	case "embedding":
		f.Embedded = strings.EqualFold(scalar(value), "true")
	case "tags", "tag":
		f.tags = append(f.tags, listed(value)...)
	case "aliases", "alias":
		f.alias(value)
	case "private":
		f.Private = f.Private || marks(value)
	}
}

// alias adds the names in a list, or in a text with commas between them.
func (f *FrontMatter) alias(value ast.Node) {
	names := strings.Split(scalar(value), ",")
	if list, ok := value.(*ast.SequenceNode); ok {
		names = nil
		for _, v := range list.Values {
			names = append(names, scalar(v))
		}
	}
	for _, name := range names {
		if name = strings.Join(strings.Fields(visible(name)), " "); name != "" && len(name) <= maxAlias && len(f.Aliases) < maxAliases {
			f.Aliases = append(f.Aliases, name)
		}
	}
}

// keyOf normalizes a key for comparison.
func keyOf(n ast.Node) string {
	if explicit, ok := n.(*ast.MappingKeyNode); ok { // "? private"
		n = explicit.Value
	}
	return strings.ToLower(strings.TrimSpace(visible(scalar(n))))
}

// keyAndValue matches the first line of a key of front matter.
var keyAndValue = regexp.MustCompile(`^([^\s:#-][^:]*):(?:\s+(.*))?$`)

// readLines reads front matter that is not valid YAML as a whole, key by key: a
// mistake then affects only its own key.
func (f *FrontMatter) readLines(yaml string) {
	yaml = strings.ReplaceAll(strings.ReplaceAll(yaml, "\r\n", "\n"), "\t", "  ")
	var block []string
	flush := func() {
		if len(block) > 0 {
			f.readBlock(block)
		}
		block = nil
	}
	for line := range strings.SplitSeq(yaml, "\n") {
		if keyAndValue.MatchString(line) {
			flush()
			block = []string{line}
		} else if len(block) > 0 {
			block = append(block, line)
		}
	}
	flush()
}

// readBlock reads a key and its value, beginning on the first of the lines.
func (f *FrontMatter) readBlock(lines []string) {
	if root, err := parseYAML(strings.Join(lines, "\n")); err == nil {
		if root != nil {
			for _, pair := range root.Values {
				f.take(keyOf(pair.Key), pair.Value)
			}
		}
		return
	}
	m := keyAndValue.FindStringSubmatch(lines[0])
	value := strings.Trim(strings.TrimSpace(m[2]), `"'`)
	switch strings.ToLower(strings.TrimSpace(visible(m[1]))) {
	case "transcription":
		f.Transcribed = strings.EqualFold(value, "true")
	case "tags", "tag":
		for _, line := range append([]string{m[2]}, lines[1:]...) {
			line = strings.TrimPrefix(strings.TrimSpace(line), "- ")
			f.tags = append(f.tags, strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(", []{}\"'`*@!|>%&", r) })...)
		}
	}
}

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
			return nil, errNoKeys
		}
	}
	return root, nil
}

// checkTokens refuses aliases, which let a small file expand to a huge one, and
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
		// Nesting by indentation needs a longer line for each level, so
		// maxFrontMatter bounds it.
		if open > maxDepth || onLine > maxDepth {
			return errFrontMatter("is nested too deeply")
		}
	}
	return nil
}

// scalar returns the text of a node with a single value, "" for other nodes.
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

// listed returns the values of a list, or of a text with commas or spaces
// between them, including lists within the list ([[note]]).
func listed(n ast.Node) []string {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		return strings.FieldsFunc(scalar(n), func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
	}
	var values []string
	for _, v := range list.Values {
		if inner, ok := v.(*ast.SequenceNode); ok {
			values = append(values, listed(inner)...) // parseYAML bounds the depth
			continue
		}
		for value := range strings.SplitSeq(scalar(v), ",") {
			values = append(values, strings.Join(strings.Fields(value), "-"))
		}
	}
	return values
}
