package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"daybook/internal/store"
)

// named returns a condition that a column has one of the values, "" for no
// values, and its argument.
func named(column string, values []string) (string, []any, error) {
	if len(values) == 0 {
		return "", nil, nil
	}
	list, err := json.Marshal(values)
	return " AND " + column + " IN (SELECT value FROM json_each(?))", []any{string(list)}, err
}

// Scans returns the scans of notes, or all.
func (s *Records) Scans(ctx context.Context, notes ...string) ([]store.ScanState, error) {
	where, args, err := named("note", notes)
	if err != nil {
		return nil, err
	}
	var list []store.ScanState
	err = s.db.each(ctx, func(rows *sql.Rows) error {
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
	}, "SELECT path, note, size, mtime, inode, hash, pages, done, stage, error, attempts, updated FROM scans WHERE true"+where+" ORDER BY path", args...)
	return list, wrap("load the scans", err)
}

// WriteScans makes the changes of b.
func (s *Records) WriteScans(ctx context.Context, b store.ScanBatch) error {
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		w := &applying{ctx: ctx, tx: tx}
		defer w.close()
		for _, path := range b.Delete {
			w.exec("DELETE FROM scans WHERE path = ?", path)
		}
		for _, st := range b.Put {
			w.exec("INSERT OR REPLACE INTO scans (path, note, size, mtime, inode, hash, pages, done, stage, error, attempts, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
				st.Path, st.Note, st.Size, st.ModTime, int64(st.Inode), st.Hash[:], st.Pages, st.Done, st.Stage, st.Error, st.Attempts, st.Updated.UnixMicro())
		}
		for _, key := range b.ForgetPages {
			w.exec("DELETE FROM page_texts WHERE key = ?", key)
		}
		for _, scan := range b.ForgetScans {
			w.exec("DELETE FROM page_texts WHERE scan = ?", scan[:])
		}
		for _, p := range b.Pages {
			w.exec("INSERT OR REPLACE INTO page_texts (key, scan, text) VALUES (?, ?, ?)", p.Key, p.Scan[:], p.Text)
		}
		for note, written := range b.Written {
			parts, err := json.Marshal(written.Parts)
			if err != nil {
				return err
			}
			w.exec("INSERT OR REPLACE INTO written_notes (note, text, before, parts) VALUES (?, ?, ?, ?)", note, written.Text, written.Before, string(parts))
		}
		return w.err
	})
	return wrap("keep changes of scans", err)
}

// PageTexts calls f with the transcriptions of pages. A damaged one counts as
// unknown, so that the page is read again.
func (s *Records) PageTexts(ctx context.Context, keys []string, f func(store.PageText) error) error {
	if keys != nil && len(keys) == 0 {
		return nil
	}
	where, args, err := named("key", keys)
	if err != nil {
		return err
	}
	err = s.db.each(ctx, func(rows *sql.Rows) error {
		var p store.PageText
		var hash sql.RawBytes
		if err := rows.Scan(&p.Key, &hash, &p.Text); err != nil {
			return err
		}
		if copy(p.Scan[:], hash) != len(p.Scan) || len(hash) != len(p.Scan) {
			return fmt.Errorf("a page is of a scan with a hash of %d bytes", len(hash))
		}
		return f(p)
	}, "SELECT key, scan, text FROM page_texts WHERE sum IS daybook_sum(key, scan, text)"+where+" ORDER BY key", args...)
	return wrap("load what pages say", err)
}

// WrittenNotes returns what was last written into notes. For a note that is
// named, damage is an error.
func (s *Records) WrittenNotes(ctx context.Context, notes ...string) (map[string]store.WrittenNote, error) {
	where, args, err := named("note", notes)
	if err != nil {
		return nil, err
	}
	all := map[string]store.WrittenNote{}
	err = s.db.each(ctx, func(rows *sql.Rows) error {
		var note, parts string
		var w store.WrittenNote
		var sound bool
		if err := rows.Scan(&note, &w.Text, &w.Before, &parts, &sound); err != nil {
			return err
		}
		if !sound && len(notes) > 0 {
			return damaged("What was written into a note")
		}
		err := json.Unmarshal([]byte(parts), &w.Parts)
		all[note] = w
		return err
	}, "SELECT note, text, before, parts, sum IS daybook_sum(note, text, before, parts) FROM written_notes WHERE true"+where, args...)
	return all, wrap("load what was written into notes", err)
}
