//go:build !unix

package raster

import (
	"context"
	"sync/atomic"
)

// arena leaves WebAssembly's memory to Go's heap.
type arena struct {
	most uint64
	full atomic.Bool // never set: exceeding most can't be detected
}

// memoryPages returns WebAssembly's memory limit in pages of 64 KB.
func memoryPages(most uint64) uint32 { return uint32(most >> 16) }

func (a *arena) context(ctx context.Context) context.Context { return ctx }
