package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"daybook"
	"daybook/internal/httpapi"
	"daybook/internal/ingest"
	"daybook/internal/llm"
	"daybook/internal/store"
	"daybook/internal/transcribe"
	"daybook/internal/vault"
	"daybook/internal/watch"
)

// settle is for how long a scan must not have changed before it is read: files
// are copied in pieces, over a network with pauses.
const settle = time.Second

// upkeep keeps what a server serves in step with the journal, and tells how far
// that is.
type upkeep struct {
	app   *app
	ready atomic.Bool // the journal was looked through once

	unseen     changes // that are to be read
	unembedded changes // that were read, and whose passages may lack vectors

	mu      sync.Mutex
	look    func()           // has the journal looked through, once more if it is just being
	scans   func()           // has the scans read
	jobs    map[string]bool  // that run now
	job     *transcription   // nil until it is needed
	trouble string           // why it cannot be set up, as it was told last
	unread  []httpapi.Unread // notes that could not be read
	skipped []vault.Skip     // files that are not read as notes
	flawed  []httpapi.Unread // notes that are read, but not as usual
	without string           // why passages lack vectors, "" for no reason
	held    string           // why scans are not read, "" for no reason
	waiting llm.Wait         // what the latest call that waits waits for
	changed chan struct{}    // closed and made anew with every change

	unshared string // why the work could not be shared, as it was told last
}

func newUpkeep(a *app) *upkeep {
	return &upkeep{app: a, look: func() {}, jobs: map[string]bool{}, changed: make(chan struct{})}
}

// run keeps the index in step with the journal until ctx ends: alone, or by
// turns with other servers.
func (u *upkeep) run(ctx context.Context) {
	if leases, ok := u.app.store.(store.Leases); ok {
		u.share(ctx, leases)
	} else {
		u.watch(ctx)
	}
}

// watch reads the journal, and again whenever something in it changes, until
// ctx ends. Scans are read and passages embedded beside that, which may take long:
// what was read is found by its words meanwhile.
func (u *upkeep) watch(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var beside sync.WaitGroup
	embed := u.lane(ctx, &beside, "embedding", u.embed)
	transcribe := u.lane(ctx, &beside, "transcribing", u.transcribeScans)
	read := u.lane(ctx, &beside, "reading", func(ctx context.Context) {
		all, files := u.unseen.take()
		seen := u.read(ctx, all, files)
		u.ready.Store(true)
		if _, shared := u.app.store.(store.Leases); shared && !seen {
			stop() // a server that sees the folder may watch it
			return
		}
		embed()
		if all || u.concernScans(ctx, files) {
			transcribe()
		}
		if all { // after a save it is counted when somebody asks
			u.app.count(ctx)
		}
	})
	u.mu.Lock()
	u.scans = transcribe
	u.look = func() {
		u.unseen.addAll()
		read()
	}
	u.mu.Unlock()
	journal := watch.New(u.app.vault.Folders(), watch.Config{Sweep: sweepEvery, Ignore: vault.Ignored, Log: u.app.log})
	journal.Run(ctx, func(_ context.Context, c watch.Change) {
		u.noticed(c)
		read()
	})
	beside.Wait()
	u.mu.Lock()
	u.look = func() {}
	u.mu.Unlock()
	u.closeJob()
}

func (u *upkeep) closeJob() {
	if u.job != nil {
		if err := u.job.Close(); err != nil {
			u.app.log.Error("close what scans are read with", "err", err)
		}
		u.job = nil // run may be called again
	}
}

// lane returns what has a job run on a goroutine of its own, which ends with
// ctx.
func (u *upkeep) lane(ctx context.Context, running *sync.WaitGroup, name string, job func(context.Context)) (want func()) {
	wanted := make(chan struct{}, 1)
	running.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-wanted:
				u.note(name, true)
				job(ctx)
				u.note(name, false)
			}
		}
	})
	return func() {
		select {
		case wanted <- struct{}{}:
		default: // it is wanted already
		}
	}
}

// note remembers that a job runs, or no longer does, and tells of it.
func (u *upkeep) note(name string, runs bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.jobs[name] = runs
	u.tell()
}

// tell wakes those who wait for a change; the lock is held.
func (u *upkeep) tell() {
	close(u.changed)
	u.changed = make(chan struct{})
}

// skippedShown is how many of the files that are not read are listed.
const skippedShown = 20

// read reads what changed of the journal: the files given, or anything. It
// reports false when the folder of the daily notes could not be seen.
func (u *upkeep) read(ctx context.Context, all bool, files []store.NoteName) (seen bool) {
	notes := notesAmong(files)
	if !all && len(notes) == 0 {
		return true
	}
	run := u.app.indexer.Run
	if !all {
		run = func(ctx context.Context, _ func(ingest.Progress)) (ingest.Report, error) {
			return u.app.indexer.Sync(ctx, notes...)
		}
	}
	report := u.app.index(ctx, run)
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
	u.unread = slices.DeleteFunc(u.unread, func(n httpapi.Unread) bool {
		return report.Whole || slices.Contains(notes, store.NoteName{Kind: n.Kind, Path: n.Path})
	})
	if report.Whole {
		u.skipped = unexpected(report.Skipped)
	}
	u.flawed = u.flawed[:0:0]
	for _, f := range report.Flawed {
		u.flawed = append(u.flawed, httpapi.Unread{Kind: f.Kind, Path: f.Path, Error: f.Reason})
	}
	for _, f := range report.Failed {
		u.unread = append(u.unread, httpapi.Unread{Kind: f.Kind, Path: f.Path, Error: daybook.PublicMessage(f.Err)})
	}
	u.tell()
	return !slices.ContainsFunc(report.Kept, func(k ingest.Kept) bool {
		return k.Kind == daybook.Daily && daybook.KindOf(k.Err) == daybook.Unavailable
	})
}

// embed asks for the vectors that are missing.
func (u *upkeep) embed(ctx context.Context) {
	after := int64(0)
	all, notes := u.unembedded.take()
	if !all {
		var err error
		if after, err = u.app.firstPassage(ctx, notes); err != nil {
			after = 0
		}
	}
	err := u.app.embed(llm.WithWaiting(ctx, u.waits), after, func(int) {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.tell()
	})
	if err != nil || ctx.Err() != nil {
		u.unembedded.addAll()
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.without = ""; err != nil {
		u.without = daybook.PublicMessage(err)
	}
}

// transcribeScans reads the scans that are new.
func (u *upkeep) transcribeScans(ctx context.Context) {
	settling, err := false, u.openJob()
	if err == nil {
		settling, err = u.app.transcribe(llm.WithWaiting(ctx, u.waits), u.job.run, u.progressed)
	}
	u.mu.Lock()
	if u.held = ""; err != nil {
		u.held = daybook.PublicMessage(err)
	}
	u.mu.Unlock()
	if settling {
		time.AfterFunc(settle, u.scans)
	}
}

// tellOfWait is the shortest wait that is told of.
const tellOfWait = time.Second

// waits notes that a call for a page or for vectors waits.
func (u *upkeep) waits(w llm.Wait) {
	if time.Until(w.Until) < tellOfWait {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	moved := w.Provider != u.waiting.Provider || w.Until.Sub(u.waiting.Until).Abs() >= tellOfWait
	if u.waiting = w; moved {
		u.tell()
	}
}

// progressed tells of a scan that was brought further.
func (u *upkeep) progressed(store.ScanState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.tell()
}

// openJob sets up what scans are read with: anew where the journal's folder is
// another one than before, as when a disk came back or a copy took its place.
func (u *upkeep) openJob() error {
	if u.job != nil && u.job.elsewhere() {
		u.closeJob()
	}
	if u.job != nil {
		return nil
	}
	job, err := u.app.transcription(settle)
	if err != nil {
		if why := err.Error(); why != u.trouble {
			u.trouble = why
			u.app.log.Error("scans are not transcribed", "err", err)
		}
		return err
	}
	u.job, u.trouble = job, ""
	return nil
}

// Changed returns a channel that is closed at the next change of the status.
func (u *upkeep) Changed() <-chan struct{} {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.changed
}

// Again has the journal looked through now. What failed is tried once more.
func (u *upkeep) Again(ctx context.Context) error {
	if err := transcribe.Retry(ctx, u.app.store, ""); err != nil {
		return err
	}
	return u.lookNow(ctx)
}

// lookNow has the journal looked through, by whichever server watches it.
func (u *upkeep) lookNow(ctx context.Context) error {
	u.mu.Lock()
	u.look()
	u.mu.Unlock()
	if news, ok := u.app.store.(store.News); ok {
		return news.Tell(ctx, lookTopic)
	}
	return nil
}

// AcceptMissing has the missing notes forgotten, if they are no more than the
// owner knows of; 0 is any number.
func (u *upkeep) AcceptMissing(ctx context.Context, notes int) error {
	report, err := u.app.indexer.Run(ctx, nil)
	if err != nil {
		return err
	}
	missing := 0
	for _, k := range report.Kept {
		missing += k.Notes
	}
	if notes > 0 && missing > notes {
		return daybook.Errorf(daybook.Conflict, "By now %d notes are missing. Look again before you confirm.", missing)
	}
	if _, err := u.app.indexer.AcceptMissing(ctx, nil); err != nil {
		return err
	}
	return u.lookNow(ctx)
}

// ReadAgain has a page of a scan read again.
func (u *upkeep) ReadAgain(ctx context.Context, scan string, page int) error {
	ref, ok := u.app.models.Task(llm.TaskTranscription)
	if !ok {
		return daybook.Errorf(daybook.Conflict, "No model is set for reading pages; --model-transcription names one.")
	}
	states, err := u.app.store.Scans(ctx)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(states, func(s store.ScanState) bool { return s.Path == scan }); i >= 0 {
		private, err := u.app.guard.Scan(ctx, scan, states[i].Note)
		if err != nil {
			return err
		}
		if private {
			return daybook.Errorf(daybook.Conflict, "%s", store.NotePrivate)
		}
	}
	if err := transcribe.ReadAgain(ctx, u.app.store, ref, u.app.picture(), scan, page); err != nil {
		return err
	}
	return u.lookNow(ctx)
}

// Status says how far everything is.
func (u *upkeep) Status(ctx context.Context) (httpapi.IngestStatus, error) {
	var status httpapi.IngestStatus
	stats, err := u.app.store.Stats(ctx)
	if err != nil {
		return status, fmt.Errorf("count what is indexed: %w", err)
	}
	if status.Scans, err = u.app.store.Scans(ctx); err != nil {
		return status, err
	}
	status.Entries, status.Passages = stats.Entries, stats.Passages
	if _, ref, ok := u.app.models.Embedder(); ok {
		if ref != builtinRef {
			status.Withheld = stats.PrivatePassages
		}
		space, err := ingest.SpaceOf(ctx, u.app.store, ref)
		if err != nil {
			return status, err
		}
		status.EmbeddingModel, status.Embedded, status.ServingModel = ref.String(), stats.Vectors[space], ref.String()
		b, ok, err := ingest.BuildingOf(ctx, u.app.store, ref, stats)
		if err != nil {
			return status, err
		}
		if ok {
			status.ServingModel = ""
			if _, before, ok := u.app.former(b.Serving, ref); ok {
				status.ServingModel = before.String()
			}
		}
	}
	if w, ok := u.app.store.(store.Warner); ok {
		status.Warnings = w.Warnings(ctx)
	}
	for _, k := range u.app.indexer.Missing() {
		status.Missing = append(status.Missing, httpapi.Missing{Kind: k.Kind, Missing: k.Notes, Known: k.Known, Error: daybook.PublicMessage(k.Err)})
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if time.Now().Before(u.waiting.Until) && (u.jobs["embedding"] || u.jobs["transcribing"]) {
		status.Waiting = u.waiting
	}
	status.Flawed = u.flawed
	status.Skipped, status.SkippedSome = len(u.skipped), u.skipped[:min(len(u.skipped), skippedShown)]
	status.Unread, status.EmbeddingError, status.TranscriptionError = u.unread, u.without, u.held
	status.Reading, status.Embedding, status.Transcribing = u.jobs["reading"], u.jobs["embedding"], u.jobs["transcribing"]
	return status, nil
}
