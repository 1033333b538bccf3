package links

import (
	"context"
	"path"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/vault"
)

var errNowhere = daybook.Errorf(daybook.NotFound, "The link does not lead to a note.")

// Follow returns where a link in a note leads: "note", "note#heading",
// "note#^block", "#heading", an alias, a path, or a day. The error is
// daybook.NotFound if the link leads nowhere.
func (b *Book) Follow(ctx context.Context, from, target string) (Target, error) {
	c, err := b.current(ctx)
	if err != nil {
		return Target{}, err
	}
	start := c.notes[from]
	if start == nil {
		return Target{}, daybook.Errorf(daybook.NotFound, "There is no such entry.")
	}
	if strings.Contains(target, "://") {
		return Target{}, errNowhere
	}
	if plain, ok := ofMarkdown(target); ok {
		target = plain
	}
	n, date := b.resolve(c, start, target)
	if n == nil && date.IsZero() {
		if n, err = b.byAlias(ctx, c, target); err != nil {
			return Target{}, err
		}
	}
	if n == nil && date.IsZero() {
		return Target{}, errNowhere
	}
	t := Target{Date: date, Start: -1, End: -1}
	if n == nil {
		return t, nil
	}
	t.Entry = n.entry
	if _, sub := cut(target); sub != "" {
		t.Start, t.End, err = b.within(ctx, n, sub)
	}
	return t, err
}

// resolve finds the note or the day that a link names.
func (b *Book) resolve(c *catalog, from *note, target string) (*note, daybook.Date) {
	name, _ := cut(target)
	if name == "" {
		return from, daybook.Date{}
	}
	name = compared(name)
	if n := c.named(from, name); n != nil {
		return n, daybook.Date{}
	}
	day := b.dayOf(last(vault.Stem(strings.TrimSpace(cutName(target)))))
	if day.IsZero() {
		return nil, day
	}
	if list := c.byDate[day]; len(list) > 0 {
		return list[0], day
	}
	return nil, day
}

func cutName(target string) string {
	name, _ := cut(target)
	return name
}

// named finds a note by name: in the folder of the note with the link, by its
// path, by the end of its path, or by the last part of the name.
func (c *catalog) named(from *note, name string) *note {
	relative := strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../")
	beside := path.Join(path.Dir(from.name), name)
	plain := strings.TrimLeft(path.Clean("/"+name), "/")
	list := c.byName[last(plain)]
	if i := slices.IndexFunc(list, func(n *note) bool { return n.name == beside }); i >= 0 {
		return list[i]
	}
	for _, n := range list {
		if relative || strings.HasSuffix(n.name, "/"+plain) {
			return n
		}
	}
	if strings.Contains(plain, "/") { // Logseq's names of pages below others
		for _, other := range []string{"___", "%2f", "."} {
			if list := c.byName[strings.ReplaceAll(plain, "/", other)]; len(list) > 0 {
				return list[0]
			}
		}
	}
	return nil
}

// within finds a heading or a block in a note's diary. Start is -1 if it is
// missing; the link then leads to the note.
func (b *Book) within(ctx context.Context, n *note, sub string) (start, end int, err error) {
	e, err := store.EntryOf(ctx, b.index, n.entry.ID)
	if err != nil {
		return -1, -1, err
	}
	if id, ok := strings.CutPrefix(sub, "^"); ok {
		data, err := b.bytes(n)
		if err != nil {
			return -1, -1, nil // the note can be shown all the same
		}
		text, _ := vault.Decode(data)
		start, end = block(text, e.Text, id)
		return start, end, nil
	}
	start, end = heading(e.Text, sub)
	return start, end, nil
}

// bytes returns the bytes of a note's file.
func (b *Book) bytes(n *note) ([]byte, error) {
	folder, err := b.vault.Open(n.entry.Kind)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	data, _, err := folder.Read(vault.File{Kind: n.entry.Kind, Path: n.entry.Path, Title: n.entry.Title})
	return data, err
}

// bare returns a heading as links name it: its letters and digits.
func bare(heading string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFC.String(heading))
}

// heading finds a heading in a text, ignoring characters that a link cannot
// contain.
func heading(text, name string) (start, end int) {
	want := bare(name)
	for l := (vault.Lines{S: text}); l.Next(); {
		line := strings.TrimLeft(l.Text, " \t-*+")
		title := strings.TrimLeft(line, "#")
		if l.Code || title == line || want == "" || bare(title) != want {
			continue
		}
		at := l.Start + strings.Index(l.Text, title) + len(title) - len(strings.TrimLeft(title, " \t"))
		return at, l.Start + len(strings.TrimRight(l.Text, " \t\r"))
	}
	return -1, -1
}

// block finds the block of an ID in a note's diary. The diary has no IDs, so
// it is found by its words.
func block(note, diary, id string) (start, end int) {
	before := ""
	for l := (vault.Lines{S: note}); l.Next(); {
		text := strings.TrimSpace(l.Text)
		words, ok := strings.CutSuffix(strings.ToLower(text), "^"+strings.ToLower(id))
		spaced := words == "" || strings.HasSuffix(words, " ") || strings.HasSuffix(words, "\t")
		if !ok || !spaced {
			if text != "" {
				before = text
			}
			continue
		}
		if text = strings.TrimSpace(text[:len(words)]); text == "" {
			text = before // the ID of the block above
		}
		if at := strings.Index(diary, text); at >= 0 && text != "" {
			return at, at + len(text)
		}
		return -1, -1
	}
	return -1, -1
}
