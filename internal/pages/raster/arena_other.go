//go:build !unix

package raster

import (
	"context"
	"sync/atomic"
)

// arena leaves WebAssembly's memory to Go's heap.
type arena struct{ full atomic.Bool }

func (a *arena) context(ctx context.Context) context.Context { return ctx }
