//go:build goexperiment.simd && amd64 && !portable

package embed

import (
	"simd/archsimd"
	"unsafe"
)

// productVNNI is productGeneric with the processor's products of bytes, which
// package archsimd lacks.
//
//go:noescape
func productVNNI(b *block)

// quantize512 is quantizeGeneric, sixteen at a time.
func quantize512(codes []byte, row []float32) (scale float32, zero int32) {
	n := len(row)
	_ = codes[n-1]
	p := &row[0]
	var low, high archsimd.Float32x16
	for i := 0; i < n; i += 16 {
		x := archsimd.LoadFloat32x16(at16(p, i))
		low, high = low.Min(x), high.Max(x)
	}
	scale, inverse, zero := codeRange(-highest16(archsimd.Float32x16{}.Sub(low)), highest16(high))
	by, shift, most := all16(inverse), all16(float32(zero)+0.5), archsimd.BroadcastInt32x16(255)
	for i := 0; i < n; i += 16 {
		x := archsimd.LoadFloat32x16(at16(p, i)).MulAdd(by, shift)
		x.ConvertToInt32().Min(most).AsUint32x16().TruncateToUint8().StoreSlice(codes[i:])
	}
	archsimd.ClearAVXUpperBits()
	return scale, zero
}

// quantizeAVX2 is quantizeGeneric with two bytes for each code, so that their
// products are exact.
func quantizeAVX2(codes []byte, row []float32) (scale float32, zero int32) {
	n := len(row)
	_ = codes[2*n-1]
	p := &row[0]
	var low, high archsimd.Float32x8
	for i := 0; i < n; i += 8 {
		x := archsimd.LoadFloat32x8(at8(p, i))
		low, high = low.Min(x), high.Max(x)
	}
	scale, inverse, zero := codeRange(-highest8(archsimd.Float32x8{}.Sub(low)), highest8(high))
	by, shift, most := all8(inverse), all8(float32(zero)+0.5), archsimd.BroadcastInt32x8(255)
	out := (*uint16)(unsafe.Pointer(&codes[0]))
	for i := 0; i < n; i += 16 {
		// Packing joins the lower halves, then the upper ones.
		a := from4(p, i, i+8).MulAdd(by, shift).ConvertToInt32().Min(most)
		b := from4(p, i+4, i+12).MulAdd(by, shift).ConvertToInt32().Min(most)
		a.SaturateToUint16ConcatGrouped(b).Store((*[16]uint16)(unsafe.Add(unsafe.Pointer(out), 2*i)))
	}
	archsimd.ClearAVXUpperBits()
	return scale, zero
}

// from4 loads four numbers from each of two offsets.
func from4(p *float32, low, high int) archsimd.Float32x8 {
	var x archsimd.Float32x8
	return x.SetLo(archsimd.LoadFloat32x4(at4(p, low))).SetHi(archsimd.LoadFloat32x4(at4(p, high)))
}

func at4(p *float32, offset int) *[4]float32 {
	return (*[4]float32)(unsafe.Add(unsafe.Pointer(p), offset*floatSize))
}

// products8 adds up the products of four rows of 16-bit codes, stride bytes
// apart, and of the weights of eight columns. It sets two vectors for each row,
// which have two sums for each column.
//
//go:noescape
func products8(codes *byte, stride int, weights *int8, groups int, sums *[tileRows][2][8]int32)

// productAVX2 is productGeneric with products of 16-bit numbers.
func productAVX2(b *block) {
	_, _ = b.codes[tileRows*b.stride-1], b.weights[b.groups*panelCols*quad-1]
	var sums [tileRows][2][8]int32
	for c := 0; c < panelCols; c += 8 {
		products8(&b.codes[0], b.stride, &b.weights[c*quad], b.groups, &sums)
		for r := range sums {
			b.store8(r, c, archsimd.LoadInt32x8(&sums[r][0]), archsimd.LoadInt32x8(&sums[r][1]))
		}
	}
	archsimd.ClearAVXUpperBits()
}

// store8 is store for eight columns.
func (b *block) store8(row, c int, left, right archsimd.Int32x8) {
	order := archsimd.LoadUint32x8(&[8]uint32{0, 1, 4, 5, 2, 3, 6, 7})
	product := left.AddPairsGrouped(right).Permute(order)
	zeros := archsimd.LoadInt32x8((*[8]int32)(b.sums[c:])).Mul(archsimd.BroadcastInt32x8(b.rowZeros[row]))
	v := product.Sub(zeros).ConvertToFloat32().Mul(all8(b.rowScales[row]))
	v = v.MulAdd(archsimd.LoadFloat32x8(at8(&b.scales[0], c)), archsimd.LoadFloat32x8(at8(&b.bias[0], c)))
	out := at8(&b.out[row*b.outStride], c)
	if b.add {
		v = v.Add(archsimd.LoadFloat32x8(out))
	}
	v.Store(out)
}
