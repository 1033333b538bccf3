//go:build unix

package raster

import (
	"context"
	"sync/atomic"
	"syscall"

	"github.com/tetratelabs/wazero/experimental"
)

// arena allocates WebAssembly's memory. It reserves the maximum address space
// at once; the system commits pages when they are touched. In Go's heap it
// would be copied each time it grows.
type arena struct {
	most uint64      // bytes
	full atomic.Bool // more than most was requested
}

// memoryPages returns WebAssembly's memory limit in pages of 64 KB: no limit,
// so that the arena notices when most is exceeded.
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
		_ = syscall.Munmap(l.all) // the address and length of the mapping
		l.all = nil
	}
}
