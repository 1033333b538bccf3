package vector

// dotGeneric returns the dot product of two rows of codes of one length, a
// multiple of rowAlign.
func dotGeneric(a, b []int8) int32 {
	var s0, s1, s2, s3 int32
	b = b[:len(a)]
	for i := 0; i+4 <= len(a); i += 4 {
		s0 += int32(a[i]) * int32(b[i])
		s1 += int32(a[i+1]) * int32(b[i+1])
		s2 += int32(a[i+2]) * int32(b[i+2])
		s3 += int32(a[i+3]) * int32(b[i+3])
	}
	return s0 + s1 + s2 + s3
}

// dotsGeneric writes the dot product of q with each row of codes.
func dotsGeneric(q, codes []int8, stride int, out []float32) {
	for i := range out {
		out[i] = float32(dotGeneric(q, codes[i*stride:(i+1)*stride]))
	}
}
