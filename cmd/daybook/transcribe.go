package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"daybook/internal/journal"
	"daybook/internal/store"
	"daybook/internal/transcribe"
)

// runTranscription transcribes new scans, with a progress bar.
func (a *app) runTranscription(ctx context.Context) (transcribe.Report, error) {
	job, err := a.Transcription(0) // include scans that just changed
	if err != nil {
		return transcribe.Report{}, err
	}
	defer job.Close()
	show := newProgress(a.env, "Transcribing")
	show.least = 1 // a page takes seconds
	defer show.done()
	var mu sync.Mutex
	scans := map[string]store.ScanState{}
	if err := transcribe.Retry(ctx, a.Store, ""); err != nil { // don't wait for the next retry
		return transcribe.Report{}, err
	}
	report, err := job.Run(ctx, func(s store.ScanState) {
		mu.Lock()
		defer mu.Unlock()
		scans[s.Path] = s
		done, all := 0, 0
		for _, s := range scans {
			done, all = done+s.Done, all+s.Pages
		}
		show.update(done, all)
	})
	if errors.Is(err, journal.ErrBusy) {
		fmt.Fprintln(a.env.stderr, "daybook: another Daybook is transcribing this journal")
		return report, nil
	}
	return report, err
}
