package importer

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"daybook/internal/store"
)

var allEntries store.Filter

// watchHeap samples the heap in use until the function that it returns is
// called, which says by how much it grew at most.
func watchHeap(t testing.TB) func() uint64 {
	t.Helper()
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var most atomic.Uint64
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			most.Store(max(most.Load(), now.HeapAlloc))
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-ended
		return most.Load() - min(most.Load(), before.HeapAlloc)
	}
}
