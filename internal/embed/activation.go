package embed

import "math"

// The exponential function is 2^n * e^r with a whole n and |r| <= ln(2)/2,
// where a polynomial is as exact as float32. ln(2) is subtracted in two parts
// so that r loses no digits.
const (
	expMin, expMax = -87, 88
	ln2High        = 0.693359375
	ln2Low         = -2.12194440e-4
	exp2, exp3     = 1.0 / 2, 1.0 / 6
	exp4, exp5     = 1.0 / 24, 1.0 / 120
	exp6           = 1.0 / 720
)

// The error function after Abramowitz and Stegun, 7.1.26: within 1.5e-7.
const (
	erfP  = 0.3275911
	erfA1 = 0.254829592
	erfA2 = -0.284496736
	erfA3 = 1.421413741
	erfA4 = -1.453152027
	erfA5 = 1.061405429
)

// exp returns e^x within 1e-6 of its size; x is held within expMin and expMax.
func exp(x float32) float32 {
	x = min(max(x, expMin), expMax)
	n := float32(math.RoundToEven(float64(x * math.Log2E)))
	r := x - n*ln2High - n*ln2Low
	p := float32(exp6)
	p = p*r + exp5
	p = p*r + exp4
	p = p*r + exp3
	p = p*r + exp2
	p = p*r + 1
	p = p*r + 1
	return p * math.Float32frombits(uint32(int32(n)+127)<<23)
}

// gelu returns x times the probability that a normal variable is below x.
func gelu(x float32) float32 {
	z := x * (1 / math.Sqrt2)
	a := max(z, -z)
	t := 1 / (1 + erfP*a)
	p := ((((erfA5*t+erfA4)*t+erfA3)*t+erfA2)*t + erfA1) * t
	erf := 1 - p*exp(-a*a)
	if z < 0 {
		erf = -erf
	}
	return 0.5 * x * (1 + erf)
}

func geluGeneric(xs []float32) {
	for i, x := range xs {
		xs[i] = gelu(x)
	}
}

// expGeneric replaces each x by e^(x-shift).
func expGeneric(xs []float32, shift float32) {
	for i, x := range xs {
		xs[i] = exp(x - shift)
	}
}

// softmaxGeneric replaces xs, which is not empty, by positive numbers whose sum
// is 1.
func softmaxGeneric(xs []float32) {
	highest := xs[0]
	for _, x := range xs {
		if x > highest { // no NaN here, so max isn't needed
			highest = x
		}
	}
	expGeneric(xs, highest)
	scale := 1 / sum(xs)
	for i := range xs {
		xs[i] *= scale
	}
}

// epsilon keeps the variance of a row from being zero.
const epsilon = 1e-12

func normalizeGeneric(x, scale, shift []float32) {
	n := len(scale)
	for ; len(x) > 0; x = x[n:] {
		row := x[:n]
		mean := sum(row) / float32(n)
		var square [4]float32
		for i, v := range row {
			d := v - mean
			row[i] = d
			square[i%4] += d * d
		}
		variance := (square[0] + square[1] + square[2] + square[3]) / float32(n)
		f := float32(1 / math.Sqrt(float64(variance)+epsilon))
		for i, d := range row {
			row[i] = d*f*scale[i] + shift[i]
		}
	}
}

// sum adds in four lanes, which is faster and a little more exact than one.
func sum(xs []float32) float32 {
	var s0, s1, s2, s3 float32
	for ; len(xs) >= 4; xs = xs[4:] {
		s0 += xs[0]
		s1 += xs[1]
		s2 += xs[2]
		s3 += xs[3]
	}
	for _, x := range xs {
		s0 += x
	}
	return s0 + s1 + s2 + s3
}
