package embed

// kernels are the inner loops that a model's time goes into, as fast as the
// processor allows. All sets of them agree within the rounding of float32.
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
