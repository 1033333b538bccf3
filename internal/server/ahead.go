package server

import (
	"context"
	"sync"

	"daybook/internal/transcribe"
)

// pictureBytes bounds the pictures of pages that are kept in memory: of one journal,
// and of each account's.
const (
	pictureBytes        = 24 << 20
	accountPictureBytes = 3 << 20
)

// ahead makes pictures of pages before they are requested, one at a time. Requests for
// others meanwhile are ignored: whoever turns pages quickly does not look at each.
type ahead struct {
	book *transcribe.Book

	mu   sync.Mutex
	busy bool
	stop context.CancelFunc
	ctx  context.Context
	wg   sync.WaitGroup
}

// newAhead returns an ahead for the pages of a book, which may keep so many bytes of
// pictures.
func newAhead(book *transcribe.Book, bytes int) *ahead {
	book.Keep(bytes)
	a := &ahead{book: book}
	a.ctx, a.stop = context.WithCancel(context.Background())
	return a
}

// show makes the picture of a page in the background.
func (a *ahead) show(p transcribe.Page, longest int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.busy || a.ctx.Err() != nil {
		return
	}
	a.busy = true
	a.wg.Go(func() {
		_, _ = a.book.Image(a.ctx, p, longest) // who requests it is told what is wrong
		a.mu.Lock()
		defer a.mu.Unlock()
		a.busy = false
	})
}

// close stops what runs, and waits for it.
func (a *ahead) close() {
	a.mu.Lock()
	a.stop()
	a.mu.Unlock()
	a.wg.Wait()
}
