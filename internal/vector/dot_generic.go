package vector

// query holds a query's codes, each from -127 to 127, in the forms needed to
// multiply them with rows.
type query struct {
	codes []int8
	wide  []int16 // the codes
	sizes []uint8 // without their signs
}

func newQuery(codes []int8) *query {
	q := &query{codes: codes, wide: make([]int16, len(codes)), sizes: make([]uint8, len(codes))}
	for i, c := range codes {
		q.wide[i] = int16(c)
		q.sizes[i] = uint8(max(c, -c))
	}
	return q
}

// dotGeneric returns the dot product of the query and a row of codes. Both have
// the same length, a multiple of rowAlign.
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
func dotsGeneric(q *query, codes []int8, stride int, out []float32) {
	for i := range out {
		out[i] = float32(dotGeneric(q.wide, codes[i*stride:(i+1)*stride]))
	}
}
