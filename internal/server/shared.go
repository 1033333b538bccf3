package server

import (
	"context"
	"time"

	"daybook/internal/journal"
	"daybook/internal/llm"
	"daybook/internal/store"
)

// Several servers may share a journal. One watches its folder, which the others
// may not have, and all transcribe its scans.
const (
	// rescanTopic asks the watching server to scan the journal.
	rescanTopic = "look"
	// shareEvery is how often the other servers try to become the watching one,
	// and look for scans to transcribe.
	shareEvery = 3 * time.Second
	// unseenFor is how long a server that cannot read the folder waits before it
	// tries to watch again.
	unseenFor = 30 * time.Second
)

// share watches the journal when no other server does, until ctx ends.
func (u *upkeep) share(ctx context.Context) {
	defer u.closeJob()
	var unseen time.Time // when the folder was last found missing
	for ctx.Err() == nil {
		if time.Since(unseen) > unseenFor {
			lease, err := u.journal.Leases.Lease(ctx, journal.WatchLease)
			if err == nil && lease != nil {
				began := time.Now()
				u.watchUnder(lease)
				if lease.Held.Err() == nil { // watch returned because the folder is missing
					unseen = time.Now()
				}
				lease.Release()
				if time.Since(began) > shareEvery {
					continue
				}
			}
			u.logUnshared(err)
		}
		u.becomeReady() // another server updates the index
		u.help(ctx)
		u.resume(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(shareEvery):
		}
	}
}

// logUnshared logs each reason why the work could not be shared once.
func (u *upkeep) logUnshared(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	why := ""
	if err != nil {
		why = err.Error()
	}
	if why != "" && why != u.unshared {
		u.journal.Log.Warn("share work with other servers", "err", err)
	}
	u.unshared = why
}

// watchUnder watches the journal while the lease is held.
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

// resume continues analyses of servers that stopped.
func (u *upkeep) resume(ctx context.Context) {
	if err := u.journal.Analyses.Resume(ctx); err != nil && ctx.Err() == nil {
		u.logUnshared(err)
	}
}

// help transcribes scans that the watching server has found.
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
