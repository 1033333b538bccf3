package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"daybook/internal/store"
)

// Scans returns all scans that are known.
func (s *Store) Scans(ctx context.Context) ([]store.ScanState, error) {
	return s.scans(ctx, "", s.owner)
}

// ScansOf returns the scans of a note.
func (s *Store) ScansOf(ctx context.Context, note string) ([]store.ScanState, error) {
	return s.scans(ctx, " AND note = $2", s.owner, []byte(note))
}

func (s *Store) scans(ctx context.Context, where string, args ...any) ([]store.ScanState, error) {
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
	}, "SELECT path, note, size, mtime, inode, hash, pages, done, stage, error, attempts, updated FROM scans WHERE owner = $1"+where+" ORDER BY path", args...)
	return list, wrap("load the scans", err)
}

// PutScans keeps the states of scans.
func (s *Store) PutScans(ctx context.Context, states ...store.ScanState) error {
	if len(states) == 0 {
		return nil
	}
	// In one order, so that two who keep the same scans do not wait for each other.
	states = slices.SortedStableFunc(slices.Values(states), func(a, b store.ScanState) int { return strings.Compare(a.Path, b.Path) })
	questions := make([]question, len(states), len(states)+1)
	for i, st := range states {
		questions[i] = question{sql: `INSERT INTO scans (owner, path, note, size, mtime, inode, hash, pages, done, stage, error, attempts, updated)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
			ON CONFLICT (owner, path) DO UPDATE SET note = excluded.note, size = excluded.size, mtime = excluded.mtime, inode = excluded.inode,
			hash = excluded.hash, pages = excluded.pages, done = excluded.done, stage = excluded.stage, error = excluded.error,
			attempts = excluded.attempts, updated = excluded.updated`,
			args: []any{s.owner, []byte(st.Path), []byte(st.Note), st.Size, st.ModTime, int64(st.Inode), st.Hash[:], st.Pages, st.Done,
				[]byte(st.Stage), []byte(st.Error), st.Attempts, st.Updated.UnixMicro()}}
	}
	questions = append(questions, question{sql: countChange, args: []any{s.owner}})
	return wrap("keep how far scans have come", s.ask(ctx, questions...))
}

// DeleteScans forgets scans.
func (s *Store) DeleteScans(ctx context.Context, paths ...string) error {
	if len(paths) == 0 {
		return nil
	}
	return wrap("forget scans", s.ask(ctx,
		question{sql: "DELETE FROM scans WHERE owner = $1 AND path = ANY($2)", args: []any{s.owner, bytesList(paths)}},
		question{sql: countChange, args: []any{s.owner}}))
}

// do runs one statement.
func (s *Store) do(ctx context.Context, sql string, args ...any) error {
	return s.each(ctx, nil, sql, args...)
}

// PageText returns what a page says.
func (s *Store) PageText(ctx context.Context, key string) (string, bool, error) {
	var text []byte
	err := s.one(ctx, "SELECT text FROM page_texts WHERE owner = $1 AND key = $2", []any{s.owner, []byte(key)}, &text)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	return string(text), err == nil, wrap("load what a page says", err)
}

// PutPageText keeps what a page says.
func (s *Store) PutPageText(ctx context.Context, key string, scan [32]byte, text string) error {
	return wrap("keep what a page says", s.do(ctx, `INSERT INTO page_texts VALUES ($1, $2, $3, $4)
		ON CONFLICT (owner, key) DO UPDATE SET scan = excluded.scan, text = excluded.text`, s.owner, []byte(key), scan[:], []byte(text)))
}

// ForgetScan erases what the pages of a file say.
func (s *Store) ForgetScan(ctx context.Context, scan [32]byte) error {
	return wrap("forget what a scan says", s.do(ctx, "DELETE FROM page_texts WHERE owner = $1 AND scan = $2", s.owner, scan[:]))
}

// ForgetPage erases what a page says.
func (s *Store) ForgetPage(ctx context.Context, key string) error {
	return wrap("forget what a page says", s.do(ctx, "DELETE FROM page_texts WHERE owner = $1 AND key = $2", s.owner, []byte(key)))
}

// Written returns what was written into a note last.
func (s *Store) Written(ctx context.Context, note string) (store.WrittenNote, error) {
	var w store.WrittenNote
	var text, before, parts []byte
	err := s.one(ctx, "SELECT text, before, parts FROM written_notes WHERE owner = $1 AND note = $2", []any{s.owner, []byte(note)}, &text, &before, &parts)
	if errors.Is(err, pgx.ErrNoRows) {
		return w, nil
	}
	if err == nil {
		err = json.Unmarshal(parts, &w.Parts)
	}
	w.Text, w.Before = string(text), string(before)
	return w, wrap("load what was written into a note", err)
}

// PutWritten keeps what was written into a note.
func (s *Store) PutWritten(ctx context.Context, note string, w store.WrittenNote) error {
	parts, err := json.Marshal(w.Parts)
	if err == nil {
		err = s.do(ctx, `INSERT INTO written_notes VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (owner, note) DO UPDATE SET text = excluded.text, before = excluded.before, parts = excluded.parts`,
			s.owner, []byte(note), []byte(w.Text), []byte(w.Before), parts)
	}
	return wrap("keep what was written into a note", err)
}
