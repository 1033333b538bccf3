package notebook

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"daybook"
)

// Failed pages are tried again after a minute, and then after twice as long each
// time. If the page is not the cause, it is retried about every hour, indefinitely.
const (
	firstRetry = time.Minute
	lookEvery  = 30 * time.Second
)

// job is a page to read.
type job struct {
	book, key, scan string
	page            int // from 1
	hash            [32]byte
}

// Run reads the pages of all notebooks, and finishes confirmed ones, until ctx
// ends.
func (s *Service) Run(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var readers sync.WaitGroup
	defer readers.Wait()
	tokens := make(chan struct{}, cmp.Or(s.AtOnce, 8))
	for {
		if err := s.finishAll(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("add a notebook to the journal", "err", err)
		}
		for {
			select {
			case tokens <- struct{}{}:
			case <-ctx.Done():
				return
			}
			j, ok := s.next()
			if !ok {
				<-tokens
				break
			}
			readers.Go(func() {
				s.read(ctx, j)
				<-tokens
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-ticker.C:
		}
	}
}

// next returns the next page that is due.
func (s *Service) next() (j job, ok bool) {
	if !s.Reader.Ready() {
		return j, false
	}
	err := s.with(func() error {
		for _, b := range s.books {
			if b.Private || b.Stage != Open {
				continue
			}
			for _, f := range b.Files {
				for n, p := range f.Pages {
					if !s.due(p) {
						continue
					}
					p.busy = true
					j, ok = job{b.ID, f.Key, b.scan(f), n + 1, hashOf(f)}, true
					return nil
				}
			}
		}
		return nil
	})
	return j, ok && err == nil
}

func (s *Service) due(p *page) bool {
	if p.Read || p.Removed || p.busy {
		return false
	}
	if p.Error == "" {
		return true
	}
	waited := s.Now().Sub(p.Tried) // negative if the clock was set back
	passed := waited < 0 || waited >= firstRetry<<max(0, p.Attempts-1)
	return passed && p.Attempts < mostAttempts
}

// read reads a page and stores its words.
func (s *Service) read(ctx context.Context, j job) {
	text, err := s.Reader.Read(ctx, j.scan, j.hash, j.page)
	keep := s.withBook(j.book, func(b *book) error {
		f, ok := b.file(j.key)
		if !ok || j.page > len(f.Pages) {
			return nil // it was removed in the meantime
		}
		p := f.Pages[j.page-1]
		p.busy = false
		if ctx.Err() != nil || p.Removed || b.Private || b.Stage == Done {
			return nil
		}
		if err != nil {
			s.failed(p, err)
			return b.save(s.Now())
		}
		if err := writeFile(b.textFile(f, j.page-1), []byte(text)); err != nil {
			return unavailable("keep the words of a page", err)
		}
		p.Read, p.Error, p.text = true, "", text
		p.heads, p.continues = heads(text, s.MonthFirst)
		return b.save(s.Now())
	})
	if keep != nil && !errors.Is(keep, errGone) && ctx.Err() == nil {
		s.Log.Error("store the words of a notebook page", "kind", daybook.KindOf(keep), "err", keep)
	}
}

// failed records why a page was not read.
func (s *Service) failed(p *page, err error) {
	reason, fault := s.Reason(err)
	p.Error, p.Tried = reason, s.Now()
	if p.Attempts++; !fault {
		p.Attempts = min(p.Attempts, mostAttempts-1)
	}
	s.Log.Warn("could not read a notebook page", "kind", daybook.KindOf(err), "err", err)
}
