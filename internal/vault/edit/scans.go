package edit

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"daybook"
	"daybook/internal/vault"
)

// NewNote returns a new note for scans: the tag #day and, below "### Page", an
// embed of each scan by its file name, once each and in name order. Newline is
// its line end. The error for a name that a link cannot have is
// daybook.Invalid.
func NewNote(scans []string, newline string) ([]byte, error) {
	return AddScans([]byte("#day"+newline+"### "+headingPage+newline), scans)
}

// AddScans returns the note with embeds of those scans that it does not embed
// yet, in name order among those below "### Page". If that part is missing it
// is created, before the transcription or else at the end. No other byte
// changes.
//
// The words of a typed note are no longer its text once it has a scan: see
// vault.Parse.
func AddScans(data []byte, names []string) ([]byte, error) {
	for _, name := range names {
		if name == "" || strings.ContainsAny(name, `[]|#^/\`) || strings.ContainsFunc(name, unicode.IsControl) || strings.TrimSpace(name) != name {
			return nil, daybook.Errorf(daybook.Invalid, "The scan's name %q cannot be part of a link. Rename the file without [ ] | # ^.", name)
		}
	}
	n, err := read(vault.File{Kind: daybook.Daily}, data)
	if err != nil {
		return nil, err
	}
	missing := n.missing(names)
	if len(missing) == 0 {
		return data, nil
	}
	s := n.withScans(missing)
	if len(s) > vault.MaxNote {
		return nil, errTooLarge()
	}
	now, err := read(n.file, []byte(s))
	if err != nil || len(now.missing(names)) > 0 {
		return nil, ErrUnclear
	}
	return []byte(s), nil
}

// embedded matches an embedded file; its group is the file's name.
var embedded = regexp.MustCompile(`!\[\[([^\]|#]+)[^\]]*\]\]`)

// embed is a line of embedded files; name is the first of them.
type embed struct {
	name       string
	start, end int
}

// missing returns those of the scans that the note does not embed, sorted.
func (n note) missing(names []string) []string {
	there := map[string]bool{}
	for l := n.lines(); l.next(); {
		if l.Code || l.comment {
			continue
		}
		for _, name := range vault.Embeds(l.Text) {
			there[scanKey(name)] = true
		}
	}
	var missing []string
	for _, name := range names {
		if key := scanKey(name); !there[key] {
			there[key] = true
			missing = append(missing, name)
		}
	}
	slices.SortFunc(missing, vault.CompareScans)
	return missing
}

// scanKey normalizes a file name for comparison: some systems decompose its
// letters, others do not.
func scanKey(name string) string { return norm.NFC.String(path.Base(strings.TrimSpace(name))) }

// withScans returns the note with embeds of the names, which must be sorted.
func (n note) withScans(names []string) string {
	p, found := n.part(headingPage)
	if !found {
		part := "### " + headingPage + n.newline + n.embeds(names)
		if t, ok := n.part(headingTranscription); ok {
			return n.s[:t.heading] + part + n.newline + n.s[t.heading:]
		}
		return n.s + n.gap() + part
	}
	at := p.from // after the last embed, or the heading
	var b strings.Builder
	done := 0
	for _, e := range n.embedsIn(p) {
		k := len(names)
		if i := slices.IndexFunc(names, func(name string) bool { return vault.CompareScans(name, e.name) > 0 }); i >= 0 {
			k = i
		}
		if k > 0 {
			b.WriteString(n.s[done:e.start] + n.embeds(names[:k]))
			done, names = e.start, names[k:]
		}
		at = e.end
	}
	b.WriteString(n.s[done:at])
	if len(names) > 0 && !strings.HasSuffix(n.s[:at], "\n") {
		b.WriteString(n.newline)
	}
	return b.String() + n.embeds(names) + n.s[at:]
}

// embeds returns a line for each name.
func (n note) embeds(names []string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString("![[" + name + "]]" + n.newline)
	}
	return b.String()
}

// embedsIn returns the lines of a part that begin with an embedded file.
func (n note) embedsIn(p part) []embed {
	var list []embed
	for l := n.lines(); l.next() && l.Start < p.to; {
		if l.Start < p.from || l.Code || l.comment {
			continue
		}
		text := strings.TrimSpace(l.Text)
		if m := embedded.FindStringSubmatchIndex(text); m != nil && m[0] == 0 {
			list = append(list, embed{path.Base(strings.TrimSpace(text[m[2]:m[3]])), l.Start, l.At})
		}
	}
	return list
}
