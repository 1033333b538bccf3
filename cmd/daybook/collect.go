package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// The heap may grow by collectAt percent before garbage is collected: on a
// personal computer memory matters more than a little CPU time. It may always grow
// by leastGrowth, or a small heap would be collected all the time.
const (
	collectAt   = 50
	leastGrowth = 40 << 20
)

// tuneCollector sets this up, unless GOGC is set.
func tuneCollector(getenv func(string) string) {
	if getenv("GOGC") == "" {
		afterCollection(nil)
	}
}

// collection has a finalizer, which runs after each garbage collection.
type collection struct{ _ [64]byte } // too large for the tiny allocator

func afterCollection(*collection) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	percent := collectAt
	if n := live[0].Value.Uint64(); n > 0 {
		percent = max(percent, min(400, int(100*leastGrowth/n)))
	}
	debug.SetGCPercent(percent)
	runtime.SetFinalizer(&collection{}, afterCollection)
}
