package sqlite

import (
	"database/sql"
	"encoding/json"
	"errors"

	"daybook/internal/store"
)

// unchanged returns the number of an existing entry with the same path and
// passages, 0 if there is none. Indexing its words again would be slow.
func (a *applying) unchanged(n *store.Note) (entry int64) {
	if a.err != nil {
		return 0
	}
	i, same := 0, true
	a.err = each(a.ctx, a.tx, func(rows *sql.Rows) error {
		var idx, start, end, line sql.NullInt64
		var hash []byte
		var terms sql.NullString
		if err := rows.Scan(&entry, &idx, &start, &end, &line, &hash, &terms); err != nil {
			return err
		}
		if !idx.Valid { // it has no passages
			return nil
		}
		if same = same && i < len(n.Passages); same {
			p := &n.Passages[i]
			same = idx.Int64 == int64(p.Index) && start.Int64 == int64(p.Start) && end.Int64 == int64(p.End) && line.Int64 == int64(p.Line) &&
				terms.String == p.Terms && keyOf(hash) == hashOf(p.Text)
		}
		i++
		return nil
	}, `SELECT e.n, p.idx, p.start, p.end, p.line, p.hash, p.terms FROM entries e LEFT JOIN passages p ON p.entry = e.n
		WHERE e.id = ? AND e.kind = ? AND e.path = ? ORDER BY p.idx`, n.Entry.ID, n.Entry.Kind, n.Entry.Path)
	if !same || i != len(n.Passages) {
		return 0
	}
	return entry
}

// put writes an entry: over the one of that number, whose passages stay, or with
// its passages if it is 0.
func (a *applying) put(n *store.Note, over int64) {
	e := &n.Entry
	dates := make([]string, len(e.Dates))
	for i, d := range e.Dates {
		dates[i] = d.String()
	}
	datesJSON, err1 := json.Marshal(dates)
	tagsJSON, err2 := json.Marshal(e.Tags)
	a.err = errors.Join(a.err, err1, err2)
	values := []any{
		e.ID, e.Kind, e.Path, e.Title, e.Date().String(), string(datesJSON), e.Text, e.TextLine, string(tagsJSON),
		n.State.Size, n.State.ModTime, n.State.ChangeTime, int64(n.State.Inode), n.State.Hash[:],
	}
	entry := over
	if over != 0 {
		a.exec(`UPDATE entries SET (id, kind, path, title, day, dates, text, text_line, tags, size, mtime, ctime, inode, hash)
			= (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE n = ?`, append(values, over)...)
		a.exec("UPDATE meta SET value = value + 1 WHERE key = 'journal'") // more than its bytes may have changed
		for _, table := range []string{"entry_private", "entry_days", "entry_tags"} {
			a.exec("DELETE FROM "+table+" WHERE entry = ?", over)
		}
	} else {
		result := a.exec(`INSERT INTO entries (id, kind, path, title, day, dates, text, text_line, tags, size, mtime, ctime, inode, hash)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, values...)
		if a.err != nil {
			return
		}
		entry, a.err = result.LastInsertId()
	}
	a.sort(entry, n, dates)
	if over != 0 {
		return
	}
	for i := range n.Passages {
		a.passage(entry, &n.Passages[i])
	}
}

// sort writes what an entry is filtered by.
func (a *applying) sort(entry int64, n *store.Note, dates []string) {
	if n.Entry.Private {
		a.exec("INSERT INTO entry_private (entry) VALUES (?)", entry)
	}
	for _, d := range dates {
		a.exec("INSERT OR IGNORE INTO entry_days (entry, day) VALUES (?, ?)", entry, d)
	}
	for _, key := range store.TagKeys(n.Entry.Tags) {
		a.exec("INSERT OR IGNORE INTO entry_tags (entry, tag) VALUES (?, ?)", entry, key)
	}
}
