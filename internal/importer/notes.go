package importer

import (
	"context"
	"fmt"
	"path"
	"strings"

	"golang.org/x/text/unicode/norm"

	"daybook"
	"daybook/internal/store"
)

// Reasons why a vector has no matching note.
const (
	noNote    = "no note here has this name"
	manyNotes = "two notes here have this name"
	manyPaths = "two paths in the file match one note"
)

// note is a note of the index and its match in a file of vectors.
type note struct {
	state store.NoteState
	path  string // in the file
	at    int    // the last item with that path, 0 if none
	clash bool   // another path matches it too
}

// notes finds the notes for the paths in a file: daily notes by their file
// name, since a day has one note in any folder; evergreen notes by their path
// in the folder.
type notes struct {
	daily, evergreen map[string][]*note
	folder           string // the evergreen folder's name and a slash
}

func loadNotes(ctx context.Context, s Store, evergreenFolder string) (*notes, error) {
	states, err := s.NoteStates(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the states of the notes: %w", err)
	}
	n := &notes{map[string][]*note{}, map[string][]*note{}, spelled(evergreenFolder) + "/"}
	for _, state := range states {
		where, name := n.daily, spelled(path.Base(state.Path))
		if state.Kind == daybook.Evergreen {
			where, name = n.evergreen, spelled(state.Path)
		}
		where[name] = append(where[name], &note{state: state})
	}
	return n, nil
}

// spelled normalizes a path for comparison: systems differ in slashes and in
// how they encode accents.
func spelled(path string) string {
	return norm.NFC.String(strings.ReplaceAll(path, `\`, "/"))
}

// find returns the note for a path, or nil and the reason why there is none.
func (n *notes) find(name string) (*note, string) {
	name = spelled(name)
	found := append(n.daily[path.Base(name)], n.evergreenAt(name)...)
	switch len(found) {
	case 0:
		return nil, noNote
	case 1:
		return found[0], ""
	}
	return nil, manyNotes
}

// evergreenAt returns the evergreen notes for a path that begins in their
// folder or anywhere above it.
func (n *notes) evergreenAt(name string) []*note {
	if found := n.evergreen[name]; found != nil || n.folder == "/" {
		return found
	}
	for at := 0; ; {
		if strings.HasPrefix(name[at:], n.folder) {
			if found := n.evergreen[name[at+len(n.folder):]]; found != nil {
				return found
			}
		}
		slash := strings.IndexByte(name[at:], '/')
		if slash < 0 {
			return nil
		}
		at += slash + 1
	}
}

// claim records that an item is for its note.
func (n *notes) claim(it item) {
	note, _ := n.find(it.path)
	if note == nil {
		return
	}
	if note.at > 0 && note.path != it.path {
		note.clash = true
	}
	note.path, note.at = it.path, it.at
}

// take returns the note for the item's vector, or the reason why there is none.
func (n *notes) take(it item) (*note, string) {
	note, reason := n.find(it.path)
	switch {
	case note == nil:
		return nil, reason
	case note.clash:
		return nil, manyPaths
	case note.at != it.at:
		return nil, "a later one for the same note follows"
	}
	return note, ""
}
