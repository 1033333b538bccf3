// Package migrate copies everything of one store to another. It can be
// interrupted and begun again at any time: what is there as it should be is
// not written again. At the end both sides are read once more and compared.
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

// Progress says how far a copy is.
type Progress struct {
	Doing       string
	Done, Total int // Total is 0 where it is not known
}

// Part is what became of one kind of thing.
type Part struct {
	Name    string
	There   int    // in the store that is copied
	Written int    // now; the others were there before
	Sum     string // SHA-256 of all of them together, in hex, in either store
}

// Report is what became of a copy.
type Report struct {
	Parts []Part
	// Kept are the threads, by ID, that are left as they are where they are
	// copied to: they go on there, with messages that are nowhere else.
	Kept []string
}

// migration is one copy.
type migration struct {
	from, to store.Store
	progress func(Progress)
	report   Report
	kept     map[string]bool // threads
	apart    map[used]bool   // what was used, and is counted in either store
}

// Run copies everything from one store to another, and compares. Notes of the
// second whose place a copied one takes are replaced; what else is in it
// stays. Progress may be nil.
func Run(ctx context.Context, from, to store.Store, progress func(Progress)) (*Report, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	m := &migration{from: from, to: to, progress: progress, kept: map[string]bool{}, apart: map[used]bool{}}
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
	m.report.Kept = slices.Sorted(maps.Keys(m.kept))
	return &m.report, nil
}

func (m *migration) copyMeta(ctx context.Context) (int, error) {
	from, err := m.from.AllMeta(ctx)
	if err != nil {
		return 0, err
	}
	to, err := m.to.AllMeta(ctx)
	if err != nil {
		return 0, err
	}
	return each(from, func(key, value string) (bool, error) {
		if there, ok := to[key]; ok && there == value {
			return false, nil
		}
		return true, m.to.SetMeta(ctx, key, value)
	})
}

// each calls put for everything, in order, and counts what was written.
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

func (m *migration) copyScans(ctx context.Context) (written int, err error) {
	from, err := m.from.Scans(ctx)
	if err != nil {
		return 0, err
	}
	to, err := m.to.Scans(ctx)
	if err != nil {
		return 0, err
	}
	fresh := slices.DeleteFunc(from, func(s store.ScanState) bool { return slices.Contains(to, s) })
	return len(fresh), m.to.PutScans(ctx, fresh...)
}

func (m *migration) copyPages(ctx context.Context) (written int, err error) {
	err = m.from.PageTexts(ctx, func(key string, scan [32]byte, text string) error {
		there, ok, err := m.to.PageText(ctx, key)
		if err != nil || ok && there == text {
			return err
		}
		written++
		return m.to.PutPageText(ctx, key, scan, text)
	})
	return written, err
}

func (m *migration) copyWritten(ctx context.Context) (int, error) {
	from, err := m.from.WrittenNotes(ctx)
	if err != nil {
		return 0, err
	}
	to, err := m.to.WrittenNotes(ctx)
	if err != nil {
		return 0, err
	}
	return each(from, func(note string, w store.WrittenNote) (bool, error) {
		if there, ok := to[note]; ok && digest(there) == digest(w) {
			return false, nil
		}
		return true, m.to.PutWritten(ctx, note, w)
	})
}

// whole is a thread with everything of it.
type whole struct {
	Thread   daybook.Thread
	Messages []daybook.Message
	Turns    []daybook.Turn
}

func load(ctx context.Context, s store.Store, t daybook.Thread) (w whole, err error) {
	w.Thread = t
	if w.Messages, err = s.Messages(ctx, t.ID); err != nil {
		return w, err
	}
	w.Turns, err = s.TurnsOf(ctx, t.ID)
	return w, err
}

func (m *migration) copyThreads(ctx context.Context) (written int, err error) {
	threads, err := m.from.Threads(ctx)
	if err != nil {
		return 0, err
	}
	for i, t := range threads {
		m.progress(Progress{"Copying the conversations", i, len(threads)})
		done, err := m.copyThread(ctx, t)
		if err != nil {
			return written, err
		}
		if done {
			written++
		}
	}
	return written, nil
}

func (m *migration) copyThread(ctx context.Context, t daybook.Thread) (bool, error) {
	from, err := load(ctx, m.from, t)
	if err != nil {
		return false, err
	}
	there, err := m.to.Thread(ctx, t.ID)
	if daybook.KindOf(err) == daybook.NotFound {
		return true, m.to.ReplaceThread(ctx, t, from.Messages, from.Turns)
	}
	if err != nil {
		return false, err
	}
	to, err := load(ctx, m.to, there)
	if err != nil || digest(to) == digest(from) {
		return false, err
	}
	known := map[string]bool{}
	for _, message := range from.Messages {
		known[message.ID] = true
	}
	if there.UpdatedAt.After(t.UpdatedAt) || slices.ContainsFunc(to.Messages, func(message daybook.Message) bool { return !known[message.ID] }) {
		m.kept[t.ID] = true
		return false, nil
	}
	return true, m.to.ReplaceThread(ctx, t, from.Messages, from.Turns)
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

// name names a note by its folder and path.
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
	return written, nil
}

// sums digests notes, by ID.
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
