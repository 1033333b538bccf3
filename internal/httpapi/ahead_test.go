package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"daybook"
	"daybook/internal/httpapi"
	"daybook/internal/transcribe"
)

// twoPages has two pages for each note of February 2024.
type twoPages struct{ httpapi.Book }

func (twoPages) Pages(_ context.Context, e *daybook.Entry) ([]transcribe.Page, error) {
	if e.Date().Month != 2 {
		return nil, nil
	}
	return []transcribe.Page{{Number: 1, Scan: "feb.pdf", Page: 3, Start: -1, End: -1}, {Number: 2, Scan: "feb.pdf", Page: 4, Start: -1, End: -1}}, nil
}

// TestPicturesAheadOfTheirRequest makes the picture of the first page when a day is
// opened, and not when notes are listed or one is read.
func TestPicturesAheadOfTheirRequest(t *testing.T) {
	var made []string
	w := newWorld(t, options{config: func(c *httpapi.Config) {
		c.Book = twoPages{}
		c.Ahead = func(p transcribe.Page, longest int) {
			made = append(made, fmt.Sprintf("%s %d %d", p.Scan, p.Page, longest))
		}
	}})
	opened := func(path string, want ...string) {
		t.Helper()
		made = nil
		if status, body := w.do(http.MethodGet, path, nil); status != http.StatusOK || !slices.Equal(made, want) {
			t.Errorf("%s: made %q, want %q: %d %.200s", path, made, want, status, body)
		}
	}
	opened("/days/2024-01-05")
	opened("/entries?text=true")
	opened("/days/2024-02-10", "feb.pdf 3 1600")
	day := get[struct{ Entries []struct{ ID string } }](w, http.MethodGet, "/days/2024-02-10", nil)
	opened("/entries/" + day.Entries[0].ID)
}
