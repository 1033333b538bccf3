package httpapi

import (
	"context"
	"crypto/sha256"
	"slices"
	"testing"

	"daybook"
	"daybook/internal/notes"
	"daybook/internal/pages"
	"daybook/internal/transcribe"
)

type oneNote struct{ Notes }

func (oneNote) Read(context.Context, string) (notes.Note, error) { return notes.Note{}, nil }

type onePage struct{ Book }

func (onePage) Pages(context.Context, *daybook.Entry) ([]transcribe.Page, error) {
	return []transcribe.Page{{Number: 1, Scan: "a.jpg", Page: 1}}, nil
}

func (onePage) ImageState(transcribe.Page) (state [sha256.Size]byte, err error) { return state, nil }

func (onePage) Image(context.Context, transcribe.Page, int) (pages.Picture, error) {
	return pages.Picture{MIME: "image/jpeg"}, nil
}

// TestPicturesAheadFitTheScreen checks the size of the pictures that are made before
// they are requested.
func TestPicturesAheadFitTheScreen(t *testing.T) {
	var made []int
	s := &server{Config: Config{Notes: oneNote{}, Book: onePage{}, Ahead: func(_ transcribe.Page, longest int) { made = append(made, longest) }}}
	note := &NoteJSON{Pages: []pageJSON{{Number: 1, File: "a.jpg", Page: 1}}}
	s.showAhead(note)
	for _, longest := range []int{800, 3200, 1200} { // 3200 is zoomed
		if _, err := s.pageImage(t.Context(), &pageImageInput{Number: 1, Longest: longest}); err != nil {
			t.Fatal(err)
		}
		s.showAhead(note)
	}
	if want := []int{1600, 800, 800, 1200}; !slices.Equal(made, want) {
		t.Errorf("pictures were made ahead in the sizes %v, want %v", made, want)
	}
}
