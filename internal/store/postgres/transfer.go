package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"daybook/internal/store"
)

// NotesOf returns notes as they were stored.
func (s *Store) NotesOf(ctx context.Context, ids []string) ([]store.Note, error) {
	var notes []store.Note
	at := map[int64]int{}
	keys := append([][]byte{}, bytesList(ids)...)
	entries := question{strings.Replace(entryColumns, " FROM", ", e.size, e.mtime, e.ctime, e.inode, e.hash, e.n FROM", 1) +
		"JOIN unnest($2::bytea[]) WITH ORDINALITY u (id, at) ON u.id = e.id WHERE e.owner = $1 ORDER BY u.at", []any{s.owner, keys},
		func(row pgx.CollectableRow) error {
			var st store.NoteState
			var inode, n int64
			var hash []byte
			e, err := scanEntry(row, &st.Size, &st.ModTime, &st.ChangeTime, &inode, &hash, &n)
			st.Kind, st.Path, st.EntryID, st.Inode = e.Kind, e.Path, e.ID, uint64(inode)
			copy(st.Hash[:], hash)
			at[n] = len(notes)
			notes = append(notes, store.Note{State: st, Entry: e})
			return err
		}}
	passages := question{`SELECT e.n, p.id, p.idx, p.start_at, p.end_at, p.line, p.terms FROM passages p
		JOIN entries e ON e.owner = p.owner AND e.n = p.entry WHERE e.owner = $1 AND e.id = ANY($2) ORDER BY e.n, p.idx`, []any{s.owner, keys},
		func(row pgx.CollectableRow) error {
			var p store.IndexedPassage
			var n int64
			var terms []byte
			if err := row.Scan(&n, &p.ID, &p.Index, &p.Start, &p.End, &p.Line, &terms); err != nil {
				return err
			}
			i, ok := at[n]
			if !ok {
				return nil // it changed in between
			}
			note := &notes[i]
			p.EntryID, p.Text, p.Terms = note.Entry.ID, note.Entry.Text[p.Start:p.End], string(terms)
			note.Passages = append(note.Passages, p)
			return nil
		}}
	return notes, wrap("load notes", s.ask(ctx, entries, passages))
}

// VectorsOf returns the vectors of passages.
func (s *Store) VectorsOf(ctx context.Context, sp store.Space, passages []int64) ([]store.PassageVector, error) {
	var list []store.PassageVector
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		var id int64
		var vec pgvector.Vector
		err := row.Scan(&id, &vec)
		list = append(list, store.PassageVector{ID: id, Vector: vec.Slice()})
		return err
	}, `SELECT u.id, v.vec FROM (SELECT id FROM spaces WHERE owner = $1 AND model = $2 AND dim = $3) s, unnest($4::bigint[]) WITH ORDINALITY u (id, at),
		LATERAL (SELECT hash FROM passages WHERE owner = $1 AND id = u.id LIMIT 1) p,
		LATERAL (SELECT vec FROM vectors WHERE owner = $1 AND space = s.id AND hash = p.hash LIMIT 1) v ORDER BY u.at`, s.owner, []byte(sp.Model), sp.Dim, passages)
	return list, wrap("load vectors", err)
}
