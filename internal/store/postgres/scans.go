package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"daybook/internal/store"
)

// Scans returns the scans of notes, or all.
func (s *Store) Scans(ctx context.Context, notes ...string) ([]store.ScanState, error) {
	var list []store.ScanState
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		var st store.ScanState
		var path, note, hash, stage, trouble []byte
		var inode, updated int64
		err := row.Scan(&path, &note, &st.Size, &st.ModTime, &inode, &hash, &st.Pages, &st.Done, &stage, &trouble, &st.Attempts, &updated)
		st.Path, st.Note, st.Stage, st.Error = string(path), string(note), store.Stage(stage), string(trouble)
		copy(st.Hash[:], hash)
		st.Inode, st.Updated = uint64(inode), timeOf(updated)
		list = append(list, st)
		return err
	}, "SELECT path, note, size, mtime, inode, hash, pages, done, stage, error, attempts, updated FROM scans WHERE owner = $1 AND ($2::bytea[] IS NULL OR note = ANY($2)) ORDER BY path", s.owner, bytesList(notes))
	return list, wrap("load the scans", err)
}

// WriteScans makes the changes of b in a fixed order, so that concurrent
// writers of the same scans do not deadlock.
func (s *Store) WriteScans(ctx context.Context, b store.ScanBatch) error {
	var questions []question
	do := func(sql string, args ...any) {
		questions = append(questions, question{sql: sql, args: append([]any{s.owner}, args...)})
	}
	if len(b.Delete) > 0 {
		do("DELETE FROM scans WHERE owner = $1 AND path = ANY($2)", bytesList(b.Delete))
	}
	for _, st := range slices.SortedStableFunc(slices.Values(b.Put), func(a, b store.ScanState) int { return strings.Compare(a.Path, b.Path) }) {
		do(`INSERT INTO scans (owner, path, note, size, mtime, inode, hash, pages, done, stage, error, attempts, updated)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
			ON CONFLICT (owner, path) DO UPDATE SET note = excluded.note, size = excluded.size, mtime = excluded.mtime, inode = excluded.inode,
			hash = excluded.hash, pages = excluded.pages, done = excluded.done, stage = excluded.stage, error = excluded.error,
			attempts = excluded.attempts, updated = excluded.updated`,
			[]byte(st.Path), []byte(st.Note), st.Size, st.ModTime, int64(st.Inode), st.Hash[:], st.Pages, st.Done,
			[]byte(st.Stage), []byte(st.Error), st.Attempts, st.Updated.UnixMicro())
	}
	if len(b.Delete)+len(b.Put) > 0 {
		questions = append(questions, question{sql: countChange, args: []any{s.owner}})
	}
	if len(b.ForgetPages) > 0 {
		do("DELETE FROM page_texts WHERE owner = $1 AND key = ANY($2)", bytesList(b.ForgetPages))
	}
	for _, scan := range b.ForgetScans {
		do("DELETE FROM page_texts WHERE owner = $1 AND scan = $2", scan[:])
	}
	for _, p := range b.Pages {
		do(`INSERT INTO page_texts (owner, key, scan, text) VALUES ($1, $2, $3, $4)
			ON CONFLICT (owner, key) DO UPDATE SET scan = excluded.scan, text = excluded.text`, []byte(p.Key), p.Scan[:], []byte(p.Text))
	}
	for _, note := range slices.Sorted(maps.Keys(b.Written)) {
		w := b.Written[note]
		parts, err := json.Marshal(w.Parts)
		if err != nil {
			return err
		}
		do(`INSERT INTO written_notes (owner, note, text, before, parts) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (owner, note) DO UPDATE SET text = excluded.text, before = excluded.before, parts = excluded.parts`,
			[]byte(note), []byte(w.Text), []byte(w.Before), parts)
	}
	if len(questions) == 0 {
		return nil
	}
	return wrap("keep changes of scans", s.ask(ctx, questions...))
}

// do runs one statement.
func (s *Store) do(ctx context.Context, sql string, args ...any) error {
	return s.each(ctx, nil, sql, args...)
}

// PageTexts calls f with the transcriptions of pages.
func (s *Store) PageTexts(ctx context.Context, keys []string, f func(store.PageText) error) error {
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		var key, hash, text []byte
		if err := row.Scan(&key, &hash, &text); err != nil {
			return err
		}
		p := store.PageText{Key: string(key), Text: string(text)}
		if len(hash) != len(p.Scan) {
			return fmt.Errorf("a page is of a scan with a hash of %d bytes", len(hash))
		}
		copy(p.Scan[:], hash)
		return f(p)
	}, "SELECT key, scan, text FROM page_texts WHERE owner = $1 AND ($2::bytea[] IS NULL OR key = ANY($2)) ORDER BY key", s.owner, bytesList(keys))
	return wrap("load what pages say", err)
}

// WrittenNotes returns what was last written into notes.
func (s *Store) WrittenNotes(ctx context.Context, notes ...string) (map[string]store.WrittenNote, error) {
	all := map[string]store.WrittenNote{}
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		var note, text, before, parts []byte
		if err := row.Scan(&note, &text, &before, &parts); err != nil {
			return err
		}
		w := store.WrittenNote{Text: string(text), Before: string(before)}
		err := json.Unmarshal(parts, &w.Parts)
		all[string(note)] = w
		return err
	}, "SELECT note, text, before, parts FROM written_notes WHERE owner = $1 AND ($2::bytea[] IS NULL OR note = ANY($2))", s.owner, bytesList(notes))
	return all, wrap("load what was written into notes", err)
}
