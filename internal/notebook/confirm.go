package notebook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"daybook"
	"daybook/internal/notes"
	"daybook/internal/pages"
)

// pictureSize is the length of the longest side of a picture made from a PDF's
// page.
const pictureSize = 4096

// Confirm settles the dates of a notebook and puts its pages into the journal.
// Version must be that of the View that the person saw; otherwise the error is
// daybook.PreconditionFailed. It is daybook.Conflict if pages have no date or
// are still being read. It can be repeated; after a crash, Run continues it.
func (s *Service) Confirm(ctx context.Context, id string, version int) (View, error) {
	v, err := s.Get(ctx, id)
	if err != nil {
		return v, err
	}
	if v.Stage == Open {
		if err := s.settle(ctx, v, version); err != nil {
			return v, err
		}
	}
	if err := s.finish(context.WithoutCancel(ctx), id); err != nil {
		return v, err
	}
	return s.Get(ctx, id)
}

// ready refuses a list that cannot be written yet.
func ready(v View) error {
	undated, unread := 0, 0
	for _, p := range v.Pages {
		if len(p.Dates) == 0 {
			undated++
		}
		pending := p.Stage == PageWaiting || p.Stage == PageReading
		if pending && p.Source != FromYou {
			unread++
		}
	}
	switch {
	case len(v.Pages) == 0:
		return daybook.Errorf(daybook.Conflict, "The notebook has no pages.")
	case unread > 0:
		return daybook.Errorf(daybook.Conflict, "Pages not read yet: %d. Wait, or enter their dates.", unread)
	case undated > 0:
		return daybook.Errorf(daybook.Conflict, "Pages without a date: %d. Enter one for each.", undated)
	}
	return nil
}

// settle fixes the dates of a notebook as the person saw them.
func (s *Service) settle(ctx context.Context, v View, version int) error {
	if v.Version != version {
		return errChanged
	}
	if err := ready(v); err != nil {
		return err
	}
	if err := s.rehearse(ctx, v); err != nil {
		return err
	}
	return s.withBook(v.ID, func(b *book) error {
		if b.Stage != Open {
			return nil // another call confirmed it at the same moment
		}
		if b.version != version {
			return errChanged
		}
		i := 0
		for _, f := range b.Files {
			for _, p := range f.Pages {
				if !p.Removed {
					p.Dates = v.Pages[i].Dates
					i++
				}
			}
		}
		b.Stage = Writing
		if err := b.save(s.Now()); err != nil {
			b.Stage = Open
			return err
		}
		return nil
	})
}

var errChanged = daybook.Errorf(daybook.PreconditionFailed, "The list has changed. Check it again.")

// rehearse finds pages that would be refused later.
func (s *Service) rehearse(ctx context.Context, v View) error {
	seen := map[string]bool{}
	for _, p := range v.Pages {
		if key := fmt.Sprint(p.Dates); !seen[key] {
			seen[key] = true
			if _, err := s.Journal.PlacePaper(ctx, notes.Paper{Dates: p.Dates, Private: v.Private, Type: "jpeg"}); err != nil {
				return err
			}
		}
	}
	return nil
}

// finishAll continues with confirmed notebooks, and deletes the records of
// those that were finished long ago.
func (s *Service) finishAll(ctx context.Context) error {
	var writing, old []string
	err := s.with(func() error {
		for id, b := range s.books {
			switch {
			case b.Stage == Writing:
				writing = append(writing, id)
			case b.Stage == Done && s.Now().Sub(b.Updated) > doneAge:
				old = append(old, id)
			}
		}
		return nil
	})
	if errors.Is(err, errElsewhere) {
		return nil
	}
	for _, id := range writing {
		err = errors.Join(err, s.finish(ctx, id))
	}
	for _, id := range old {
		err = errors.Join(err, s.Delete(ctx, id))
	}
	return err
}

// doneAge is how long the record of a finished notebook is kept.
const doneAge = 30 * 24 * time.Hour

// finish puts the pages of a confirmed notebook into the journal, one after the
// other. It can be repeated after a crash at any point.
func (s *Service) finish(ctx context.Context, id string) error {
	s.placing.Lock()
	defer s.placing.Unlock()
	var b *book
	// A notebook being written is changed only here, and by others that hold
	// placing.
	err := s.withBook(id, func(found *book) error {
		b = found
		return nil
	})
	if err != nil || b.Stage != Writing {
		return err
	}
	if err := s.placeAll(ctx, b); err != nil {
		return err
	}
	err = s.withBook(id, func(b *book) error {
		b.Stage = Done
		if err := b.save(s.Now()); err != nil {
			b.Stage = Writing
			return err
		}
		for _, f := range b.Files {
			s.bytes -= f.Size
			b.erase(f)
			f.Size = 0
			for _, p := range f.Pages {
				p.text, p.heads, p.Read = "", nil, false
			}
		}
		return b.save(s.Now())
	})
	return err
}

// placeAll puts all pages into the journal that it can. A page that fails is
// marked with the reason, and the others continue; an error of the disk stops
// all.
func (s *Service) placeAll(ctx context.Context, b *book) error {
	failed := 0
	var first error
	for _, f := range b.Files {
		for n, err := range s.placeFile(ctx, b, f) {
			if err == nil {
				continue
			}
			if ctx.Err() != nil || daybook.KindOf(err) == daybook.Unavailable {
				return err
			}
			if first == nil {
				first = err
			}
			failed++
			if err := s.markFailed(b, f.Pages[n], err); err != nil {
				return err
			}
		}
	}
	if failed == 0 {
		return nil
	}
	return &daybook.Error{Kind: daybook.Conflict, Err: first,
		Message: fmt.Sprintf("Pages that could not be put into the journal: %d. The others are there. Try again, or remove these pages from the list.", failed)}
}

// markFailed stores why a page is not in the journal.
func (s *Service) markFailed(b *book, p *page, err error) error {
	reason, _ := s.Reason(err)
	return s.with(func() error {
		p.Error = reason
		return b.save(s.Now())
	})
}

// placeFile puts a file into the journal: as it is if all its pages are for the
// same days, else as a picture of each page. It returns the errors of pages
// that could not be added, by their index in the file.
func (s *Service) placeFile(ctx context.Context, b *book, f *file) map[int]error {
	failed := map[int]error{}
	if f.whole() {
		if err := s.placeWhole(ctx, b, f); err != nil {
			for n := range f.Pages {
				failed[n] = err
			}
		}
		return failed
	}
	for n, p := range f.Pages {
		if p.Removed || p.Target.placed() {
			continue
		}
		if err := s.placePage(ctx, b, f, n); err != nil {
			failed[n] = err
			if ctx.Err() != nil {
				break
			}
		}
	}
	return failed
}

// placeWhole puts a file into the journal unchanged.
func (s *Service) placeWhole(ctx context.Context, b *book, f *file) error {
	data, err := os.Open(b.path(f))
	if err != nil {
		if f.Target.placed() {
			return nil
		}
		return fmt.Errorf("open a page of a notebook: %w", err)
	}
	defer data.Close()
	for n, p := range f.Pages {
		if p.Read {
			if err := s.Reader.Keep(ctx, hashOf(f), n+1, p.text); err != nil {
				return err
			}
		}
	}
	return s.place(ctx, b, &f.Target, notes.Paper{Dates: f.Pages[0].Dates, Private: b.Private, Type: f.Type}, data)
}

// whole reports whether a file stays in one piece.
func (f *file) whole() bool {
	for _, p := range f.Pages {
		if p.Removed || p.Target != nil || !slices.Equal(p.Dates, f.Pages[0].Dates) {
			return false
		}
	}
	return true
}

// placePage puts a picture of a page of a document into the journal.
func (s *Service) placePage(ctx context.Context, b *book, f *file, n int) error {
	p := f.Pages[n]
	made, err := s.Renderer.Render(ctx, b.scan(f), n, pages.Options{Longest: pictureSize})
	if err != nil {
		return fmt.Errorf("render a notebook page: %w", err)
	}
	if p.Read {
		if err := s.Reader.Keep(ctx, sha256.Sum256(made[0].Data), 1, p.text); err != nil {
			return err
		}
	}
	kind := "jpeg"
	if made[0].MIME == "image/png" {
		kind = "png"
	}
	return s.place(ctx, b, &p.Target, notes.Paper{Dates: p.Dates, Private: b.Private, Type: kind}, bytes.NewReader(made[0].Data))
}

// mostNames is how many names are tried for a scan.
const mostNames = 5

// place writes a scan into the journal. It records the scan's name on disk
// first, so that after a crash it is written only once.
func (s *Service) place(ctx context.Context, b *book, at **target, paper notes.Paper, content io.ReadSeeker) error {
	for range mostNames {
		if *at == nil {
			to, err := s.Journal.PlacePaper(ctx, paper)
			if err != nil {
				return err
			}
			if err := s.record(b, at, &target{Scan: to.Path, Note: to.Note}); err != nil {
				return err
			}
		}
		if (*at).Placed {
			return nil
		}
		if _, err := content.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("read a page of a notebook: %w", err)
		}
		err := s.Journal.WritePaper(ctx, notes.KeptScan{Path: (*at).Scan, Note: (*at).Note}, paper.Private, content)
		if err == nil {
			return s.record(b, at, &target{Scan: (*at).Scan, Note: (*at).Note, Placed: true})
		}
		if !errors.Is(err, notes.ErrTaken) {
			return err
		}
		if err := s.record(b, at, nil); err != nil {
			return err
		}
	}
	return daybook.Errorf(daybook.Conflict, "The names for the notebook's pages are in use by other files. Try again.")
}

// record stores where a page goes.
func (s *Service) record(b *book, at **target, to *target) error {
	return s.with(func() error {
		before := *at
		*at = to
		if err := b.save(s.Now()); err != nil {
			*at = before
			return err
		}
		return nil
	})
}
