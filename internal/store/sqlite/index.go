package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"daybook"
	"daybook/internal/bm25"
	"daybook/internal/store"
	"daybook/internal/vector"
)

// Index is the file with what can be rebuilt from the journal.
type Index struct {
	db *database

	// mu is held while the index changes, from the commit until memory has
	// followed it.
	mu      sync.RWMutex
	spaces  map[store.Space]*space
	words   *bm25.Index // nil until the first search
	wordsOf int64       // the count of changes that words has seen

	reading                      chan struct{} // full while catalogue or a vocabulary is read
	catalogue                    *catalogue    // nil until the first search
	vocabulary, publicVocabulary vocabulary    // empty until they are requested
	passings                     passings

	check    sync.WaitGroup // runs once, until endCheck
	endCheck context.CancelFunc
	damaged  atomic.Bool // the check found something
}

// readAlone waits until nobody else reads the catalogue or a vocabulary, and returns
// what lets the next one read. The error is the context's.
func (s *Index) readAlone(ctx context.Context) (done func(), err error) {
	select {
	case s.reading <- struct{}{}:
		return func() { <-s.reading }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// NoteStates returns the state of every note, or of those that match a query.
func (s *Index) NoteStates(ctx context.Context, queries ...store.NoteQuery) ([]store.NoteState, error) {
	if len(queries) > 0 {
		return s.findNoteStates(ctx, store.Joined(queries))
	}
	if err := s.rebuildIfDamaged(ctx); err != nil {
		return nil, err
	}
	var states []store.NoteState
	err := each(ctx, s.db.reader(), func(rows *sql.Rows) error {
		n, err := scanNoteState(rows)
		states = append(states, n)
		return err
	}, noteStateColumns)
	return states, wrap("load what is known of the notes", err)
}

const noteStateColumns = "SELECT kind, path, id, size, mtime, ctime, inode, hash FROM entries"

func scanNoteState(rows *sql.Rows) (n store.NoteState, err error) {
	var inode int64
	var hash sql.RawBytes
	err = rows.Scan(&n.Kind, &n.Path, &n.EntryID, &n.Size, &n.ModTime, &n.ChangeTime, &inode, &hash)
	n.Inode = uint64(inode)
	copy(n.Hash[:], hash)
	return n, err
}

func (s *Index) findNoteStates(ctx context.Context, q store.NoteQuery) ([]store.NoteState, error) {
	var states []store.NoteState
	seen := map[string]bool{}
	var failed error
	find := func(where string, args ...any) {
		if failed != nil {
			return
		}
		failed = each(ctx, s.db.reader(), func(rows *sql.Rows) error {
			n, err := scanNoteState(rows)
			if err == nil && !seen[n.EntryID] {
				seen[n.EntryID] = true
				states = append(states, n)
			}
			return err
		}, noteStateColumns+" WHERE "+where, args...)
	}
	for _, name := range q.Names {
		find("kind = ? AND path = ?", name.Kind, name.Path)
	}
	for _, id := range q.EntryIDs {
		find("id = ?", id)
	}
	for _, hash := range q.Hashes {
		find("hash = ?", hash[:])
	}
	for _, inode := range q.Inodes {
		if inode != 0 {
			find("inode = ?", int64(inode))
		}
	}
	return states, wrap("load what is known of some notes", failed)
}

// Apply makes the changes of b.
func (s *Index) Apply(ctx context.Context, b store.Batch) error {
	if !b.ChangesEntries() && len(b.Meta) == 0 {
		return s.erase(ctx, b.Erase)
	}
	err := s.change(ctx, func(tx *sql.Tx) (change, error) {
		a := &applying{ctx: ctx, tx: tx}
		defer a.close()
		for _, id := range b.Delete {
			a.remove(id)
		}
		// All that is replaced goes before anything comes: two notes may have
		// exchanged their paths.
		kept := make([]int64, len(b.Put)) // the entries whose passages stay unchanged
		for i := range b.Put {
			if kept[i] = a.unchanged(&b.Put[i]); kept[i] == 0 {
				a.remove(b.Put[i].Entry.ID)
			}
		}
		for i := range b.Put {
			a.put(&b.Put[i], kept[i])
		}
		for _, t := range b.Touch {
			a.exec("UPDATE entries SET size = ?, mtime = ?, ctime = ?, inode = ?, hash = ? WHERE id = ?",
				t.Size, t.ModTime, t.ChangeTime, int64(t.Inode), t.Hash[:], t.EntryID)
		}
		for _, id := range b.Private {
			a.exec("INSERT OR IGNORE INTO entry_private (entry) SELECT n FROM entries WHERE id = ?", id)
		}
		a.orphans()
		for key, value := range b.Meta {
			a.exec(setMeta, "user:"+key, value)
		}
		return a.change, a.err
	})
	if err != nil {
		return wrap("change the index", err)
	}
	return s.erase(ctx, b.Erase)
}

// applying is a running Apply. After its first error it does nothing.
type applying struct {
	ctx      context.Context
	tx       *sql.Tx
	err      error
	prepared map[string]*sql.Stmt
	lost     map[vector.Key]bool // hashes of the passages that were removed
	change   change
}

func (a *applying) exec(query string, args ...any) sql.Result {
	if a.err != nil {
		return nil
	}
	stmt := a.prepared[query]
	if stmt == nil {
		if stmt, a.err = a.tx.PrepareContext(a.ctx, query); a.err != nil {
			return nil
		}
		if a.prepared == nil {
			a.prepared = map[string]*sql.Stmt{}
		}
		a.prepared[query] = stmt
	}
	var result sql.Result
	result, a.err = stmt.ExecContext(a.ctx, args...)
	return result
}

func (a *applying) close() {
	for _, stmt := range a.prepared {
		_ = stmt.Close() // the transaction's end closes it as well
	}
}

// remove removes an entry and its passages, if it exists.
func (a *applying) remove(id string) {
	if a.err != nil {
		return
	}
	a.err = each(a.ctx, a.tx, func(rows *sql.Rows) error {
		var id int64
		var hash, terms sql.RawBytes
		if err := rows.Scan(&id, &hash, &terms); err != nil {
			return err
		}
		if a.lost == nil {
			a.lost = map[vector.Key]bool{}
		}
		a.lost[keyOf(hash)] = true
		a.change.passagesGone = append(a.change.passagesGone, id)
		a.change.mention(string(terms))
		return nil
	}, "SELECT p.id, p.hash, p.terms FROM passages p JOIN entries e ON e.n = p.entry WHERE e.id = ?", id)
	a.exec(`INSERT INTO words (words, rowid, terms)
		SELECT 'delete', p.id, p.terms FROM passages p JOIN entries e ON e.n = p.entry WHERE e.id = ?`, id)
	a.exec("DELETE FROM entries WHERE id = ?", id)
}

func (a *applying) passage(entry int64, p *store.IndexedPassage) {
	key := hashOf(p.Text)
	length := len(strings.Fields(p.Terms))
	result := a.exec("INSERT INTO passages (entry, idx, start, end, line, hash, terms, length) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		entry, p.Index, p.Start, p.End, p.Line, key[:], p.Terms, length)
	if a.err != nil {
		return
	}
	id, err := result.LastInsertId()
	a.err = err
	a.exec("INSERT INTO words (rowid, terms) VALUES (?, ?)", id, p.Terms)
	if a.change.passagesCome == nil {
		a.change.passagesCome = map[int64]int{}
	}
	a.change.passagesCome[id] = length
	a.change.mention(p.Terms)
}

// mention records that the postings of terms change.
func (c *change) mention(terms string) {
	if c.terms == nil {
		c.terms = map[string]bool{}
	}
	for term := range strings.FieldsSeq(terms) {
		c.terms[term] = true
	}
}

// orphans erases the vectors of texts that no longer exist.
func (a *applying) orphans() {
	for key := range a.lost {
		result := a.exec("DELETE FROM vectors WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM passages WHERE hash = ?1)", key[:])
		if a.err != nil {
			return
		}
		var n int64
		if n, a.err = result.RowsAffected(); n > 0 {
			a.change.gone = append(a.change.gone, key)
		}
	}
}

// hashOf returns the key of a text's vectors.
func hashOf(text string) vector.Key {
	sum := sha256.Sum256([]byte(text))
	return vector.Key(sum[:16])
}

func keyOf(hash []byte) (key vector.Key) {
	copy(key[:], hash)
	return key
}

// isPrivate is the condition that the entry e is private.
const isPrivate = "EXISTS (SELECT 1 FROM entry_private WHERE entry = e.n)"

const entryColumns = "SELECT e.id, e.kind, e.path, e.title, e.dates, e.text, e.text_line, e.tags, " + isPrivate + " FROM entries e "

func scanEntry(row scanner) (daybook.Entry, error) {
	var e daybook.Entry
	var dates, tags string
	if err := row.Scan(&e.ID, &e.Kind, &e.Path, &e.Title, &dates, &e.Text, &e.TextLine, &tags, &e.Private); err != nil {
		return e, err
	}
	if err := json.Unmarshal([]byte(dates), &e.Dates); err != nil {
		return e, fmt.Errorf("read the dates of an entry: %w", err)
	}
	if err := json.Unmarshal([]byte(tags), &e.Tags); err != nil {
		return e, fmt.Errorf("read the tags of an entry: %w", err)
	}
	return e, nil
}

// Entries returns the entries ids in that order.
func (s *Index) Entries(ctx context.Context, ids []string) ([]daybook.Entry, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.now.Load().statements.entries.QueryContext(ctx, string(list))
	if err != nil {
		return nil, wrap("load entries", err)
	}
	return wrapped("load entries")(scanEntries(rows))
}

func wrapped(doing string) func([]daybook.Entry, error) ([]daybook.Entry, error) {
	return func(e []daybook.Entry, err error) ([]daybook.Entry, error) { return e, wrap(doing, err) }
}

func scanEntries(rows *sql.Rows) ([]daybook.Entry, error) {
	var entries []daybook.Entry
	err := drain(rows, func(rows *sql.Rows) error {
		e, err := scanEntry(rows)
		entries = append(entries, e)
		return err
	})
	return entries, err
}

// Newest returns the entries that match f, newest first.
func (s *Index) Newest(ctx context.Context, f store.Filter, limit int) ([]daybook.Entry, error) {
	where, args, err := filter(f)
	if err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = -1
	}
	rows, err := s.db.reader().QueryContext(ctx, entryColumns+"WHERE "+where+" ORDER BY e.day DESC, e.path LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, wrap("load the newest entries", err)
	}
	return wrapped("load the newest entries")(scanEntries(rows))
}

// Passages returns an entry's passages in text order.
func (s *Index) Passages(ctx context.Context, entryID string) ([]daybook.Passage, error) {
	rows, err := s.db.now.Load().statements.passages.QueryContext(ctx, entryID)
	if err != nil {
		return nil, wrap("load passages", err)
	}
	var passages []daybook.Passage
	var text string
	err = drain(rows, func(rows *sql.Rows) error {
		var p daybook.Passage
		var whole sql.NullString
		if err := rows.Scan(&p.ID, &p.EntryID, &p.Index, &p.Start, &p.End, &p.Line, &whole); err != nil {
			return err
		}
		if whole.Valid { // the entry's text comes once, with its first passage
			text = whole.String
		}
		if p.Text, err = cut(text, p.Start, p.End); err != nil {
			return err
		}
		passages = append(passages, p)
		return nil
	})
	if err != nil && isDamage(err) {
		s.damaged.Store(true) // the next scan of the journal rebuilds it
	}
	return passages, wrap("load passages", err)
}

// cut returns a passage of a text. Offsets outside of the text come from a
// damaged file.
func cut(text string, start, end int) (string, error) {
	if start < 0 || end < start || end > len(text) {
		return "", &damageError{"the offsets of a passage do not fit its text"}
	}
	return text[start:end], nil
}

// Span returns the first and the last day of the daily entries.
func (s *Index) Span(ctx context.Context) (span daybook.DateRange, err error) {
	var from, to string
	if err = s.db.now.Load().statements.firstDay.QueryRowContext(ctx, daybook.Daily).Scan(&from); err == nil {
		err = s.db.now.Load().statements.lastDay.QueryRowContext(ctx, daybook.Daily).Scan(&to)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return span, nil
	}
	if err != nil {
		return span, wrap("look for the first and the last day", err)
	}
	if span.From, err = daybook.ParseDate(from); err == nil {
		span.To, err = daybook.ParseDate(to)
	}
	return span, wrap("read the first and the last day", err)
}
