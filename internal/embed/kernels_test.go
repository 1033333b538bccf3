package embed

import (
	"math"
	"math/rand/v2"
	"testing"
)

func randoms(r *rand.Rand, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(r.NormFloat64())
	}
	return out
}

func near(t *testing.T, what string, got float32, want, tolerance float64) {
	t.Helper()
	if d := math.Abs(float64(got) - want); !(d <= tolerance*max(1, math.Abs(want))) {
		t.Errorf("%s is %g, want %g", what, got, want)
	}
}

func TestProductsAreExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, k := range availableKernels() {
		for _, size := range [][3]int{{4, 1, 32}, {8, 32, 64}, {12, depth, 32}, {4, 2*depth + 7, 96}} {
			rows, inner, cols := size[0], size[1], size[2]
			a, w, out := randoms(r, rows*inner), randoms(r, cols*inner), randoms(r, rows*cols)
			before := append([]float32(nil), out...)
			multiplyAdd(k.tile, matrix{out, cols}, matrix{a, inner}, pack(w, cols, inner), rows)
			for i, got := range out {
				want := float64(before[i])
				for j := range inner {
					want += float64(a[i/cols*inner+j]) * float64(w[i%cols*inner+j])
				}
				near(t, k.name+": an element", got, want, 1e-4)
			}
		}
	}
}

func TestActivations(t *testing.T) {
	var xs []float32
	for x := float32(-95); x < 88; x += 0.37 {
		xs = append(xs, x, x/30)
	}
	xs = append(xs, 0, 1e-30, -1e-30)
	for _, k := range availableKernels() {
		e, g := append([]float32(nil), xs...), append([]float32(nil), xs...)
		k.exp(e, 1.5)
		k.gelu(g)
		for i, x := range xs {
			want := math.Exp(max(float64(x)-1.5, expMin))
			near(t, k.name+": exp", e[i]/float32(want), 1, 2e-5)
			near(t, k.name+": gelu", g[i], float64(x)/2*(1+math.Erf(float64(x)/math.Sqrt2)), 2e-6)
		}
	}
}

func TestSoftmax(t *testing.T) {
	for _, k := range availableKernels() {
		xs := []float32{1000, 1001, -1000, 1001, 999, 0, 0, 0, 1000.5, 1}
		k.softmax(xs)
		var total float64
		for _, x := range xs {
			total += float64(x)
		}
		near(t, k.name+": the sum", float32(total), 1, 1e-6)
		near(t, k.name+": a ratio", xs[1]/xs[0], math.E, 1e-5)
		if xs[1] != xs[3] || xs[2] > 1e-30 {
			t.Errorf("%s: %v", k.name, xs)
		}
	}
}
