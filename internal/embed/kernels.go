package embed

// kernels are the model's inner loops, as fast as the processor allows. All
// implementations agree within float32 rounding.
type kernels struct {
	name string
	tile tileFunc
	gelu func(xs []float32)
	// exp replaces each x by e^(x-shift).
	exp func(xs []float32, shift float32)
}

func genericKernels() kernels {
	return kernels{"generic", tileGeneric, geluGeneric, expGeneric}
}
