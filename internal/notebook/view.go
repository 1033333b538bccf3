package notebook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"daybook"
	"daybook/internal/pages"
)

// View is a notebook as it is now.
type View struct {
	ID      string
	Name    string
	Private bool
	Stage   Stage
	Created string // RFC 3339
	Version int    // changes whenever the list of pages does
	Pages   []PageView
	Waiting int // pages not read yet
	Failed  int // pages that could not be read
	Reads   bool
}

// PageStage is a page's progress.
type PageStage string

// The stages of a page.
const (
	PageWaiting PageStage = "waiting" // to be read
	PageReading PageStage = "reading"
	PageRead    PageStage = "read"
	PageFailed  PageStage = "failed"  // to be retried
	PageUnread  PageStage = "unread"  // no model is set
	PagePrivate PageStage = "private" // it is never sent
)

// PageView is a page and what is known about it.
type PageView struct {
	ID     string
	Number int // from 1
	File   string
	Name   string // of the file, as it was sent
	Stage  PageStage
	Error  string
	Words  string // the first
	Blank  bool   // read, and without words
	Dated
	Note, Scan string // in the journal, once it is there
}

// firstWords is how many characters of a page are shown in the list.
const firstWords = 160

// mostAttempts is how often reading a page is tried automatically.
const mostAttempts = 8

// List returns all notebooks, the latest first, without their pages.
func (s *Service) List(context.Context) (list []View, err error) {
	err = s.with(func() error {
		for _, b := range s.books {
			list = append(list, s.view(b))
		}
		return nil
	})
	slices.SortFunc(list, func(a, b View) int { return cmp.Or(strings.Compare(b.Created, a.Created), strings.Compare(a.ID, b.ID)) })
	return list, err
}

// Get returns a notebook.
func (s *Service) Get(_ context.Context, id string) (view View, err error) {
	err = s.withBook(id, func(b *book) error {
		view = s.view(b)
		return nil
	})
	return view, err
}

// view describes a notebook. The caller holds the lock.
func (s *Service) view(b *book) View {
	v := View{ID: b.ID, Name: b.Name, Private: b.Private, Stage: b.Stage, Created: b.Created.UTC().Format("2006-01-02T15:04:05Z"), Version: b.version, Reads: s.Reader.Ready(), Pages: []PageView{}}
	dated := s.dates(b)
	for _, f := range b.Files {
		for n, p := range f.Pages {
			if p.Removed {
				continue
			}
			view := PageView{ID: pageID(f, n), Number: len(v.Pages) + 1, File: f.Key, Name: f.Name, Stage: s.stage(b, p), Error: p.Error, Words: beginning(p.text), Blank: p.Read && p.text == "", Dated: dated[len(v.Pages)]}
			if b.Stage != Open {
				view.Dated = Dated{Dates: p.Dates, Source: FromYou}
			}
			if t := targetOf(f, p); t != nil {
				view.Note, view.Scan = t.Note, t.Scan
			}
			if b.Stage == Writing && p.Error != "" && !placed(f, p) {
				view.Stage = PageFailed
			}
			switch view.Stage {
			case PageWaiting, PageReading:
				v.Waiting++
			case PageFailed:
				v.Failed++
			}
			v.Pages = append(v.Pages, view)
		}
	}
	return v
}

// placed reports whether a page is in the journal.
func placed(f *file, p *page) bool {
	t := targetOf(f, p)
	return t != nil && t.Placed
}

func targetOf(f *file, p *page) *target {
	if f.Target != nil {
		return f.Target
	}
	return p.Target
}

func (s *Service) stage(b *book, p *page) PageStage {
	switch {
	case b.Private:
		return PagePrivate
	case p.Read:
		return PageRead
	case p.busy:
		return PageReading
	case p.Error != "":
		return PageFailed
	case !s.Reader.Ready():
		return PageUnread
	}
	return PageWaiting
}

// dates resolves the dates of the pages that were not removed.
func (s *Service) dates(b *book) []Dated {
	var list []PageDates
	for _, f := range b.Files {
		for _, p := range f.Pages {
			if !p.Removed {
				list = append(list, PageDates{Heads: p.heads, Continues: p.continues, Given: p.Given})
			}
		}
	}
	return resolve(list, s.Today())
}

// beginning returns the first words of a text, on one line.
func beginning(text string) string {
	if len(text) > 4*firstWords { // look no further
		text = text[:4*firstWords]
		for !utf8.ValidString(text) {
			text = text[:len(text)-1]
		}
	}
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > firstWords {
		return strings.TrimSpace(string(runes[:firstWords])) + "…"
	}
	return text
}

// Change is a change of a page. Nil fields stay the same.
type Change struct {
	Dates    *[]daybook.Date // if empty, the dates written on the page count
	Position *int            // of its file
}

// Edit changes a page, and returns the notebook: the dates of other pages may
// follow.
func (s *Service) Edit(_ context.Context, id, pageID string, c Change) (view View, err error) {
	if c.Dates != nil {
		if err := checkDates(*c.Dates); err != nil {
			return view, err
		}
	}
	err = s.withBook(id, func(b *book) error {
		f, n, ok := b.find(pageID)
		switch {
		case !ok:
			return errGone
		case b.Stage != Open:
			return errConfirmed
		}
		before, position := f.Pages[n].Given, f.Position
		if c.Dates != nil {
			f.Pages[n].Given = unique(*c.Dates)
		}
		if c.Position != nil {
			f.Position = *c.Position
			b.inOrder()
		}
		if err := b.save(s.Now()); err != nil {
			f.Pages[n].Given, f.Position = before, position
			b.inOrder()
			return err
		}
		view = s.view(b)
		return nil
	})
	return view, err
}

func checkDates(days []daybook.Date) error {
	if len(days) > maxDays {
		return &daybook.Error{Kind: daybook.Invalid, Field: "body.dates", Message: fmt.Sprintf("A page can have at most %d days.", maxDays)}
	}
	for _, d := range days {
		if !d.Valid() {
			return &daybook.Error{Kind: daybook.Invalid, Field: "body.dates", Message: "Enter an existing date as YYYY-MM-DD."}
		}
	}
	return nil
}

// errBusy is the error for changing a notebook whose pages are being added to
// the journal.
var errBusy = daybook.Errorf(daybook.Conflict, "The notebook is being added to the journal. Wait until that is done.")

// Remove removes a page; from a confirmed notebook, only one that could not be
// added to the journal. The last page of a file takes the file, and what was
// read from it, with it.
func (s *Service) Remove(ctx context.Context, id, pageID string) (view View, err error) {
	var gone []*file
	defer s.notify() // it may have been the last obstacle
	err = s.withBook(id, func(b *book) error {
		f, n, ok := b.find(pageID)
		switch {
		case !ok:
			return errGone
		case b.Stage == Done:
			return errConfirmed
		case b.Stage == Writing:
			if !s.placing.TryLock() {
				return errBusy
			}
			defer s.placing.Unlock()
			if placed(f, f.Pages[n]) {
				return daybook.Errorf(daybook.Conflict, "The page is in the journal already. Delete it there.")
			}
		}
		target := f.Target
		if b.Stage == Writing {
			f.Target = nil // its other pages are added one by one
		}
		f.Pages[n].Removed = true
		before := b.Files
		if !slices.ContainsFunc(f.Pages, func(p *page) bool { return !p.Removed }) {
			b.Files = slices.DeleteFunc(slices.Clone(b.Files), func(other *file) bool { return other == f })
			gone = append(gone, f)
		}
		if err := b.save(s.Now()); err != nil {
			f.Pages[n].Removed, f.Target, b.Files, gone = false, target, before, nil
			return err
		}
		for _, f := range gone {
			s.bytes -= f.Size
			b.erase(f)
		}
		view = s.view(b)
		return nil
	})
	return view, errors.Join(err, s.forget(ctx, gone))
}

// erase removes a file that no longer belongs to the notebook. If that fails,
// the next start does it.
func (b *book) erase(f *file) {
	_ = os.Remove(b.path(f))
	for n := range f.Pages {
		_ = os.Remove(b.textFile(f, n))
	}
}

// Delete erases a notebook, its pages and what was read from them. Pages in the
// journal stay there. While pages are being added, it waits.
func (s *Service) Delete(ctx context.Context, id string) error {
	s.placing.Lock()
	defer s.placing.Unlock()
	var gone []*file
	err := s.withBook(id, func(b *book) error {
		if b.Stage != Done {
			gone = slices.DeleteFunc(slices.Clone(b.Files), func(f *file) bool {
				return slices.ContainsFunc(f.Pages, func(p *page) bool { return placed(f, p) })
			})
		}
		if err := os.RemoveAll(b.dir); err != nil {
			return unavailable("delete a notebook", err)
		}
		s.bytes -= b.size()
		delete(s.books, id)
		return nil
	})
	return errors.Join(err, s.forget(ctx, gone))
}

// Retry reads the pages that could not be read again now.
func (s *Service) Retry(_ context.Context, id string) (view View, err error) {
	err = s.withBook(id, func(b *book) error {
		for _, f := range b.Files {
			for _, p := range f.Pages {
				p.Error, p.Attempts = "", 0
			}
		}
		view = s.view(b)
		return b.save(s.Now())
	})
	s.notify()
	return view, err
}

// Image returns the picture of a page.
func (s *Service) Image(ctx context.Context, id, pageID string, longest int) (pages.Picture, error) {
	var scan string
	var number int
	err := s.withBook(id, func(b *book) error {
		f, n, ok := b.find(pageID)
		if !ok || b.Stage == Done {
			return errGone
		}
		scan, number = b.scan(f), n
		return nil
	})
	if err != nil {
		return pages.Picture{}, err
	}
	made, err := s.Renderer.Render(ctx, scan, number, pages.Options{Longest: longest})
	if err != nil {
		return pages.Picture{}, err
	}
	return made[0], nil
}
