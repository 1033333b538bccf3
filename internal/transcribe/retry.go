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

// Retries of what failed: after a minute, then twice as long each time, and
// after mostAttempts not before the scan or its note changes, or Retry is called.
// What does not lie in the scan is tried every hour or so for as long as it takes.
const (
	firstRetry   = time.Minute
	mostAttempts = 8
)

// due returns what reports whether there is something to do for a scan now.
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
			waited := p.Now().Sub(s.Updated) // below zero if the clock was set back
			return s.Attempts < mostAttempts && (waited < 0 || waited >= firstRetry<<max(0, s.Attempts-1)) || p.noteChanged(s)
		}
		return true
	}
}

// errPrivate is why a page is not sent to a provider.
var errPrivate = daybook.Errorf(daybook.Conflict, "%s", store.NotePrivate)

// withheld reports whether a scan is private.
func (p *Pipeline) withheld(ctx context.Context, s store.ScanState) (bool, error) {
	if p.Private == nil {
		return false, nil
	}
	private, err := p.Private(ctx, s.Path, s.Note)
	if err != nil {
		return false, fmt.Errorf("look whether a scan is private: %w", err)
	}
	return private, nil
}

// Retry has the failed scans tried again at the next run, or that of one path.
func Retry(ctx context.Context, scans store.Scans, path string) error {
	states, err := scans.Scans(ctx)
	if err != nil {
		return err
	}
	var again []store.ScanState
	for _, s := range states {
		if s.Stage == store.Failed && (path == "" || s.Path == path) {
			s.Stage, s.Attempts, s.Error = store.Found, 0, ""
			again = append(again, s)
		}
	}
	return scans.PutScans(ctx, again...)
}

// fail notes that a scan could not be brought further.
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

// ofScan reports whether a failure may lie in the scan. One that does not – no
// provider to be reached, a key or a model that is not taken, a budget that is
// used up – ends some day without anything of the scan being changed.
func ofScan(err error) bool {
	var e *llm.Error
	if errors.As(err, &e) {
		return !e.Retry && !slices.Contains([]int{http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests}, e.Status)
	}
	return daybook.KindOf(err) != daybook.RateLimited
}

// reasonOf is an error as a person is told it, with the page it was at.
func reasonOf(err error) string {
	message := daybook.PublicMessage(err)
	if at, _, ok := strings.Cut(err.Error(), ": "); ok && strings.HasPrefix(at, "page ") {
		return strings.ToUpper(at[:1]) + at[1:] + ": " + message
	}
	return message
}
