package raster

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// Runtime runs the PDF and HEIC decoders, which are C and C++ compiled to
// WebAssembly: a scan that exploits a decoder sees only that decoder's memory.
type Runtime struct {
	// TooLong, if set, is called from another goroutine when opening a scan
	// takes far more CPU time than a valid one needs. The process should then
	// end: a decoder cannot be interrupted.
	TooLong func()

	cache wazero.CompilationCache
	most  uint64 // bytes of memory for a decoder
}

// NewRuntime returns a runtime that caches the decoders' compiled code in a
// folder. A decoder may use three quarters of limits.Memory; the process needs
// the rest.
func NewRuntime(cache string, limits Limits) (*Runtime, error) {
	c, err := wazero.NewCompilationCacheWithDir(cache)
	if err != nil {
		return nil, fmt.Errorf("open the cache of compiled code: %w", err)
	}
	return &Runtime{cache: c, most: uint64(max(limits.Memory*3/4, 64<<20))}, nil
}

// Prepare compiles the decoders if the cache lacks them, which takes seconds
// and 400 MB. Loading one from the cache takes about 0.1 s.
func (r *Runtime) Prepare(ctx context.Context) error {
	h, err := r.loadHEIF(ctx)
	if err != nil {
		return err
	}
	h.close()
	p, err := r.loadPDFium(ctx)
	if err != nil {
		return err
	}
	p.close()
	return nil
}

// Close releases the runtime. Its documents must be closed before.
func (r *Runtime) Close() error {
	if err := r.cache.Close(context.Background()); err != nil {
		return errors.Join(errors.New("close the cache of compiled code"), err)
	}
	return nil
}

func (r *Runtime) config(features api.CoreFeatures) wazero.RuntimeConfig {
	return wazero.NewRuntimeConfig().
		WithCoreFeatures(features).
		WithMemoryLimitPages(memoryPages(r.most)).
		WithCompilationCache(r.cache)
}

// timed calls open within the CPU time that opening a scan may take.
func (r *Runtime) timed(open func() error) error {
	if r.TooLong == nil {
		return open()
	}
	watch := watchOpening(r.TooLong)
	return watch.end(open())
}

func (r *Runtime) arena() *arena { return &arena{most: r.most} }
