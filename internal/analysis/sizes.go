package analysis

import (
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

// sizesOf returns the sizes of a question's steps. They are fractions of the
// budget small enough to keep it used: one call more or less must not matter.
func sizesOf(m Model, question int) (sizes, error) {
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
	if s.chunk < 200 || s.fanIn < 2 || s.fanYears < 2 {
		return s, &daybook.Error{Kind: daybook.Invalid, Field: "body.query", Message: "The query is too long for the model or its token budget per minute."}
	}
	return s, nil
}

// questionTokens counts the part of every prompt about the question.
func questionTokens(req Request) int { return llm.CountTokens(questionBlock(req)) }
