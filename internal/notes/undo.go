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

// Undone is the result of an undo or of restoring a version.
type Undone struct {
	// Result has the note's hashes: equal if nothing changed, a zero Before for
	// a restored note, a zero After for a removed one.
	edit.Result
	// Note is the note as indexed, nil if it no longer exists.
	Note *Note
}

// Undo undoes the last edit of the note at path and updates the index.
// Repeating it undoes the undo. The error is daybook.NotFound if no edit of the
// note is stored, and daybook.Conflict if the note was changed since its last
// edit, unless force is set.
func (s *Service) Undo(ctx context.Context, kind daybook.EntryKind, path string, force bool) (Undone, error) {
	return s.back(ctx, kind, path, edit.Undone, func(h *edit.History, e *edit.Editor) (edit.Result, error) {
		return h.Undo(ctx, e, path, force)
	})
}

// UndoTo writes the bytes of a version to the note at path, which can itself be
// undone. Version is as for edit.History.Version. A missing note is created.
// IfMatch is as for Replace.
func (s *Service) UndoTo(ctx context.Context, kind daybook.EntryKind, path, version string, ifMatch Hash, cause edit.Cause) (Undone, error) {
	return s.back(ctx, kind, path, cause, func(h *edit.History, e *edit.Editor) (edit.Result, error) {
		return h.Restore(ctx, e, path, version, ifMatch)
	})
}

// back restores a version of a note by calling do, and updates the index.
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
		// The note may have been the only one in its folder.
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

// Tidy erases expired versions of notes, and files of killed writers among the
// notes. It keeps files with words that are nowhere else.
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

// exists returns a function that reports whether a note is in a folder. One
// that cannot be accessed counts as existing.
func exists(root *os.Root) func(path string) bool {
	return func(path string) bool {
		_, err := root.Lstat(path)
		return !errors.Is(err, fs.ErrNotExist)
	}
}
