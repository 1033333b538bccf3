//go:build !goexperiment.simd || !amd64

package vector

func dots(q []int16, codes []int8, stride int, out []float32) { dotsGeneric(q, codes, stride, out) }
