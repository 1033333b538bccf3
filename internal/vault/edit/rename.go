package edit

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"time"
)

// Rename moves the versions of the note at from to the path to, where the note
// is now, in the order of their times. It does nothing for a note without
// versions. It can be repeated after an error.
func (h *History) Rename(ctx context.Context, from, to string) error {
	if from == to || ctx.Err() != nil {
		return ctx.Err()
	}
	old, err := h.note(from, false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return Wrap("open the history of a renamed note", err)
	}
	defer old.close()
	if len(old.list) == 0 {
		return nil
	}
	now, err := h.note(to, true)
	if err != nil {
		return Wrap("open the history of a renamed note", err)
	}
	defer now.close()
	if err := h.join(old, now); err != nil {
		return Wrap("move the history of a renamed note", err)
	}
	return nil
}

// join moves the versions of one note to another, and adds one that names the
// new path.
func (h *History) join(old, now *noteHistory) error {
	folder, err := h.locate(false)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	if len(now.list) > 0 && now.list[0].Cause == Other && now.list[0].Hash == old.last().Hash { // found at the new path, unchanged
		if err := now.dir.Remove(now.list[0].file); err != nil {
			return err
		}
		now.list = now.list[1:]
	}
	both := append(slices.Clone(old.list), now.list...)
	slices.SortStableFunc(both, func(a, b Version) int { return a.Time.Compare(b.Time) })
	for i, v := range both {
		moved := v.numbered(i + 1)
		key := noteKey(now.path)
		if slices.ContainsFunc(old.list, func(o Version) bool { return o.file == v.file }) {
			key = noteKey(old.path)
		}
		if err := root.Rename(path.Join(key, v.file), path.Join(noteKey(now.path), moved.file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		both[i] = moved
	}
	now.list = both
	if err := now.rename(); err != nil {
		return err
	}
	if err := errors.Join(now.sync(), old.sync()); err != nil {
		return err
	}
	_ = root.Remove(noteKey(old.path)) // it is empty, unless somebody is writing there right now
	return syncRoot(root)
}

// rename adds the last version once more, with the note's current path.
func (n *noteHistory) rename() error {
	last := n.last()
	var note []byte
	if !last.Gone() {
		var err error
		if note, err = n.bytes(last); err != nil {
			return err
		}
	}
	return n.put(newVersion(last.number+1, time.Now(), Other, note, false), note)
}
