package migrate

import (
	"context"

	"daybook/internal/store"
)

// copyScans copies the progress of the scans. A scan with more progress in the
// second store is left there, with its transcriptions and the text written from
// it.
func (m *migration) copyScans(ctx context.Context) (written int, err error) {
	from, err := m.from.Scans(ctx)
	if err != nil {
		return 0, err
	}
	to, err := m.to.Scans(ctx)
	if err != nil {
		return 0, err
	}
	there := map[string]store.ScanState{}
	for _, scan := range to {
		there[scan.Path] = scan
	}
	var fresh []store.ScanState
	hashes := map[[32]byte]bool{}
	for _, scan := range from {
		switch other, ok := there[scan.Path]; {
		case ok && other.Updated.After(scan.Updated):
			m.scans[scan.Path], m.notes[scan.Note], hashes[scan.Hash] = true, true, true
			m.notes[other.Note], hashes[other.Hash] = true, true
		case !ok || other != scan:
			fresh = append(fresh, scan)
		}
	}
	if err := m.keepPages(ctx, hashes); err != nil {
		return 0, err
	}
	return len(fresh), m.to.WriteScans(ctx, store.ScanBatch{Put: fresh})
}

// keepPages keeps the second store's transcriptions of some files.
func (m *migration) keepPages(ctx context.Context, hashes map[[32]byte]bool) error {
	if len(hashes) == 0 {
		return nil
	}
	return m.to.PageTexts(ctx, nil, func(page store.PageText) error {
		if hashes[page.Scan] {
			m.pages[page.Key] = true
		}
		return nil
	})
}

func (m *migration) copyPages(ctx context.Context) (written int, err error) {
	err = m.from.PageTexts(ctx, nil, func(page store.PageText) error {
		if m.pages[page.Key] {
			return nil
		}
		there, ok, err := store.PageTextOf(ctx, m.to, page.Key)
		copied := ok && there == page.Text
		if copied || err != nil {
			return err
		}
		written++
		return m.to.WriteScans(ctx, store.ScanBatch{Pages: []store.PageText{page}})
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
		there, ok := to[note]
		current := m.notes[note] || digest(there) == digest(w)
		if ok && current {
			return false, nil
		}
		delete(m.notes, note) // it is copied after all
		return true, m.to.WriteScans(ctx, store.ScanBatch{Written: map[string]store.WrittenNote{note: w}})
	})
}

func (m *migration) sumScans(ctx context.Context, s store.Store) (out sum, err error) {
	wanted, err := m.from.Scans(ctx)
	if err != nil {
		return out, err
	}
	paths := map[string]bool{}
	for _, scan := range wanted {
		paths[scan.Path] = !m.scans[scan.Path]
	}
	all, err := s.Scans(ctx)
	for _, scan := range all {
		if paths[scan.Path] {
			out.add(digest(scan))
		}
	}
	return out, err
}

func (m *migration) sumPages(ctx context.Context, s store.Store) (out sum, err error) {
	wanted := map[string]bool{}
	err = m.from.PageTexts(ctx, nil, func(page store.PageText) error {
		wanted[page.Key] = !m.pages[page.Key]
		return nil
	})
	if err != nil {
		return out, err
	}
	err = s.PageTexts(ctx, nil, func(page store.PageText) error {
		if wanted[page.Key] {
			out.add(digest([]any{page.Key, page.Scan, page.Text}))
		}
		return nil
	})
	return out, err
}

func (m *migration) sumWritten(ctx context.Context, s store.Store) (out sum, err error) {
	wanted, err := m.from.WrittenNotes(ctx)
	if err != nil {
		return out, err
	}
	all, err := s.WrittenNotes(ctx)
	for note, w := range all {
		if _, ok := wanted[note]; ok && !m.notes[note] {
			out.add(digest([]any{note, w}))
		}
	}
	return out, err
}
