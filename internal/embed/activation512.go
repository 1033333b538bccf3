//go:build goexperiment.simd && amd64 && !portable

package embed

import (
	"math"
	"simd/archsimd"
)

// all16 returns sixteen of the same number.
func all16(x float32) archsimd.Float32x16 { return archsimd.BroadcastFloat32x16(x) }

// expOf512 is exp, sixteen at a time.
func expOf512(x archsimd.Float32x16) archsimd.Float32x16 {
	x = x.Max(all16(expMin)).Min(all16(expMax))
	n := x.Mul(all16(math.Log2E)).RoundToEvenScaled(0)
	r := n.MulAdd(all16(-ln2High), x)
	r = n.MulAdd(all16(-ln2Low), r)
	p := all16(exp6).MulAdd(r, all16(exp5))
	p = p.MulAdd(r, all16(exp4))
	p = p.MulAdd(r, all16(exp3))
	p = p.MulAdd(r, all16(exp2))
	p = p.MulAdd(r, all16(1))
	p = p.MulAdd(r, all16(1))
	return p.Scale(n)
}

// sum16 and highest16 return the sum and the highest of sixteen numbers.
func sum16(x archsimd.Float32x16) float32 { return sum8(x.GetLo().Add(x.GetHi())) }

func highest16(x archsimd.Float32x16) float32 { return highest8(x.GetLo().Max(x.GetHi())) }

// softmax512 is softmaxGeneric, sixteen at a time.
func softmax512(xs []float32) {
	p, n := &xs[0], len(xs)
	top := archsimd.LoadFloat32x16(at16(p, 0))
	for i := 16; i < n; i += 16 {
		top = top.Max(archsimd.LoadFloat32x16(at16(p, i)))
	}
	shift := all16(highest16(top))
	var total archsimd.Float32x16
	for i := 0; i < n; i += 16 {
		e := expOf512(archsimd.LoadFloat32x16(at16(p, i)).Sub(shift))
		total = total.Add(e)
		e.Store(at16(p, i))
	}
	scale := all16(1 / sum16(total))
	for i := 0; i < n; i += 16 {
		archsimd.LoadFloat32x16(at16(p, i)).Mul(scale).Store(at16(p, i))
	}
	archsimd.ClearAVXUpperBits()
}

// normalize512 is normalizeGeneric, sixteen at a time.
func normalize512(x, scale, shift []float32) {
	n := len(scale)
	_ = shift[n-1]
	for ; len(x) > 0; x = x[n:] {
		p := &x[:n][0]
		var total, square archsimd.Float32x16
		for i := 0; i < n; i += 16 {
			total = total.Add(archsimd.LoadFloat32x16(at16(p, i)))
		}
		mean := all16(sum16(total) / float32(n))
		for i := 0; i < n; i += 16 {
			d := archsimd.LoadFloat32x16(at16(p, i)).Sub(mean)
			square = d.MulAdd(d, square)
		}
		f := all16(float32(1 / math.Sqrt(float64(sum16(square)/float32(n))+epsilon)))
		for i := 0; i < n; i += 16 {
			d := archsimd.LoadFloat32x16(at16(p, i)).Sub(mean).Mul(f)
			d.MulAdd(archsimd.LoadFloat32x16(at16(&scale[0], i)), archsimd.LoadFloat32x16(at16(&shift[0], i))).Store(at16(p, i))
		}
	}
	archsimd.ClearAVXUpperBits()
}

// gelu512 is gelu for all of xs.
func gelu512(xs []float32) {
	whole := len(xs) &^ 15
	var zero archsimd.Float32x16
	for i := 0; i < whole; i += 16 {
		p := at16(&xs[0], i)
		x := archsimd.LoadFloat32x16(p)
		z := x.Mul(all16(1 / math.Sqrt2))
		a := z.Max(zero.Sub(z))
		t := all16(1).Div(a.MulAdd(all16(erfP), all16(1)))
		q := all16(erfA5).MulAdd(t, all16(erfA4))
		q = q.MulAdd(t, all16(erfA3))
		q = q.MulAdd(t, all16(erfA2))
		q = q.MulAdd(t, all16(erfA1))
		tail := q.Mul(t).Mul(expOf512(zero.Sub(a.Mul(a)))) // 1 - erf(a)
		// x/2 * (1+erf(z)) is x - x/2*tail above zero, and x/2*tail below.
		below := x.Mul(all16(0.5)).Mul(tail)
		x.Sub(below).Merge(below, zero.Less(x)).Store(p)
	}
	archsimd.ClearAVXUpperBits()
	geluGeneric(xs[whole:])
}
