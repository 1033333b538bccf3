package embed

// kernels are the model's inner loops, as fast as the processor allows. All
// implementations agree within float32 rounding. The length of a row is a
// multiple of 16, the numbers that the fastest ones take at a time.
type kernels struct {
	name string
	// product computes a block of a linear layer, whose codes quantize made. A
	// code has codeSize bytes.
	product  func(b *block)
	quantize func(codes []byte, row []float32) (scale float32, zero int32)
	codeSize int
	pairs    bool // product needs the block's pairs
	tile     tileFunc
	gelu     func(xs []float32)
	softmax  func(xs []float32)
	// normalize brings each row of x to mean 0 and variance 1, and then applies
	// a scale and a shift, which are as long as a row.
	normalize func(x, scale, shift []float32)
}

func genericKernels() kernels {
	return kernels{"generic", productGeneric, quantizeGeneric, 1, true, tileGeneric, geluGeneric, softmaxGeneric, normalizeGeneric}
}
