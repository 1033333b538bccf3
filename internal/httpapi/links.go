package httpapi

import (
	"context"
	"strings"

	"daybook"
	"daybook/internal/links"
	"daybook/internal/search"
)

// Links follows the links between notes; see links.Book.
type Links interface {
	Follow(ctx context.Context, from, target string) (links.Target, error)
	Back(ctx context.Context, id string, limit int) ([]links.Backlink, error)
	BackOf(ctx context.Context, day daybook.Date, limit int) ([]links.Backlink, error)
}

// maxBacklinks is how many backlinks are listed.
const maxBacklinks = 200

type followInput struct {
	EntryPath
	Link string `query:"link" required:"true" minLength:"1" maxLength:"1000" doc:"As the note has it, without brackets: a note, note#heading, note#^block, #heading, an alias, a path or a day"`
}

// linkedJSON is a note at the other end of a link.
type linkedJSON struct {
	ID      string   `json:"id"`
	Kind    string   `json:"kind" enum:"daily,evergreen"`
	Date    string   `json:"date"`
	Dates   []string `json:"dates" nullable:"false"`
	Title   string   `json:"title"`
	Path    string   `json:"path" doc:"The note's file, relative to its folder"`
	Private bool     `json:"private"`
}

func linkedOf(e *daybook.Entry) linkedJSON {
	j := entryOf(e)
	return linkedJSON{j.ID, j.Kind, j.Date, j.Dates, j.Title, j.Path, j.Private}
}

type followJSON struct {
	Entry *linkedJSON `json:"entry" doc:"The note; null for a day that has none"`
	Date  *string     `json:"date" doc:"The day that the link means; null where it means a note by another name"`
	Start *int        `json:"start" doc:"Where the heading or the block begins in the note's diary, in Unicode code points; null for the whole note"`
	End   *int        `json:"end"`
}

func (s *server) followLink(ctx context.Context, in *followInput) (*body[followJSON], error) {
	target, err := s.Links.Follow(ctx, in.ID, in.Link)
	if err != nil {
		return nil, err
	}
	var out followJSON
	if !target.Date.IsZero() {
		out.Date = given(target.Date.String())
	}
	if target.Entry.ID == "" {
		return reply(out)
	}
	linked := linkedOf(&target.Entry)
	out.Entry = &linked
	if target.Start >= 0 {
		n, err := s.Notes.Read(ctx, target.Entry.ID)
		if err != nil {
			return nil, err
		}
		at := codePoints{text: n.Diary}
		start, end := at.count(target.Start), at.count(target.End)
		out.Start, out.End = &start, &end
	}
	return reply(out)
}

type backlinkJSON struct {
	Entry   linkedJSON `json:"entry"`
	Excerpt string     `json:"excerpt" doc:"The words around the link, as plain text"`
	Start   int        `json:"start" doc:"Where the link begins in the entry's diary, in Unicode code points"`
	End     int        `json:"end"`
}

type backlinksJSON struct {
	Links []backlinkJSON `json:"links" nullable:"false" doc:"The newest note first, at most 200"`
}

func (s *server) entryBacklinks(ctx context.Context, in *EntryPath) (*body[backlinksJSON], error) {
	list, err := s.Links.Back(ctx, in.ID, maxBacklinks)
	if err != nil {
		return nil, err
	}
	return reply(backlinksOf(list))
}

func (s *server) dayBacklinks(ctx context.Context, in *dayInput) (*body[backlinksJSON], error) {
	day, err := daybook.ParseDate(in.Date)
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Invalid, Field: "path.date", Message: "Enter an existing date as YYYY-MM-DD."}
	}
	list, err := s.Links.BackOf(ctx, day, maxBacklinks)
	if err != nil {
		return nil, err
	}
	return reply(backlinksOf(list))
}

func backlinksOf(list []links.Backlink) backlinksJSON {
	out := backlinksJSON{Links: []backlinkJSON{}}
	for _, l := range list {
		at := codePoints{text: l.Entry.Text}
		start, end := at.count(l.Start), at.count(l.End)
		excerpt, _ := search.Excerpt(paragraph(l.Entry.Text, l.Start, l.End))
		out.Links = append(out.Links, backlinkJSON{linkedOf(&l.Entry), excerpt, start, end})
	}
	return out
}

// paragraph returns the paragraph around a range of a text, and the range in
// it.
func paragraph(text string, start, end int) (around string, marks [][2]int) {
	from := strings.LastIndex(text[:start], "\n\n") + 1
	to := len(text)
	if at := strings.Index(text[end:], "\n\n"); at >= 0 {
		to = end + at
	}
	return text[from:to], [][2]int{{start - from, end - from}}
}
