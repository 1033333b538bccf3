//go:build goexperiment.simd && amd64

package vector

import (
	"simd/archsimd"
	"unsafe"
)

// dots writes the dot product of q with each row of codes, by the widest
// instructions that the processor has. All of them give the same integers.
func dots(q, codes []int8, stride int, out []float32) {
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

// at returns the address of 32 codes within a row, without the check of
// bounds that would cost as much as the arithmetic. The callers below stay
// inside of len(out) rows of stride codes, which they check once.
func at(base *int8, offset int) *[32]int8 {
	return (*[32]int8)(unsafe.Add(unsafe.Pointer(base), offset))
}

func at16(base *int8, offset int) *[16]int8 {
	return (*[16]int8)(unsafe.Add(unsafe.Pointer(base), offset))
}

func dots512(q, codes []int8, stride int, out []float32) {
	_ = codes[len(out)*stride-1]
	_ = q[stride-1]
	query, row := &q[0], &codes[0]
	var lanes [16]int32
	for i := range out {
		var s0, s1 archsimd.Int32x16
		for j := 0; j < stride; j += rowAlign {
			a := archsimd.LoadInt8x32(at(query, j)).ExtendToInt16()
			b := archsimd.LoadInt8x32(at(row, i*stride+j)).ExtendToInt16()
			s0 = s0.Add(a.DotProductPairs(b))
			a = archsimd.LoadInt8x32(at(query, j+32)).ExtendToInt16()
			b = archsimd.LoadInt8x32(at(row, i*stride+j+32)).ExtendToInt16()
			s1 = s1.Add(a.DotProductPairs(b))
		}
		s0.Add(s1).Store(&lanes)
		var sum int32
		for _, l := range lanes {
			sum += l
		}
		out[i] = float32(sum)
	}
	archsimd.ClearAVXUpperBits()
}

func dots256(q, codes []int8, stride int, out []float32) {
	_ = codes[len(out)*stride-1]
	_ = q[stride-1]
	query, row := &q[0], &codes[0]
	var lanes [8]int32
	for i := range out {
		var s0, s1 archsimd.Int32x8
		for j := 0; j < stride; j += 32 {
			a := archsimd.LoadInt8x16(at16(query, j)).ExtendToInt16()
			b := archsimd.LoadInt8x16(at16(row, i*stride+j)).ExtendToInt16()
			s0 = s0.Add(a.DotProductPairs(b))
			a = archsimd.LoadInt8x16(at16(query, j+16)).ExtendToInt16()
			b = archsimd.LoadInt8x16(at16(row, i*stride+j+16)).ExtendToInt16()
			s1 = s1.Add(a.DotProductPairs(b))
		}
		s0.Add(s1).Store(&lanes)
		var sum int32
		for _, l := range lanes {
			sum += l
		}
		out[i] = float32(sum)
	}
	archsimd.ClearAVXUpperBits()
}
