package diary

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"daybook"
)

// Journal receives what is imported; see notes.Service.
type Journal interface {
	// Begin creates the note of a day that has none, with front matter, given without
	// its fences, and text below a heading; either may be "". It reports false if
	// the day has a note.
	Begin(ctx context.Context, date daybook.Date, front, heading, text string) (began bool, err error)
	// Has reports whether a day has a note, and whether that note has a text.
	Has(ctx context.Context, date daybook.Date, heading, text string) (note, has bool, err error)
	// Append adds text below a heading ("" for none) after the words of a day's
	// note, or in a new note. It reports false if the note already has the
	// text.
	Append(ctx context.Context, date daybook.Date, heading, text string) (added bool, err error)
	// AddFile stores a file among the journal's attachments and returns the
	// name by which a note embeds it. It reports false if the file already
	// exists.
	AddFile(ctx context.Context, name string, content io.Reader) (link string, added bool, err error)
}

// Record remembers which entries were imported, by keys that reveal nothing of them.
type Record interface {
	Has(key string) bool
	Add(key string) error
}

// Count counts what was imported and what already existed.
type Count struct{ In, There int }

// Result is the outcome of importing a source.
type Result struct {
	Entries, Files Count
	// Changed counts entries that were imported before and are different now, in the
	// journal or in the source. They are left as they are.
	Changed int
	Left    []Left
}

// Into writes the source's days into a journal. It changes nothing that exists,
// so that an import can be repeated at any time; nor does it add again what the
// record has and a person has changed since. An entry that cannot be written is in
// the result's Left. The error is the context's, or one that stops the import, such
// as daybook.Unavailable. Progress is called after each day.
func (s *Source) Into(ctx context.Context, j Journal, record Record, progress func(done, total int)) (r Result, err error) {
	r.Left = append(r.Left, s.Left...)
	for i, day := range s.Days {
		in := bringing{Result: &r, journal: j, record: record, kind: s.Kind, day: day, same: map[string]int{}}
		for _, part := range day.Parts {
			if err := in.add(ctx, part); err != nil {
				return r, err
			}
		}
		progress(i+1, len(s.Days))
	}
	return r, nil
}

// bringing is a day that is written into a journal.
type bringing struct {
	*Result
	journal Journal
	record  Record
	kind    Kind
	day     Day
	wrote   bool           // an entry was added to the day's note
	began   bool           // the day's note was made, with all properties
	same    map[string]int // how many entries had an ID, or the same words
}

// key identifies an entry of a source. It is called once for each: of several
// entries with one ID or the same words, each has a key of its own.
func (b *bringing) key(p Part) string {
	id := p.ID
	if id == "" {
		id = b.day.Date.String() + "\n" + p.Text
	}
	b.same[id]++
	if n := b.same[id]; n > 1 {
		id = fmt.Sprintf("%s\n%d", id, n)
	}
	sum := sha256.Sum256([]byte(string(b.kind) + "\n" + id))
	return hex.EncodeToString(sum[:16])
}

func (b *bringing) add(ctx context.Context, p Part) error {
	key, date := b.key(p), b.day.Date
	text, err := b.withFiles(ctx, b.journal, p)
	if err != nil {
		return err
	}
	note, has, err := b.journal.Has(ctx, date, p.Heading, text)
	if err == nil && note && !has && p.bare != "" { // its tags are in the front matter
		_, has, err = b.journal.Has(ctx, date, p.Heading, p.bare)
	}
	switch {
	case err != nil:
	case has:
		b.Entries.There++
		return b.remember(key)
	case note && !b.wrote && b.record.Has(key):
		b.Changed++
		return nil
	default:
		var added bool
		if added, err = b.write(ctx, p, text, note); err == nil && added {
			b.Entries.In++
			b.wrote = true
			return b.remember(key)
		} else if err == nil {
			b.Entries.There++
			return b.remember(key)
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case daybook.KindOf(err) == daybook.Conflict, daybook.KindOf(err) == daybook.Invalid, daybook.KindOf(err) == daybook.TooLarge:
		b.Left = append(b.Left, Left{date.String(), daybook.PublicMessage(err)})
		return nil
	}
	return fmt.Errorf("write the entry of %s: %w", date, err)
}

// write writes an entry into the day's note, or into a new one, which gets the
// properties of all entries of the day.
func (b *bringing) write(ctx context.Context, p Part, text string, note bool) (added bool, err error) {
	if above := front(b.day.Parts); !note && above != "" {
		words := text
		if p.bare != "" && len(b.day.Parts) == 1 {
			words = p.bare
		}
		if b.began, err = b.journal.Begin(ctx, b.day.Date, above, p.Heading, words); err != nil || b.began {
			return b.began, err
		}
	}
	if more := details(p); more != "" && !b.began {
		text += "\n\n" + more
	}
	return b.journal.Append(ctx, b.day.Date, p.Heading, text)
}

func (b *bringing) remember(key string) error {
	if b.record.Has(key) {
		return nil
	}
	if err := b.record.Add(key); err != nil {
		return fmt.Errorf("remember what was imported: %w", err)
	}
	return nil
}

// withFiles keeps the files of an entry and returns its text with links to them.
func (r *Result) withFiles(ctx context.Context, j Journal, p Part) (string, error) {
	text := p.Text
	for i, file := range p.Files {
		link, err := r.file(ctx, j, file)
		if err != nil {
			return "", err
		}
		by := ""
		if link != "" {
			by = "![[" + link + "]]"
		}
		text = strings.ReplaceAll(text, fmt.Sprintf("![](file:%d)", i), by)
	}
	return strings.TrimSpace(text), nil
}

// file stores a file and returns the name by which a note embeds it, "" if it
// cannot be stored.
func (r *Result) file(ctx context.Context, j Journal, f File) (string, error) {
	in, err := f.Open()
	if err != nil {
		r.Left = append(r.Left, Left{f.Name, "it cannot be read"})
		return "", nil
	}
	defer in.Close()
	link, added, err := j.AddFile(ctx, f.Name, in)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case daybook.KindOf(err) == daybook.Invalid, daybook.KindOf(err) == daybook.TooLarge:
		r.Left = append(r.Left, Left{f.Name, daybook.PublicMessage(err)})
		return "", nil
	case err != nil:
		return "", fmt.Errorf("keep a file: %w", err)
	case added:
		r.Files.In++
	default:
		r.Files.There++
	}
	return link, nil
}
