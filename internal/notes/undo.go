package notes

import (
	"context"
	"errors"
	"fmt"
	"os"

	"daybook"
	"daybook/internal/vault/edit"
)

// Undone is what an undo did.
type Undone struct {
	// Result has the note's hashes: equal ones where there was nothing to do,
	// a zero Before for a note that came back, a zero After for one that went.
	edit.Result
	// Note is the note as it was indexed, nil where there is none now.
	Note *Note
}

// Undo undoes the edit that made the note at path what it is, and brings the
// index in step. Doing it again takes it back. No edit of the note that is
// still kept is daybook.NotFound; a note that was changed since its last edit
// is daybook.Conflict, unless force says that this goes as well.
func (s *Service) Undo(ctx context.Context, kind daybook.EntryKind, path string, force bool) (Undone, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return Undone{}, err
	}
	defer end()
	if err := s.indexer.Present(ctx, kind); err != nil {
		return Undone{}, err
	}
	var u Undone
	err = s.inFolder(kind, func(root *os.Root, e *edit.Editor) error {
		// The note may have been the last one of its folder.
		if last, err := s.history[kind].Last(ctx, path); err == nil && last.Before != nil {
			if err := makeFolder(root, path); err != nil {
				return err
			}
		}
		u.Result, err = s.history[kind].Restore(ctx, e, path, force)
		return err
	})
	if err != nil || u.Before == u.After {
		return u, err
	}
	if (u.After == Hash{}) {
		return u, s.erase(context.WithoutCancel(ctx), kind, path)
	}
	n, err := s.indexed(ctx, kind, path)
	if err == nil {
		u.Note = &n
	}
	return u, err
}

// Records returns what is kept for undo of the note at path, the latest first.
func (s *Service) Records(ctx context.Context, kind daybook.EntryKind, path string) ([]edit.Record, error) {
	h, ok := s.history[kind]
	if !ok {
		return nil, nil
	}
	return h.Records(ctx, path)
}

// Tidy erases what is kept for undo and has become too old, and the files that
// writers who were killed have left among the notes. Left are those of them
// that hold words which stand nowhere else; they stay.
func (s *Service) Tidy(ctx context.Context) (left []string, err error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	err = s.sweepUploads()
	for _, kind := range s.vault.Kinds() {
		_, expired := s.history[kind].Expire(ctx)
		swept := s.inFolder(kind, func(_ *os.Root, e *edit.Editor) error {
			_, words, err := e.Sweep(ctx)
			left = append(left, words...)
			return err
		})
		if failed := errors.Join(expired, swept); failed != nil {
			err = errors.Join(err, fmt.Errorf("tidy up the %s notes: %w", kind, failed))
		}
	}
	return left, err
}
