package raster

import (
	"errors"
	"sync/atomic"
	"time"
)

// A valid PDF or HEIC opens within a fraction of the time that its decoder
// takes to load. Junk can keep a decoder busy for a long time: PDFium looks
// through a whole file for objects if its table is damaged.
const (
	openingLeast = 300 * time.Millisecond // of CPU
	openingLoads = 1                      // times what loading took, for slow machines
)

// opening limits the CPU time of opening a scan.
type opening struct {
	loaded time.Duration // CPU time of the process when its decoder was loaded
	over   chan struct{}
	ended  atomic.Bool
}

// watchOpening calls tooLong if opening a scan takes more CPU time, from now
// on, than a valid one needs.
func watchOpening(tooLong func()) *opening {
	o := &opening{loaded: cpuTime(), over: make(chan struct{})}
	go func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-o.over:
				return
			case <-tick.C:
			}
			if cpuTime()-o.loaded > max(openingLeast, openingLoads*o.loaded) && o.ended.CompareAndSwap(false, true) {
				tooLong()
				return
			}
		}
	}()
	return o
}

// end stops the watch. It returns err, or ErrTooLong if tooLong was called.
func (o *opening) end(err error) error {
	close(o.over)
	if !o.ended.CompareAndSwap(false, true) {
		return ErrTooLong
	}
	return err
}

// ErrTooLong means that Runtime.TooLong was called.
var ErrTooLong = errors.New("opening the scan takes too long")
