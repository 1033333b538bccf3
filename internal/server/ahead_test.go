package server

import (
	"context"
	"io/fs"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"daybook/internal/pages"
	"daybook/internal/transcribe"
)

// slowPages takes a second for a page.
type slowPages struct {
	transcribe.Renderer
	made, left atomic.Int32
	info       fs.FileInfo
}

func (s *slowPages) Stat(string) (fs.FileInfo, error) { return s.info, nil }

func (s *slowPages) Render(ctx context.Context, _ string, _ int, _ pages.Options) ([]pages.Picture, error) {
	select {
	case <-time.After(time.Second):
		s.made.Add(1)
		return []pages.Picture{{MIME: "image/jpeg", Data: []byte("a page")}}, nil
	case <-ctx.Done():
		s.left.Add(1)
		return nil, ctx.Err()
	}
}

// TestAhead makes a picture before it is requested, once for both, and none after close.
func TestAhead(t *testing.T) {
	info, err := os.Stat(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		renderer := &slowPages{info: info}
		book := &transcribe.Book{Renderer: renderer}
		a := newAhead(book, pictureBytes)
		one, two := transcribe.Page{Scan: "a.jpg", Page: 1}, transcribe.Page{Scan: "b.jpg", Page: 1}
		a.show(one, 1600)
		a.show(two, 1600) // ignored: one is being made
		time.Sleep(900 * time.Millisecond)
		began := time.Now()
		if p, err := book.Image(t.Context(), one, 1600); err != nil || string(p.Data) != "a page" {
			t.Error(err)
		}
		if took := time.Since(began); took > 100*time.Millisecond || renderer.made.Load() != 1 {
			t.Errorf("%s, made %d", took, renderer.made.Load())
		}
		if _, err := book.Image(t.Context(), one, 400); err != nil || renderer.made.Load() != 2 {
			t.Errorf("another size: made %d, %v", renderer.made.Load(), err)
		}
		a.show(two, 1600)
		synctest.Wait()
		a.close()
		if renderer.left.Load() != 1 {
			t.Error("close does not stop what runs")
		}
		a.show(two, 1600)
		synctest.Wait()
		if renderer.left.Load() != 1 || renderer.made.Load() != 2 {
			t.Error("a picture is made after close")
		}
	})
}
