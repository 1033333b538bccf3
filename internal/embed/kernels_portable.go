//go:build !goexperiment.simd || !amd64 || portable

package embed

// availableKernels returns what this processor can run, the fastest first.
func availableKernels() []kernels { return []kernels{genericKernels()} }
