package embed

import "math"

// A product of codes is computed in blocks of tileRows inputs by panelCols
// outputs. The codes of four inputs, quad, are multiplied and added at once.
const (
	panelCols = 64
	quad      = 4
)

// linear is a linear layer. Each output's weights are codes of one byte with a
// scale of their own. in is a multiple of 16, out one of panelCols.
type linear struct {
	in, out int
	// codes are panels of panelCols outputs. A panel has in/quad rows, a row
	// has quad codes for each of the panel's outputs.
	codes  []int8
	sums   []int32 // of each output's codes
	scales []float32
	bias   []float32
}

// newLinear returns a layer with the given codes, an output after the other.
func newLinear(codes []int8, scales, bias []float32, in, out int) linear {
	l := linear{in, out, make([]int8, in*out), make([]int32, out), scales, bias}
	for o := range out {
		panel := l.codes[o/panelCols*panelCols*in+o%panelCols*quad:]
		for i, c := range codes[o*in:][:in] {
			panel[i/quad*panelCols*quad+i%quad] = c
			l.sums[o] += int32(c)
		}
	}
	return l
}

// codes are rows of numbers as bytes: number = (code - zero) * scale, with a
// scale and a zero for each row.
type codes struct {
	data   []byte
	stride int // bytes of a row
	scales []float32
	zeros  []int32
}

// set quantises the rows of x, width numbers each.
func (c *codes) set(k kernels, x []float32, width int) {
	rows := len(x) / width
	c.stride = width * k.codeSize
	grow(&c.data, rows*c.stride)
	grow(&c.scales, rows)
	grow(&c.zeros, rows)
	for r := range rows {
		c.scales[r], c.zeros[r] = k.quantize(c.data[r*c.stride:][:c.stride], x[r*width:][:width])
	}
}

// A block is tileRows rows of a layer's input and one panel of its outputs. The
// assembly reads it.
type block struct {
	out       []float32
	outStride int
	add       bool // to out, rather than replace it
	codes     []byte
	stride    int // of codes
	rowScales []float32
	rowZeros  []int32
	groups    int // the layer's inputs / quad
	weights   []int8
	// pairs are the weights + 128 for productGeneric: the low and the high half
	// of a number have those of two outputs.
	pairs  []uint64
	sums   []int32
	scales []float32
	bias   []float32
}

// apply computes the layer for c into out, or adds it there. The number of rows
// is a multiple of tileRows.
func (l *linear) apply(k kernels, b *block, out []float32, c *codes, add bool) {
	*b = block{outStride: l.out, add: add, stride: c.stride, groups: l.in / quad, pairs: b.pairs}
	for p := 0; p < l.out; p += panelCols {
		b.weights = l.codes[p*l.in:][:panelCols*l.in]
		b.sums, b.scales, b.bias = l.sums[p:][:panelCols], l.scales[p:][:panelCols], l.bias[p:][:panelCols]
		if k.pairs {
			b.pair()
		}
		for r := 0; r < len(c.scales); r += tileRows {
			b.out = out[r*l.out+p:][:(tileRows-1)*l.out+panelCols]
			b.codes = c.data[r*c.stride:][:tileRows*c.stride]
			b.rowScales, b.rowZeros = c.scales[r:][:tileRows], c.zeros[r:][:tileRows]
			k.product(b)
		}
	}
}

// pair sets pairs.
//
//go:norace
func (b *block) pair() {
	grow(&b.pairs, b.groups*quad*panelCols/2)
	for g := range b.groups {
		w := b.weights[g*quad*panelCols:][:quad*panelCols]
		for i := range quad {
			out := b.pairs[(g*quad+i)*panelCols/2:][:panelCols/2]
			for c := range out {
				out[c] = uint64(int32(w[2*c*quad+i])+128) | uint64(int32(w[(2*c+1)*quad+i])+128)<<32
			}
		}
	}
}

// productGeneric computes a block in plain Go, two columns with each
// multiplication: no sum reaches 2^32. It is excluded from the race detector,
// which would check each load.
//
//go:norace
func productGeneric(b *block) {
	n := b.groups * quad
	for r := 0; r < tileRows; r += 2 {
		x, y := b.codes[r*b.stride:][:n], b.codes[(r+1)*b.stride:][:n]
		var sumX, sumY int32
		for i, v := range x {
			sumX, sumY = sumX+int32(v), sumY+int32(y[i])
		}
		for c := 0; c < panelCols/2; c += 4 {
			var x0, x1, x2, x3, y0, y1, y2, y3 uint64
			pairs := b.pairs[c:]
			for i, v := range x {
				w := pairs[i*panelCols/2:][:4:4]
				x, y := uint64(v), uint64(y[i])
				x0, x1, x2, x3 = x0+x*w[0], x1+x*w[1], x2+x*w[2], x3+x*w[3]
				y0, y1, y2, y3 = y0+y*w[0], y1+y*w[1], y2+y*w[2], y3+y*w[3]
			}
			for i, s := range [4]uint64{x0, x1, x2, x3} {
				b.store(r, 2*(c+i), int32(uint32(s))-128*sumX)
				b.store(r, 2*(c+i)+1, int32(s>>32)-128*sumX)
			}
			for i, s := range [4]uint64{y0, y1, y2, y3} {
				b.store(r+1, 2*(c+i), int32(uint32(s))-128*sumY)
				b.store(r+1, 2*(c+i)+1, int32(s>>32)-128*sumY)
			}
		}
	}
}

// store turns the product of a row and a column into a number of the output.
func (b *block) store(row, col int, product int32) {
	v := float32(product-b.rowZeros[row]*b.sums[col])*b.rowScales[row]*b.scales[col] + b.bias[col]
	if out := &b.out[row*b.outStride+col]; b.add {
		*out += v
	} else {
		*out = v
	}
}

// quantizeGeneric writes row as codes of 0 to 255.
func quantizeGeneric(codes []byte, row []float32) (scale float32, zero int32) {
	var lowest, highest float32
	for _, v := range row {
		lowest, highest = min(lowest, v), max(highest, v)
	}
	scale, inverse, zero := codeRange(lowest, highest)
	shift := float32(zero) + 0.5
	for i, v := range row {
		codes[i] = byte(min(255, int32(v*inverse+shift)))
	}
	return scale, zero
}

// codeRange returns the scale, its inverse and the zero of codes for numbers
// between lowest, which is at most 0, and highest, at least 0.
func codeRange(lowest, highest float32) (scale, inverse float32, zero int32) {
	scale = (highest - lowest) / 255
	if scale < math.SmallestNonzeroFloat32*(1<<30) {
		return 0, 0, 0
	}
	inverse = 1 / scale
	return scale, inverse, int32(-lowest*inverse + 0.5)
}
