package httpapi

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"

	"daybook"
	"daybook/internal/notes"
	"daybook/internal/pages"
	"daybook/internal/search"
	"daybook/internal/transcribe"
)

// Book provides the pages of entries; see transcribe.Book.
type Book interface {
	Pages(ctx context.Context, e *daybook.Entry) ([]transcribe.Page, error)
	Placed(ctx context.Context, e *daybook.Entry) ([]transcribe.Page, error)
	Ours(ctx context.Context, e *daybook.Entry) (bool, error)
	Image(ctx context.Context, p transcribe.Page, longest int) (pages.Picture, error)
	ImageState(p transcribe.Page) ([sha256.Size]byte, error)
}

// pageJSON is a page of an entry's scan.
type pageJSON struct {
	Number int    `json:"number" doc:"Number among all of the entry's pages, from 1"`
	File   string `json:"file" doc:"The scan, relative to the journal's folder"`
	Page   int    `json:"page" doc:"Page of the scan, from 1"`
	Start  *int   `json:"start" doc:"Where its words begin in the entry's diary, in Unicode code points. Null where that is not known, as in a text that was corrected"`
	End    *int   `json:"end"`
	Image  string `json:"image" doc:"The path of its picture"`
}

// pagesOf returns the pages of an entry, if they are known.
func (s *server) pagesOf(ctx context.Context, e *daybook.Entry) ([]pageJSON, error) {
	if s.Book == nil {
		return []pageJSON{}, nil
	}
	list, err := s.Book.Pages(ctx, e)
	if err != nil {
		return nil, err
	}
	out := make([]pageJSON, len(list))
	at := codePoints{text: e.Text}
	for i, p := range list {
		out[i] = pageJSON{Number: p.Number, File: p.Scan, Page: p.Page, Image: fmt.Sprintf("%s/entries/%s/pages/%d/image", s.BasePath, e.ID, p.Number)}
		if p.Start >= 0 {
			start, end := at.count(p.Start), at.count(p.End)
			out[i].Start, out[i].End = &start, &end
		}
	}
	return out, nil
}

// showAhead makes the picture of a note's first page, which the page requests as soon as
// it shows the day. Its size is the one requested last, which fits the screen.
func (s *server) showAhead(n *NoteJSON) {
	if s.Ahead != nil && len(n.Pages) > 0 {
		p := n.Pages[0]
		s.Ahead(transcribe.Page{Number: p.Number, Scan: p.File, Page: p.Page}, cmp.Or(int(s.longest.Load()), defaultLongest))
	}
}

// defaultLongest is the default size of a page's picture. Larger ones are zoomed.
const defaultLongest = 1600

// pageOf returns the page number of a passage, nil if it is unknown. It is the
// page with most of the searched words or, without any, with most of the
// passage.
func pageOf(placed []transcribe.Page, shown *search.Shown) *int {
	start := shown.Passage.Start
	words := map[int]int{}
	best := 0
	for _, m := range shown.Marks {
		if n := transcribe.PageOf(placed, start+m[0], start+m[1]); n != 0 {
			if words[n]++; words[n] > words[best] {
				best = n
			}
		}
	}
	if best == 0 {
		best = transcribe.PageOf(placed, start, shown.Passage.End)
	}
	if best == 0 {
		return nil
	}
	return &best
}

// pageInput is the part of a path that names a page.
type pageInput struct {
	Writing
	Number int `path:"n" minimum:"1" maximum:"10000"`
}

type pageImageInput struct {
	EntryPath
	Number int `path:"n" minimum:"1" maximum:"10000"`
	Condition
	Longest int `query:"longest" default:"1600" minimum:"64" maximum:"4096" doc:"The longest side of the picture, in pixels"`
}

// readPageAgain transcribes a page again, and responds without waiting for it.
func (s *server) readPageAgain(ctx context.Context, in *pageInput) (*body[ingestJSON], error) {
	hash, err := s.match(ctx, in.Writing)
	if err != nil {
		return nil, err
	}
	n, p, err := s.page(ctx, in.ID, in.Number)
	if err != nil {
		return nil, err
	}
	if hash != (notes.Hash{}) && n.Hash != hash {
		return nil, errNotThatEntry
	}
	switch ours, err := s.Book.Ours(ctx, &n.Entry); {
	case err != nil:
		return nil, err
	case !ours:
		return nil, daybook.Errorf(daybook.Conflict, "This text was typed or corrected by hand. It was not replaced.")
	}
	if err := s.Ingest.ReadAgain(ctx, p.Scan, p.Page); err != nil {
		return nil, err
	}
	return s.ingest(ctx, nil)
}

// page finds a page of an entry by its number.
func (s *server) page(ctx context.Context, id string, number int) (notes.Note, transcribe.Page, error) {
	n, err := s.Notes.Read(ctx, id)
	if err != nil {
		return n, transcribe.Page{}, err
	}
	list, err := s.Book.Pages(ctx, &n.Entry)
	if err != nil {
		return n, transcribe.Page{}, err
	}
	if number > len(list) {
		return n, transcribe.Page{}, daybook.Errorf(daybook.NotFound, "Page not found in this entry.")
	}
	return n, list[number-1], nil
}

type pageImage struct {
	Status       int
	ETag         string `header:"ETag"`
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

// pageImage serves the picture of a page. Browsers must revalidate it each
// time, so that it cannot be seen after signing out.
func (s *server) pageImage(ctx context.Context, in *pageImageInput) (*pageImage, error) {
	_, p, err := s.page(ctx, in.ID, in.Number)
	if err != nil {
		return nil, err
	}
	if in.Longest <= defaultLongest {
		s.longest.Store(int64(in.Longest))
	}
	out := &pageImage{Status: http.StatusOK, CacheControl: "private, no-cache"}
	if state, err := s.Book.ImageState(p); err == nil { // otherwise Image returns what is wrong
		state = sha256.Sum256(fmt.Appendf(state[:], "%d %s", in.Longest, s.Version))
		out.ETag = etagOf(state)
		if fits, err := in.fits(state); err != nil || fits {
			out.Status = http.StatusNotModified
			return out, err
		}
	}
	picture, err := s.Book.Image(ctx, p, in.Longest)
	if err != nil {
		return nil, err
	}
	out.ContentType, out.Body = picture.MIME, picture.Data
	return out, nil
}
