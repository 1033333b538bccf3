package importer

import (
	"daybook/internal/llm"
)

// Kind is what a source was found to be.
type Kind string

// The kinds of source. One that could not be told is "".
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

// Count is how many came in, and how many were there before.
type Count struct {
	In    int `json:"imported"`
	There int `json:"already_there"`
}

// Rest is what of the journal has no vector after an import of vectors.
type Rest struct {
	Passages int `json:"passages"`
	Tokens   int `json:"tokens"` // of these passages, about
}

// maxPlaces is how many places a report names for one reason.
const maxPlaces = 20

// Left is what did not come in for one reason.
type Left struct {
	Thing  Thing  `json:"what"`
	Count  int    `json:"count"`
	Reason string `json:"reason"` // reads on from "12 vectors:"
	// Places are where the first of them are in the source, never what
	// is: "line 3", "messages[7]", or a note's path.
	Places []string `json:"places,omitempty"`
}

// Report is what became of one source.
type Report struct {
	Source string // as it was named
	Kind   Kind
	// Model and Dim are what the vectors that came in are kept as.
	Model                      llm.Ref
	Dim                        int
	Vectors, Threads, Messages Count
	Rest                       Rest  // of Vectors
	Entries, Files             Count // of a Diary
	// Left are the reasons in the order in which they were met.
	Left  []*Left
	Notes []string // what else there is to say
	// Err is why the source could not be read, or not to its end.
	Err error

	met int // things that could be read, whatever became of them
}

// Met says that things could be read of the source, whatever became of them.
func (r *Report) Met(n int) { r.met += n }

// Leave notes that one thing is left out.
func (r *Report) Leave(thing Thing, reason, place string) { r.leave(thing, reason, place) }

// Unread reports whether nothing at all could be read of the source.
func (r *Report) Unread() bool { return r.Err != nil && r.met == 0 }

// leave notes that one thing is left out.
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
