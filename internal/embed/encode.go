package embed

import (
	"context"
	"math"
)

// scratch is the working memory for encoding one input, reused for the next.
type scratch struct {
	x         []float32 // the hidden state: a row for each token
	attention []float32 // queries, keys and values: rows of 3*hidden
	context   []float32 // the output of attention
	keys      []float32 // one head's keys, in panels
	scores    []float32 // one head's: a row for each token
	inner     []float32
}

// resize makes s large enough for the given rows; what it holds is undefined.
func (s *scratch) resize(sh shape, rows, cols int) {
	grow(&s.x, rows*sh.hidden)
	grow(&s.attention, rows*3*sh.hidden)
	grow(&s.context, rows*sh.hidden)
	grow(&s.keys, cols*headSize)
	grow(&s.scores, rows*cols)
	grow(&s.inner, rows*sh.inner)
}

func grow(s *[]float32, n int) {
	if cap(*s) < n {
		*s = make([]float32, n)
	}
	*s = (*s)[:n]
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// encode returns the normalised mean of the tokens' hidden states after the
// last layer. The number of tokens is from one to the model's positions. It
// fails only when ctx ends.
func (e *encoder) encode(ctx context.Context, k kernels, s *scratch, tokens []int32) ([]float32, error) {
	// Rows beyond the tokens pad the last tile. They are computed like the
	// others but not attended to.
	n := len(tokens)
	rows := roundUp(n, tileRows)
	s.resize(e.shape, rows, roundUp(n, tileCols))
	e.lookUp(s.x, tokens)
	for i := range e.layers {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e.forward(&e.layers[i], k, s, n, rows)
	}
	return meanDirection(s.x[:n*e.hidden], e.hidden), nil
}

// lookUp sets each row of x to the embedding of its token and position.
func (e *encoder) lookUp(x []float32, tokens []int32) {
	h := e.hidden
	for i, t := range tokens {
		row, position := x[i*h:][:h], e.positions[i*h:][:h]
		scale := e.words.scales[t]
		for j, code := range e.words.codes[int(t)*h:][:h] {
			row[j] = float32(code)*scale + position[j]
		}
	}
	clear(x[len(tokens)*h:])
	layerNorm(x, h, e.norm.scale, e.norm.shift)
}

// forward runs the hidden state of n tokens through one layer.
func (e *encoder) forward(l *layer, k kernels, s *scratch, n, rows int) {
	h := e.hidden
	x, attention, inner := matrix{s.x, h}, matrix{s.attention, 3 * h}, matrix{s.inner, e.inner}

	fillRows(s.attention, l.attention.bias)
	multiplyAdd(k.tile, attention, x, l.attention.weights, rows)
	clear(s.context)
	for head := 0; head < h; head += headSize {
		e.attend(k, s, head, n, rows)
	}
	addRows(s.x, l.output.bias)
	multiplyAdd(k.tile, x, matrix{s.context, h}, l.output.weights, rows)
	layerNorm(s.x, h, l.norm.scale, l.norm.shift)

	fillRows(s.inner, l.inner.bias)
	multiplyAdd(k.tile, inner, x, l.inner.weights, rows)
	k.gelu(s.inner)
	addRows(s.x, l.outer.bias)
	multiplyAdd(k.tile, x, inner, l.outer.weights, rows)
	layerNorm(s.x, h, l.outerNorm.scale, l.outerNorm.shift)
}

// attend computes the attention head that begins at the given column into the
// context: for each token the mean of all values, weighted by how well their
// keys match the token's query.
func (e *encoder) attend(k kernels, s *scratch, head, n, rows int) {
	h := e.hidden
	cols := roundUp(n, tileCols)
	keys := panels{s.keys, headSize, tileCols, headSize * tileCols, cols / tileCols}
	packInto(keys, matrix{s.attention[h+head:], 3 * h}, n)
	clear(s.scores)
	scores := matrix{s.scores, cols}
	multiplyAdd(k.tile, scores, matrix{s.attention[head:], 3 * h}, keys, rows)
	for i := range rows {
		k.softmax(s.scores[i*cols:][:n])
	}
	values := panels{s.attention[2*h+head:], n, 3 * h, 0, 1}
	multiplyAdd(k.tile, matrix{s.context[head:], h}, scores, values, rows)
}

// fillRows makes every row of x a copy of row.
func fillRows(x, row []float32) {
	for ; len(x) > 0; x = x[len(row):] {
		copy(x, row)
	}
}

// addRows adds row to every row of x.
func addRows(x, row []float32) {
	for ; len(x) > 0; x = x[len(row):] {
		for i, v := range row {
			x[i] += v
		}
	}
}

// meanDirection returns the normalised mean of the rows of x, n long.
func meanDirection(x []float32, n int) []float32 {
	out := make([]float32, n)
	for ; len(x) > 0; x = x[n:] {
		for i, v := range x[:n] {
			out[i] += v
		}
	}
	var square float64
	for _, v := range out {
		square += float64(v) * float64(v)
	}
	f := float32(1 / math.Sqrt(max(square, 1e-24)))
	for i := range out {
		out[i] *= f
	}
	return out
}
