package embed

import (
	"context"
	"sync/atomic"
	"time"
)

// After a query has its vector, the rest of its search needs the processor:
// work for documents pauses for quietAfter, but for at most longestPause before
// a text, however many queries there are.
const (
	quietAfter   = 200 * time.Millisecond
	longestPause = 2 * time.Second
	pauseStep    = 10 * time.Millisecond
)

// queries are the calls that somebody waits for.
type queries struct {
	running atomic.Int64
	last    atomic.Int64 // when one ended, in Unix nanoseconds
}

// begin notes that a query runs until the returned function is called.
func (q *queries) begin() (end func()) {
	q.running.Add(1)
	return func() {
		q.last.Store(time.Now().UnixNano())
		q.running.Add(-1)
	}
}

func (q *queries) busy() bool {
	return q.running.Load() > 0 || time.Since(time.Unix(0, q.last.Load())) < quietAfter
}

// giveWay waits while there are queries, or until ctx ends.
func (q *queries) giveWay(ctx context.Context) {
	for waited := time.Duration(0); q.busy() && waited < longestPause; waited += pauseStep {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pauseStep):
		}
	}
}
