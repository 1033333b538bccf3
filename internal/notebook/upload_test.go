package notebook

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/pages"
)

// onePage takes everything for a photograph.
type onePage struct{ Renderer }

func (onePage) Inspect(context.Context, string) (pages.Info, error) {
	return pages.Info{Type: "jpeg", Pages: 1}, nil
}

// unset is a Reader without a model.
type unset struct{ Reader }

func (unset) Ready() bool { return false }

// Names that some file systems treat as equal never replace each other.
func TestNamesInDifferentCase(t *testing.T) {
	s := New(Config{
		Dir: filepath.Join(t.TempDir(), "notebooks"), Renderer: onePage{}, Reader: unset{}, Now: time.Now,
		Today: func() daybook.Date { return daybook.DateOf(time.Now()) },
	})
	defer s.Close()
	if _, err := s.Put(t.Context(), "Notebook1", About{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(t.Context(), "notebook1", About{}); daybook.KindOf(err) != daybook.Conflict {
		t.Errorf("another notebook: %v", err)
	}
	add := func(key, content string) error {
		_, err := s.Add(t.Context(), Upload{Notebook: "Notebook1", Key: key, Content: strings.NewReader(content)})
		return err
	}
	if err := add("PageOne1", "one"); err != nil {
		t.Fatal(err)
	}
	if err := add("pageone1", "two"); daybook.KindOf(err) != daybook.Conflict {
		t.Errorf("another file: %v", err)
	}
	for _, key := range []string{"PageOne1", "PageTwo2"} { // again, and the same bytes
		if err := add(key, "one"); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}
