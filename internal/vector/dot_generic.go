package vector

// widen returns codes as numbers of 16 bits, which is how the query is
// multiplied with every row.
func widen(codes []int8) []int16 {
	wide := make([]int16, len(codes))
	for i, c := range codes {
		wide[i] = int16(c)
	}
	return wide
}

// dotGeneric returns the dot product of the query with a row of codes, both of
// one length, a multiple of rowAlign.
func dotGeneric(a []int16, b []int8) int32 {
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
func dotsGeneric(q []int16, codes []int8, stride int, out []float32) {
	for i := range out {
		out[i] = float32(dotGeneric(q, codes[i*stride:(i+1)*stride]))
	}
}
