package embed

import (
	"context"
	"fmt"
	"strings"
	"unicode"
)

// States are the model's last hidden states of a text's tokens, each quantised
// to bytes. Marks and the most common words of English are left out, unless a
// text has nothing else.
type States struct {
	Tokens []uint16  // their ids
	Codes  []int8    // a row of Dim codes for each token
	Scales []float32 // component = code * scale, a scale for each token
}

type captureKey struct{}

// Capture returns a context with which Embed also calls f with the states of
// each text, which it has computed anyway. Calls of f don't overlap within one
// call of Embed.
func Capture(ctx context.Context, f func(text string, s States)) context.Context {
	return context.WithValue(ctx, captureKey{}, f)
}

// States returns the states of a query and its vector.
func (m *Model) States(ctx context.Context, text string) (States, []float32, error) {
	defer m.queries.begin()()
	return m.states(ctx, text)
}

// DocumentStates returns the states of a document. It gives way to queries.
func (m *Model) DocumentStates(ctx context.Context, text string) (States, error) {
	m.queries.giveWay(ctx)
	s, _, err := m.states(ctx, text)
	return s, err
}

func (m *Model) states(ctx context.Context, text string) (States, []float32, error) {
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	tokens := m.tokenizer.encode(text, m.limit)
	v, err := m.encoder.encode(ctx, m.kernels, s, tokens)
	if err != nil {
		return States{}, nil, fmt.Errorf("embed with %s: %w", m.name, err)
	}
	return m.statesOf(tokens, s.x), v, nil
}

// statesOf quantises the rows of x that belong to tokens worth keeping.
func (m *Model) statesOf(tokens []int32, x []float32) States {
	h := m.encoder.hidden
	kept := make([]int, 0, len(tokens))
	for i, t := range tokens {
		if !m.skipped[t] {
			kept = append(kept, i)
		}
	}
	if len(kept) == 0 {
		for i := range tokens {
			kept = append(kept, i)
		}
	}
	out := States{make([]uint16, len(kept)), make([]int8, len(kept)*h), make([]float32, len(kept))}
	for row, i := range kept {
		out.Tokens[row] = uint16(tokens[i])
		out.Scales[row] = quantize(out.Codes[row*h:][:h], x[i*h:][:h])
	}
	return out
}

// Piece returns a token's text. Tokens that continue a word begin with "##".
func (m *Model) Piece(token uint16) string { return m.pieces()[token] }

const common = `the and to of a in i my me he she it him her his hers we us they them their was were is be been being are am had have has
	that this these those which who with at for from by on as but not so there then did do does up out very all no or if an our you your
	when what where how`

// light returns the tokens without letters and digits, and those of common
// words.
func (t *wordPiece) light() map[int32]bool {
	words := map[string]bool{}
	for word := range strings.FieldsSeq(common) {
		words[word] = true
	}
	light := map[int32]bool{t.cls: true, t.sep: true}
	for piece, id := range t.vocab {
		if words[piece] || !strings.ContainsFunc(piece, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			light[id] = true
		}
	}
	return light
}
