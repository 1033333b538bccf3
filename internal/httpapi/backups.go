package httpapi

import (
	"context"
	"path/filepath"
	"time"

	"daybook/internal/backup"
)

// Backups lists and makes backups.
type Backups interface {
	Backups(ctx context.Context) (BackupList, error)
	// Make makes a backup now, unless nothing changed since the last one.
	Make(ctx context.Context) error
}

// BackupList lists the backups.
type BackupList struct {
	Folder string
	Keep   int    // daily ones; 0 makes none
	Error  string // why the last one failed; may be empty
	Items  []backup.Item
}

type backupsJSON struct {
	Folder  *string      `json:"folder" doc:"Null for the demo journal, which is not backed up"`
	Keep    int          `json:"keep" doc:"Daily backups that are kept; 0 if none are made"`
	Error   *string      `json:"error" doc:"Why the last one could not be made"`
	Current *time.Time   `json:"current" doc:"Everything up to this time is in a backup; null if there is none"`
	Backups []backupJSON `json:"backups" nullable:"false" doc:"Newest first"`
}

type backupJSON struct {
	File      string    `json:"file"`
	At        time.Time `json:"at"`
	Size      int64     `json:"size"`
	Encrypted bool      `json:"encrypted"`
}

func (s *server) backups(ctx context.Context, _ *struct{}) (*body[backupsJSON], error) {
	list, err := s.Backups.Backups(ctx)
	if err != nil {
		return nil, err
	}
	out := backupsJSON{Folder: given(list.Folder), Keep: list.Keep, Error: given(list.Error), Backups: []backupJSON{}}
	for _, item := range list.Items {
		out.Backups = append(out.Backups, backupJSON{filepath.Base(item.Path), item.Time.UTC(), item.Size, item.Encrypted})
	}
	if len(list.Items) > 0 {
		at := list.Items[0].Current.UTC()
		out.Current = &at
	}
	return reply(out)
}

func (s *server) makeBackup(ctx context.Context, _ *struct{}) (*body[backupsJSON], error) {
	if err := s.Backups.Make(ctx); err != nil {
		return nil, err
	}
	return s.backups(ctx, nil)
}
