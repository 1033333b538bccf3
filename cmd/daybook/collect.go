package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Garbage is collected when the heap has grown by collectAt per cent, since a
// server sits beside other things on a person's machine, where memory counts
// more than a little of its time; but not before it has grown by leastGrowth: a
// small heap would be collected all the time.
const (
	collectAt   = 50
	leastGrowth = 40 << 20
)

// tuneCollector keeps to that from now on, unless GOGC says otherwise.
func tuneCollector(getenv func(string) string) {
	if getenv("GOGC") == "" {
		afterCollection(nil)
	}
}

// collection is collected with the garbage, and so tells that it was.
type collection struct{ _ [64]byte } // too large to share its memory with another

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
