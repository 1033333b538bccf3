//go:build goexperiment.simd && amd64 && !portable

package embed

import (
	"simd/archsimd"
	"unsafe"
)

// availableKernels returns what this processor can run, the fastest first.
func availableKernels() []kernels {
	all := []kernels{genericKernels()}
	if archsimd.X86.AVX2() && archsimd.X86.FMA() {
		all = append([]kernels{{"AVX2", productAVX2, quantizeAVX2, 2, false, tile256, gelu256, softmax256, normalize256}}, all...)
		if archsimd.X86.AVX512() && archsimd.X86.AVX512VNNI() {
			all = append([]kernels{{"VNNI", productVNNI, quantize512, 1, false, tile512, gelu512, softmax512, normalize512}}, all...)
		}
	}
	return all
}

// floatSize is the size of a float32 in bytes.
const floatSize = 4

// at16 and at8 return the address of 16 or 8 numbers from offset on, and one
// returns a single number, without the bounds check, which would cost as much
// as the arithmetic. checkTile and the loops' own conditions bound the offsets.
func at16(p *float32, offset int) *[16]float32 {
	return (*[16]float32)(unsafe.Add(unsafe.Pointer(p), offset*floatSize))
}

func at8(p *float32, offset int) *[8]float32 {
	return (*[8]float32)(unsafe.Add(unsafe.Pointer(p), offset*floatSize))
}

func one(p *float32, offset int) float32 {
	return *(*float32)(unsafe.Add(unsafe.Pointer(p), offset*floatSize))
}

// checkTile panics unless a tile of the matrices lies within their data.
func checkTile(out, a, b matrix, k int) {
	_ = out.data[(tileRows-1)*out.stride+tileCols-1]
	_ = a.data[(tileRows-1)*a.stride+k-1]
	_ = b.data[(k-1)*b.stride+tileCols-1]
}

// tile512 keeps 4 by 2 sums of 16 columns in registers: as many as Go's
// compiler manages without spilling. It is excluded from the race detector,
// which would check each load; the callers, which own the matrices, are not.
//
//go:norace
//go:nocheckptr
func tile512(out, a, b matrix, k int) {
	checkTile(out, a, b, k)
	s := a.stride
	a0, a1, a2, a3 := &a.data[0], &a.data[s], &a.data[2*s], &a.data[3*s]
	right := &b.data[0]
	var s00, s01, s10, s11, s20, s21, s30, s31 archsimd.Float32x16
	for i := range k {
		b0 := archsimd.LoadFloat32x16(at16(right, i*b.stride))
		b1 := archsimd.LoadFloat32x16(at16(right, i*b.stride+16))
		x := archsimd.BroadcastFloat32x16(one(a0, i))
		s00, s01 = x.MulAdd(b0, s00), x.MulAdd(b1, s01)
		x = archsimd.BroadcastFloat32x16(one(a1, i))
		s10, s11 = x.MulAdd(b0, s10), x.MulAdd(b1, s11)
		x = archsimd.BroadcastFloat32x16(one(a2, i))
		s20, s21 = x.MulAdd(b0, s20), x.MulAdd(b1, s21)
		x = archsimd.BroadcastFloat32x16(one(a3, i))
		s30, s31 = x.MulAdd(b0, s30), x.MulAdd(b1, s31)
	}
	add512(out, 0, s00, s01)
	add512(out, 1, s10, s11)
	add512(out, 2, s20, s21)
	add512(out, 3, s30, s31)
	archsimd.ClearAVXUpperBits()
}

// add512 adds 32 columns to a row of out.
func add512(out matrix, row int, left, right archsimd.Float32x16) {
	p := &out.data[row*out.stride]
	archsimd.LoadFloat32x16(at16(p, 0)).Add(left).Store(at16(p, 0))
	archsimd.LoadFloat32x16(at16(p, 16)).Add(right).Store(at16(p, 16))
}

// tile256 does half of the columns at a time, for the same reason.
func tile256(out, a, b matrix, k int) {
	checkTile(out, a, b, k)
	for c := 0; c < tileCols; c += tileCols / 2 {
		half256(matrix{out.data[c:], out.stride}, a, matrix{b.data[c:], b.stride}, k)
	}
	archsimd.ClearAVXUpperBits()
}

// half256 is tile256 for 16 columns.
//
//go:norace
//go:nocheckptr
func half256(out, a, b matrix, k int) {
	s := a.stride
	a0, a1, a2, a3 := &a.data[0], &a.data[s], &a.data[2*s], &a.data[3*s]
	right := &b.data[0]
	var s00, s01, s10, s11, s20, s21, s30, s31 archsimd.Float32x8
	for i := range k {
		b0 := archsimd.LoadFloat32x8(at8(right, i*b.stride))
		b1 := archsimd.LoadFloat32x8(at8(right, i*b.stride+8))
		x := archsimd.BroadcastFloat32x8(one(a0, i))
		s00, s01 = x.MulAdd(b0, s00), x.MulAdd(b1, s01)
		x = archsimd.BroadcastFloat32x8(one(a1, i))
		s10, s11 = x.MulAdd(b0, s10), x.MulAdd(b1, s11)
		x = archsimd.BroadcastFloat32x8(one(a2, i))
		s20, s21 = x.MulAdd(b0, s20), x.MulAdd(b1, s21)
		x = archsimd.BroadcastFloat32x8(one(a3, i))
		s30, s31 = x.MulAdd(b0, s30), x.MulAdd(b1, s31)
	}
	add256(out, 0, s00, s01)
	add256(out, 1, s10, s11)
	add256(out, 2, s20, s21)
	add256(out, 3, s30, s31)
}

// add256 adds 16 columns to a row of out.
func add256(out matrix, row int, left, right archsimd.Float32x8) {
	p := &out.data[row*out.stride]
	archsimd.LoadFloat32x8(at8(p, 0)).Add(left).Store(at8(p, 0))
	archsimd.LoadFloat32x8(at8(p, 8)).Add(right).Store(at8(p, 8))
}
