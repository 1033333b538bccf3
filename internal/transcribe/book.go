package transcribe

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/pages"
	"daybook/internal/store"
)

// Page is a page of an entry's scans.
type Page struct {
	Number int    // of all of the entry's pages, from 1
	Scan   string // the scan's path, as in vault.Scan
	Page   int    // of the scan, from 1
	// Start and End are the range of the page's words in the entry's text, as
	// byte offsets; both are -1 if it is unknown, as in a corrected text.
	Start, End int
}

// Book finds and renders the pages of entries. It is safe for concurrent use.
type Book struct {
	Store    store.Scans
	Renderer Renderer
	pictures *pages.Cache[pictureKey] // nil keeps none
}

// pictureKey names the picture of a page: by the page's ImageState, and its size in
// pixels.
type pictureKey struct {
	state   [sha256.Size]byte
	longest int
}

// Keep keeps the pictures of pages that were shown last in memory, limit bytes at most.
// Call it before the Book is used.
func (b *Book) Keep(limit int) { b.pictures = &pages.Cache[pictureKey]{Limit: limit} }

// Placed returns the pages of an entry with a known range in its text, in text
// order. If there are none, it opens no scan.
func (b *Book) Placed(ctx context.Context, e *daybook.Entry) ([]Page, error) {
	if e.Kind != daybook.Daily {
		return nil, nil
	}
	written, err := store.WrittenIn(ctx, b.Store, e.Path)
	if err != nil || len(written.Parts) == 0 {
		return nil, err
	}
	list, err := b.pages(ctx, e, written)
	return slices.DeleteFunc(list, func(p Page) bool { return p.Start < 0 }), err
}

// PageOf returns the number of the page with the largest share of a range of an
// entry's text, or 0 if no page has any of it.
func PageOf(placed []Page, start, end int) (number int) {
	most := 0
	for _, p := range placed {
		if n := min(end, p.End) - max(start, p.Start); p.Start >= 0 && n > most {
			number, most = p.Number, n
		}
	}
	return number
}

// Pages returns the pages of an entry, in the order in which they are read.
func (b *Book) Pages(ctx context.Context, e *daybook.Entry) ([]Page, error) {
	if e.Kind != daybook.Daily {
		return nil, nil
	}
	written, err := store.WrittenIn(ctx, b.Store, e.Path)
	if err != nil {
		return nil, err
	}
	return b.pages(ctx, e, written)
}

func (b *Book) pages(ctx context.Context, e *daybook.Entry, written store.WrittenNote) ([]Page, error) {
	states, err := b.Store.Scans(ctx, e.Path)
	if err != nil {
		return nil, err
	}
	inOrder(states)
	var list []Page
	for _, s := range states {
		if s.Stage == store.Kept && s.Error == store.NoteDeleted {
			continue // erased, so not part of a later note
		}
		if s.Pages == 0 { // Daybook never read it
			info, err := b.Renderer.Inspect(ctx, s.Path)
			if err != nil {
				continue // it can't be rendered either
			}
			s.Pages = info.Pages
		}
		for page := range s.Pages {
			list = append(list, Page{Number: len(list) + 1, Scan: s.Path, Page: page + 1, Start: -1, End: -1})
		}
	}
	place(list, written, e.Text)
	return list, nil
}

// place finds the ranges of the pages in a text, in page order, each after the
// previous one.
func place(list []Page, written store.WrittenNote, text string) {
	at := 0
	for _, part := range written.Parts {
		i := slices.IndexFunc(list, func(p Page) bool { return p.Scan == part.Scan && p.Page == part.Page })
		if i < 0 || part.Start < 0 || part.End > len(written.Text) || part.Start >= part.End {
			continue
		}
		words := written.Text[part.Start:part.End]
		found := strings.Index(text[at:], words)
		if found < 0 { // a note with line ends of its own
			words = strings.ReplaceAll(words, "\n", "\r\n")
			found = strings.Index(text[at:], words)
		}
		if found >= 0 {
			list[i].Start, list[i].End = at+found, at+found+len(words)
			at = list[i].End
		}
	}
}

// Ours reports whether an entry's text may be replaced by a transcription: it
// is empty, or it is the last transcription that was written.
func (b *Book) Ours(ctx context.Context, e *daybook.Entry) (bool, error) {
	if plain(e.Text) == "" {
		return true, nil
	}
	written, err := store.WrittenIn(ctx, b.Store, e.Path)
	return isOurs(written, e.Text), err
}

// ImageState changes when the picture of a page may have changed. It opens no
// file.
func (b *Book) ImageState(p Page) ([sha256.Size]byte, error) {
	info, err := b.Renderer.Stat(p.Scan)
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("stat a scan: %w", err)
	}
	return sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%d\x00%d", p.Scan, p.Page, info.Size(), info.ModTime().UnixNano())), nil
}

// Image renders a page with at most longest pixels on its longest side.
func (b *Book) Image(ctx context.Context, p Page, longest int) (pages.Picture, error) {
	state, err := b.ImageState(p)
	if err != nil || b.pictures == nil { // Render returns what is wrong
		return b.render(ctx, p, longest)
	}
	return b.pictures.Get(ctx, pictureKey{state, longest}, func(ctx context.Context) (pages.Picture, error) { return b.render(ctx, p, longest) })
}

func (b *Book) render(ctx context.Context, p Page, longest int) (pages.Picture, error) {
	made, err := b.Renderer.Render(ctx, p.Scan, p.Page-1, pages.Options{Longest: longest})
	if err != nil {
		return pages.Picture{}, err
	}
	return made[0], nil
}
