package migrate

import (
	"context"

	"daybook/internal/store"
)

// copyScans copies how far the scans are. One that the second store knows more
// of goes on there, with what its pages say and what was written of them.
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
	return len(fresh), m.to.PutScans(ctx, fresh...)
}

// keepPages has what the second store knows of the pages of some files stay.
func (m *migration) keepPages(ctx context.Context, hashes map[[32]byte]bool) error {
	if len(hashes) == 0 {
		return nil
	}
	return m.to.PageTexts(ctx, func(key string, scan [32]byte, _ string) error {
		if hashes[scan] {
			m.pages[key] = true
		}
		return nil
	})
}

func (m *migration) copyPages(ctx context.Context) (written int, err error) {
	err = m.from.PageTexts(ctx, func(key string, scan [32]byte, text string) error {
		if m.pages[key] {
			return nil
		}
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
		there, ok := to[note]
		if ok && (m.notes[note] || digest(there) == digest(w)) {
			return false, nil
		}
		delete(m.notes, note) // it is copied after all
		return true, m.to.PutWritten(ctx, note, w)
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
	err = m.from.PageTexts(ctx, func(key string, _ [32]byte, _ string) error {
		wanted[key] = !m.pages[key]
		return nil
	})
	if err != nil {
		return out, err
	}
	err = s.PageTexts(ctx, func(key string, scan [32]byte, text string) error {
		if wanted[key] {
			out.add(digest([]any{key, scan, text}))
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
