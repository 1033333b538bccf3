package edit

import (
	"context"

	"daybook"
)

// Undo undoes the last edit of the note at path. That is an edit by e, which
// can be undone in turn. The saves of one sitting are one edit. If the note was
// changed since its last edit, the error is daybook.Conflict; with force, the
// note becomes what it was before that edit anyway.
func (h *History) Undo(ctx context.Context, e *Editor, path string, force bool) (Result, error) {
	now, err := e.hash(ctx, path)
	if err != nil {
		return Result{}, err
	}
	to, err := h.before(ctx, path, now, force)
	if err != nil {
		return Result{}, err
	}
	return h.put(ctx, e, path, now, to)
}

// before returns the version that Undo would restore, provided that the note is
// as its last edit left it or force is set.
func (h *History) before(ctx context.Context, path string, now Hash, force bool) (Version, error) {
	all, err := h.versions(ctx, path)
	if err != nil {
		return Version{}, err
	}
	for _, list := range [][]Version{sittings(all, false), all} {
		for i := len(list) - 1; i > 0; i-- {
			if list[i].Cause == Other || list[i].Hash != now {
				continue
			}
			for _, v := range backwards(list[:i]) {
				if v.Hash != now {
					return v, nil
				}
			}
		}
	}
	for i := len(all) - 1; i > 0; i-- {
		if all[i].Cause != Other && !force {
			return Version{}, daybook.Errorf(daybook.Conflict, "The note was changed after the edit, and undoing the edit would undo that too.")
		}
		if all[i].Cause != Other {
			return all[i-1], nil
		}
	}
	return Version{}, errNothing
}

// Restore writes the bytes of a version to the note at path, as an edit by e. A
// missing note is created. IfMatch and errors are as in Editor.Edit; a version
// without a note is daybook.Conflict.
func (h *History) Restore(ctx context.Context, e *Editor, path, id string, ifMatch Hash) (Result, error) {
	v, _, err := h.Version(ctx, path, id)
	if err != nil {
		return Result{}, err
	}
	if v.Gone() {
		return Result{}, daybook.Errorf(daybook.Conflict, "In this version the note was deleted. Delete the note instead.")
	}
	now, err := e.hash(ctx, path)
	if err != nil {
		return Result{}, err
	}
	if ifMatch != (Hash{}) && now != ifMatch {
		return Result{}, errChangedSince()
	}
	return h.put(ctx, e, path, now, v)
}

// put makes the note at path, which has the hash now, equal to a version.
func (h *History) put(ctx context.Context, e *Editor, path string, now Hash, v Version) (Result, error) {
	if v.Gone() && now == (Hash{}) {
		return Result{}, nil
	}
	if v.Gone() {
		return e.Remove(ctx, path, now)
	}
	note, err := h.anyBytes(ctx, path, v)
	if err != nil {
		return Result{}, err
	}
	if now == (Hash{}) {
		return e.Create(ctx, path, note)
	}
	return e.Edit(ctx, path, now, func([]byte) ([]byte, error) { return note, nil })
}

// anyBytes returns a version's bytes, if necessary from another version with
// the same hash.
func (h *History) anyBytes(ctx context.Context, path string, v Version) ([]byte, error) {
	if v.kept() {
		return h.bytes(path, v)
	}
	list, err := h.versions(ctx, path)
	if err != nil {
		return nil, err
	}
	for _, other := range list {
		if other.Hash == v.Hash && other.kept() {
			return h.bytes(path, other)
		}
	}
	return nil, errNothing
}

// hash returns the hash of the note at path, zero if there is none.
func (e *Editor) hash(ctx context.Context, path string) (Hash, error) {
	note, err := e.Read(ctx, path)
	if daybook.KindOf(err) == daybook.NotFound {
		return Hash{}, nil
	}
	if err != nil {
		return Hash{}, err
	}
	return Sum(note), nil
}
