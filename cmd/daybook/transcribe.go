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

// runTranscription reads the scans that are new with a progress bar.
func (a *app) runTranscription(ctx context.Context) (transcribe.Report, error) {
	job, err := a.Transcription(0) // what is there when somebody asks is meant
	if err != nil {
		return transcribe.Report{}, err
	}
	defer job.Close()
	show := newProgress(a.env, "Transcribing")
	show.least = 1 // a page takes seconds
	defer show.done()
	var mu sync.Mutex
	scans := map[string]store.ScanState{}
	if err := transcribe.Retry(ctx, a.Store, ""); err != nil { // who asks does not want to wait
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
		fmt.Fprintln(a.env.stderr, "daybook: another Daybook on the same data is transcribing; the scans are left to it")
		return report, nil
	}
	return report, err
}
