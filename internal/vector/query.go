package vector

import "math"

// Query is a vector quantised to bytes, to multiply with rows of codes.
type Query struct {
	query *query
	scale float32
}

// NewQuery quantises a vector of finite components whose length is a multiple
// of rowAlign.
func NewQuery(v []float32) *Query {
	codes := make([]int8, len(v))
	var largest float32
	for _, x := range v {
		largest = max(largest, x, -x)
	}
	if largest == 0 {
		return &Query{newQuery(codes), 0}
	}
	for i, x := range v {
		codes[i] = int8(math.RoundToEven(float64(x / largest * 127)))
	}
	return &Query{newQuery(codes), largest / 127}
}

// Dots writes the dot product of the vector with each row of codes, as long as
// the vector, to out.
func (q *Query) Dots(codes []int8, out []float32) {
	dots(q.query, codes, len(q.query.codes), out)
	for i := range out {
		out[i] *= q.scale
	}
}
