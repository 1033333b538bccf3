package journal

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"daybook"
	"daybook/internal/backup"
	"daybook/internal/settings"
	"daybook/internal/store"
)

// WriteBackup backs up a snapshot of a store to the folder dir. Change may adjust
// the plan; it may be nil.
func WriteBackup(ctx context.Context, s settings.Settings, kept store.Store, version, dir string, change func(*backup.Plan)) (report backup.Report, err error) {
	config, unsettled := s.FileWithoutSecrets()
	err = readSnapshot(ctx, kept, func(records store.RecordReader) (err error) {
		p := backup.Plan{Records: records, Settings: config, Trees: historyTrees(s), Daybook: version, Now: time.Now}
		if change != nil {
			change(&p)
		}
		report, err = backup.Write(ctx, dir, p)
		return err
	})
	if unsettled != nil {
		report.LeftOut = append(report.LeftOut, backup.LeftOut{Path: "the settings", Reason: daybook.PublicMessage(unsettled), Failed: true})
	}
	return report, err
}

// readSnapshot calls read with a consistent snapshot of the records, or with the
// store itself if it has no snapshots.
func readSnapshot(ctx context.Context, s store.Store, read func(store.RecordReader) error) error {
	if snapshot := s.Capabilities().Snapshot; snapshot != nil {
		return snapshot(ctx, read)
	}
	return read(s)
}

// historyTrees are the folders with versions of notes.
func historyTrees(s settings.Settings) []backup.Tree {
	data := filepath.Dir(s.Database())
	return []backup.Tree{
		{Name: backup.History, Dir: filepath.Join(data, backup.History), Moving: true},
		{Name: backup.Undo, Dir: filepath.Join(data, backup.Undo), Moving: true},
	}
}

// JournalTrees are the folders of the notes and scans. If one contains the
// other, only the outer one is returned.
func JournalTrees(s settings.Settings) []backup.Tree {
	trees := []backup.Tree{{Name: backup.Journal, Dir: s.Journal}}
	switch {
	case s.Evergreen == "" || Within(s.Evergreen, s.Journal):
	case Within(s.Journal, s.Evergreen):
		trees = []backup.Tree{{Name: backup.Evergreen, Dir: s.Evergreen}}
	default:
		trees = append(trees, backup.Tree{Name: backup.Evergreen, Dir: s.Evergreen})
	}
	for i := range trees {
		trees[i].Skip = func(path string) string { return notInBackup(s, trees[i].Dir, path) }
	}
	return trees
}

// notInBackup returns why a file below the notes' folder is left out; "" if it is
// not. Daybook's own files may contain keys.
func notInBackup(s settings.Settings, folder, path string) string {
	name := filepath.Base(path)
	for _, own := range []string{s.ConfigFile, s.TLSKey} {
		if own != "" && Resolved(path) == Resolved(own) {
			return "it may contain keys"
		}
	}
	data := filepath.Dir(s.Database())
	switch parent := Resolved(filepath.Dir(path)); {
	case !Within(folder, s.Data) && Within(path, s.Data):
		return "it is Daybook's own data"
	case slices.Contains([]string{Resolved(s.Data), Resolved(data)}, parent) && ownName(name):
		return "it is Daybook's own data"
	case strings.HasPrefix(name, ".daybook-"):
		return "a temporary file of Daybook"
	}
	return ""
}

// ownName reports whether name belongs to a file in the data folder.
func ownName(name string) bool {
	for _, own := range []string{"daybook.db", "index.db", "lancedb.", "sessions", "token", "owners", "backups", "history", "undo", "uploads", lockFile, "restoring.json"} {
		if strings.HasPrefix(name, own) {
			return true
		}
	}
	return false
}
