package lancedb

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"daybook"
	"daybook/internal/store"
)

// NoteStates returns the state of every note, or of those that match a query.
func (s *Store) NoteStates(ctx context.Context, queries ...store.NoteQuery) ([]store.NoteState, error) {
	if len(queries) > 0 {
		return s.findNoteStates(ctx, store.Joined(queries))
	}
	var states []store.NoteState
	err := s.look(ctx, func(m *memory) error {
		if m.older {
			return nil // no note of ours was read yet
		}
		for _, e := range m.entries {
			states = append(states, e.state)
		}
		return nil
	})
	return states, wrap("load what is known of the notes", err)
}

// findNoteStates returns the states of the notes that match q. All are in
// memory, where going through them takes less than a millisecond.
func (s *Store) findNoteStates(ctx context.Context, q store.NoteQuery) ([]store.NoteState, error) {
	ids, hashes, inodes := map[string]bool{}, map[[32]byte]bool{}, map[uint64]bool{}
	for _, hash := range q.Hashes {
		hashes[hash] = true
	}
	for _, inode := range q.Inodes {
		inodes[inode] = inode != 0
	}
	var states []store.NoteState
	err := s.look(ctx, func(m *memory) error {
		if m.older {
			return nil // no note of ours was read yet
		}
		for _, id := range q.EntryIDs {
			ids[id] = true
		}
		for _, name := range q.Names {
			ids[m.byPath[noteKey{name.Kind, name.Path}]] = true
		}
		for id, e := range m.entries {
			if ids[id] || hashes[e.state.Hash] || inodes[e.state.Inode] {
				states = append(states, e.state)
			}
		}
		return nil
	})
	return states, wrap("load what is known of some notes", err)
}

// Entries returns the entries ids in that order.
func (s *Store) Entries(ctx context.Context, ids []string) ([]daybook.Entry, error) {
	notes, err := s.whole(ctx, withIDs(ids), false)
	return entriesOf(notes), wrap("load entries", err)
}

// Newest returns the entries that pass f, newest first.
func (s *Store) Newest(ctx context.Context, f store.Filter, limit int) ([]daybook.Entry, error) {
	made := newFilter(f)
	notes, err := s.whole(ctx, func(m *memory) (list []*entry) {
		for _, e := range m.entries {
			if e.passes(made) {
				list = append(list, e)
			}
		}
		slices.SortFunc(list, func(a, b *entry) int {
			return cmp.Or(b.Date().Compare(a.Date()), cmp.Compare(a.Path, b.Path))
		})
		if limit > 0 {
			list = list[:min(limit, len(list))]
		}
		return list
	}, false)
	return entriesOf(notes), wrap("load the newest entries", err)
}

// NotesOf returns notes as they were stored.
func (s *Store) NotesOf(ctx context.Context, ids []string) ([]store.Note, error) {
	notes, err := s.whole(ctx, withIDs(ids), true)
	return notes, wrap("load notes", err)
}

func withIDs(ids []string) func(*memory) []*entry {
	return func(m *memory) (list []*entry) {
		for _, id := range ids {
			if e := m.entries[id]; e != nil {
				list = append(list, e)
			}
		}
		return list
	}
}

func entriesOf(notes []store.Note) []daybook.Entry {
	var list []daybook.Entry
	for _, n := range notes {
		list = append(list, n.Entry)
	}
	return list
}

// whole returns the notes chosen by pick, with their texts and, if passages is
// set, with their passages and terms. If another process replaces an entry
// while its text is being loaded, pick is called again.
func (s *Store) whole(ctx context.Context, pick func(*memory) []*entry, passages bool) ([]store.Note, error) {
	for try := 1; ; try++ {
		var notes []store.Note
		var away []*entry
		err := s.look(ctx, func(m *memory) error {
			for _, e := range pick(m) {
				n := store.Note{State: e.state, Entry: e.Entry}
				n.Entry.Text = e.text
				if n.Entry.Dates, n.Entry.Tags = slices.Clone(e.Dates), slices.Clone(e.Tags); passages {
					n.Passages = m.passagesOf(e)
				}
				if notes = append(notes, n); !m.older {
					away = append(away, e)
				}
			}
			return nil
		})
		if err != nil || len(away) == 0 {
			return finish(notes), err
		}
		texts, err := s.textsOf(ctx, away)
		if err != nil {
			return nil, err
		}
		gone := false
		for i, e := range away {
			text, there := texts[e.rev]
			notes[i].Entry.Text, gone = text, gone || !there
		}
		if !gone {
			return finish(notes), nil
		}
		if try == 3 {
			return nil, daybook.Errorf(daybook.Unavailable, "The index changes while it is read; try again.")
		}
		if err := s.forget(ctx); err != nil {
			return nil, err
		}
	}
}

// finish gives passages their texts.
func finish(notes []store.Note) []store.Note {
	for i := range notes {
		text := notes[i].Entry.Text
		for j := range notes[i].Passages {
			if p := &notes[i].Passages[j]; p.End <= len(text) {
				p.Text = text[p.Start:p.End]
			}
		}
	}
	return notes
}

// forget reloads the index.
func (s *Store) forget(ctx context.Context) error {
	s.mu.Lock()
	s.stale()
	s.mu.Unlock()
	return s.refresh(ctx)
}

// Capabilities implements store.Store.
func (s *Store) Capabilities() store.Capabilities {
	return store.Capabilities{Reread: s.reread, Purge: s.purge}
}

// reread reads the index into memory again.
func (s *Store) reread(ctx context.Context) error {
	if err := s.refresh(ctx); err != nil { // nothing may be loaded yet
		return err
	}
	return s.forget(ctx)
}

// passagesOf returns an entry's passages without their texts.
func (m *memory) passagesOf(e *entry) []store.IndexedPassage {
	var list []store.IndexedPassage
	for id := e.first; id < e.first+int64(e.count); id++ {
		p := m.passages[id]
		list = append(list, store.IndexedPassage{Passage: p.Passage, Terms: m.words.written(p.tokens)})
	}
	return list
}

// Span returns the first and the last day of the daily entries.
func (s *Store) Span(ctx context.Context) (span daybook.DateRange, err error) {
	err = s.look(ctx, func(m *memory) error {
		for _, e := range m.entries {
			for _, d := range e.Dates {
				switch {
				case e.Kind != daybook.Daily:
				case span.From.IsZero():
					span = daybook.DateRange{From: d, To: d}
				case d.Compare(span.From) < 0:
					span.From = d
				case d.Compare(span.To) > 0:
					span.To = d
				}
			}
		}
		return nil
	})
	return span, wrap("look for the first and the last day", err)
}

// Passages returns an entry's passages in text order.
func (s *Store) Passages(ctx context.Context, entryID string) ([]daybook.Passage, error) {
	notes, err := s.NotesOf(ctx, []string{entryID})
	if err != nil || len(notes) == 0 {
		return nil, wrap("load passages", err)
	}
	var list []daybook.Passage
	for _, p := range notes[0].Passages {
		list = append(list, p.Passage)
	}
	return list, nil
}

// Generation returns a value that changes with the entries and the scans.
func (s *Store) Generation(ctx context.Context) (string, error) {
	scans, err := s.local.Generation(ctx)
	if err != nil {
		return "", err
	}
	var entries int64
	err = s.look(ctx, func(m *memory) error {
		entries = m.version
		return nil
	})
	return fmt.Sprintf("%d %s", entries, scans), wrap("look for changes of the index", err)
}

// Stats counts what the store holds.
func (s *Store) Stats(ctx context.Context) (store.Stats, error) {
	out := store.Stats{Vectors: map[store.Space]int{}}
	all, err := s.allSpaces(ctx)
	if err != nil {
		return out, wrap("count the vectors", err)
	}
	err = s.look(ctx, func(m *memory) error {
		out.Entries, out.Passages = len(m.entries), len(m.order)
		for _, e := range m.entries {
			if e.Private {
				out.Private++
				out.PrivatePassages += e.count
			}
		}
		for _, sp := range all {
			for id := range sp.has {
				if m.passages[id] != nil {
					out.Vectors[sp.Space]++
				}
			}
		}
		return nil
	})
	if err == nil {
		out.Threads, err = s.c.count(ctx, threadsTable, "")
	}
	if err == nil {
		out.Messages, err = s.countMessages(ctx)
	}
	return out, wrap("count what is stored", err)
}
