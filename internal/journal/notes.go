package journal

import (
	"context"
	"path/filepath"
	"time"

	"daybook"
	"daybook/internal/analysis"
	"daybook/internal/notes"
	"daybook/internal/store"
)

// notesConfig returns where notes, versions and uploads are stored.
func (j *Journal) notesConfig() notes.Config {
	data := filepath.Dir(j.Settings.Database())
	const day = 24 * time.Hour
	return notes.Config{
		Vault: j.Vault, Store: forgettingStore{j.Store, analysis.Forgetting(j.Store, j.Store)}, Indexer: j.Indexer,
		History: filepath.Join(data, "history"), Undo: filepath.Join(data, "undo"), Uploads: filepath.Join(data, "uploads"),
		Corrected: j.learn, UndoAge: time.Duration(j.Settings.UndoDays) * day, HistoryAge: time.Duration(j.Settings.HistoryDays) * day,
	}
}

// OpenNotes returns the service that reads and writes notes. Close it when done.
func (j *Journal) OpenNotes() (*notes.Service, error) { return notes.New(j.notesConfig()) }

// renameHistory moves the versions of a note that was renamed.
func (j *Journal) renameHistory(ctx context.Context, kind daybook.EntryKind, from, to string) {
	if err := j.notesConfig().NewHistory(kind).Rename(ctx, from, to); err != nil {
		j.Log.Error("move the history of a renamed note", "kind", kind, "err", err)
	}
}

// FirstPassage returns an ID below those of all passages of some notes; 0 if
// they have none.
func (j *Journal) FirstPassage(ctx context.Context, notes []store.NoteName) (int64, error) {
	states, err := j.Store.NoteStates(ctx, store.NoteQuery{Names: notes})
	if err != nil {
		return 0, err
	}
	var first int64
	for _, s := range states {
		passages, err := j.Store.Passages(ctx, s.EntryID)
		if err != nil {
			return 0, err
		}
		for _, p := range passages {
			if first == 0 || p.ID < first {
				first = p.ID
			}
		}
	}
	return max(0, first-1), nil
}
