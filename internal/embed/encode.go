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
	codes     codes // of a layer's input
	block     block
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

func grow[T any](s *[]T, n int) {
	if cap(*s) < n {
		*s = make([]T, n)
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
	e.lookUp(k, s.x, tokens)
	for i := range e.layers {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e.forward(&e.layers[i], k, s, n, rows)
	}
	return meanDirection(s.x[:n*e.hidden], e.hidden), nil
}

// lookUp sets each row of x to the embedding of its token and position.
func (e *encoder) lookUp(k kernels, x []float32, tokens []int32) {
	h := e.hidden
	for i, t := range tokens {
		row, position := x[i*h:][:h], e.positions[i*h:][:h]
		e.words.row(t, row)
		for j, v := range position {
			row[j] += v
		}
	}
	clear(x[len(tokens)*h:])
	k.normalize(x, e.norm.scale, e.norm.shift)
}

// forward runs the hidden state of n tokens through one layer.
func (e *encoder) forward(l *layer, k kernels, s *scratch, n, rows int) {
	apply := func(l *linear, out, in []float32, add bool) {
		s.codes.set(k, in, l.in)
		l.apply(k, &s.block, out, &s.codes, add)
	}
	apply(&l.attention, s.attention, s.x, false)
	clear(s.context)
	for head := 0; head < e.hidden; head += headSize {
		e.attend(k, s, head, n, rows)
	}
	apply(&l.output, s.x, s.context, true)
	k.normalize(s.x, l.norm.scale, l.norm.shift)

	apply(&l.inner, s.inner, s.x, false)
	k.gelu(s.inner)
	apply(&l.outer, s.x, s.inner, true)
	k.normalize(s.x, l.outerNorm.scale, l.outerNorm.shift)
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
		row := s.scores[i*cols:][:cols]
		for j := n; j < cols; j++ {
			row[j] = -math.MaxFloat32
		}
		k.softmax(row)
	}
	values := panels{s.attention[2*h+head:], n, 3 * h, 0, 1}
	multiplyAdd(k.tile, matrix{s.context[head:], h}, scores, values, rows)
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
