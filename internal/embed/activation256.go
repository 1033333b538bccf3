//go:build goexperiment.simd && amd64 && !portable

package embed

import (
	"math"
	"simd/archsimd"
)

// all8 returns eight of the same number.
func all8(x float32) archsimd.Float32x8 { return archsimd.BroadcastFloat32x8(x) }

// expOf is exp, eight at a time.
func expOf(x archsimd.Float32x8) archsimd.Float32x8 {
	x = x.Max(all8(expMin)).Min(all8(expMax))
	n := x.Mul(all8(math.Log2E)).RoundToEven()
	r := n.MulAdd(all8(-ln2High), x)
	r = n.MulAdd(all8(-ln2Low), r)
	p := all8(exp6).MulAdd(r, all8(exp5))
	p = p.MulAdd(r, all8(exp4))
	p = p.MulAdd(r, all8(exp3))
	p = p.MulAdd(r, all8(exp2))
	p = p.MulAdd(r, all8(1))
	p = p.MulAdd(r, all8(1))
	power := n.ConvertToInt32().Add(archsimd.BroadcastInt32x8(127)).ShiftAllLeft(23)
	return p.Mul(power.AsFloat32x8())
}

// sum8 and highest8 return the sum and the highest of eight numbers.
func sum8(x archsimd.Float32x8) float32 {
	half := x.GetLo().Add(x.GetHi())
	half = half.AddPairs(half)
	return half.AddPairs(half).GetElem(0)
}

func highest8(x archsimd.Float32x8) float32 {
	half := x.GetLo().Max(x.GetHi())
	var v [4]float32
	half.Store(&v)
	a, b := v[0], v[2] // no NaN here, so max isn't needed
	if v[1] > a {
		a = v[1]
	}
	if v[3] > b {
		b = v[3]
	}
	if b > a {
		return b
	}
	return a
}

// softmax256 is softmaxGeneric, eight at a time.
func softmax256(xs []float32) {
	p, n := &xs[0], len(xs)
	top := archsimd.LoadFloat32x8(at8(p, 0))
	for i := 8; i < n; i += 8 {
		top = top.Max(archsimd.LoadFloat32x8(at8(p, i)))
	}
	shift := all8(highest8(top))
	var total archsimd.Float32x8
	for i := 0; i < n; i += 8 {
		e := expOf(archsimd.LoadFloat32x8(at8(p, i)).Sub(shift))
		total = total.Add(e)
		e.Store(at8(p, i))
	}
	scale := all8(1 / sum8(total))
	for i := 0; i < n; i += 8 {
		archsimd.LoadFloat32x8(at8(p, i)).Mul(scale).Store(at8(p, i))
	}
	archsimd.ClearAVXUpperBits()
}

// normalize256 is normalizeGeneric, eight at a time.
func normalize256(x, scale, shift []float32) {
	n := len(scale)
	_ = shift[n-1]
	for ; len(x) > 0; x = x[n:] {
		p := &x[:n][0]
		var total, square archsimd.Float32x8
		for i := 0; i < n; i += 8 {
			total = total.Add(archsimd.LoadFloat32x8(at8(p, i)))
		}
		mean := all8(sum8(total) / float32(n))
		for i := 0; i < n; i += 8 {
			d := archsimd.LoadFloat32x8(at8(p, i)).Sub(mean)
			square = d.MulAdd(d, square)
		}
		f := all8(float32(1 / math.Sqrt(float64(sum8(square)/float32(n))+epsilon)))
		for i := 0; i < n; i += 8 {
			d := archsimd.LoadFloat32x8(at8(p, i)).Sub(mean).Mul(f)
			d.MulAdd(archsimd.LoadFloat32x8(at8(&scale[0], i)), archsimd.LoadFloat32x8(at8(&shift[0], i))).Store(at8(p, i))
		}
	}
	archsimd.ClearAVXUpperBits()
}

// gelu256 is gelu for all of xs.
func gelu256(xs []float32) {
	whole := len(xs) &^ 7
	var zero archsimd.Float32x8
	for i := 0; i < whole; i += 8 {
		p := at8(&xs[0], i)
		x := archsimd.LoadFloat32x8(p)
		z := x.Mul(all8(1 / math.Sqrt2))
		a := z.Max(zero.Sub(z))
		t := all8(1).Div(a.MulAdd(all8(erfP), all8(1)))
		q := all8(erfA5).MulAdd(t, all8(erfA4))
		q = q.MulAdd(t, all8(erfA3))
		q = q.MulAdd(t, all8(erfA2))
		q = q.MulAdd(t, all8(erfA1))
		tail := q.Mul(t).Mul(expOf(zero.Sub(a.Mul(a)))) // 1 - erf(a)
		// x/2 * (1+erf(z)) is x - x/2*tail above zero, and x/2*tail below.
		below := x.Mul(all8(0.5)).Mul(tail)
		x.Sub(below).Merge(below, zero.Less(x)).Store(p)
	}
	archsimd.ClearAVXUpperBits()
	geluGeneric(xs[whole:])
}
