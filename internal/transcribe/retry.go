package transcribe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/store"
)

// Failed scans are retried after a minute, then after twice as long each time.
// After mostAttempts they wait until the scan or its note changes, or Retry is
// called. Failures that are not the scan's fault are retried about every hour
// without limit.
const (
	firstRetry   = time.Minute
	mostAttempts = 8
)

// due returns a function that reports whether a scan needs work now.
func (p *Pipeline) due(ctx context.Context) func(store.ScanState) bool {
	return func(s store.ScanState) bool {
		switch s.Stage {
		case store.Written:
			return false
		case store.Kept:
			if s.Error == store.NotePrivate {
				withheld, err := p.withheld(ctx, s)
				return err == nil && !withheld
			}
			return p.noteChanged(s)
		case store.Failed:
			return retryDue(s, p.Now()) || p.noteChanged(s)
		}
		return true
	}
}

// retryDue reports whether it is time to try a failed scan again.
func retryDue(s store.ScanState, now time.Time) bool {
	if s.Attempts >= mostAttempts {
		return false
	}
	waited := now.Sub(s.Updated) // negative if the clock was set back
	return waited < 0 || waited >= firstRetry<<max(0, s.Attempts-1)
}

// errPrivate is the reason for not sending a page to a provider.
var errPrivate = daybook.Errorf(daybook.Conflict, "%s", store.NotePrivate)

// withheld reports whether a scan is private.
func (p *Pipeline) withheld(ctx context.Context, s store.ScanState) (bool, error) {
	if p.Private == nil {
		return false, nil
	}
	private, err := p.Private(ctx, s.Path, s.Note)
	if err != nil {
		return false, fmt.Errorf("check whether a scan is private: %w", err)
	}
	return private, nil
}

// Retry makes the next run retry all failed scans, or the one at a path.
func Retry(ctx context.Context, scans store.Scans, path string) error {
	states, err := scans.Scans(ctx)
	if err != nil {
		return err
	}
	var again []store.ScanState
	for _, s := range states {
		asked := path == "" || s.Path == path
		if asked && s.Stage == store.Failed {
			s.Stage, s.Attempts, s.Error = store.Found, 0, ""
			again = append(again, s)
		}
	}
	return scans.WriteScans(ctx, store.ScanBatch{Put: again})
}

// fail stores that a scan failed.
func (n *note) fail(ctx context.Context, i int, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	n.Log.Warn("a scan was not transcribed", "scan", n.scans[i].Path, "kind", daybook.KindOf(err), "err", err)
	n.mu.Lock()
	if n.scans[i].Attempts++; !ofScan(err) {
		n.scans[i].Attempts = min(n.scans[i].Attempts, mostAttempts-1)
	}
	n.mu.Unlock()
	return n.advance(ctx, i, store.Failed, reasonOf(err))
}

// ofScan reports whether a failure may be the scan's fault. Other failures (no
// provider reachable, a rejected key or model, a used-up budget) end without a
// change to the scan.
func ofScan(err error) bool {
	var e *llm.Error
	if errors.As(err, &e) {
		return !e.Retry && !slices.Contains([]int{http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests}, e.Status)
	}
	return daybook.KindOf(err) != daybook.RateLimited
}

// reasonOf returns an error as shown to the user, with its page.
func reasonOf(err error) string {
	message := daybook.PublicMessage(err)
	if at, _, ok := strings.Cut(err.Error(), ": "); ok && strings.HasPrefix(at, "page ") {
		return strings.ToUpper(at[:1]) + at[1:] + ": " + message
	}
	return message
}
