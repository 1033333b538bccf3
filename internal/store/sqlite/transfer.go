package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"daybook/internal/store"
)

// NotesOf returns notes as they were stored.
func (s *Index) NotesOf(ctx context.Context, ids []string) ([]store.Note, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	tx, err := s.db.reader().BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, wrap("load notes", err)
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	var notes []store.Note
	at := map[string]int{}
	err = each(ctx, tx, func(rows *sql.Rows) error {
		var st store.NoteState
		var inode int64
		var hash sql.RawBytes
		e, err := scanEntry(appended{rows, []any{&st.Size, &st.ModTime, &st.ChangeTime, &inode, &hash}})
		st.Kind, st.Path, st.EntryID, st.Inode = e.Kind, e.Path, e.ID, uint64(inode)
		copy(st.Hash[:], hash)
		at[e.ID] = len(notes)
		notes = append(notes, store.Note{State: st, Entry: e})
		return err
	}, `SELECT e.id, e.kind, e.path, e.title, e.dates, e.text, e.text_line, e.tags, `+isPrivate+`, e.size, e.mtime, e.ctime, e.inode, e.hash
		FROM entries e JOIN json_each(?) j ON j.value = e.id ORDER BY j.key`, string(list))
	if err != nil {
		return nil, wrap("load notes", err)
	}
	err = each(ctx, tx, func(rows *sql.Rows) error {
		var p store.IndexedPassage
		if err := rows.Scan(&p.ID, &p.EntryID, &p.Index, &p.Start, &p.End, &p.Line, &p.Terms); err != nil {
			return err
		}
		i, ok := at[p.EntryID]
		if !ok {
			return &damageError{"a passage is of a missing entry"}
		}
		n := &notes[i]
		if p.Text, err = cut(n.Entry.Text, p.Start, p.End); err != nil {
			return err
		}
		n.Passages = append(n.Passages, p)
		return nil
	}, `SELECT p.id, e.id, p.idx, p.start, p.end, p.line, p.terms FROM passages p JOIN entries e ON e.n = p.entry
		WHERE e.id IN (SELECT value FROM json_each(?)) ORDER BY e.n, p.idx`, string(list))
	return notes, wrap("load the passages of notes", err)
}

// appended scans additional columns after the requested ones.
type appended struct {
	row  scanner
	more []any
}

func (a appended) Scan(dest ...any) error { return a.row.Scan(append(dest, a.more...)...) }

// VectorsOf returns the vectors of passages.
func (s *Index) VectorsOf(ctx context.Context, sp store.Space, passages []int64) ([]store.PassageVector, error) {
	list, err := json.Marshal(passages)
	if err != nil {
		return nil, err
	}
	var vectors []store.PassageVector
	err = each(ctx, s.db.reader(), func(rows *sql.Rows) error {
		v := store.PassageVector{Vector: make([]float32, sp.Dim)}
		var vec sql.RawBytes
		if err := rows.Scan(&v.ID, &vec); err != nil {
			return err
		}
		vectors = append(vectors, v)
		return decode(vec, v.Vector)
	}, `SELECT p.id, v.vec FROM json_each(?) j JOIN passages p ON p.id = j.value JOIN vectors v ON v.hash = p.hash
		JOIN spaces s ON s.id = v.space WHERE s.model = ? AND s.dim = ? ORDER BY j.key`, string(list), sp.Model, sp.Dim)
	return vectors, wrap("load vectors", err)
}
