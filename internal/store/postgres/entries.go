package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook"
	"daybook/internal/store"
)

// NoteStates returns the state of every note.
func (s *Store) NoteStates(ctx context.Context, queries ...store.NoteQuery) ([]store.NoteState, error) {
	if len(queries) > 0 {
		return s.findNoteStates(ctx, store.Joined(queries))
	}
	var states []store.NoteState
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		n, err := scanNoteState(row)
		states = append(states, n)
		return err
	}, noteStateColumns, s.owner)
	return states, wrap("load what is known of the notes", err)
}

const noteStateColumns = "SELECT kind, path, id, size, mtime, ctime, inode, hash FROM entries WHERE owner = $1"

func scanNoteState(row pgx.CollectableRow) (n store.NoteState, err error) {
	var kind, path, id, hash []byte
	var inode int64
	err = row.Scan(&kind, &path, &id, &n.Size, &n.ModTime, &n.ChangeTime, &inode, &hash)
	n.Kind, n.Path, n.EntryID, n.Inode = daybook.EntryKind(kind), string(path), string(id), uint64(inode)
	copy(n.Hash[:], hash)
	return n, err
}

// findNoteStates returns the states of the notes that match q. Each part of
// the union has an index of its own.
func (s *Store) findNoteStates(ctx context.Context, q store.NoteQuery) ([]store.NoteState, error) {
	var kinds, paths, hashes [][]byte
	for _, name := range q.Names {
		kinds, paths = append(kinds, []byte(name.Kind)), append(paths, []byte(name.Path))
	}
	for _, hash := range q.Hashes {
		hashes = append(hashes, hash[:])
	}
	var inodes []int64
	for _, inode := range q.Inodes {
		if inode != 0 {
			inodes = append(inodes, int64(inode))
		}
	}
	var states []store.NoteState
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		n, err := scanNoteState(row)
		states = append(states, n)
		return err
	}, noteStateColumns+" AND id = ANY($2) UNION "+
		noteStateColumns+" AND hash = ANY($3) UNION "+
		noteStateColumns+" AND inode = ANY($4) UNION "+
		noteStateColumns+" AND (kind, path) IN (SELECT * FROM unnest($5::bytea[], $6::bytea[]))",
		s.owner, bytesList(q.EntryIDs), hashes, inodes, kinds, paths)
	return states, wrap("load what is known of some notes", err)
}

const entryColumns = "SELECT e.id, e.kind, e.path, e.title, e.dates, e.text, e.text_line, e.tags, e.private FROM entries e "

func scanEntry(row pgx.CollectableRow, more ...any) (daybook.Entry, error) {
	var e daybook.Entry
	var id, kind, path, title, text []byte
	var dates []int32
	var tags [][]byte
	if err := row.Scan(append([]any{&id, &kind, &path, &title, &dates, &text, &e.TextLine, &tags, &e.Private}, more...)...); err != nil {
		return e, err
	}
	e.ID, e.Kind, e.Path, e.Title, e.Text = string(id), daybook.EntryKind(kind), string(path), string(title), string(text)
	e.Tags = stringsOf(tags)
	for _, d := range dates {
		e.Dates = append(e.Dates, dateOf(d))
	}
	return e, nil
}

func dateOf(day int32) daybook.Date {
	return daybook.Date{Year: int(day / 10_000), Month: time.Month(day / 100 % 100), Day: int(day % 100)}
}

func (s *Store) entries(ctx context.Context, sql string, args ...any) (list []daybook.Entry, err error) {
	err = s.each(ctx, func(row pgx.CollectableRow) error {
		e, err := scanEntry(row)
		list = append(list, e)
		return err
	}, sql, args...)
	return list, err
}

// Entries returns the entries ids in that order.
func (s *Store) Entries(ctx context.Context, ids []string) ([]daybook.Entry, error) {
	list, err := s.entries(ctx, entryColumns+"JOIN unnest($2::bytea[]) WITH ORDINALITY u (id, at) ON u.id = e.id WHERE e.owner = $1 ORDER BY u.at",
		s.owner, bytesList(ids))
	return list, wrap("load entries", err)
}

// Newest returns the entries that pass f, newest first.
func (s *Store) Newest(ctx context.Context, f store.Filter, limit int) ([]daybook.Entry, error) {
	where, args := filter(f, []any{s.owner})
	sql := entryColumns + "WHERE e.owner = $1" + where + " ORDER BY e.day DESC, e.path"
	if limit > 0 {
		sql, args = sql+" LIMIT "+fmt.Sprintf("$%d", len(args)+1), append(args, limit)
	}
	list, err := s.entries(ctx, sql, args...)
	return list, wrap("load the newest entries", err)
}

// Passages returns an entry's passages in text order.
func (s *Store) Passages(ctx context.Context, entryID string) ([]daybook.Passage, error) {
	var list []daybook.Passage
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		p := daybook.Passage{EntryID: entryID}
		var text []byte
		err := row.Scan(&p.ID, &p.Index, &p.Start, &p.End, &p.Line, &text)
		p.Text = string(text)
		list = append(list, p)
		return err
	}, `SELECT p.id, p.idx, p.start_at, p.end_at, p.line, substr(e.text, p.start_at + 1, p.end_at - p.start_at)
		FROM entries e JOIN passages p ON p.owner = e.owner AND p.entry = e.n
		WHERE e.owner = $1 AND e.id = $2 ORDER BY p.idx`, s.owner, []byte(entryID))
	return list, wrap("load passages", err)
}

// Span returns the first and the last day of the daily entries.
func (s *Store) Span(ctx context.Context) (daybook.DateRange, error) {
	var from, to *int32
	err := s.one(ctx, `SELECT min(d.day), max(d.day) FROM entry_days d JOIN entries e ON e.owner = d.owner AND e.n = d.entry
		WHERE d.owner = $1 AND e.kind = $2`, []any{s.owner, []byte(daybook.Daily)}, &from, &to)
	if err != nil || from == nil || to == nil {
		return daybook.DateRange{}, wrap("look for the first and the last day", err)
	}
	return daybook.DateRange{From: dateOf(*from), To: dateOf(*to)}, nil
}

// countChange counts a change to entries or scans.
const countChange = "INSERT INTO changes (owner, n) VALUES ($1, 1) ON CONFLICT (owner) DO UPDATE SET n = changes.n + 1"

// Generation counts the changes to entries and scans.
func (s *Store) Generation(ctx context.Context) (string, error) {
	var n int64
	err := s.one(ctx, "SELECT n FROM changes WHERE owner = $1", []any{s.owner}, &n)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return strconv.FormatInt(n, 10), wrap("look for changes of the journal", err)
}

// Meta returns what the index was made with.
func (s *Store) Meta(ctx context.Context) (map[string]string, error) {
	all := map[string]string{}
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		var key, value []byte
		err := row.Scan(&key, &value)
		all[string(key)] = string(value)
		return err
	}, "SELECT key, value FROM meta WHERE owner = $1", s.owner)
	return all, wrap("load the settings of the index", err)
}

// Stats counts what the store holds.
func (s *Store) Stats(ctx context.Context) (store.Stats, error) {
	out := store.Stats{Vectors: map[store.Space]int{}}
	counts := question{`SELECT (SELECT count(*) FROM entries WHERE owner = $1), (SELECT passages FROM indexes WHERE owner = $1),
		(SELECT count(*) FROM threads WHERE owner = $1), (SELECT count(*) FROM messages WHERE owner = $1),
		(SELECT count(*) FROM entries WHERE owner = $1 AND private),
		(SELECT count(*) FROM entries e JOIN passages p ON p.owner = e.owner AND p.entry = e.n WHERE e.owner = $1 AND e.private)`, []any{s.owner},
		func(row pgx.CollectableRow) error {
			return row.Scan(&out.Entries, &out.Passages, &out.Threads, &out.Messages, &out.Private, &out.PrivatePassages)
		}}
	vectors := question{`SELECT s.model, s.dim, count(*) FROM spaces s JOIN vectors v ON v.owner = s.owner AND v.space = s.id
		JOIN passages p ON p.owner = v.owner AND p.hash = v.hash WHERE s.owner = $1 GROUP BY s.id, s.model, s.dim`, []any{s.owner},
		func(row pgx.CollectableRow) error {
			var sp store.Space
			var model []byte
			var n int
			err := row.Scan(&model, &sp.Dim, &n)
			sp.Model = string(model)
			out.Vectors[sp] = n
			return err
		}}
	return out, wrap("count what is stored", s.ask(ctx, counts, vectors))
}
