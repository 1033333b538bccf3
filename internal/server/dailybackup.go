package server

import (
	"context"
	"os"
	"strings"
	"sync"
	"time"

	"daybook"
	"daybook/internal/backup"
	"daybook/internal/httpapi"
	"daybook/internal/journal"
	"daybook/internal/plural"
	"daybook/internal/store"
)

const (
	// backupLease is held by the server that makes the daily backup.
	backupLease = "backup"
	// dueEvery is how often to check whether a daily backup is due. The first
	// check waits for firstAfter, to keep the start quick.
	dueEvery   = 10 * time.Minute
	firstAfter = 20 * time.Second
)

// dailyBackups makes a backup a day and lists the backups.
type dailyBackups struct {
	journal *journal.Journal
	version string

	making sync.Mutex // one at a time
	mu     sync.Mutex
	failed string // why the last one failed; "" if it did not
}

func newBackups(j *journal.Journal, version string) *dailyBackups {
	return &dailyBackups{journal: j, version: version}
}

// run makes daily backups until ctx ends.
func (d *dailyBackups) run(ctx context.Context) {
	if d.journal.Settings.Demo() || d.journal.Settings.BackupKeep == 0 {
		return
	}
	for wait := firstAfter; ; wait = dueEvery {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if d.journal.Leases != nil {
			d.runUnder(ctx, d.journal.Leases)
			continue
		}
		d.makeIfDue(ctx)
	}
}

// runUnder makes a backup if one is due and no other server is making it.
func (d *dailyBackups) runUnder(ctx context.Context, leases store.Leases) {
	lease, err := leases.Lease(ctx, backupLease)
	if err != nil || lease == nil {
		return // another server does it, or the next check will
	}
	defer lease.Release()
	d.makeIfDue(lease.Held)
}

func (d *dailyBackups) makeIfDue(ctx context.Context) {
	due, err := backup.Due(d.journal.Settings.Backups(), time.Now())
	if err == nil && due {
		_, err = d.write(ctx)
	}
	if ctx.Err() == nil {
		d.record(err)
	}
}

// record stores why a backup failed and logs each reason once.
func (d *dailyBackups) record(err error) {
	why := ""
	if err != nil {
		why = daybook.PublicMessage(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if why != "" && why != d.failed {
		d.journal.Log.Error("daily backup", "err", err)
	}
	d.failed = why
}

// write makes a backup if anything changed since the last one, and deletes old
// ones.
func (d *dailyBackups) write(ctx context.Context) (backup.Report, error) {
	d.making.Lock()
	defer d.making.Unlock()
	s := d.journal.Settings
	if s.Demo() {
		return backup.Report{}, daybook.Errorf(daybook.Conflict, "The demo journal is not backed up.")
	}
	dir := s.Backups()
	if s.BackupDir == "" { // a folder in the settings may be on a missing disk
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return backup.Report{}, &daybook.Error{Kind: daybook.Unavailable, Message: "Cannot create the folder for backups.", Err: err}
		}
	}
	recipients, err := backup.Recipients(strings.NewReader(strings.Join(s.BackupRecipients, "\n")))
	if len(s.BackupRecipients) > 0 && err != nil {
		return backup.Report{}, daybook.Errorf(daybook.Invalid, "The setting backup_recipients contains a key that age does not accept.")
	}
	damaged := 0
	report, err := journal.WriteBackup(ctx, s, d.journal.Store, d.version, dir, func(p *backup.Plan) {
		if len(s.BackupRecipients) > 0 {
			p.Recipients = recipients
		}
		*p = backup.Rotated(dir, *p)
		keep := p.Keep
		p.Keep = func(m backup.Manifest) bool {
			damaged = m.Counts.Damaged
			return damaged == 0 && keep(m)
		}
	})
	switch {
	case err != nil:
		return report, err
	case damaged > 0: // it would replace an intact backup
		return report, daybook.Errorf(daybook.Unavailable, "%s damaged on disk. No daily backup was made; older ones are kept. Run “daybook check” for details.",
			plural.Of(damaged, "message or conversation is", "messages or conversations are"))
	}
	return report, backup.Rotate(dir, report, max(s.BackupKeep, 1), time.Now())
}

// Backups implements httpapi.Backups.
func (d *dailyBackups) Backups(context.Context) (httpapi.BackupList, error) {
	if d.journal.Settings.Demo() {
		return httpapi.BackupList{}, nil
	}
	d.mu.Lock()
	out := httpapi.BackupList{Folder: d.journal.Settings.Backups(), Keep: d.journal.Settings.BackupKeep, Error: d.failed}
	d.mu.Unlock()
	var err error
	out.Items, err = backup.List(out.Folder)
	return out, err
}

// Make implements httpapi.Backups.
func (d *dailyBackups) Make(ctx context.Context) error {
	_, err := d.write(ctx)
	if ctx.Err() == nil {
		d.record(err)
	}
	return err
}
