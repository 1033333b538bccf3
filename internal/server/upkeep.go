package server

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"daybook"
	"daybook/internal/httpapi"
	"daybook/internal/ingest"
	"daybook/internal/journal"
	"daybook/internal/llm"
	"daybook/internal/store"
	"daybook/internal/vault"
	"daybook/internal/watch"
)

// settleTime is how long a scan must be unchanged before it is read: copying a
// file may take a while.
const settleTime = time.Second

// upkeep keeps the index up to date with the journal and reports its progress.
type upkeep struct {
	journal  *journal.Journal
	ready    atomic.Bool   // the journal was scanned once
	scanned  chan struct{} // closed when ready is set
	awaiting atomic.Bool   // scanWhenBack runs

	unread     changes // not read yet
	unembedded changes // read, but passages may lack vectors

	mu                 sync.Mutex
	rescan             func()                 // queues a scan of the journal
	scans              func()                 // queues transcription
	jobs               map[string]bool        // running jobs
	job                *journal.Transcription // nil until needed
	trouble            string                 // why job cannot be set up, as last logged
	failedNotes        []httpapi.Unread       // notes that could not be read
	photographs        []vault.Photographs    // that the owner is asked about
	skipped            []vault.Skip           // files that are not notes
	flawed             []httpapi.Unread       // notes that are read, but not as usual
	embeddingError     string                 // "" if embedding works
	transcriptionError string                 // "" if transcription works
	journalMissing     bool                   // when transcription was last tried
	triedAgain         bool                   // transcription, after an error
	waiting            llm.Wait               // the latest wait for a provider
	changed            chan struct{}          // closed and replaced at every change

	logged   map[string]bool // lines that were logged
	unshared string          // why work could not be shared, as last logged
}

func newUpkeep(j *journal.Journal) *upkeep {
	return &upkeep{journal: j, rescan: func() {}, jobs: map[string]bool{}, logged: map[string]bool{}, changed: make(chan struct{}), scanned: make(chan struct{})}
}

// run keeps the index up to date until ctx ends, alone or taking turns with other
// servers.
func (u *upkeep) run(ctx context.Context) {
	if u.journal.Leases != nil {
		u.share(ctx)
	} else {
		u.watch(ctx)
	}
}

// becomeReady notes that the journal was scanned, here or by another server.
func (u *upkeep) becomeReady() {
	if !u.ready.Swap(true) {
		close(u.scanned)
	}
}

// journalIsBack reports whether the last transcription failed because the journal
// was missing, and it no longer is.
func (u *upkeep) journalIsBack() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.journalMissing && len(u.journal.Indexer.Missing()) == 0
}

// watch reads the journal now and at every change, until ctx ends. Transcription
// and embedding run in parallel; meanwhile notes are found by their words.
func (u *upkeep) watch(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var beside sync.WaitGroup
	embed := u.lane(ctx, &beside, "embedding", u.embed)
	transcribe := u.lane(ctx, &beside, "transcribing", u.transcribeScans)
	read := u.lane(ctx, &beside, "reading", func(ctx context.Context) {
		all, files := u.unread.take()
		seen := u.read(ctx, all, files)
		u.becomeReady()
		if u.journal.Leases != nil && !seen {
			stop() // let a server that has the folder watch
			return
		}
		embed()
		if all || u.concernScans(ctx, files) || u.journalIsBack() {
			transcribe()
		}
		if all { // after a save, statistics are updated on request
			u.count(ctx)
		}
	})
	u.mu.Lock()
	u.scans = transcribe
	u.rescan = func() {
		u.unread.addAll()
		read()
	}
	u.mu.Unlock()
	journal := watch.New(u.journal.Vault.Folders(), watch.Config{Sweep: sweepEvery, Ignore: vault.Ignored, Log: u.journal.Log})
	journal.Run(ctx, func(_ context.Context, c watch.Change) {
		u.noticed(c)
		read()
	})
	beside.Wait()
	u.mu.Lock()
	u.rescan = func() {}
	u.mu.Unlock()
	u.closeJob()
}

func (u *upkeep) closeJob() {
	if u.job != nil {
		if err := u.job.Close(); err != nil {
			u.journal.Log.Error("close transcription", "err", err)
		}
		u.job = nil // watch may be called again
	}
}

// lane returns a function that queues one more run of a job. The job runs in its
// own goroutine, which ends with ctx.
func (u *upkeep) lane(ctx context.Context, running *sync.WaitGroup, name string, job func(context.Context)) (want func()) {
	wanted := make(chan struct{}, 1)
	running.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-wanted:
				u.setRunning(name, true)
				job(ctx)
				u.setRunning(name, false)
			}
		}
	})
	return func() {
		select {
		case wanted <- struct{}{}:
		default: // already queued
		}
	}
}

// setRunning records whether a job is running.
func (u *upkeep) setRunning(name string, runs bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.jobs[name] = runs
	u.notify()
}

// notify wakes those who wait for a change. The caller holds the lock.
func (u *upkeep) notify() {
	close(u.changed)
	u.changed = make(chan struct{})
}

// skippedShown is how many skipped files are listed.
const skippedShown = 20

// read updates the index: of the given files, or of everything. It returns false
// if the folder of the daily notes is missing.
func (u *upkeep) read(ctx context.Context, all bool, files []store.NoteName) (seen bool) {
	notes := notesAmong(files)
	if !all && len(notes) == 0 {
		return true
	}
	run := u.journal.Indexer.Run
	if !all {
		run = func(ctx context.Context, _ func(ingest.Progress)) (ingest.Report, error) {
			return u.journal.Indexer.Sync(ctx, notes...)
		}
	}
	report := u.index(ctx, run)
	if ctx.Err() != nil {
		return true
	}
	if report.Whole {
		u.unembedded.addAll()
	} else {
		u.unembedded.add(notes...)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.failedNotes = slices.DeleteFunc(u.failedNotes, func(n httpapi.Unread) bool {
		return report.Whole || slices.Contains(notes, store.NoteName{Kind: n.Kind, Path: n.Path})
	})
	if report.Whole {
		u.skipped = journal.Unexpected(report.Skipped)
	}
	u.flawed = u.flawed[:0:0]
	for _, f := range report.Flawed {
		u.flawed = append(u.flawed, httpapi.Unread{Kind: f.Kind, Path: f.Path, Error: f.Reason})
	}
	for _, f := range report.Failed {
		u.failedNotes = append(u.failedNotes, httpapi.Unread{Kind: f.Kind, Path: f.Path, Error: daybook.PublicMessage(f.Err)})
	}
	u.notify()
	return !slices.ContainsFunc(report.Kept, func(k ingest.Kept) bool {
		return k.Kind == daybook.Daily && daybook.KindOf(k.Err) == daybook.Unavailable
	})
}

// embed embeds the passages that lack vectors.
func (u *upkeep) embed(ctx context.Context) {
	all, notes := u.unembedded.take()
	if all {
		notes = nil
	}
	err := u.embedNotes(llm.WithWaiting(ctx, u.waits), notes, func(int) {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.notify()
	})
	if err != nil || ctx.Err() != nil {
		u.unembedded.addAll()
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.embeddingError = ""; err != nil {
		u.embeddingError = daybook.PublicMessage(err)
	}
}

// scanWhenBack queues transcription once the journal is back.
func (u *upkeep) scanWhenBack(ctx context.Context) {
	if u.awaiting.Swap(true) {
		return
	}
	time.AfterFunc(settleTime, func() {
		u.awaiting.Store(false)
		switch {
		case ctx.Err() != nil:
		case u.journalIsBack():
			u.scans()
		default:
			u.scanWhenBack(ctx)
		}
	})
}

// transcribeScans transcribes new scans.
func (u *upkeep) transcribeScans(ctx context.Context) {
	settling, err := false, u.openJob()
	if err == nil {
		settling, err = u.transcribe(llm.WithWaiting(ctx, u.waits), u.job.Run, u.progressed)
	}
	u.mu.Lock()
	u.journalMissing = err != nil && len(u.journal.Indexer.Missing()) > 0
	if u.transcriptionError = ""; err != nil {
		u.transcriptionError = daybook.PublicMessage(err)
	}
	missing := u.journalMissing
	// The journal may have come back while this ran, and nothing else may change soon.
	again := err != nil && !missing && !u.triedAgain
	u.triedAgain = again
	u.mu.Unlock()
	if missing {
		u.scanWhenBack(ctx)
	}
	if settling || again {
		time.AfterFunc(settleTime, u.scans)
	}
}

// tellOfWait is the shortest wait that is reported.
const tellOfWait = time.Second

// waits records that a call to a provider waits.
func (u *upkeep) waits(w llm.Wait) {
	if time.Until(w.Until) < tellOfWait {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	moved := w.Provider != u.waiting.Provider || w.Until.Sub(u.waiting.Until).Abs() >= tellOfWait
	if u.waiting = w; moved {
		u.notify()
	}
}

// progressed reports progress with a scan.
func (u *upkeep) progressed(store.ScanState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.notify()
}

// openJob sets up transcription. It does so again if the journal's path leads to
// another folder now, such as after a disk was mounted.
func (u *upkeep) openJob() error {
	if u.job != nil && u.job.Moved() {
		u.closeJob()
	}
	if u.job != nil {
		return nil
	}
	job, err := u.journal.Transcription(settleTime)
	if err != nil {
		if why := err.Error(); why != u.trouble {
			u.trouble = why
			u.journal.Log.Error("cannot transcribe scans", "err", err)
		}
		return err
	}
	u.job, u.trouble = job, ""
	return nil
}
