package main

import (
	"testing"
	"testing/synctest"
	"time"
)

// Where nobody watches a terminal, a line now and then says how far it is.
func TestProgressInLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said buffer
		p := newProgress(env{stderr: &said}, "Embedding")
		for i := range 130 {
			time.Sleep(100 * time.Millisecond)
			p.update(i, 130)
			newProgress(env{stderr: &said}, "Short").update(i, 3)
		}
		p.done()
		if want := "Embedding: 49 of 130\nEmbedding: 99 of 130\n"; said.String() != want {
			t.Errorf("it said\n%s", said.String())
		}
	})
}
