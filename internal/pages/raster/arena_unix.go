//go:build unix

package raster

import (
	"context"
	"sync/atomic"
	"syscall"

	"github.com/tetratelabs/wazero/experimental"
)

// arena gives WebAssembly its memory: room for all that it may ever have,
// reserved at once, of which the system hands out what is touched. As part of
// Go's heap it would be copied each time it grows.
type arena struct {
	most uint64      // bytes
	full atomic.Bool // more was asked for
}

// memoryPages is the limit that WebAssembly is told, in its pages of 64 KB:
// none, so that an arena is asked, and knows, when most does not suffice.
func memoryPages(uint64) uint32 { return 1 << 16 }

func (a *arena) context(ctx context.Context) context.Context {
	return experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(
		func(_, most uint64) experimental.LinearMemory {
			b, err := syscall.Mmap(-1, 0, int(min(most, a.most)), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
			if err != nil {
				return &linear{of: a}
			}
			return &linear{a, b}
		}))
}

type linear struct {
	of  *arena
	all []byte
}

// Reallocate implements experimental.LinearMemory.
func (l *linear) Reallocate(size uint64) []byte {
	if size > uint64(len(l.all)) {
		l.of.full.Store(true)
		return nil
	}
	return l.all[:size]
}

// Free implements experimental.LinearMemory.
func (l *linear) Free() {
	if l.all != nil {
		_ = syscall.Munmap(l.all) // the address and length are those of the mapping
		l.all = nil
	}
}
