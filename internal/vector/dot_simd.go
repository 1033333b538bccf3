//go:build goexperiment.simd && amd64 && !portable

package vector

import (
	"simd/archsimd"
	"unsafe"
)

// dots writes the dot product of q with each row of codes. It returns the same
// integers with and without AVX2; wider instructions would only wait longer for
// memory.
func dots(q *query, codes []int8, stride int, out []float32) {
	switch {
	case len(out) == 0 || stride == 0:
	case archsimd.X86.AVX2():
		dots256(q, codes, stride, out)
	default:
		dotsGeneric(q, codes, stride, out)
	}
}

// at32 returns the address of 32 numbers from offset on, without the bounds
// check, which would cost as much as the arithmetic. The callers below stay
// within len(out) rows of stride codes, which they check once.
func at32[T int8 | uint8](base *T, offset int) *[32]T {
	return (*[32]T)(unsafe.Add(unsafe.Pointer(base), offset))
}

// block is how many rows are read before their lanes are summed. Scalar
// additions between wide instructions cost more than reading a row.
const block = 32

// dots256 computes 32 products at a time. The instruction requires one unsigned
// operand, so the signs of the query are moved to the row. Its pairwise sums
// are at most 2·127², which fits 16 bits. It reads rows of the first and the
// second half alternately: memory serves two streams faster than one.
func dots256(q *query, codes []int8, stride int, out []float32) {
	_ = codes[len(out)*stride-1]
	_, _ = q.codes[stride-1], q.sizes[stride-1]
	half := len(out) / 2
	var lanes [2][block][8]int32
	var sums [block]float32
	for i := 0; i < half; i += block {
		n := min(block, half-i)
		rows256(&q.codes[0], &q.sizes[0], &codes[i*stride], &codes[(half+i)*stride], stride, n, &lanes)
		sums256(&lanes[0], &sums)
		copy(out[i:i+n], sums[:])
		sums256(&lanes[1], &sums)
		copy(out[half+i:half+i+n], sums[:])
	}
	if last := len(out) - 1; last >= 2*half { // of an odd number
		rows256(&q.codes[0], &q.sizes[0], &codes[last*stride], &codes[last*stride], stride, 1, &lanes)
		sums256(&lanes[0], &sums)
		out[last] = sums[0]
	}
}

func rows256(query *int8, sizes *uint8, first, second *int8, stride, n int, lanes *[2][block][8]int32) {
	ones := archsimd.BroadcastInt16x16(1)
	for i := range n {
		var s0, s1 archsimd.Int32x8
		at := i * stride
		for j := 0; j < stride; j += 32 {
			q, size := archsimd.LoadInt8x32(at32(query, j)), archsimd.LoadUint8x32(at32(sizes, j))
			r0, r1 := archsimd.LoadInt8x32(at32(first, at+j)).CopySign(q), archsimd.LoadInt8x32(at32(second, at+j)).CopySign(q)
			s0 = s0.Add(size.DotProductPairsSaturated(r0).DotProductPairs(ones))
			s1 = s1.Add(size.DotProductPairsSaturated(r1).DotProductPairs(ones))
		}
		s0.Store(&lanes[0][i])
		s1.Store(&lanes[1][i])
	}
	archsimd.ClearAVXUpperBits()
}

// sums256 adds up the lanes of each row.
func sums256(lanes *[block][8]int32, out *[block]float32) {
	for i := 0; i < block; i += 4 {
		a := archsimd.LoadInt32x8(&lanes[i]).AddPairsGrouped(archsimd.LoadInt32x8(&lanes[i+1]))
		b := archsimd.LoadInt32x8(&lanes[i+2]).AddPairsGrouped(archsimd.LoadInt32x8(&lanes[i+3]))
		halves := a.AddPairsGrouped(b) // per row, the lower lanes before the upper ones
		halves.GetLo().Add(halves.GetHi()).ConvertToFloat32().Store((*[4]float32)(out[i:]))
	}
	archsimd.ClearAVXUpperBits()
}
