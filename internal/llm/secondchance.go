package llm

import (
	"context"
	"iter"
	"strings"
)

// leastSecondLimit is the lowest limit of a second attempt, in tokens.
const leastSecondLimit = 16_384

// secondChance asks once more, with a higher limit, if the answer reached the limit
// before it had any text: the model used it up by thinking.
type secondChance struct{ ChatModel }

func (m secondChance) Stream(ctx context.Context, req Request) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		model, again := m.ChatModel, req
		nothing, spent := attempt(model.Stream(ctx, again), &again, Usage{}, true, yield)
		if nothing {
			again.MaxOutputTokens = max(4*again.MaxOutputTokens, leastSecondLimit)
			attempt(model.Stream(ctx, again), &again, spent, false, yield)
		}
	}
}

// attempt passes on a stream, and lets its request go once something was said.
// It reports whether a limit ended it before that, unless that is to be passed
// on too, and what was used. Before are the tokens of the attempt before.
func attempt(chunks iter.Seq2[Chunk, error], req *Request, before Usage, again bool, yield func(Chunk, error) bool) (nothing bool, used Usage) {
	said := false
	for chunk, err := range chunks {
		if said = said || chunk.Call != nil || strings.TrimSpace(chunk.Text) != ""; said {
			*req = Request{}
		}
		switch {
		case err == nil && again && !said && chunk.Finish == FinishLength:
			return true, chunk.Usage
		case chunk.Finish != "":
			chunk.Usage = sum(chunk.Usage, before)
		}
		if !yield(chunk, err) {
			return false, Usage{}
		}
	}
	return false, Usage{}
}
