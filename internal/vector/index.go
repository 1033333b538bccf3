// Package vector is an exact in-memory nearest-neighbour search: a flat scan
// over vectors quantised to bytes. The caller compares the best candidates in
// full precision.
package vector

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"daybook"
)

// Key names a vector: a digest of the text it was made of.
type Key [16]byte

// Index holds normalised vectors of one dimension as int8 codes, one byte a
// component. It is safe for concurrent use.
type Index struct {
	dim, stride int

	scans atomic.Int32 // running now

	mu     sync.RWMutex
	keys   []Key
	rows   map[Key]int
	codes  []int8    // row after row, each stride long, zero-padded
	scales []float32 // component = code * scale
	// worst is an upper bound of the length of a row's quantisation error.
	worst float32
}

// rowAlign is what a row's length is rounded up to, so that the widest
// vector instructions need no tail.
const rowAlign = 64

// NewIndex returns an empty index for vectors of dim components.
func NewIndex(dim int) *Index {
	return &Index{dim: dim, stride: (dim + rowAlign - 1) / rowAlign * rowAlign, rows: map[Key]int{}}
}

// Grow makes room for n more vectors, so that adding them allocates no more
// than they need.
func (x *Index) Grow(n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.keys, x.codes = slices.Grow(x.keys, n), slices.Grow(x.codes, n*x.stride)
	x.scales = slices.Grow(x.scales, n)
}

// Len is the number of vectors.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.keys)
}

// Has reports whether there is a vector for key.
func (x *Index) Has(key Key) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	_, ok := x.rows[key]
	return ok
}

// Put stores v, which need not be normalised, under key. A vector of a
// different length, a zero vector, or one with a component that is not finite
// is daybook.Invalid.
func (x *Index) Put(key Key, v []float32) error {
	unit, err := Normalise(v, x.dim)
	if err != nil {
		return err
	}
	codes := make([]int8, x.stride)
	scale, e := quantise(unit, codes)
	x.mu.Lock()
	defer x.mu.Unlock()
	row, ok := x.rows[key]
	if !ok {
		row = len(x.keys)
		x.rows[key] = row
		x.keys = append(x.keys, key)
		x.codes = append(x.codes, codes...)
		x.scales = append(x.scales, scale)
		x.worst = max(x.worst, e)
		return nil
	}
	copy(x.codes[row*x.stride:], codes)
	x.scales[row], x.worst = scale, max(x.worst, e)
	return nil
}

// Delete removes the vector of key, if there is one.
func (x *Index) Delete(key Key) {
	x.mu.Lock()
	defer x.mu.Unlock()
	row, ok := x.rows[key]
	if !ok {
		return
	}
	last := len(x.keys) - 1
	x.keys[row], x.scales[row] = x.keys[last], x.scales[last]
	copy(x.codes[row*x.stride:(row+1)*x.stride], x.codes[last*x.stride:])
	x.rows[x.keys[row]] = row
	delete(x.rows, key)
	x.keys, x.scales = x.keys[:last], x.scales[:last]
	x.codes = x.codes[:last*x.stride]
}

// Scored is a key with its approximate cosine, computed from the codes.
type Scored struct {
	Key   Key
	Score float32
}

// Candidates returns keys that include the k nearest to query by cosine, best
// first by the codes; the caller compares them in full precision. If allowed is
// not nil, only those keys are considered.
//
// Why this is enough: with unit vectors q and x, their reconstructions q' and
// x', and errors dq = q-q' and dx = x-x', the score misses q·x - q'·x' = dq·x'
// + q·dx. Rounding makes the components of dq and dx independent of each other
// and of the vectors, with mean zero, so the miss is a sum of d such terms with
// a standard deviation of at most s = (|dq| + |dx|)/√d, and the difference of
// two rows' misses one of √2·s. Every row whose score is within eight of those
// of the k-th best is a candidate.
//
// The rest are the next best by the codes alone, to make up total keys in all
// if there are that many.
func (x *Index) Candidates(query []float32, k, total int, allowed []Key) (candidates, rest []Scored, err error) {
	unit, err := Normalise(query, x.dim)
	if err != nil {
		return nil, nil, err
	}
	q := make([]int8, x.stride)
	qscale, qerr := quantise(unit, q)
	x.mu.RLock()
	defer x.mu.RUnlock()
	rows, scores := x.scan(newQuery(q), qscale, allowed)
	if k <= 0 || len(scores) == 0 {
		return nil, nil, nil
	}
	const sigmas = 8
	margin := math.Sqrt2 * sigmas * (qerr + x.worst) / float32(math.Sqrt(float64(x.dim)))
	order, n := best(scores, k, max(k, total), margin)
	list := make([]Scored, len(order))
	for i, at := range order {
		row := at
		if rows != nil {
			row = rows[at]
		}
		list[i] = Scored{x.keys[row], scores[at]}
	}
	return list[:n], list[n:], nil
}

// scan scores every row, or only the allowed ones, whose numbers it then
// returns.
func (x *Index) scan(q *query, qscale float32, allowed []Key) (rows []int, scores []float32) {
	if allowed == nil {
		scores = make([]float32, len(x.keys))
		x.dots(q, scores)
		for i := range scores {
			scores[i] *= qscale * x.scales[i]
		}
		return nil, scores
	}
	for _, key := range allowed {
		if row, ok := x.rows[key]; ok {
			rows = append(rows, row)
		}
	}
	slices.Sort(rows)
	rows = slices.Compact(rows)
	scores = make([]float32, len(rows))
	for i := 0; i < len(rows); { // adjacent rows are read at once
		n := 1
		for i+n < len(rows) && rows[i+n] == rows[i]+n {
			n++
		}
		dots(q, x.codes[rows[i]*x.stride:(rows[i]+n)*x.stride], x.stride, scores[i:i+n])
		i += n
	}
	for i, row := range rows {
		scores[i] *= qscale * x.scales[row]
	}
	return rows, scores
}

// worthSplitting is the number of bytes of codes from which two cores share a
// scan.
const worthSplitting = 4 << 20

// dots scores every row. A single query uses two cores if there are two;
// concurrent queries use one each.
func (x *Index) dots(q *query, scores []float32) {
	alone := x.scans.Add(1) == 1
	defer x.scans.Add(-1)
	if !alone || len(x.codes) < worthSplitting || runtime.GOMAXPROCS(0) < 2 {
		dots(q, x.codes, x.stride, scores)
		return
	}
	half := len(scores) / 2
	done := make(chan struct{})
	go func() {
		dots(q, x.codes[half*x.stride:], x.stride, scores[half:])
		close(done)
	}()
	dots(q, x.codes[:half*x.stride], x.stride, scores[:half])
	<-done
}

// best returns the indexes of the best scores, best first: the first n are
// within margin of the k-th best, and the following ones make up the total.
func best(scores []float32, k, total int, margin float32) (order []int, n int) {
	top := newTop(min(total, len(scores)))
	for i, s := range scores {
		if s > top.least {
			top.add(i, s)
		}
	}
	order = top.sorted()
	floor := scores[order[min(k, len(order))-1]] - margin
	if len(order) == len(scores) || scores[order[len(order)-1]] < floor {
		for n = min(k, len(order)); n < len(order) && scores[order[n]] >= floor; n++ {
		}
		return order, n
	}
	order = order[:0] // more than total are within the margin
	for i, s := range scores {
		if s >= floor {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(scores[b], scores[a]), a-b) })
	return order, len(order)
}

// Normalise returns a copy of v with length 1. A vector of that length is
// copied bit for bit. It returns daybook.Invalid if v doesn't have dim
// components, is all zeros, or has a component that is not finite.
func Normalise(v []float32, dim int) ([]float32, error) {
	if len(v) != dim {
		return nil, daybook.Errorf(daybook.Invalid, "vector has %d dimensions, want %d", len(v), dim)
	}
	var sum float64
	for _, c := range v {
		sum += float64(c) * float64(c)
	}
	if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
		return nil, daybook.Errorf(daybook.Invalid, "vector is all zeros or has a component that is not finite")
	}
	if math.Abs(sum-1) < 1e-6 { // already normalised: keep every bit
		return slices.Clone(v), nil
	}
	out := make([]float32, dim)
	length := 1 / math.Sqrt(sum)
	for i, c := range v {
		out[i] = float32(float64(c) * length)
	}
	return out, nil
}

// quantise writes v as codes from -127 to 127 with a common scale, and returns
// the scale and the length of the quantisation error.
func quantise(v []float32, codes []int8) (scale, miss float32) {
	var largest float32
	for _, c := range v {
		largest = max(largest, float32(math.Abs(float64(c))))
	}
	scale = largest / 127
	var sum float64
	for i, c := range v {
		code := math.RoundToEven(float64(c / scale))
		codes[i] = int8(max(-127, min(127, code)))
		d := float64(c) - float64(codes[i])*float64(scale)
		sum += d * d
	}
	return scale, float32(math.Sqrt(sum))
}

// Dot returns the dot product of two vectors of the same length, which is their
// cosine if both are normalised.
func Dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}
