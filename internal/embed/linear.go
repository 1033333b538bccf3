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
	sums      []int32
	scales    []float32
	bias      []float32
}

// apply computes the layer for c into out, or adds it there. The number of rows
// is a multiple of tileRows.
func (l *linear) apply(k kernels, b *block, out []float32, c *codes, add bool) {
	*b = block{outStride: l.out, add: add, stride: c.stride, groups: l.in / quad}
	for p := 0; p < l.out; p += panelCols {
		b.weights = l.codes[p*l.in:][:panelCols*l.in]
		b.sums, b.scales, b.bias = l.sums[p:][:panelCols], l.scales[p:][:panelCols], l.bias[p:][:panelCols]
		for r := 0; r < len(c.scales); r += tileRows {
			b.out = out[r*l.out+p:][:(tileRows-1)*l.out+panelCols]
			b.codes = c.data[r*c.stride:][:tileRows*c.stride]
			b.rowScales, b.rowZeros = c.scales[r:][:tileRows], c.zeros[r:][:tileRows]
			k.product(b)
		}
	}
}

// productGeneric computes a block in plain Go. Four rows share each weight. It
// is excluded from the race detector, which would check each load.
//
//go:norace
func productGeneric(b *block) {
	for c := range panelCols {
		var s0, s1, s2, s3 int32
		x0, x1, x2, x3 := b.codes[:b.stride], b.codes[b.stride:][:b.stride], b.codes[2*b.stride:][:b.stride], b.codes[3*b.stride:][:b.stride]
		for g := range b.groups {
			w := b.weights[(g*panelCols+c)*quad:][:quad:quad]
			w0, w1, w2, w3 := int32(w[0]), int32(w[1]), int32(w[2]), int32(w[3])
			y0, y1, y2, y3 := x0[g*quad:][:quad:quad], x1[g*quad:][:quad:quad], x2[g*quad:][:quad:quad], x3[g*quad:][:quad:quad]
			s0 += int32(y0[0])*w0 + int32(y0[1])*w1 + int32(y0[2])*w2 + int32(y0[3])*w3
			s1 += int32(y1[0])*w0 + int32(y1[1])*w1 + int32(y1[2])*w2 + int32(y1[3])*w3
			s2 += int32(y2[0])*w0 + int32(y2[1])*w1 + int32(y2[2])*w2 + int32(y2[3])*w3
			s3 += int32(y3[0])*w0 + int32(y3[1])*w1 + int32(y3[2])*w2 + int32(y3[3])*w3
		}
		for r, s := range [tileRows]int32{s0, s1, s2, s3} {
			b.store(r, c, s)
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
