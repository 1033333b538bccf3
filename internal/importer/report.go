package importer

import (
	"daybook/internal/llm"
)

// Kind is the detected kind of a source.
type Kind string

// The kinds of source; "" is an unknown one.
const (
	Vectors Kind = "vectors"
	Chats   Kind = "chats"
	Server  Kind = "server"
	Diary   Kind = "diary" // of another app; see package diary
)

// Thing is what can be imported.
type Thing string

// The things.
const (
	Vector  Thing = "vector"
	Thread  Thing = "thread"
	Message Thing = "message"
	Note    Thing = "note"
	File    Thing = "file"
)

// Count counts the imported and the existing items.
type Count struct {
	In    int `json:"imported"`
	There int `json:"already_there"`
}

// Rest is what still lacks a vector after an import of vectors.
type Rest struct {
	Passages int `json:"passages"`
	Tokens   int `json:"tokens"` // of these passages, about
}

// maxPlaces is how many places a report lists per reason.
const maxPlaces = 20

// Left is what was left out for one reason.
type Left struct {
	Thing  Thing  `json:"what"`
	Count  int    `json:"count"`
	Reason string `json:"reason"` // continues "12 vectors:"
	// Places are the positions of the first items in the source, without their
	// content: "line 3", "messages[7]", or a note's path.
	Places []string `json:"places,omitempty"`
}

// Report is the result for one source.
type Report struct {
	Source string // as given
	Kind   Kind
	// Model and Dim are those under which the vectors were stored.
	Model                      llm.Ref
	Dim                        int
	Vectors, Threads, Messages Count
	Rest                       Rest  // of Vectors
	Entries, Files             Count // of a Diary
	// Left are the reasons in the order of their first item.
	Left  []*Left
	Notes []string // other remarks
	// Err is why the source could not be read completely.
	Err error

	met int // items that could be read, imported or not
}

// Met counts n items that could be read, imported or not.
func (r *Report) Met(n int) { r.met += n }

// Leave counts an item that is left out.
func (r *Report) Leave(thing Thing, reason, place string) { r.leave(thing, reason, place) }

// Unread reports whether nothing could be read of the source.
func (r *Report) Unread() bool { return r.Err != nil && r.met == 0 }

// leave counts an item that is left out.
func (r *Report) leave(thing Thing, reason, place string) {
	var l *Left
	for _, known := range r.Left {
		if known.Thing == thing && known.Reason == reason {
			l = known
		}
	}
	if l == nil {
		l = &Left{Thing: thing, Reason: reason}
		r.Left = append(r.Left, l)
	}
	l.Count++
	if place != "" && len(l.Places) < maxPlaces {
		l.Places = append(l.Places, place)
	}
}
