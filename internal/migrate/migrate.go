// Package migrate copies everything from one store to another. It can be
// interrupted and repeated at any time: what is already there is not written
// again. At the end it reads both sides again and compares them.
package migrate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/store"
)

// chunk is how many notes are copied at a time.
const chunk = 100

// Progress is the progress of a copy.
type Progress struct {
	Doing       string
	Done, Total int // Total is 0 if unknown
}

// Part is the result for one kind of data.
type Part struct {
	Name    string
	There   int    // in the first store
	Written int    // now; the others existed before
	Sum     string // SHA-256 of all of them, in hex, equal in both stores
}

// Report is the result of a copy.
type Report struct {
	Parts []Part
	// Kept are the IDs of threads that continued in the second store: messages
	// they lacked were inserted.
	Kept []string
	// KeptAnalyses, by ID, and KeptScans, by path, continued in the second
	// store and were not changed there.
	KeptAnalyses, KeptScans []string
	// Apart counts the days on which a model was used for a task in both
	// stores: the second store's count is kept, and is too low.
	Apart int
}

// migration is a running copy.
type migration struct {
	from, to store.Store
	progress func(Progress)
	report   Report
	kept     map[string]bool // threads
	apart    map[used]bool   // usage counted in both stores
	// What continued in the second store:
	analyses, scans, pages, notes map[string]bool
}

// Run copies everything from one store to another and compares. Notes of the
// second store are replaced if a copied one has the same place. All else in it
// is kept, including what continued there since an earlier copy. If the second
// store holds another journal, the error is daybook.Conflict and nothing is
// changed. Progress may be nil.
func Run(ctx context.Context, from, to store.Store, progress func(Progress)) (*Report, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	m := &migration{from: from, to: to, progress: progress, kept: map[string]bool{}, apart: map[used]bool{},
		analyses: map[string]bool{}, scans: map[string]bool{}, pages: map[string]bool{}, notes: map[string]bool{}}
	if err := m.checkSameJournal(ctx); err != nil {
		return &m.report, err
	}
	for _, step := range []struct {
		name string
		copy func(context.Context) (written int, err error)
		sum  func(context.Context, store.Store) (sum, error)
	}{
		{"settings of the index", m.copyMeta, m.sumMeta},
		{"scans", m.copyScans, m.sumScans},
		{"pages", m.copyPages, m.sumPages},
		{"written notes", m.copyWritten, m.sumWritten},
		{"usage", m.copyUsage, m.sumUsage},
		{"ledger", m.copyLedger, m.sumLedger},
		{"threads", m.copyThreads, m.sumThreads},
		{"notes", m.copyNotes, m.sumNotes},
		{"vectors", m.copyVectors, m.sumVectors},
		{"analyses", m.copyAnalyses, m.sumAnalyses},
	} {
		written, err := step.copy(ctx)
		if err != nil {
			return &m.report, fmt.Errorf("copy the %s: %w", step.name, err)
		}
		one, err := step.sum(ctx, from)
		if err != nil {
			return &m.report, fmt.Errorf("compare the %s: %w", step.name, err)
		}
		other, err := step.sum(ctx, to)
		if err != nil {
			return &m.report, fmt.Errorf("compare the %s: %w", step.name, err)
		}
		m.report.Parts = append(m.report.Parts, Part{step.name, one.n, written, one.String()})
		if one != other {
			return &m.report, daybook.Errorf(daybook.Conflict, "The %s are not the same in both stores: %d and %d. Was one of them changed meanwhile? The command can run again.",
				step.name, one.n, other.n)
		}
	}
	m.report.Kept, m.report.Apart = slices.Sorted(maps.Keys(m.kept)), len(m.apart)
	m.report.KeptAnalyses, m.report.KeptScans = slices.Sorted(maps.Keys(m.analyses)), slices.Sorted(maps.Keys(m.scans))
	return &m.report, nil
}

func (m *migration) copyMeta(ctx context.Context) (int, error) {
	from, err := m.from.Meta(ctx)
	if err != nil {
		return 0, err
	}
	to, err := m.to.Meta(ctx)
	if err != nil {
		return 0, err
	}
	return each(from, func(key, value string) (bool, error) {
		if there, ok := to[key]; ok && there == value {
			return false, nil
		}
		return true, m.to.Apply(ctx, store.SetMeta(key, value))
	})
}

// each calls put for all items, in order, and counts those written.
func each[V any](all map[string]V, put func(string, V) (bool, error)) (written int, err error) {
	for _, key := range slices.Sorted(maps.Keys(all)) {
		done, err := put(key, all[key])
		if err != nil {
			return written, err
		}
		if done {
			written++
		}
	}
	return written, nil
}

// ids returns the IDs of all notes, by path.
func ids(ctx context.Context, s store.Store) ([]string, map[string]string, error) {
	states, err := s.NoteStates(ctx)
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(states, func(a, b store.NoteState) int { return strings.Compare(name(a), name(b)) })
	list, places := make([]string, len(states)), map[string]string{}
	for i, state := range states {
		list[i] = state.EntryID
		places[name(state)] = state.EntryID
	}
	return list, places, nil
}

// name identifies a note by its folder and path.
func name(s store.NoteState) string { return string(s.Kind) + "\x00" + s.Path }

func (m *migration) copyNotes(ctx context.Context) (written int, err error) {
	all, places, err := ids(ctx, m.from)
	if err != nil {
		return 0, err
	}
	_, taken, err := ids(ctx, m.to)
	if err != nil {
		return 0, err
	}
	var gone []string
	for place, id := range places {
		if other, ok := taken[place]; ok && other != id {
			gone = append(gone, other)
		}
	}
	if err := m.to.Apply(ctx, store.Batch{Delete: gone}); err != nil {
		return 0, err
	}
	done := 0
	for list := range slices.Chunk(all, chunk) {
		m.progress(Progress{"Copying the notes", done, len(all)})
		done += len(list)
		notes, err := m.from.NotesOf(ctx, list)
		if err != nil {
			return written, err
		}
		there, err := sums(ctx, m.to, list)
		if err != nil {
			return written, err
		}
		fresh := slices.DeleteFunc(notes, func(n store.Note) bool { return there[n.Entry.ID] == noteDigest(n) })
		if err := m.to.Apply(ctx, store.Batch{Put: fresh}); err != nil {
			return written, err
		}
		written += len(fresh)
	}
	if reread := m.to.Capabilities().Reread; reread != nil {
		err = reread(ctx)
	}
	return written, err
}

// sums returns the digests of notes by ID.
func sums(ctx context.Context, s store.Store, ids []string) (map[string][32]byte, error) {
	notes, err := s.NotesOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := map[string][32]byte{}
	for _, n := range notes {
		out[n.Entry.ID] = noteDigest(n)
	}
	return out, nil
}
