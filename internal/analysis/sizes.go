package analysis

import (
	"fmt"
	"sort"

	"daybook"
	"daybook/internal/llm"
)

// sizes are the limits of a step's input and output, in tokens as
// llm.CountTokens counts them. They depend only on the model, its budget and
// the question, so that a repeated question has the same ones.
type sizes struct {
	chunk    int // of entries in a step that reads them
	chunkOut int // limit of its answer
	reduce   int // of parts in a combining step
	partOut  int // limit of its answer
	fanIn    int // chunk answers that always fit such a step
	fanYears int // answers of combining steps that always fit
	tight    bool
}

// Bounds on the steps. A chunk is small enough for a model to notice everything
// in it, a combining step for most context windows.
const (
	largestChunk  = 32_000
	largestReduce = 96_000
	leastStep     = 2_000 // below this, little more than the prompt fits
	leastAnswer   = 400
	mostAnswer    = 4_096
	// promptTokens is a generous estimate of the fixed text, the analyst's
	// brief, the schema and the frames of a step.
	promptTokens = 850
	// frameOf is the overhead factor for the text around a part.
	frameOf = 1.15
)

// sizesOf returns the sizes of a question's steps, or an error that names what
// is too small for them.
func sizesOf(m Model, question int) (sizes, error) {
	s := sizesWithin(m, question)
	if !s.fit() {
		return s, tooSmall(m, question)
	}
	return s, nil
}

// sizesWithin returns the sizes of a question's steps. They are fractions of
// the budget small enough to keep it used: one call more or less must not
// matter.
func sizesWithin(m Model, question int) sizes {
	window := m.Window * 3 / 4
	chunk, reduce := min(largestChunk, window), min(largestReduce, window)
	s := sizes{tight: m.TokensPerMinute > 0}
	if s.tight {
		chunk = min(chunk, max(m.TokensPerMinute/12, min(leastStep, m.TokensPerMinute/2)))
		reduce = max(chunk, min(reduce, m.TokensPerMinute/3))
	}
	answer := func(step, share int) int {
		out := min(max(step/share, leastAnswer), mostAnswer)
		if m.Output > 0 {
			out = min(out, m.Output)
		}
		return out
	}
	s.chunkOut, s.partOut = answer(chunk, 6), answer(reduce, 8)
	s.chunk = chunk - s.chunkOut - promptTokens - question
	s.reduce = reduce - s.partOut - promptTokens - question
	s.fanIn = int(float64(s.reduce) / (float64(s.chunkOut) * frameOf))
	s.fanYears = int(float64(s.reduce) / (float64(s.partOut) * frameOf))
	return s
}

// tooSmall returns the error for a model that has no room for one call, and
// names the least that has: of its budget, its window, or else of the query.
func tooSmall(m Model, question int) error {
	least := func(change func(m *Model, n int)) int {
		return 1 + sort.Search(largest, func(n int) bool {
			larger := m
			change(&larger, n+1)
			return sizesWithin(larger, question).fit()
		})
	}
	budget := func(m *Model, n int) { m.TokensPerMinute = n }
	window := func(m *Model, n int) { m.Window = n }
	message := "The query is too long for the model."
	if n := least(budget); m.TokensPerMinute > 0 && n < largest {
		message = fmt.Sprintf("The budget of %d tokens a minute is too small for one call of an analysis; it takes at least %d.", m.TokensPerMinute, n)
	} else if n := least(window); n < largest {
		message = fmt.Sprintf("The model's context window of %d tokens is too small for an analysis; it takes at least %d.", m.Window, n)
	}
	return &daybook.Error{Kind: daybook.Invalid, Field: "body.query", Message: message}
}

// largest is more tokens than any budget or window needs.
const largest = 1 << 20

// fit reports whether the steps have room for anything.
func (s sizes) fit() bool { return s.chunk >= 200 && s.fanIn >= 2 && s.fanYears >= 2 }

// questionTokens counts the part of every prompt about the question.
func questionTokens(req Request) int { return llm.CountTokens(questionBlock(req)) }
