package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"daybook/internal/store"
)

// Scans returns all scans that are known.
func (s *Records) Scans(ctx context.Context) ([]store.ScanState, error) {
	return s.scans(ctx, "")
}

// ScansOf returns the scans of a note.
func (s *Records) ScansOf(ctx context.Context, note string) ([]store.ScanState, error) {
	return s.scans(ctx, "WHERE note = ? ", note)
}

func (s *Records) scans(ctx context.Context, where string, args ...any) ([]store.ScanState, error) {
	var list []store.ScanState
	err := s.db.each(ctx, func(rows *sql.Rows) error {
		var st store.ScanState
		var inode, updated int64
		var hash sql.RawBytes
		err := rows.Scan(&st.Path, &st.Note, &st.Size, &st.ModTime, &inode, &hash, &st.Pages, &st.Done, &st.Stage, &st.Error, &st.Attempts, &updated)
		if err != nil {
			return err
		}
		if len(hash) != len(st.Hash) {
			return errors.New("a scan has a hash of the wrong length")
		}
		copy(st.Hash[:], hash)
		st.Inode, st.Updated = uint64(inode), time.UnixMicro(updated).UTC()
		list = append(list, st)
		return nil
	}, "SELECT path, note, size, mtime, inode, hash, pages, done, stage, error, attempts, updated FROM scans "+where+"ORDER BY path", args...)
	return list, wrap("load the scans", err)
}

// PutScans keeps the states of scans.
func (s *Records) PutScans(ctx context.Context, states ...store.ScanState) error {
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		for _, st := range states {
			_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO scans (path, note, size, mtime, inode, hash, pages, done, stage, error, attempts, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
				st.Path, st.Note, st.Size, st.ModTime, int64(st.Inode), st.Hash[:], st.Pages, st.Done, st.Stage, st.Error, st.Attempts, st.Updated.UnixMicro())
			if err != nil {
				return err
			}
		}
		return nil
	})
	return wrap("keep how far scans have come", err)
}

// DeleteScans forgets scans.
func (s *Records) DeleteScans(ctx context.Context, paths ...string) error {
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		for _, path := range paths {
			if _, err := tx.ExecContext(ctx, "DELETE FROM scans WHERE path = ?", path); err != nil {
				return err
			}
		}
		return nil
	})
	return wrap("forget scans", err)
}

// PageText returns what a page says. A damaged text counts as unknown, so that
// the page is read again.
func (s *Records) PageText(ctx context.Context, key string) (text string, ok bool, err error) {
	err = s.db.row(ctx, "SELECT text FROM page_texts WHERE key = ? AND sum IS daybook_sum(key, scan, text)", key).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return text, err == nil, wrap("load what a page says", err)
}

// PutPageText keeps what a page says.
func (s *Records) PutPageText(ctx context.Context, key string, scan [32]byte, text string) error {
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO page_texts (key, scan, text) VALUES (?, ?, ?)", key, scan[:], text)
		return err
	})
	return wrap("keep what a page says", err)
}

// ForgetScan erases what the pages of a file say.
func (s *Records) ForgetScan(ctx context.Context, scan [32]byte) error {
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM page_texts WHERE scan = ?", scan[:])
		return err
	})
	return wrap("forget what a scan says", err)
}

// Written returns what was written into a note last.
func (s *Records) Written(ctx context.Context, note string) (store.WrittenNote, error) {
	var w store.WrittenNote
	var parts string
	var sound bool
	err := s.db.row(ctx, "SELECT text, before, parts, sum IS daybook_sum(note, text, before, parts) FROM written_notes WHERE note = ?", note).
		Scan(&w.Text, &w.Before, &parts, &sound)
	if errors.Is(err, sql.ErrNoRows) {
		return w, nil
	}
	if err == nil && !sound {
		return store.WrittenNote{}, damaged("What was written into a note")
	}
	if err == nil {
		err = json.Unmarshal([]byte(parts), &w.Parts)
	}
	return w, wrap("load what was written into a note", err)
}

// PutWritten keeps what was written into a note.
func (s *Records) PutWritten(ctx context.Context, note string, w store.WrittenNote) error {
	parts, err := json.Marshal(w.Parts)
	if err != nil {
		return wrap("keep what was written into a note", err)
	}
	err = s.db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO written_notes (note, text, before, parts) VALUES (?, ?, ?, ?)", note, w.Text, w.Before, string(parts))
		return err
	})
	return wrap("keep what was written into a note", err)
}

// ForgetPage erases what a page says.
func (s *Records) ForgetPage(ctx context.Context, key string) error {
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM page_texts WHERE key = ?", key)
		return err
	})
	return wrap("forget what a page says", err)
}
