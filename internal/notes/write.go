package notes

import (
	"context"
	"errors"
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

// Reasons why something cannot be written as requested, with what to do.
var (
	errOfScan = daybook.Errorf(daybook.Conflict, "This note is of a scan: write its text with PUT /entries/{id}/transcription.")
	errTyped  = daybook.Errorf(daybook.Conflict, "This note's text is not a transcription: write it with PUT /entries/{id}.")
)

// Taken is the cause of Create's daybook.Conflict: the day has a note.
type Taken struct {
	EntryID string // "" if the existing note cannot be read
}

func (t *Taken) Error() string { return "the day has a note" }

// Create writes a typed note for a day that has none, and returns it as
// indexed. Its name follows the first of the vault's date formats. Its folder
// is the one in that format, if any. Otherwise, if most daily notes are in
// folders named after their years, it is the folder of the note's year, and if
// not, the journal's own folder. Missing folders are created.
//
// If a note exists for the day, also one for several days, the error is
// daybook.Conflict with a *Taken as its cause. A text without words, a text
// that would read differently in a note, and a day that the format cannot
// represent are daybook.Invalid.
func (s *Service) Create(ctx context.Context, date daybook.Date, text string, cause edit.Cause) (Note, error) {
	return s.create(ctx, date, "", text, cause)
}

// create is Create with front matter, YAML without its fences; "" is none.
func (s *Service) create(ctx context.Context, date daybook.Date, front, text string, cause edit.Cause) (Note, error) {
	if strings.TrimSpace(text) == "" {
		return Note{}, &daybook.Error{Kind: daybook.Invalid, Field: "body.text", Message: "The text is empty."}
	}
	end, err := s.begin(ctx)
	if err != nil {
		return Note{}, err
	}
	defer end()
	listing, err := s.list(ctx)
	if err != nil {
		return Note{}, err
	}
	if there, ok := noteOf(listing.Files, date); ok {
		return Note{}, s.taken(ctx, there)
	}
	for _, u := range listing.Unread {
		if errors.Is(u.Err, vault.ErrElsewhere) && slices.Contains(s.vault.DatesOf(strings.TrimSuffix(u.Path, path.Ext(u.Path))), date) {
			return Note{}, errElsewhere(u.Path)
		}
	}
	file, err := s.place(listing.Files, date)
	if err != nil {
		return Note{}, err
	}
	var above []byte
	if front != "" {
		above = []byte("---\n" + strings.TrimRight(front, "\n") + "\n---\n")
	}
	data, err := edit.SetBody(file, above, text)
	if err != nil {
		return Note{}, err
	}
	err = s.inFolder(daybook.Daily, cause, func(root *os.Root, e *edit.Editor) error {
		if err := makeFolder(root, file.Path); err != nil {
			return err
		}
		_, err := e.Create(ctx, file.Path, data)
		return err
	})
	if err != nil {
		return Note{}, err
	}
	n, err := s.indexed(ctx, daybook.Daily, file.Path)
	if err != nil {
		return Note{}, err
	}
	return written(n.Entry, data)
}

// errElsewhere is the error of a day whose note is not on this machine.
func errElsewhere(note string) error {
	return &daybook.Error{Kind: daybook.Conflict, Message: "The day has a note, " + note + ", but it is in the cloud and not on this machine. Download it there first.", Err: vault.ErrElsewhere}
}

// list finds the daily notes on disk, which may be more than the index has.
func (s *Service) list(ctx context.Context) (vault.Listing, error) {
	folder, err := s.vault.Open(daybook.Daily)
	if err != nil {
		return vault.Listing{}, err
	}
	defer folder.Close()
	return folder.ListNames(ctx)
}

// noteOf returns the note of a day: the one for only that day before one for
// several.
func noteOf(files []vault.File, date daybook.Date) (note vault.File, ok bool) {
	for _, f := range files {
		closer := !ok || len(f.Dates) < len(note.Dates)
		if closer && slices.Contains(f.Dates, date) {
			note, ok = f, true
		}
	}
	return note, ok
}

// taken returns the error for a day that has a note.
func (s *Service) taken(ctx context.Context, file vault.File) error {
	id, err := s.find(ctx, file.Kind, file.Path)
	if err == nil && id == "" { // it may have been created since the last look
		if _, err = s.indexer.Sync(ctx, store.NoteName{Kind: file.Kind, Path: file.Path}); err == nil {
			id, err = s.find(ctx, file.Kind, file.Path)
		}
	}
	if err != nil {
		return err
	}
	return &daybook.Error{Kind: daybook.Conflict, Message: "This day already has a note. Edit that one.", Err: &Taken{id}}
}

// makeFolder makes the folder of a note.
func makeFolder(root *os.Root, note string) error {
	dir := path.Dir(note)
	hidden := dir != "." && strings.Contains("/"+dir, "/.") // such folders have no notes
	if !fs.ValidPath(dir) || hidden {
		return daybook.Errorf(daybook.Invalid, "The date format would put this note outside the journal or in a hidden folder.")
	}
	return edit.MakeFolder(root, dir)
}

// Replace replaces the words typed by a note's owner with text, and returns the
// written note. These are the words below "### Transcription" if the note has
// that heading and is not marked as transcribed, and otherwise its body.
// Nothing else in the file changes. The error is daybook.NotFound for an
// unknown ID; daybook.PreconditionFailed if ifMatch is not zero and not the
// note's hash; daybook.Conflict if the text is a transcription or still to be
// transcribed; and daybook.Invalid if the note cannot be read or the text would
// read differently in it.
func (s *Service) Replace(ctx context.Context, id, text string, ifMatch Hash, cause edit.Cause) (Note, error) {
	return s.edit(ctx, id, ifMatch, cause, func(e daybook.Entry, old []byte) ([]byte, error) {
		data, err := edit.SetBody(fileOf(e), old, text)
		if errors.Is(err, edit.ErrNotTyped) {
			return nil, errOfScan
		}
		return data, err
	})
}

// Correct replaces a note's transcription with text, and marks the note as
// transcribed. A note of a scan without a transcription gets one. Otherwise it
// is as Replace; a note whose words were typed by its owner is
// daybook.Conflict.
func (s *Service) Correct(ctx context.Context, id, text string, ifMatch Hash, cause edit.Cause) (Note, error) {
	before := ""
	n, err := s.edit(ctx, id, ifMatch, cause, func(e daybook.Entry, old []byte) ([]byte, error) {
		before = vault.Read(fileOf(e), old).Text
		section, ofScan, err := kindOf(e, old)
		if err != nil {
			return nil, err
		}
		transcript := section || ofScan
		if e.Kind != daybook.Daily || !transcript {
			return nil, errTyped
		}
		data, err := edit.SetTranscription(old, text, edit.Options{Title: e.Title, Replace: true})
		switch {
		case errors.Is(err, edit.ErrOwners):
			return nil, errTyped
		case errors.Is(err, edit.ErrUnclear):
			return edit.SetMarked(fileOf(e), old, text)
		}
		return data, err
	})
	if err == nil && s.corrected != nil {
		s.corrected(context.WithoutCancel(ctx), n.ID, before, text)
	}
	return n, err
}

// kindOf reports whether a note has a section for a transcription, and whether
// it has a scan that is still to be transcribed.
func kindOf(e daybook.Entry, data []byte) (section, ofScan bool, err error) {
	parsed, err := vault.Parse(fileOf(e), data)
	if err != nil {
		return false, false, err
	}
	for l := (vault.Lines{S: string(data), At: parsed.FrontMatter.End}); l.Next(); {
		title, _ := l.Heading3()
		section = section || title == "Transcription"
	}
	return section, parsed.Text == "" && strings.Contains(string(data), "!["), nil
}

// edit changes the note of an entry and updates the index.
func (s *Service) edit(ctx context.Context, id string, ifMatch Hash, cause edit.Cause, change func(daybook.Entry, []byte) ([]byte, error)) (Note, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return Note{}, err
	}
	defer end()
	var data []byte // as written
	e, err := s.at(ctx, id, cause, func(e daybook.Entry, editor *edit.Editor) error {
		_, err := editor.Edit(ctx, e.Path, ifMatch, func(old []byte) (after []byte, err error) {
			after, err = change(e, old)
			data = after
			return after, err
		})
		return err
	})
	if err != nil {
		return Note{}, err
	}
	n, err := s.indexed(ctx, e.Kind, e.Path)
	if err != nil {
		return Note{}, err
	}
	return written(n.Entry, data)
}

// at calls do with an entry's note. If the note is not at the indexed path, it
// looks for it once: it may have been renamed.
func (s *Service) at(ctx context.Context, id string, cause edit.Cause, do func(daybook.Entry, *edit.Editor) error) (daybook.Entry, error) {
	for again := false; ; again = true {
		e, err := store.EntryOf(ctx, s.store, id)
		if err != nil {
			return e, err
		}
		if err := s.present(ctx, e.Kind); err != nil {
			return e, err
		}
		err = s.inFolder(e.Kind, cause, func(_ *os.Root, editor *edit.Editor) error { return do(e, editor) })
		if !missing(err) || again {
			return e, err
		}
		if _, err := s.indexer.Run(ctx, nil); err != nil {
			return e, err
		}
	}
}

// indexed updates the index from a written note, and returns the note.
func (s *Service) indexed(ctx context.Context, kind daybook.EntryKind, path string) (Note, error) {
	ctx = context.WithoutCancel(ctx)
	if err := s.follow(ctx, kind, path); err != nil {
		return Note{}, err
	}
	id, err := s.find(ctx, kind, path)
	if err == nil && id == "" {
		err = errBehind(nil)
	}
	if err != nil {
		return Note{}, err
	}
	return s.Read(ctx, id)
}

// follow updates the index from the note at path.
func (s *Service) follow(ctx context.Context, kind daybook.EntryKind, path string) error {
	report, err := s.indexer.Sync(ctx, store.NoteName{Kind: kind, Path: path})
	if err != nil {
		return errBehind(err)
	}
	for _, f := range report.Failed {
		if f.Kind == kind && f.Path == path {
			return errBehind(f.Err)
		}
	}
	return nil
}

func errBehind(err error) error {
	return &daybook.Error{
		Kind: daybook.Unavailable, Err: err,
		Message: "The note is saved, but is not in the index yet. It will be after the next scan of the journal.",
	}
}

// Delete removes an entry's note, keeps its versions for a while, and erases
// its words from the index, with their vectors and the transcriptions of its
// scans. The scans themselves are kept and not transcribed again. Errors are as
// for Replace.
func (s *Service) Delete(ctx context.Context, id string, ifMatch Hash) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	e, err := s.at(ctx, id, edit.Deleted, func(e daybook.Entry, editor *edit.Editor) error {
		_, err := editor.Remove(ctx, e.Path, ifMatch)
		return err
	})
	if err != nil {
		return err
	}
	return s.erase(context.WithoutCancel(ctx), e.Kind, e.Path)
}

// erase removes a deleted note from the store.
func (s *Service) erase(ctx context.Context, kind daybook.EntryKind, path string) error {
	failed := func(err error) error {
		return &daybook.Error{Kind: daybook.Unavailable, Err: err,
			Message: "The note is deleted. Some of its text may remain in the index until the next scan of the journal."}
	}
	_, err := s.indexer.Deleted(ctx, store.NoteName{Kind: kind, Path: path})
	if err == nil && kind == daybook.Daily {
		err = s.forgetScans(ctx, path)
	}
	if err == nil {
		err = store.Purge(ctx, s.store)
	}
	if err != nil {
		return failed(err)
	}
	return nil
}

// forgetScans erases the transcriptions of a note's scans, and makes sure that
// they are not transcribed again.
func (s *Service) forgetScans(ctx context.Context, note string) error {
	states, err := s.store.Scans(ctx, note)
	if err != nil {
		return err
	}
	var b store.ScanBatch
	for _, scan := range states {
		scan.Stage, scan.Error = store.Kept, store.NoteDeleted
		b.Put, b.ForgetScans = append(b.Put, scan), append(b.ForgetScans, scan.Hash)
	}
	written, err := s.store.WrittenNotes(ctx, note)
	if err != nil {
		return err
	}
	if w := written[note]; w.Text != "" || w.Before != "" || len(w.Parts) > 0 {
		b.Written = map[string]store.WrittenNote{note: {}}
	}
	if len(b.Put) == 0 && b.Written == nil {
		return nil
	}
	return s.store.WriteScans(ctx, b)
}
