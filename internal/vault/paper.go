package vault

import (
	"cmp"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"

	"daybook"
)

// loosePicture is a picture whose name does not make it a scan for sure: it has
// no day, or a camera may have named it. It is a scan if the note of a day
// embeds it below "### Page".
type loosePicture struct {
	scan  Scan // Dates is empty if its name has no day
	entry fs.DirEntry
	ask   bool // to ask the owner about it
}

// claim finds the loose pictures that are pages of notes, and passes on those
// that none has, to ask about them.
func (w *scanWalk) claim() {
	owners := w.owners()
	for _, p := range w.loose {
		scan := p.scan
		owner, owned := owners[scan.Path]
		if owned {
			scan.Note, scan.Title, scan.Dates = owner.note, strings.TrimSuffix(path.Base(owner.note), path.Ext(owner.note)), owner.dates
			scan.Owned, scan.Embedded = true, true
		}
		if owned || p.ask {
			w.add(scan, owned, p.entry)
		}
	}
}

// owner is a note that has a picture as a page.
type owner struct {
	note  string
	dates []daybook.Date
}

// owners returns the notes that have loose pictures as pages, by the pictures'
// paths. If several notes have a picture, the first by path counts.
func (w *scanWalk) owners() map[string]owner {
	if len(w.loose) == 0 {
		return nil
	}
	byName := map[string][]string{}
	for _, p := range w.loose {
		byName[fileName(p.scan.Path)] = append(byName[fileName(p.scan.Path)], p.scan.Path)
	}
	dates := map[string][]daybook.Date{}
	for _, notes := range w.notes {
		for _, note := range notes {
			dates[note] = w.naming.dates(strings.TrimSuffix(note, path.Ext(note)))
		}
	}
	found := map[string]owner{}
	for _, note := range slices.Sorted(maps.Keys(dates)) {
		for _, embed := range w.pageEmbeds(note) {
			picture := meant(note, embed, byName[fileName(embed)])
			if _, taken := found[picture]; picture != "" && !taken {
				found[picture] = owner{note, dates[note]}
			}
		}
	}
	return found
}

// fileName returns a path's last part, normalized for comparison.
func fileName(name string) string { return strings.ToLower(norm.NFC.String(path.Base(name))) }

// meant returns the picture that a note's embed refers to, among those with its
// name: the one at that path, else the one with the shortest path; "" if there
// is none.
func meant(note, embed string, pictures []string) string {
	embed = strings.ToLower(norm.NFC.String(strings.TrimLeft(embed, "/")))
	same := func(picture string) string { return strings.ToLower(norm.NFC.String(picture)) }
	for _, place := range []string{path.Join(strings.ToLower(norm.NFC.String(path.Dir(note))), embed), path.Clean(embed)} {
		if i := slices.IndexFunc(pictures, func(p string) bool { return same(p) == place }); i >= 0 {
			return pictures[i]
		}
	}
	if strings.Contains(embed, "/") {
		tail := "/" + strings.TrimLeft(path.Clean("/"+embed), "/")
		pictures = slices.DeleteFunc(slices.Clone(pictures), func(p string) bool { return !strings.HasSuffix("/"+same(p), tail) })
	}
	if len(pictures) == 0 {
		return ""
	}
	return slices.MinFunc(pictures, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
}

// pageEmbeds returns the pictures that a note embeds below "### Page".
func (f *Folder) pageEmbeds(note string) []string {
	info, err := f.root.Lstat(note)
	if err != nil {
		return nil // in the cloud, or deleted
	}
	return f.papers.of(note, info, func() []string {
		data, ok := f.beginning(note)
		if !ok {
			return nil
		}
		text, _ := Decode(data)
		return embedsBelowPage(text)
	})
}

func embedsBelowPage(text string) []string {
	var names []string
	page := false
	for l := (Lines{S: text}); l.Next(); {
		if heading, ok := l.Heading3(); ok {
			page = heading == headingPage
			continue
		}
		if !page || l.Code {
			continue
		}
		for _, name := range embeds(l.Text) {
			if isScan(name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// papers remembers which pictures notes have as their pages, so that a walk reads
// only the notes that have changed. It is safe for concurrent use; nil remembers
// nothing.
type papers struct {
	mu    sync.Mutex
	notes map[string]paperNote
}

type paperNote struct {
	size, modTime int64
	embeds        []string
}

func (p *papers) of(note string, info fs.FileInfo, read func() []string) []string {
	if p == nil {
		return read()
	}
	p.mu.Lock()
	known, ok := p.notes[note]
	p.mu.Unlock()
	if ok && known.size == info.Size() && known.modTime == info.ModTime().UnixNano() {
		return known.embeds
	}
	embeds := read()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.notes == nil {
		p.notes = map[string]paperNote{}
	}
	p.notes[note] = paperNote{info.Size(), info.ModTime().UnixNano(), embeds}
	return embeds
}
