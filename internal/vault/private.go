package vault

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
	"golang.org/x/text/unicode/norm"
)

// privateTags are tags, normalized for comparison.
type privateTags []string

func newPrivateTags(tags []string) privateTags {
	var list privateTags
	for _, tag := range tags {
		if key := tagKey(tag); key != "" {
			list = append(list, key)
		}
	}
	return list
}

// tagKey normalizes a tag for comparison: without "#", in lower case.
func tagKey(tag string) string {
	return strings.ToLower(norm.NFC.String(strings.Trim(tag, "#/ \t")))
}

// cover reports whether one of the tags, or a tag above it, makes a note
// private.
func (p privateTags) cover(tags []string) bool {
	for _, tag := range tags {
		key := tagKey(tag)
		for _, private := range p {
			if key == private || strings.HasPrefix(key, private+"/") {
				return true
			}
		}
	}
	return false
}

// PrivateByTags reports whether a note with these tags is private.
func (v *Vault) PrivateByTags(tags []string) bool { return v.private.cover(tags) }

// PrivateNote reports whether a note with these bytes is private: by "private"
// in its front matter or by a tag. It fails safe: if front matter cannot be
// parsed, the note is private when a person would read it as private.
func (v *Vault) PrivateNote(file File, data []byte) bool {
	return v.Private(Read(file, data), data)
}

// Private is PrivateNote for a note that Read returned.
func (v *Vault) Private(note Note, data []byte) bool {
	text, _ := Decode(data)
	if note.FrontMatter.Private || v.private.cover(note.Tags) || v.private.logseq(data) || v.private.logseq([]byte(text)) {
		return true
	}
	if len(note.Flaws) == 0 && note.FrontMatter.Start > 0 {
		return false // it was read, and says nothing about it
	}
	return v.private.visible([]byte(text)) || v.private.visible(data)
}

// Logseq's own marks: properties in the first lines of a note, and tags of several
// words.
var (
	propertyLine = regexp.MustCompile(`^[-*\s\p{Z}]*([\pL_-]+)::(.*)$`)
	bracketTag   = regexp.MustCompile(`#\[\[([^\]\n]+)\]\]`)
)

// logseq reports whether a note is marked as private in Logseq's way, whichever
// app wrote it.
func (p privateTags) logseq(data []byte) bool {
	if !bytes.Contains(data, []byte("::")) && !bytes.Contains(data, []byte("#[[")) {
		return false
	}
	text := plainLines(data)
	for _, m := range bracketTag.FindAllStringSubmatch(text, -1) {
		if p.cover(m[1:]) {
			return true
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		m := propertyLine.FindStringSubmatch(line)
		switch {
		case m == nil && strings.TrimSpace(line) != "":
			return false
		case m == nil:
		case strings.EqualFold(m[1], "private") && says(m[2]),
			isTagKey(m[1]) && p.cover(wordOfLine.FindAllString(m[2], -1)):
			return true
		}
	}
	return false
}

// marks reports whether the value of "private" marks a note. Everything but a
// clear no does: people write true, yes, on, 1, "True" or a word of their own.
func marks(n ast.Node) bool {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return false
	case *ast.TagNode:
		return marks(n.Value)
	case *ast.SequenceNode:
		for _, v := range n.Values {
			if marks(v) {
				return true
			}
		}
		return false
	case ast.ScalarNode:
		return says(scalar(n))
	}
	return true
}

func isTagKey(key string) bool {
	return strings.EqualFold(key, "tags") || strings.EqualFold(key, "tag")
}

// nested reports whether a value of front matter has "private" inside.
func nested(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.MappingNode:
		return slices.ContainsFunc(n.Values, func(pair *ast.MappingValueNode) bool {
			marked := isPrivateKey(pair.Key) && marks(pair.Value)
			return marked || nested(pair.Value)
		})
	case *ast.SequenceNode:
		return slices.ContainsFunc(n.Values, nested)
	case *ast.TagNode:
		return nested(n.Value)
	}
	return false
}

func isPrivateKey(key ast.Node) bool { return keyOf(key) == "private" }

// says reports whether a word after "private:" marks a note.
func says(value string) bool {
	switch strings.ToLower(strings.TrimFunc(visible(value), unicode.IsSpace)) {
	case "", "false", "f", "no", "n", "off", "0", "null", "none", "~":
		return false
	}
	return true
}

// visible returns a text without invisible characters.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || r == 0 {
			return -1
		}
		return r
	}, s)
}

// What a person sees in front matter that the parser cannot read.
var (
	markedLine = regexp.MustCompile(`(?i)(?:^|[\s{,"'])private["']?[\s\p{Z}]*[:=]+[\s\p{Z}]*(.*)$`)
	keyLine    = regexp.MustCompile(`(?i)^[\s{"']*([\pL_-]+)["']?\s*[:=]`)
	wordOfLine = regexp.MustCompile(`[^\s,\[\]{}"'#]+`)
)

// visible reports whether bytes that the parser cannot read as front matter
// visibly mark the note.
func (p privateTags) visible(data []byte) bool {
	inTags := false
	for _, line := range frontLines(data) {
		if m := keyLine.FindStringSubmatch(line); m != nil {
			inTags = strings.EqualFold(m[1], "tags") || strings.EqualFold(m[1], "tag")
		}
		if m := markedLine.FindStringSubmatch(line); m != nil {
			value := strings.TrimLeft(m[1], `"'[!`)
			if i := strings.IndexAny(value, `"',}]#`); i >= 0 {
				value = value[:i]
			}
			if says(value) {
				return true
			}
		}
		if inTags && p.cover(wordOfLine.FindAllString(line, -1)) {
			return true
		}
	}
	return false
}

// frontLines returns the lines of the front matter that a note begins with:
// between two lines of "---" or, in TOML, "+++", or of a JSON object. Without
// an end, they go to the end of the note.
func frontLines(data []byte) []string {
	if len(data) > maxFrontMatter {
		data = data[:maxFrontMatter]
	}
	first, rest, _ := strings.Cut(plainLines(data), "\n")
	end := func(string) bool { return false }
	switch first = strings.TrimSpace(first); {
	case isFence(first):
		end = isFence
	case first == "+++":
		end = func(line string) bool { return line == "+++" }
	case strings.HasPrefix(first, "{"):
		end = func(line string) bool { return line == "}" }
		rest = first + "\n" + rest
	default:
		return nil
	}
	var lines []string
	for line := range strings.SplitSeq(rest, "\n") {
		if end(strings.TrimSpace(line)) {
			break
		}
		lines = append(lines, line)
	}
	return lines
}

// plainLines returns the visible text, with "\n" between its lines and no space
// at its beginning.
func plainLines(data []byte) string {
	text := visible(string(bytes.ToValidUTF8(data, nil)))
	return strings.TrimLeftFunc(strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u0085", "\n").Replace(text), unicode.IsSpace)
}
