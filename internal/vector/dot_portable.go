//go:build !goexperiment.simd || !amd64 || portable

package vector

func dots(q *query, codes []int8, stride int, out []float32) { dotsGeneric(q, codes, stride, out) }
