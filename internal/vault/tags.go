package vault

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tags returns the tags of a note: those of its front matter, then those of
// its body, each once without regard to case, as it is first written.
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
		name = strings.TrimPrefix(strings.TrimSpace(name), "#")
		if tag, ok := tagAt("#" + name); ok && len(tag) == len(name)+1 {
			add(tag)
		}
	}
	for l := (Lines{S: body}); l.Next(); {
		if !l.Code && strings.Contains(l.Text, "#") {
			lineTags(l.Text, add)
		}
	}
	return all
}

// lineTags calls add for each tag in a line outside of code and addresses.
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
			}
		case i == 0 || unicode.IsSpace(before):
			if word := firstWord(line[i:]); strings.Contains(word, "://") {
				size = len(word)
			}
		}
		i += size
	}
}

// opens reports whether a tag may follow what precedes it in its line.
// After a letter, a slash or a bracket, "#" belongs to something else: C#, an
// address, [[#a heading]], [a link](#there).
func opens(before string) bool {
	r, _ := utf8.DecodeLastRuneInString(before)
	return before == "" || unicode.IsSpace(r) || strings.ContainsRune(`"'“‘„«,;:>*_~–—|…。，、；：！？（「『【《`, r) ||
		r == '(' && !strings.HasSuffix(before, "](") || r == '[' && !strings.HasSuffix(before, "[[")
}

// codeSpan returns the length of the code span that s begins with, or of its
// backticks alone where nothing closes them.
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

// tagAt returns the tag that s, which begins with "#", begins with.
func tagAt(s string) (tag string, ok bool) {
	name := s[1:]
	if end := strings.IndexFunc(name, func(r rune) bool { return !inTag(r) }); end >= 0 {
		name = name[:end]
	}
	name = strings.TrimRight(name, "/-")
	number := strings.IndexFunc(name, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
	if number || strings.HasPrefix(name, "/") {
		return "", false
	}
	return s[:1+len(name)], true
}

func inTag(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_' || r == '-' || r == '/'
}
