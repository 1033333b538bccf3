package notes

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/vault"
	"daybook/internal/vault/edit"
)

// Paper is one or more pages of a notebook for the days of one note.
type Paper struct {
	Dates   []daybook.Date
	Private bool   // whether its note must be private
	Type    string // as in pages.Info
}

// ErrTaken means that another scan already has the name.
var ErrTaken = errors.New("the scan's name is taken")

// PlacePaper returns where the next scan of some days goes: beside the note for
// exactly these days. If that note has typed text, or if only the note or only
// the scan is private, the scan gets a note of its own, such as "06-04-2019
// Notebook.md". PlacePaper writes nothing.
func (s *Service) PlacePaper(ctx context.Context, p Paper) (KeptScan, error) {
	ext, ok := extensions[p.Type]
	if !ok || len(p.Dates) == 0 {
		return KeptScan{}, daybook.Errorf(daybook.Internal, "A page has no day, or the unknown type %q.", p.Type)
	}
	if err := s.present(ctx, daybook.Daily); err != nil {
		return KeptScan{}, err
	}
	listing, err := s.list(ctx)
	if err != nil {
		return KeptScan{}, err
	}
	note, err := s.paperNote(ctx, listing.Files, p)
	if err != nil {
		return KeptScan{}, err
	}
	root, err := s.openDaily()
	if err != nil {
		return KeptScan{}, err
	}
	defer root.Close()
	n, err := nextNumber(root, note)
	if errors.Is(err, fs.ErrNotExist) { // the folder does not exist yet
		n, err = 1, nil
	}
	if err != nil {
		return KeptScan{}, err
	}
	if n >= mostScans {
		return KeptScan{}, daybook.Errorf(daybook.Conflict, "%s already has %d scans.", p.Dates[0], mostScans)
	}
	return KeptScan{Path: scanName(note, n, ext), Note: note.Path}, nil
}

func scanName(note vault.File, n int, ext string) string {
	if n > 1 {
		return path.Join(path.Dir(note.Path), fmt.Sprintf("%s %d%s", note.Title, n, ext))
	}
	return path.Join(path.Dir(note.Path), note.Title+ext)
}

func (s *Service) openDaily() (*os.Root, error) {
	root, err := os.OpenRoot(s.folders[daybook.Daily])
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Unavailable, Message: "The journal's folder, " + s.folders[daybook.Daily] + ", cannot be opened.", Err: err}
	}
	return root, nil
}

// ownNote follows the days in the name of a note that only holds scans.
const ownNote = " Notebook"

// mostTitles is the maximum number of notes of one day to look at.
const mostTitles = 20

// paperNote finds or names the note of a scan.
func (s *Service) paperNote(ctx context.Context, files []vault.File, p Paper) (vault.File, error) {
	for _, f := range files {
		if sameDays(f.Dates, p.Dates) {
			if ok, err := s.takesPaper(ctx, f.Path, p.Private); ok || err != nil {
				return f, err
			}
		}
	}
	base, err := s.placeDays(files, p.Dates)
	if err != nil {
		return base, err
	}
	word := ownNote
	if p.Private {
		word = " Private"
	}
	for n := range mostTitles {
		title := base.Title
		switch {
		case n == 1:
			title += word
		case n > 1:
			title += fmt.Sprintf("%s %d", word, n)
		}
		f := vault.File{Kind: daybook.Daily, Path: path.Join(path.Dir(base.Path), title+".md"), Title: title, Dates: p.Dates}
		if !sameDays(s.vault.DatesOf(strings.TrimSuffix(f.Path, ".md")), p.Dates) {
			break // the date formats have no room for a title
		}
		if ok, err := s.takesPaper(ctx, f.Path, p.Private); ok || err != nil {
			return f, err
		}
	}
	if p.Private {
		return base, daybook.Errorf(daybook.Conflict, "%s has a note that is not private, and the date format leaves no name for another.", p.Dates[0])
	}
	return base, nil // it is kept beside the typed words, and reported
}

func sameDays(a, b []daybook.Date) bool {
	sorted := func(list []daybook.Date) []daybook.Date {
		return slices.SortedFunc(slices.Values(list), daybook.Date.Compare)
	}
	return slices.Equal(sorted(a), sorted(b))
}

// placeDays names a note for several days as the vault does, or for the first
// day if the vault's format has no way to.
func (s *Service) placeDays(files []vault.File, days []daybook.Date) (vault.File, error) {
	first, err := s.place(files, days[0])
	if err != nil || len(days) == 1 {
		return first, err
	}
	titles := []string{first.Title}
	for _, d := range days[1:] {
		f, err := s.place(files, d)
		if err != nil {
			return f, err
		}
		titles = append(titles, f.Title)
	}
	title := strings.Join(titles, "_")
	file := vault.File{Kind: daybook.Daily, Path: path.Join(path.Dir(first.Path), title+".md"), Title: title, Dates: days}
	if !sameDays(s.vault.DatesOf(strings.TrimSuffix(file.Path, ".md")), days) {
		return first, nil
	}
	return file, nil
}

// takesPaper reports whether the words of scans may be written into the note at
// a path: it does not exist, or only has words transcribed by Daybook.
func (s *Service) takesPaper(ctx context.Context, note string, private bool) (bool, error) {
	data, err := s.read(ctx, daybook.Daily, note)
	if missing(err) || errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	file := vault.File{Kind: daybook.Daily, Path: note, Title: path.Base(vault.Stem(note))}
	parsed, err := vault.Parse(file, data)
	if err != nil || s.vault.PrivateNote(file, data) != private {
		return false, nil // one that cannot be read is left alone
	}
	if parsed.Text == "" {
		return private || !parsed.FrontMatter.Transcribed, nil
	}
	written, err := store.WrittenIn(ctx, s.store, note)
	if err != nil {
		return false, err
	}
	plain := func(text string) string { return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) }
	now := plain(parsed.Text)
	return now == plain(written.Text) || now == plain(written.Before), nil
}

// WritePaper writes a scan to its place. If the file exists with the same bytes
// nothing happens, so that it can be repeated after a crash; with other bytes
// the error is ErrTaken. The note of a private scan is created first: nothing
// may read the scan before it is private.
func (s *Service) WritePaper(ctx context.Context, at KeptScan, private bool, content io.ReadSeeker) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	root, err := s.openDaily()
	if err != nil {
		return err
	}
	defer root.Close()
	if err := makeFolder(root, at.Note); err != nil {
		return err
	}
	if private || strings.Contains(path.Base(at.Note), ownNote) {
		if err := s.embedPaper(ctx, at, private); err != nil {
			return err
		}
	}
	return writeScan(root, at.Path, content)
}

// embedPaper creates the note of a scan, or adds the scan to it.
func (s *Service) embedPaper(ctx context.Context, at KeptScan, private bool) error {
	names := []string{path.Base(at.Path)}
	fresh, err := edit.NewNote(names, "\n")
	if err != nil {
		return err
	}
	if private {
		fresh = append([]byte("---\nprivate: true\n---\n\n"), fresh...)
	}
	return s.inFolder(daybook.Daily, edit.Page, func(_ *os.Root, e *edit.Editor) error {
		_, err := e.Create(ctx, at.Note, fresh)
		if daybook.KindOf(err) != daybook.Conflict {
			return err
		}
		_, err = e.Edit(ctx, at.Note, edit.Hash{}, func(old []byte) ([]byte, error) {
			file := vault.File{Kind: daybook.Daily, Path: at.Note}
			if private && !s.vault.PrivateNote(file, old) {
				return nil, daybook.Errorf(daybook.Conflict, "The note of a private page is no longer private.")
			}
			parsed, err := vault.Parse(file, old)
			transcribed := parsed.Text != "" && !private
			if err != nil || transcribed {
				return old, err // the transcription adds it if possible
			}
			return edit.AddScans(old, names)
		})
		return err
	})
}

// writeScan copies a scan to a hidden file, and renames that when it is
// complete.
func writeScan(root *os.Root, name string, content io.ReadSeeker) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, content); err != nil {
		return fmt.Errorf("read a page: %w", err)
	}
	if _, err := root.Lstat(name); err == nil {
		if sameContent(root, name, sum.Sum(nil)) {
			return nil
		}
		return ErrTaken
	}
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read a page: %w", err)
	}
	// There is one write at a time, and a sweep removes files with this name.
	hidden := path.Join(path.Dir(name), fmt.Sprintf(".daybook-scan-%d", os.Getpid()))
	out, err := root.OpenFile(hidden, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return edit.Wrap("store the scan", err)
	}
	defer root.Remove(hidden)
	_, err = io.Copy(out, content)
	if err == nil {
		err = out.Sync()
	}
	if err := errors.Join(err, out.Close()); err != nil {
		return edit.Wrap("store the scan", err)
	}
	err = root.Link(hidden, name)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = take(root, hidden, name)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return ErrTaken
	case err != nil:
		return edit.Wrap("rename the scan", err)
	}
	if err := edit.SyncFolder(root, path.Dir(name)); err != nil {
		return edit.Wrap("sync the scan to disk", err)
	}
	return nil
}
