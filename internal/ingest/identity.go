package ingest

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/google/uuid"

	"daybook"
	"daybook/internal/store"
)

// missing are the notes in the index that are no longer in the vault. Some may
// only have been renamed.
type missing struct {
	notes   map[noteKey]store.NoteState
	byHash  map[[32]byte][]noteKey
	byInode map[uint64][]noteKey
}

func newMissing(notes map[noteKey]store.NoteState) missing {
	m := missing{notes, map[[32]byte][]noteKey{}, map[uint64][]noteKey{}}
	for _, key := range slices.SortedFunc(maps.Keys(notes), noteKey.compare) {
		s := notes[key]
		m.byHash[s.Hash] = append(m.byHash[s.Hash], key)
		if s.Inode != 0 {
			m.byInode[s.Inode] = append(m.byInode[s.Inode], key)
		}
	}
	return m
}

// claim returns the missing note that s is under a new path, and removes it
// from the missing ones. That is one with the same bytes, or one with the same
// inode and file name, which was moved and edited. The inode alone is not
// enough: a file system reuses the inode of a deleted file.
func (m *missing) claim(s store.NoteState) (old store.NoteState, ok bool) {
	find := func(keys []noteKey, fits func(noteKey) bool) bool {
		for _, key := range keys {
			if note, there := m.notes[key]; there && fits(key) {
				old = note
				delete(m.notes, key)
				return true
			}
		}
		return false
	}
	sameName := func(k noteKey) bool { return path.Base(k.path) == path.Base(s.Path) }
	anyName := func(noteKey) bool { return true }
	ok = find(m.byHash[s.Hash], sameName) || find(m.byHash[s.Hash], anyName) || find(m.byInode[s.Inode], sameName)
	return old, ok
}

// identify returns the entry ID of a note: that of its path, or of its former
// path, or a new one.
func (r *run) identify(ctx context.Context, n *store.Note) {
	id := ""
	if s, ok := r.states[keyOf(n.State)]; ok {
		id = s.EntryID
	} else if old, ok := r.missing.claim(n.State); ok {
		id = old.EntryID
		r.report.Renamed++
		r.renamed(keyOf(old), keyOf(n.State))
		if r.Renamed != nil && old.Kind == n.State.Kind {
			r.Renamed(ctx, old.Kind, old.Path, n.State.Path)
		}
	} else {
		id = r.newID(n.State.Kind, n.State.Path)
		r.ids[id] = true
		r.report.Entries++
	}
	n.State.EntryID, n.Entry.ID = id, id
	for i := range n.Passages {
		n.Passages[i].EntryID = id
	}
}

// newID returns the ID that a path gets in every new index, unless a renamed
// note still has that ID.
func (r *run) newID(kind daybook.EntryKind, path string) string {
	id := entryID(kind, path, 0)
	for salt := 1; r.ids[id]; salt++ {
		id = entryID(kind, path, salt)
	}
	return id
}

// EntryID returns the ID of the note at path unless it was renamed.
func EntryID(kind daybook.EntryKind, path string) string { return entryID(kind, path, 0) }

// entryID returns a version 5 UUID.
func entryID(kind daybook.EntryKind, path string, salt int) string {
	name := fmt.Sprintf("daybook\x00%s\x00%s\x00%d", kind, path, salt)
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(name)).String()
}
