package vault

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tags returns the tags of a note: first those of its front matter, then those
// of its body. Each is listed once regardless of case, in its first spelling.
func tags(front []string, body string) []string {
	var all []string
	seen := map[string]bool{}
	add := func(tag string) {
		if key := strings.ToLower(tag); !seen[key] {
			seen[key] = true
			all = append(all, tag)
		}
	}
	for _, name := range front {
		name = strings.Trim(strings.TrimSpace(name), "#[]")
		if n := tagLength(name); n > 0 && n == len(name) {
			add("#" + name) // numbers are tags only here
		}
	}
	for l := (Lines{S: body}); l.Next(); {
		if l.Code {
			continue
		}
		if strings.Contains(l.Text, "#") {
			lineTags(l.Text, add)
		}
		if m := property.FindStringSubmatch(l.Text); m != nil && strings.EqualFold(m[1], "tags") { // Logseq's
			for name := range strings.SplitSeq(m[2], ",") {
				name = strings.Join(strings.Fields(strings.Trim(name, "#[] \t")), "-")
				if n := tagLength(name); n > 0 && n == len(name) {
					add("#" + name)
				}
			}
		}
	}
	return all
}

// lineTags calls add for each tag in a line, outside code and URLs.
func lineTags(line string, add func(string)) {
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRuneInString(line[i:])
		before, _ := utf8.DecodeLastRuneInString(line[:i])
		switch {
		case r == '`':
			size = codeSpan(line[i:])
		case r == '#' && opens(line[:i]):
			if tag, ok := tagAt(line[i:]); ok {
				add(tag)
				size = len(tag)
				if strings.HasPrefix(line[i:], "#[[") {
					size = strings.Index(line[i:], "]]")
				}
			}
		case i == 0 || unicode.IsSpace(before):
			if word := firstWord(line[i:]); strings.Contains(word, "://") {
				size = len(word)
			}
		}
		i += size
	}
}

// opens reports whether a tag can follow what precedes it in its line. After a
// letter, a slash or a bracket, "#" belongs to something else: C#, an address,
// [[#a heading]], [a link](#there).
func opens(before string) bool {
	r, _ := utf8.DecodeLastRuneInString(before)
	if strings.HasSuffix(before, `="`) || strings.HasSuffix(before, "='") { // HTML: href="#a"
		return false
	}
	switch {
	case before == "", unicode.IsSpace(r):
		return true
	case r == '(':
		return !strings.HasSuffix(before, "](")
	case r == '[':
		return !strings.HasSuffix(before, "[[")
	}
	return strings.ContainsRune(`"'“‘„«,;:>*_~–—|…。，、；：！？（「『【《`, r)
}

// codeSpan returns the length of the code span that s begins with, or of its
// backticks if it is not closed.
func codeSpan(s string) int {
	ticks := len(s) - len(strings.TrimLeft(s, "`"))
	for at := ticks; ; {
		i := strings.IndexByte(s[at:], '`')
		if i < 0 {
			return ticks
		}
		at += i
		run := len(s[at:]) - len(strings.TrimLeft(s[at:], "`"))
		at += run
		if run == ticks {
			return at
		}
	}
}

func firstWord(s string) string {
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		return s[:i]
	}
	return s
}

// tagAt returns the tag at the beginning of s, which begins with "#". A number
// is not a tag.
func tagAt(s string) (tag string, ok bool) {
	name := s[1:]
	if strings.HasPrefix(name, "\ufe0f") || strings.HasPrefix(name, "\u20e3") { // a key on a phone
		return "", false
	}
	if inner, ok := strings.CutPrefix(name, "[["); ok { // Logseq's #[[two words]]
		inner, _, ok = strings.Cut(inner, "]]")
		inner = strings.Join(strings.Fields(inner), "-")
		return "#" + inner, ok && inner != "" && tagLength(inner) == len(inner)
	}
	name = name[:tagLength(name)]
	if len(name) == 1 && name[0] >= 'A' && name[0] <= 'C' && strings.HasPrefix(s[2:], "]") {
		return "", false // Logseq's priority, [#A]
	}
	number := strings.IndexFunc(name, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
	return "#" + name, !number
}

// tagLength returns the length in bytes of the tag's name at the beginning of
// s.
func tagLength(s string) int {
	if end := strings.IndexFunc(s, func(r rune) bool { return !inTag(r) }); end >= 0 {
		s = s[:end]
	}
	if s = strings.TrimRight(s, "/-\u200d\ufe0f"); strings.HasPrefix(s, "/") {
		return 0
	}
	return len(s)
}

// inTag reports whether a tag may have a character: letters, digits, _ - / and
// emoji, as in Obsidian.
func inTag(r rune) bool {
	switch {
	case r == '_', r == '-', r == '/', r == '\u200d': // the last joins emoji
		return true
	case unicode.In(r, unicode.Letter, unicode.Mark, unicode.Digit):
		return true
	}
	return r >= 0x2190 && unicode.In(r, unicode.So, unicode.Sk)
}
