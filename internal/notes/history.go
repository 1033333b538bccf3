package notes

import (
	"context"
	"os"
	"path"
	"slices"
	"strings"
	"unicode"

	"daybook"
	"daybook/internal/ingest"
	"daybook/internal/store"
	"daybook/internal/vault"
	"daybook/internal/vault/edit"
)

// History is the versions of a note.
type History struct {
	Kind daybook.EntryKind
	Path string
	// Now is the hash of the note, zero if there is none.
	Now Hash
	// Versions are newest first.
	Versions []edit.Version
}

// VersionText is a version with its text.
type VersionText struct {
	edit.Version
	// Now is the hash of the note, zero if there is none.
	Now Hash
	// Source is the whole note, nil if it was deleted; Text is the diary in it.
	Source []byte
	Text   string
}

// MissingNote is a note with versions but without a file: it was deleted here
// or by another program.
type MissingNote struct {
	ID string // the note's ID after it is restored
	vault.File
	// Version is the latest version.
	edit.Version
}

// HistoryOf returns the versions of an entry, which may be missing. Unless all
// is set, the autosaves of a sitting are one version. An unknown ID is
// daybook.NotFound.
func (s *Service) HistoryOf(ctx context.Context, id string, all bool) (History, error) {
	kind, path, err := s.located(ctx, id)
	if err != nil {
		return History{}, err
	}
	return s.History(ctx, kind, path, all)
}

// History returns the versions of the note at path, if there are any.
func (s *Service) History(ctx context.Context, kind daybook.EntryKind, path string, all bool) (History, error) {
	h := History{Kind: kind, Path: path}
	history, ok := s.history[kind]
	if !ok {
		return h, nil
	}
	list, err := history.Versions(ctx, path, all)
	if err != nil {
		return h, err
	}
	slices.Reverse(list)
	h.Versions = list
	note, err := s.read(ctx, kind, path)
	if err == nil {
		h.Now = edit.Sum(note)
	}
	return h, ctx.Err()
}

// VersionOf returns a version of an entry, which may be missing. Version is as
// for edit.History.Version.
func (s *Service) VersionOf(ctx context.Context, id, version string) (VersionText, error) {
	kind, path, err := s.located(ctx, id)
	if err != nil {
		return VersionText{}, err
	}
	return s.Version(ctx, kind, path, version)
}

// Version returns a version of the note at path.
func (s *Service) Version(ctx context.Context, kind daybook.EntryKind, path, version string) (VersionText, error) {
	history, ok := s.history[kind]
	if !ok {
		return VersionText{}, daybook.Errorf(daybook.NotFound, "There is no folder of %s notes.", kind)
	}
	v, note, err := history.Version(ctx, path, version)
	if err != nil {
		return VersionText{}, err
	}
	out := VersionText{Version: v, Source: note, Text: s.textOf(kind, path, note)}
	if now, err := s.read(ctx, kind, path); err == nil {
		out.Now = edit.Sum(now)
	}
	return out, ctx.Err()
}

// Now returns the bytes of the note at path, nil if there is none.
func (s *Service) Now(ctx context.Context, kind daybook.EntryKind, path string) ([]byte, error) {
	note, err := s.read(ctx, kind, path)
	if missing(err) {
		return nil, nil
	}
	return note, err
}

// textOf returns the diary text of a note, or all of a note that cannot be
// parsed.
func (s *Service) textOf(kind daybook.EntryKind, file string, note []byte) string {
	parsed, err := vault.Parse(s.fileAt(kind, file), note)
	if err != nil {
		return strings.ToValidUTF8(string(note), "\ufffd")
	}
	return parsed.Text
}

func (s *Service) fileAt(kind daybook.EntryKind, file string) vault.File {
	title := strings.TrimSuffix(path.Base(file), path.Ext(file))
	f := vault.File{Kind: kind, Path: file, Title: title}
	if kind == daybook.Daily {
		f.Dates = s.vault.DatesOf(strings.TrimSuffix(file, path.Ext(file)))
	}
	return f
}

// Restore writes the bytes of a version to the note of an entry, which may be
// missing, and returns the written note. Errors are as for Replace; a version
// in which the note was deleted is daybook.Conflict.
func (s *Service) Restore(ctx context.Context, id, version string, ifMatch Hash) (Note, error) {
	kind, path, err := s.located(ctx, id)
	if err != nil {
		return Note{}, err
	}
	v, err := s.Version(ctx, kind, path, version)
	if err != nil {
		return Note{}, err
	}
	u, err := s.UndoTo(ctx, kind, path, v.ID, ifMatch, edit.Restored)
	switch {
	case err != nil:
		return Note{}, err
	case u.Note != nil:
		return written(u.Note.Entry, v.Source)
	}
	return s.Read(ctx, id) // it has these bytes already
}

// Accept marks the current note of an entry as saved: what another program
// wrote no longer conflicts with what was saved before. Errors are as for
// Replace.
func (s *Service) Accept(ctx context.Context, id string, ifMatch Hash, cause edit.Cause) (Note, error) {
	return s.edit(ctx, id, ifMatch, cause, func(_ daybook.Entry, old []byte) ([]byte, error) { return old, nil })
}

// EraseHistory erases the versions of the note at path for good, and returns
// how many there were. The note itself is kept.
func (s *Service) EraseHistory(ctx context.Context, kind daybook.EntryKind, path string) (int, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return 0, err
	}
	defer end()
	return s.history[kind].Erase(ctx, path)
}

// Missing returns the notes with versions but without a file, last deleted
// first. If day is not zero, it returns only those of that day.
func (s *Service) Missing(ctx context.Context, day daybook.Date) ([]MissingNote, error) {
	var list []MissingNote
	for _, kind := range s.vault.Kinds() {
		err := s.inFolder(kind, edit.Other, func(root *os.Root, _ *edit.Editor) error {
			found, err := s.history[kind].Missing(ctx, exists(root))
			for path, v := range found {
				n := MissingNote{ingest.EntryID(kind, path), s.fileAt(kind, path), v}
				if day.IsZero() || slices.Contains(n.Dates, day) {
					list = append(list, n)
				}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(list, func(a, b MissingNote) int { return b.Time.Compare(a.Time) })
	return list, nil
}

// located returns where the note of an entry is, or was.
func (s *Service) located(ctx context.Context, id string) (daybook.EntryKind, string, error) {
	e, err := store.EntryOf(ctx, s.store, id)
	if err == nil {
		return e.Kind, e.Path, nil
	}
	if !missing(err) {
		return "", "", err
	}
	list, missingErr := s.Missing(ctx, daybook.Date{})
	for _, n := range list {
		if n.ID == id {
			return n.Kind, n.Path, nil
		}
	}
	if missingErr != nil {
		return "", "", missingErr
	}
	return "", "", err
}

// replaced returns the version that was last saved here, if the note has
// changed since and lacks some of its words.
func (s *Service) replaced(ctx context.Context, n Note) (*edit.Version, error) {
	h := s.history[n.Kind]
	v, ok, err := h.Saved(n.Path)
	if err != nil || !ok || v.Hash == n.Hash {
		return nil, err
	}
	_, note, err := h.Version(ctx, n.Path, v.ID)
	if missing(err) { // erased in the meantime
		return nil, nil
	}
	if err == nil && hasWords(n.Text, s.textOf(n.Kind, n.Path, note)) {
		return nil, nil
	}
	return &v, ctx.Err()
}

// hasWords reports whether a text contains all words of another, in order.
func hasWords(text, words string) bool {
	has := wordsOf(text)
	for _, w := range wordsOf(words) {
		i := slices.Index(has, w)
		if i < 0 {
			return false
		}
		has = has[i+1:]
	}
	return true
}

func wordsOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r) })
}
