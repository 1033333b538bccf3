package embed

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
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

// pack cuts the transpose of w, which has cols rows of length rows, into panels.
func pack(w []float32, cols, rows int) panels {
	p := panels{make([]float32, len(w)), rows, tileCols, rows * tileCols, cols / tileCols}
	packInto(p, matrix{w, rows}, cols)
	return p
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
		g := append([]float32(nil), xs...)
		k.gelu(g)
		for i, x := range xs {
			near(t, k.name+": gelu", g[i], float64(x)/2*(1+math.Erf(float64(x)/math.Sqrt2)), 2e-6)
		}
	}
}

func TestSoftmax(t *testing.T) {
	for _, k := range availableKernels() {
		xs := []float32{1000, 1001, -1000, 1001, 999, 0, 0, 0, 1000.5, 1, -math.MaxFloat32, 0, 0, 0, 0, 0}
		for i := range 16 {
			xs = append(xs, 995-float32(i))
		}
		var want []float64
		var whole, total float64
		for _, x := range xs {
			e := math.Exp(max(expMin, float64(x)-1001))
			want, whole = append(want, e), whole+e
		}
		k.softmax(xs)
		for i, x := range xs {
			total += float64(x)
			near(t, fmt.Sprintf("%s: number %d", k.name, i), x, want[i]/whole, 1e-6)
		}
		near(t, k.name+": the sum", float32(total), 1, 1e-6)
		near(t, k.name+": a small ratio", xs[31]/xs[16], math.Exp(-15), 1e-6)
	}
}

func TestNormalize(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	const n = 48
	scale, shift := randoms(r, n), randoms(r, n)
	for _, k := range availableKernels() {
		x := randoms(r, 3*n)
		clear(x[n : 2*n])
		before := slices.Clone(x)
		k.normalize(x, scale, shift)
		for row := range 3 {
			var mean, variance float64
			for _, v := range before[row*n:][:n] {
				mean += float64(v) / n
			}
			for _, v := range before[row*n:][:n] {
				variance += (float64(v) - mean) * (float64(v) - mean) / n
			}
			for i, v := range before[row*n:][:n] {
				want := (float64(v)-mean)/math.Sqrt(variance+epsilon)*float64(scale[i]) + float64(shift[i])
				near(t, k.name+": a number", x[row*n+i], want, 1e-5)
			}
		}
	}
}

func TestQuantize(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	const n = 64
	rows := [][]float32{randoms(r, n), make([]float32, n), randoms(r, n), randoms(r, n), randoms(r, n)}
	for i := range n {
		rows[2][i] = 3 + max(rows[2][i], -rows[2][i]) // all positive
		rows[3][i] *= -1e-30
		rows[4][i] *= 1e-42 // denormal
	}
	rows[0][17] = 1000
	for _, k := range availableKernels() {
		codes := make([]byte, n*k.codeSize)
		for at, row := range rows {
			scale, zero := k.quantize(codes, row)
			for i, v := range row {
				code := int32(codes[i*k.codeSize])
				if got := float32(code-zero) * scale; math.Abs(float64(got-v)) > 0.51*float64(scale)+1e-37 {
					t.Errorf("%s: row %d: %g became %g, with a scale of %g", k.name, at, v, got, scale)
				}
			}
		}
	}
}

// All kernels compute the same whole numbers, whatever the codes.
func TestLinear(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for _, size := range [][3]int{{4, 64, 64}, {8, 384, 128}, {4, 1536, 64}} {
		rows, in, out := size[0], size[1], size[2]
		weights, scales := make([]int8, in*out), randoms(r, out)
		for i := range weights {
			weights[i] = int8(r.IntN(255) - 127)
			if i < 2*in {
				weights[i] = 127 // the greatest sums
			}
		}
		l := newLinear(weights, scales, randoms(r, out), in, out)
		x := randoms(r, rows*in)
		for i := range in {
			x[i] = float32(max(0, i-2)) // high codes
		}
		before := randoms(r, rows*out)
		for _, k := range availableKernels() {
			var c codes
			c.set(k, x, in)
			for _, add := range []bool{false, true} {
				got := slices.Clone(before)
				l.apply(k, new(block), got, &c, add)
				for i, v := range got {
					row, col := i/out, i%out
					var sum int64
					for j := range in {
						sum += (int64(c.data[row*c.stride+j*k.codeSize]) - int64(c.zeros[row])) * int64(weights[col*in+j])
					}
					want := float64(sum)*float64(c.scales[row])*float64(scales[col]) + float64(l.bias[col])
					if add {
						want += float64(before[i])
					}
					near(t, fmt.Sprintf("%s, %v, add %v: number %d", k.name, size, add, i), v, want, 1e-5)
				}
			}
		}
	}
}
