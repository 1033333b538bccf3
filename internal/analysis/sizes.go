package analysis

import (
	"daybook"
	"daybook/internal/llm"
)

// sizes are how much goes into a step and comes out of it, in tokens as
// llm.CountTokens counts them. They follow from the model, its budget and the
// question alone, so that they are the same when it is asked again.
type sizes struct {
	chunk    int // of entries in a step that reads them
	chunkOut int // most that it answers
	reduce   int // of parts in a step that puts them together
	partOut  int // most that such a step answers
	fanIn    int // chunk parts that fit into such a step, whatever they say
	fanYears int // parts of such steps
	tight    bool
}

// Bounds on the steps. A chunk is small enough for a model to see all that is
// in it, a reduction for most windows.
const (
	largestChunk  = 32_000
	largestReduce = 96_000
	leastStep     = 2_000 // below this hardly anything but the prompt fits
	leastAnswer   = 400
	mostAnswer    = 4_096
	// promptTokens are the fixed text, the analyst's brief, the schema and
	// the frames of a step, rather too many than too few.
	promptTokens = 850
	// frameOf is what stands around a part that is put together with others.
	frameOf = 1.15
)

// sizesOf says how large the steps of a question are. The shares of the
// budget are those that keep it used: one call more or less must not matter.
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
		return s, &daybook.Error{Kind: daybook.Invalid, Field: "body.query", Message: "The query is too long for what the model, or its budget of tokens a minute, takes at once."}
	}
	return s, nil
}

// questionTokens counts what every step is told of the question.
func questionTokens(req Request) int { return llm.CountTokens(questionBlock(req)) }
