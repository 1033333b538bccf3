package main

import (
	"context"
	"time"

	"daybook/internal/llm"
	"daybook/internal/store"
)

// Of several servers on one journal, one watches its folder, which others may
// not see, and the others help to read its scans.
const (
	watchLease = "watch"
	// lookTopic is news for the server that watches.
	lookTopic = "look"
	// shareEvery is how often a server that does not watch looks whether it
	// could, and whether there is something to help with.
	shareEvery = 3 * time.Second
	// unseenFor is how long one that does not see the folder leaves the
	// watching to others.
	unseenFor = 30 * time.Second
)

// share watches the journal whenever no other server does, until ctx ends.
func (u *upkeep) share(ctx context.Context, leases store.Leases) {
	defer u.closeJob()
	var unseen time.Time // when the folder was not there last
	for ctx.Err() == nil {
		if time.Since(unseen) > unseenFor {
			lease, err := leases.Lease(ctx, watchLease)
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
			u.say(err)
		}
		u.becomeReady() // the others keep the index
		u.help(ctx)
		u.resume(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(shareEvery):
		}
	}
}

// say logs why the work could not be shared, once for each reason.
func (u *upkeep) say(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	why := ""
	if err != nil {
		why = err.Error()
	}
	if why != "" && why != u.unshared {
		u.app.log.Warn("share the work with the other servers", "err", err)
	}
	u.unshared = why
}

// watchUnder watches the journal for as long as a lease is held.
func (u *upkeep) watchUnder(lease *store.Lease) {
	ctx, stop := context.WithCancel(lease.Held)
	defer stop()
	if news, ok := u.app.store.(store.News); ok {
		look, deaf := news.Hear(lookTopic)
		defer deaf()
		go func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-look:
					u.mu.Lock()
					u.look()
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
	if err := u.app.analyses.Resume(ctx); err != nil && ctx.Err() == nil {
		u.say(err)
	}
}

// help reads scans that the server that watches has found.
func (u *upkeep) help(ctx context.Context) {
	if _, ok := u.app.models.Task(llm.TaskTranscription); !ok || u.openJob() != nil {
		return
	}
	begun := false
	_, _ = u.app.transcribe(llm.WithWaiting(ctx, u.waits), u.job.Help, func(s store.ScanState) {
		u.mu.Lock()
		first := !begun
		begun = true
		u.mu.Unlock()
		if first {
			u.note("transcribing", true)
		}
		u.progressed(s)
	})
	if begun {
		u.note("transcribing", false)
	}
}
