//go:build goexperiment.simd && amd64

package vector

import (
	"simd/archsimd"
	"unsafe"
)

// dots writes the dot product of q with each row of codes, by the widest
// instructions that the processor has. All of them give the same integers.
func dots(q []int16, codes []int8, stride int, out []float32) {
	switch {
	case len(out) == 0 || stride == 0:
	case archsimd.X86.AVX512():
		dots512(q, codes, stride, out)
	case archsimd.X86.AVX2():
		dots256(q, codes, stride, out)
	default:
		dotsGeneric(q, codes, stride, out)
	}
}

// codes32 returns the address of 32 codes from offset on, without the check of
// bounds that would cost as much as the arithmetic; codes16 and query do so for
// fewer codes and for the query. The callers below stay inside of len(out) rows
// of stride codes, which they check once.
func codes32(base *int8, offset int) *[32]int8 {
	return (*[32]int8)(unsafe.Add(unsafe.Pointer(base), offset))
}

func codes16(base *int8, offset int) *[16]int8 {
	return (*[16]int8)(unsafe.Add(unsafe.Pointer(base), offset))
}

func query32(base *int16, offset int) *[32]int16 {
	return (*[32]int16)(unsafe.Add(unsafe.Pointer(base), 2*offset))
}

func query16(base *int16, offset int) *[16]int16 {
	return (*[16]int16)(unsafe.Add(unsafe.Pointer(base), 2*offset))
}

// block is how many rows are read before their lanes are added up. Additions
// one by one between wide instructions cost more than reading a row does.
const block = 32

// dots512 computes 32 products at a time.
func dots512(q []int16, codes []int8, stride int, out []float32) {
	_ = codes[len(out)*stride-1]
	_ = q[stride-1]
	var lanes [block][16]int32
	for len(out) > 0 {
		n := min(block, len(out))
		rows512(&q[0], &codes[0], stride, n, &lanes)
		for i := range n {
			out[i] = sum(lanes[i][:])
		}
		out, codes = out[n:], codes[n*stride:]
	}
}

func rows512(query *int16, row *int8, stride, n int, lanes *[block][16]int32) {
	for i := range n {
		var s0, s1 archsimd.Int32x16
		at := i * stride
		for j := 0; j < stride; j += rowAlign {
			s0 = s0.Add(archsimd.LoadInt8x32(codes32(row, at+j)).ExtendToInt16().DotProductPairs(archsimd.LoadInt16x32(query32(query, j))))
			s1 = s1.Add(archsimd.LoadInt8x32(codes32(row, at+j+32)).ExtendToInt16().DotProductPairs(archsimd.LoadInt16x32(query32(query, j+32))))
		}
		s0.Add(s1).Store(&lanes[i])
	}
	archsimd.ClearAVXUpperBits()
}

// dots256 is dots512 for narrower registers.
func dots256(q []int16, codes []int8, stride int, out []float32) {
	_ = codes[len(out)*stride-1]
	_ = q[stride-1]
	var lanes [block][8]int32
	for len(out) > 0 {
		n := min(block, len(out))
		rows256(&q[0], &codes[0], stride, n, &lanes)
		for i := range n {
			out[i] = sum(lanes[i][:])
		}
		out, codes = out[n:], codes[n*stride:]
	}
}

func rows256(query *int16, row *int8, stride, n int, lanes *[block][8]int32) {
	for i := range n {
		var s0, s1, s2, s3 archsimd.Int32x8
		at := i * stride
		for j := 0; j < stride; j += rowAlign {
			s0 = s0.Add(archsimd.LoadInt8x16(codes16(row, at+j)).ExtendToInt16().DotProductPairs(archsimd.LoadInt16x16(query16(query, j))))
			s1 = s1.Add(archsimd.LoadInt8x16(codes16(row, at+j+16)).ExtendToInt16().DotProductPairs(archsimd.LoadInt16x16(query16(query, j+16))))
			s2 = s2.Add(archsimd.LoadInt8x16(codes16(row, at+j+32)).ExtendToInt16().DotProductPairs(archsimd.LoadInt16x16(query16(query, j+32))))
			s3 = s3.Add(archsimd.LoadInt8x16(codes16(row, at+j+48)).ExtendToInt16().DotProductPairs(archsimd.LoadInt16x16(query16(query, j+48))))
		}
		s0.Add(s1).Add(s2.Add(s3)).Store(&lanes[i])
	}
	archsimd.ClearAVXUpperBits()
}

func sum(lanes []int32) float32 {
	var sum int32
	for _, l := range lanes {
		sum += l
	}
	return float32(sum)
}
