package server

import (
	"context"
	"time"

	"daybook/internal/journal"
	"daybook/internal/llm"
	"daybook/internal/store"
)

// Of several servers on one journal, one watches its folder, which others may
// not see, and the others help to read its scans.
const (
	// rescanTopic is news for the server that watches.
	rescanTopic = "look"
	// shareEvery is how often a server that does not watch looks whether it
	// could, and whether there is something to help with.
	shareEvery = 3 * time.Second
	// unseenFor is how long one that does not see the folder leaves the
	// watching to others.
	unseenFor = 30 * time.Second
)

// share watches the journal whenever no other server does, until ctx ends.
func (u *upkeep) share(ctx context.Context) {
	defer u.closeJob()
	var unseen time.Time // when the folder was not there last
	for ctx.Err() == nil {
		if time.Since(unseen) > unseenFor {
			lease, err := u.journal.Leases.Lease(ctx, journal.WatchLease)
			if err == nil && lease != nil {
				began := time.Now()
				u.watchUnder(lease)
				if lease.Held.Err() == nil { // it gave up by itself
					unseen = time.Now()
				}
				lease.Release()
				if time.Since(began) > shareEvery {
					continue
				}
			}
			u.logUnshared(err)
		}
		u.ready.Store(true) // the others keep the index
		u.help(ctx)
		u.resume(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(shareEvery):
		}
	}
}

// logUnshared logs why the work could not be shared, once for each reason.
func (u *upkeep) logUnshared(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	why := ""
	if err != nil {
		why = err.Error()
	}
	if why != "" && why != u.unshared {
		u.journal.Log.Warn("share the work with the other servers", "err", err)
	}
	u.unshared = why
}

// watchUnder watches the journal for as long as a lease is held.
func (u *upkeep) watchUnder(lease *store.Lease) {
	ctx, stop := context.WithCancel(lease.Held)
	defer stop()
	if news := u.journal.News; news != nil {
		look, deaf := news.Hear(rescanTopic)
		defer deaf()
		go func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-look:
					u.mu.Lock()
					u.rescan()
					u.mu.Unlock()
				}
			}
		}()
	}
	go func() {
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-time.After(10 * shareEvery):
				u.resume(ctx)
			}
		}
	}()
	u.watch(ctx)
}

// resume goes on with the analyses of servers that ended.
func (u *upkeep) resume(ctx context.Context) {
	if err := u.journal.Analyses.Resume(ctx); err != nil && ctx.Err() == nil {
		u.logUnshared(err)
	}
}

// help reads scans that the server that watches has found.
func (u *upkeep) help(ctx context.Context) {
	if _, ok := u.journal.Models.Task(llm.TaskTranscription); !ok || u.openJob() != nil {
		return
	}
	begun := false
	_, _ = u.transcribe(llm.WithWaiting(ctx, u.waits), u.job.Help, func(s store.ScanState) {
		u.mu.Lock()
		first := !begun
		begun = true
		u.mu.Unlock()
		if first {
			u.setRunning("transcribing", true)
		}
		u.progressed(s)
	})
	if begun {
		u.setRunning("transcribing", false)
	}
}
