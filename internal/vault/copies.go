package vault

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"daybook/internal/plural"
)

// One note is a copy of another if the longer one has this share of the words
// of the shorter one. Only the beginnings are compared.
const (
	copyShare   = 0.7
	copyCompare = 64 << 10
)

// conflict matches what sync programs add to the name of a copy that lost a
// conflict: Syncthing, Dropbox, Nextcloud, ownCloud, Seafile and Obsidian.
var conflict = regexp.MustCompile(`(?i)[ ._-]*(sync-conflict-|_conflict-|\.conflict\b|\([^()]*(conflicted copy|conflict\b|sfconflict|konflikt\w*|copie en conflit|copia en conflicto|copia in conflitto|cópia em conflito)[^()]*\)|\[conflict\w*\]).*$`)

// copyBefore matches what programs put before the name of a copy.
var copyBefore = regexp.MustCompile(`(?i)^(copy( \(?\d+\)?)? of|kopie von|copie de|copia de|copia di|kopie van) `)

// original returns the path of the file that the one at name is a copy of,
// judging by the name; "" if it is not a copy.
func original(name string) string {
	dir, base := path.Split(name)
	ext := path.Ext(base)
	stem := strings.TrimSuffix(base, ext)
	if bare := copyBefore.ReplaceAllString(stem, ""); bare != stem && bare != "" {
		return dir + bare + ext
	}
	if at := conflict.FindStringIndex(stem); at != nil && at[0] > 0 {
		return dir + stem[:at[0]] + ext
	}
	return ""
}

// backup reports whether a file is an editor's backup of a note, and lists it.
func (f *Folder) backup(base, name string, l *Listing) bool {
	ext := path.Ext(base)
	stem, ok := strings.CutSuffix(strings.TrimSuffix(base, ext), "~")
	if !ok || !IsNote(base) {
		return false
	}
	of := path.Join(path.Dir(name), stem+ext)
	if difference, ok := f.compare(of, name); ok {
		l.Skipped = append(l.Skipped, Skip{f.kind, name, "a copy of " + path.Base(of) + "; " + difference})
	}
	return true
}

// compare says what differs between a note and its copy. It returns false if one
// cannot be read.
func (f *Folder) compare(of, name string) (what string, ok bool) {
	a, ok := f.beginning(of)
	if !ok {
		return "", false
	}
	b, ok := f.beginning(name)
	if !ok {
		return "", false
	}
	return difference(a, b), true
}

// difference says how many lines only a note has, and only its copy.
func difference(note, copied []byte) string {
	count := map[string]int{}
	lines := func(data []byte, n int) {
		for line := range bytes.Lines(data) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				count[string(line)] += n
			}
		}
	}
	lines(copied, 1)
	lines(note, -1)
	onlyNote, onlyCopy := 0, 0
	for _, n := range count {
		onlyNote, onlyCopy = onlyNote+max(-n, 0), onlyCopy+max(n, 0)
	}
	if onlyNote+onlyCopy == 0 {
		return "nothing differs"
	}
	return fmt.Sprintf("only the copy has %s, only the note %s", plural.Count(onlyCopy, "line"), plural.Count(onlyNote, "line"))
}

// copyOf returns why the note at name is a copy of another, "" if it is not.
// Programs that keep both sides of a conflict, and people who duplicate a file,
// leave a second note of the same day with nearly the same text and something
// after the date: "06-04-2024 2", "06-04-2024-LAPTOP". Title is what follows
// the date. A note with a different text is part of the day.
func (f *Folder) copyOf(name, title string) string {
	stem := strings.TrimSuffix(name, path.Ext(name))
	at := strings.LastIndex(stem, title)
	switch {
	case title == "":
		return f.copyOfMarkdown(name, stem+".md")
	case at < 0:
		return ""
	}
	copied, ok := f.beginning(name)
	if !ok {
		return ""
	}
	bare := strings.TrimRight(stem[:at], " -–—_:,.~(")
	for _, ext := range slices.Compact([]string{path.Ext(name), ".md", ".markdown", ".mdown"}) {
		original := bare + ext
		if original == name {
			continue
		}
		if note, ok := f.beginning(original); ok && similar(note, copied) {
			return "a copy of " + path.Base(original) + "; " + difference(note, copied)
		}
	}
	return ""
}

// copyOfMarkdown returns why the note at name is the same as the one at original,
// which has the same name but for its extension.
func (f *Folder) copyOfMarkdown(name, original string) string {
	if name == original {
		return ""
	}
	note, ok := f.beginning(original)
	if !ok || len(note) == copyCompare {
		return ""
	}
	if copied, ok := f.beginning(name); !ok || !sameText(note, copied) {
		return ""
	}
	return "a copy of " + path.Base(original) + "; nothing differs"
}

// beginning returns the first bytes of a note.
func (f *Folder) beginning(name string) ([]byte, bool) {
	in, err := f.root.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, false
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, false
	}
	data, err := io.ReadAll(io.LimitReader(in, copyCompare))
	return data, err == nil
}

// sameText reports whether two texts differ in nothing but the space around them.
func sameText(a, b []byte) bool { return bytes.Equal(bytes.TrimSpace(a), bytes.TrimSpace(b)) }

// similar reports whether one of two texts is a slightly changed copy of the
// other.
func similar(a, b []byte) bool {
	if sameText(a, b) {
		return true
	}
	count := map[string]int{}
	words := bytes.Fields(a)
	for _, w := range words {
		count[string(w)]++
	}
	other, shared := bytes.Fields(b), 0
	for _, w := range other {
		if count[string(w)] > 0 {
			count[string(w)]--
			shared++
		}
	}
	return shared > 2 && float64(shared) >= copyShare*float64(min(len(words), len(other)))
}
