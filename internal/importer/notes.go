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

// Why a vector has no note to go to.
const (
	noNote    = "no note here has this name"
	manyNotes = "two notes here have this name"
	manyPaths = "two paths in the file have the name of one note"
)

// note is a note of the index and what a file of vectors says of it.
type note struct {
	state store.NoteState
	path  string // in the file
	at    int    // the last item of that path, 0 for none
	clash bool   // another path leads to it as well
}

// notes finds the notes that the paths in a file mean: daily ones by file
// name, since a day has one note wherever it lies; evergreen ones by their
// path in the folder.
type notes struct {
	daily, evergreen map[string][]*note
	folder           string // the evergreen folder's name and a slash
}

func loadNotes(ctx context.Context, s Store, evergreenFolder string) (*notes, error) {
	states, err := s.NoteStates(ctx)
	if err != nil {
		return nil, fmt.Errorf("load what is known of the notes: %w", err)
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

// spelled writes a path in the one way in which it is compared: systems
// differ in slashes and in how they spell accents.
func spelled(path string) string {
	return norm.NFC.String(strings.ReplaceAll(path, `\`, "/"))
}

// find returns the note that a path means, or nil and the reason why there is
// none.
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

// evergreenAt returns the evergreen notes at a path that begins in their
// folder, or anywhere above it.
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

// claim notes that an item is for the note it means.
func (n *notes) claim(it item) {
	note, _ := n.find(it.path)
	if note == nil {
		return
	}
	note.clash = note.clash || note.at > 0 && note.path != it.path
	note.path, note.at = it.path, it.at
}

// take returns the note whose vector the item is, or the reason why it is
// nobody's.
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
