package main

import (
	"context"
	"daybook/internal/analysis"
	"daybook/internal/notes"
	"daybook/internal/store"
	"path/filepath"
	"time"
)

// notesConfig says where the journal's notes and their versions are.
func (a *journal) notesConfig() notes.Config {
	data := filepath.Dir(a.settings.Database())
	const day = 24 * time.Hour
	return notes.Config{
		Vault: a.vault, Store: forgettingStore{a.store, analysis.Forgetting(a.store, a.store)}, Indexer: a.indexer,
		History: filepath.Join(data, "history"), Undo: filepath.Join(data, "undo"), Uploads: filepath.Join(data, "uploads"),
		UndoAge: time.Duration(a.settings.UndoDays) * day, HistoryAge: time.Duration(a.settings.HistoryDays) * day,
	}
}

// openNotes opens what reads and writes the journal's notes.
func (a *journal) openNotes() (*notes.Service, error) { return notes.New(a.notesConfig()) }

// firstPassage returns an ID below those of all passages of some notes, 0 where
// there are none.
func (a *journal) firstPassage(ctx context.Context, notes []store.NoteName) (int64, error) {
	states, err := a.store.FindNoteStates(ctx, store.NoteQuery{Names: notes})
	if err != nil {
		return 0, err
	}
	var first int64
	for _, s := range states {
		passages, err := a.store.Passages(ctx, s.EntryID)
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
