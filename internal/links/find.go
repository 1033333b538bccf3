package links

import (
	"net/url"
	"path"
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"daybook/internal/vault"
)

// link is a link in a text. Start and end are its bytes there.
type link struct {
	target     string
	start, end int
}

var (
	wiki     = regexp.MustCompile(`\[\[([^\[\]|\n]{1,300})(?:\|[^\[\]\n]{0,300})?\]\]`)
	markdown = regexp.MustCompile(`\[[^\]\n]{0,300}\]\(\s*(?:<([^>\n]{1,1000})>|([^\s()<>]{1,1000}))(?:\s+"[^"\n]*"|\s+'[^'\n]*')?\s*\)`)
	scheme   = regexp.MustCompile(`^(?i:[a-z][a-z0-9+.-]*:|//)`)
)

// maxLinks bounds the links of a note.
const maxLinks = 5000

// find returns the links to notes in a text, in order, without those in code.
func find(text string) (list []link) {
	for l := (vault.Lines{S: text}); l.Next() && len(list) < maxLinks; {
		linked := strings.Contains(l.Text, "](") || strings.Contains(l.Text, "[[")
		if l.Code || !linked {
			continue
		}
		for _, m := range wiki.FindAllStringSubmatchIndex(l.Text, -1) {
			list = append(list, link{l.Text[m[2]:m[3]], l.Start + m[0], l.Start + m[1]})
		}
		for _, m := range markdown.FindAllStringSubmatchIndex(l.Text, -1) {
			group := 2
			if m[2] < 0 {
				group = 4
			}
			if target, ok := ofMarkdown(l.Text[m[group]:m[group+1]]); ok {
				list = append(list, link{target, l.Start + m[0], l.Start + m[1]})
			}
		}
	}
	return list
}

// ofMarkdown returns the target of a Markdown link that leads to a note.
func ofMarkdown(address string) (target string, ok bool) {
	if scheme.MatchString(address) {
		return "", false
	}
	if plain, err := url.PathUnescape(address); err == nil {
		address = plain
	}
	name, _, _ := strings.Cut(address, "#")
	return address, name == "" || vault.IsNote(name) || path.Ext(name) == ""
}

// compared returns a name normalized for comparison, without its extension.
func compared(name string) string {
	name = strings.ToLower(norm.NFC.String(strings.TrimSpace(strings.ReplaceAll(name, `\`, "/"))))
	return vault.Stem(name)
}

func last(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// cut splits a link into the note's name and the heading or block after "#".
func cut(target string) (name, sub string) {
	name, sub, _ = strings.Cut(target, "#")
	if sub == "" {
		if before, block, ok := strings.Cut(name, "^"); ok { // Logseq and older links
			name, sub = before, "^"+block
		}
	}
	if at := strings.LastIndexByte(sub, '#'); at >= 0 { // a heading below others
		sub = sub[at+1:]
	}
	return strings.TrimSpace(name), strings.TrimSpace(sub)
}
