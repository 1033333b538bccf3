package main

import (
	"io"

	"daybook/internal/terminal"
)

// flusher is a writer that may hold text back until Flush.
type flusher interface {
	io.Writer
	Flush() error
}

// widest is the longest line of an answer, in columns: longer ones are hard to
// read.
const widest = 100

// answers returns where answers are printed: in a terminal, lines break at
// words.
func (w env) answers() flusher {
	if w.columns == 0 {
		return unwrapped{w.stdout}
	}
	return terminal.NewWrapper(w.stdout, min(w.columns, widest))
}

type unwrapped struct{ io.Writer }

func (unwrapped) Flush() error { return nil }
