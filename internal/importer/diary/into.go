package diary

import (
	"context"
	"fmt"
	"io"
	"strings"

	"daybook"
)

// Journal receives what is imported; see notes.Service.
type Journal interface {
	// Append adds text below a heading ("" for none) after the words of a day's
	// note, or in a new note. It reports false if the note already has the
	// text.
	Append(ctx context.Context, date daybook.Date, heading, text string) (added bool, err error)
	// AddFile stores a file among the journal's attachments and returns the
	// name by which a note embeds it. It reports false if the file already
	// exists.
	AddFile(ctx context.Context, name string, content io.Reader) (link string, added bool, err error)
}

// Count counts what was imported and what already existed.
type Count struct{ In, There int }

// Result is the outcome of importing a source.
type Result struct {
	Entries, Files Count
	Left           []Left
}

// Into writes the source's days into a journal. It changes nothing that exists,
// so that an import can be repeated at any time. An entry that cannot be
// written is in the result's Left. The error is the context's, or one that
// stops the import, such as daybook.Unavailable. Progress is called after each
// day.
func (s *Source) Into(ctx context.Context, j Journal, progress func(done, total int)) (r Result, err error) {
	r.Left = append(r.Left, s.Left...)
	for i, day := range s.Days {
		for _, part := range day.Parts {
			if err := r.add(ctx, j, day.Date, part); err != nil {
				return r, err
			}
		}
		progress(i+1, len(s.Days))
	}
	return r, nil
}

func (r *Result) add(ctx context.Context, j Journal, date daybook.Date, p Part) error {
	text := p.Text
	for i, file := range p.Files {
		link, err := r.file(ctx, j, file)
		if err != nil {
			return err
		}
		by := ""
		if link != "" {
			by = "![[" + link + "]]"
		}
		text = strings.ReplaceAll(text, fmt.Sprintf("![](file:%d)", i), by)
	}
	added, err := j.Append(ctx, date, p.Heading, strings.TrimSpace(text))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case daybook.KindOf(err) == daybook.Conflict, daybook.KindOf(err) == daybook.Invalid, daybook.KindOf(err) == daybook.TooLarge:
		r.Left = append(r.Left, Left{date.String(), daybook.PublicMessage(err)})
	case err != nil:
		return fmt.Errorf("write the entry of %s: %w", date, err)
	case added:
		r.Entries.In++
	default:
		r.Entries.There++
	}
	return nil
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
