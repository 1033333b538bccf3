package notes

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"daybook"
	"daybook/internal/vault/edit"
)

// Undone is what an undo or the restoring of a version did.
type Undone struct {
	// Result has the note's hashes: equal ones if there was nothing to do, a
	// zero Before for a note that came back, a zero After for one that went.
	edit.Result
	// Note is the note as it was indexed, nil if there is none now.
	Note *Note
}

// Undo undoes the edit that made the note at path what it is, and brings the
// index in step. Doing it again takes it back. No edit of the note that is
// still kept is daybook.NotFound; a note that was changed since its last edit
// is daybook.Conflict, unless force says that this goes as well.
func (s *Service) Undo(ctx context.Context, kind daybook.EntryKind, path string, force bool) (Undone, error) {
	return s.back(ctx, kind, path, edit.Undone, func(h *edit.History, e *edit.Editor) (edit.Result, error) {
		return h.Undo(ctx, e, path, force)
	})
}

// UndoTo gives the note at path the bytes of a version of it, which is an edit
// that can be undone. Version is as in edit.History.Version. A note that is not
// there is made again. IfMatch is as with Replace.
func (s *Service) UndoTo(ctx context.Context, kind daybook.EntryKind, path, version string, ifMatch Hash, cause edit.Cause) (Undone, error) {
	return s.back(ctx, kind, path, cause, func(h *edit.History, e *edit.Editor) (edit.Result, error) {
		return h.Restore(ctx, e, path, version, ifMatch)
	})
}

// back brings a version of a note back by do, and the index in step.
func (s *Service) back(ctx context.Context, kind daybook.EntryKind, path string, cause edit.Cause, do func(*edit.History, *edit.Editor) (edit.Result, error)) (Undone, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return Undone{}, err
	}
	defer end()
	if err := s.present(ctx, kind); err != nil {
		return Undone{}, err
	}
	var u Undone
	err = s.inFolder(kind, cause, func(root *os.Root, e *edit.Editor) error {
		h := s.history[kind]
		// The note may have been the last one of its folder.
		if list, err := h.Versions(ctx, path, true); err == nil && len(list) > 0 {
			if err := makeFolder(root, path); err != nil {
				return err
			}
		}
		u.Result, err = do(h, e)
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

// Tidy erases what need not be kept any longer of the notes' histories, and the
// files that writers who were killed have left among the notes. Left are those
// of them that hold words which are nowhere else; they stay.
func (s *Service) Tidy(ctx context.Context) (left []string, err error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	err = s.sweepUploads()
	for _, kind := range s.vault.Kinds() {
		swept := s.inFolder(kind, edit.Other, func(root *os.Root, e *edit.Editor) error {
			_, expired := s.history[kind].Expire(ctx, exists(root))
			_, words, err := e.Sweep(ctx)
			left = append(left, words...)
			return errors.Join(expired, err)
		})
		if swept != nil {
			err = errors.Join(err, fmt.Errorf("tidy up the %s notes: %w", kind, swept))
		}
	}
	return left, err
}

// exists returns what tells whether a note is in a folder. One that cannot be
// looked at counts as there.
func exists(root *os.Root) func(path string) bool {
	return func(path string) bool {
		_, err := root.Lstat(path)
		return !errors.Is(err, fs.ErrNotExist)
	}
}
