package store

import (
	"context"

	"daybook"
)

// PageTextOf returns the transcription of the page with a key, and false if it
// is unknown.
func PageTextOf(ctx context.Context, s interface {
	PageTexts(ctx context.Context, keys []string, f func(PageText) error) error
}, key string) (text string, known bool, err error) {
	err = s.PageTexts(ctx, []string{key}, func(p PageText) error {
		text, known = p.Text, true
		return nil
	})
	return text, known, err
}

// WrittenIn returns what was last written into a note, the zero value if
// nothing was.
func WrittenIn(ctx context.Context, s interface {
	WrittenNotes(ctx context.Context, notes ...string) (map[string]WrittenNote, error)
}, note string) (WrittenNote, error) {
	all, err := s.WrittenNotes(ctx, note)
	return all[note], err
}

// Purge removes deleted data from the disk; see [Capabilities].
func Purge(ctx context.Context, s interface{ Capabilities() Capabilities }) error {
	if purge := s.Capabilities().Purge; purge != nil {
		return purge(ctx)
	}
	return nil
}

// EntryOf returns an entry, or a daybook.NotFound error.
func EntryOf(ctx context.Context, s interface {
	Entries(ctx context.Context, ids []string) ([]daybook.Entry, error)
}, id string) (daybook.Entry, error) {
	found, err := s.Entries(ctx, []string{id})
	if err == nil && len(found) == 0 {
		err = daybook.Errorf(daybook.NotFound, "There is no such entry.")
	}
	if err != nil {
		return daybook.Entry{}, err
	}
	return found[0], nil
}

// MetaOf returns the value stored under a key, "" if there is none.
func MetaOf(ctx context.Context, s interface {
	Meta(ctx context.Context) (map[string]string, error)
}, key string) (string, error) {
	all, err := s.Meta(ctx)
	return all[key], err
}
