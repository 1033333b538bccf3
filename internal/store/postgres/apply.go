package postgres

import (
	"context"
	"crypto/sha256"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/vector"
)

// Apply makes the changes of b.
func (s *Store) Apply(ctx context.Context, b store.Batch) error {
	if !b.ChangesEntries() && len(b.Meta) == 0 {
		return s.erase(ctx, b.Erase)
	}
	err := s.write(ctx, func(tx pgx.Tx) error {
		a := &applying{ctx: ctx, tx: tx, owner: s.owner, postings: changes{}}
		for _, do := range []func(store.Batch) error{a.lock, a.remove, a.putEntries, a.putPassages, a.touch, a.markPrivate, a.putPostings, a.orphans, a.count, a.setMeta} {
			if err := do(b); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return wrap("change the index", err)
	}
	return s.erase(ctx, b.Erase)
}

func (a *applying) setMeta(b store.Batch) error {
	for _, key := range slices.Sorted(maps.Keys(b.Meta)) {
		err := a.exec("INSERT INTO meta (owner, key, value) VALUES ($1, $2, $3) ON CONFLICT (owner, key) DO UPDATE SET value = excluded.value",
			a.owner, []byte(key), []byte(b.Meta[key]))
		if err != nil {
			return err
		}
	}
	return nil
}

// applying is a running Apply.
type applying struct {
	ctx   context.Context
	tx    pgx.Tx
	owner int64

	number           int64 // the last one assigned
	passages, length int64 // added minus removed
	postings         changes
	lost             [][]byte // hashes of the passages that were removed
	changed          bool     // entries were added or removed
	touched          bool     // the bytes of an entry changed
}

func (a *applying) exec(sql string, args ...any) error {
	_, err := a.tx.Exec(a.ctx, sql, args...)
	return err
}

// lock blocks other changes of this owner until this one is done.
func (a *applying) lock(store.Batch) error {
	return a.tx.QueryRow(a.ctx, "SELECT last_number FROM indexes WHERE owner = $1 FOR UPDATE", a.owner).Scan(&a.number)
}

// remove removes what is deleted or replaced, if it exists. It does all of that
// before anything is added, because two notes may have exchanged their paths.
func (a *applying) remove(b store.Batch) error {
	var ids [][]byte
	for _, id := range b.Delete {
		ids = append(ids, []byte(id))
	}
	for i := range b.Put {
		ids = append(ids, []byte(b.Put[i].Entry.ID))
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := a.tx.Query(a.ctx, `SELECT p.id, p.hash, p.length, p.terms FROM entries e
		JOIN passages p ON p.owner = e.owner AND p.entry = e.n WHERE e.owner = $1 AND e.id = ANY($2)`, a.owner, ids)
	if err != nil {
		return err
	}
	err = drain(rows, func(row pgx.CollectableRow) error {
		var id, length int64
		var hash, terms []byte
		if err := row.Scan(&id, &hash, &length, &terms); err != nil {
			return err
		}
		a.lost = append(a.lost, hash)
		a.passages--
		a.length -= length
		a.postings.remove(id, string(terms))
		return nil
	})
	if err != nil {
		return err
	}
	tag, err := a.tx.Exec(a.ctx, "DELETE FROM entries WHERE owner = $1 AND id = ANY($2)", a.owner, ids)
	a.changed = tag.RowsAffected() > 0
	return err
}

// putEntries inserts entries and assigns their numbers.
func (a *applying) putEntries(b store.Batch) error {
	if len(b.Put) == 0 {
		return nil
	}
	a.changed = true
	batch := &pgx.Batch{}
	var dayOf, tagOf []int64
	var days []int32
	var tags [][]byte
	for i := range b.Put {
		n := &b.Put[i]
		e := &n.Entry
		number := a.number + int64(i) + 1
		dates := make([]int32, len(e.Dates))
		for j, d := range e.Dates {
			dates[j] = dayNumber(d)
			dayOf, days = append(dayOf, number), append(days, dates[j])
		}
		for _, tag := range store.TagKeys(e.Tags) {
			tagOf, tags = append(tagOf, number), append(tags, tagKey(tag))
		}
		batch.Queue(`INSERT INTO entries (owner, n, id, kind, path, title, day, dates, text, text_line, tags, size, mtime, ctime, inode, hash, private)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
			a.owner, number, []byte(e.ID), []byte(e.Kind), []byte(e.Path), []byte(e.Title), dayNumber(e.Date()), dates, []byte(e.Text), e.TextLine,
			bytesList(e.Tags), n.State.Size, n.State.ModTime, n.State.ChangeTime, int64(n.State.Inode), n.State.Hash[:], e.Private)
	}
	batch.Queue("INSERT INTO entry_days (owner, day, entry) SELECT $1, day, entry FROM unnest($2::bigint[], $3::int[]) u (entry, day) ON CONFLICT DO NOTHING", a.owner, dayOf, days)
	batch.Queue("INSERT INTO entry_tags (owner, tag, entry) SELECT $1, tag, entry FROM unnest($2::bigint[], $3::bytea[]) u (entry, tag) ON CONFLICT DO NOTHING", a.owner, tagOf, tags)
	return a.tx.SendBatch(a.ctx, batch).Close()
}

// putPassages inserts the passages of the entries, with consecutive numbers.
func (a *applying) putPassages(b store.Batch) error {
	var entries, ids []int64
	var idx, starts, ends, lines, lengths []int32
	var hashes, terms [][]byte
	first := a.number + 1
	a.number += int64(len(b.Put))
	for i := range b.Put {
		for _, p := range b.Put[i].Passages {
			a.number++
			key, length := hashOf(p.Text), len(strings.Fields(p.Terms))
			entries, ids = append(entries, first+int64(i)), append(ids, a.number)
			idx, starts, ends = append(idx, int32(p.Index)), append(starts, int32(p.Start)), append(ends, int32(p.End))
			lines, lengths = append(lines, int32(p.Line)), append(lengths, int32(length))
			hashes, terms = append(hashes, key[:]), append(terms, []byte(p.Terms))
			a.passages++
			a.length += int64(length)
			a.postings.add(a.number, length, p.Terms)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return a.exec(`INSERT INTO passages (owner, id, entry, idx, start_at, end_at, line, length, hash, terms)
		SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::bytea[], $10::bytea[])`,
		a.owner, ids, entries, idx, starts, ends, lines, lengths, hashes, terms)
}

// touch stores new states of notes whose text is the same.
func (a *applying) touch(b store.Batch) error {
	if len(b.Touch) == 0 {
		return nil
	}
	var ids, hashes [][]byte
	var sizes, times, changes, inodes []int64
	for i := range b.Touch {
		t := &b.Touch[i]
		ids, hashes = append(ids, []byte(t.EntryID)), append(hashes, t.Hash[:])
		sizes, times, changes, inodes = append(sizes, t.Size), append(times, t.ModTime), append(changes, t.ChangeTime), append(inodes, int64(t.Inode))
	}
	var others bool
	err := a.tx.QueryRow(a.ctx, `SELECT EXISTS (SELECT FROM unnest($2::bytea[], $3::bytea[]) u (id, hash) JOIN entries e ON e.owner = $1 AND e.id = u.id
		WHERE e.hash <> u.hash)`, a.owner, ids, hashes).Scan(&others)
	if err != nil {
		return err
	}
	a.touched = others
	return a.exec(`UPDATE entries e SET size = u.size, mtime = u.mtime, ctime = u.ctime, inode = u.inode, hash = u.hash
		FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bytea[]) u (id, size, mtime, ctime, inode, hash)
		WHERE e.owner = $1 AND e.id = u.id`, a.owner, ids, sizes, times, changes, inodes, hashes)
}

// markPrivate makes entries private.
func (a *applying) markPrivate(b store.Batch) error {
	if len(b.Private) == 0 {
		return nil
	}
	tag, err := a.tx.Exec(a.ctx, "UPDATE entries SET private = true WHERE owner = $1 AND id = ANY($2) AND NOT private", a.owner, bytesList(b.Private))
	a.changed = a.changed || tag.RowsAffected() > 0
	return err
}

func (a *applying) putPostings(store.Batch) error {
	return a.postings.write(a.ctx, a.tx, a.owner)
}

// orphans erases the vectors of texts that no longer exist.
func (a *applying) orphans(store.Batch) error {
	if len(a.lost) == 0 {
		return nil
	}
	return a.exec(`DELETE FROM vectors v WHERE v.owner = $1 AND v.hash = ANY($2) AND v.space IN (SELECT id FROM spaces WHERE owner = $1)
		AND NOT EXISTS (SELECT FROM passages p WHERE p.owner = $1 AND p.hash = v.hash)`, a.owner, a.lost)
}

// count updates the index's totals and records that it changed.
func (a *applying) count(store.Batch) error {
	if a.changed || a.touched {
		if err := a.exec(countChange, a.owner); err != nil {
			return err
		}
	}
	if !a.changed {
		return nil
	}
	return a.exec(`UPDATE indexes SET generation = generation + 1, last_number = $2, passages = passages + $3, length = length + $4 WHERE owner = $1`,
		a.owner, a.number, a.passages, a.length)
}

// hashOf returns the key of a text's vectors.
func hashOf(text string) vector.Key {
	sum := sha256.Sum256([]byte(text))
	return vector.Key(sum[:16])
}

// tagKey returns the key by which a tag is found, ignoring case.
func tagKey(tag string) []byte {
	sum := sha256.Sum256([]byte(strings.ToLower(tag)))
	return sum[:]
}

// dayNumber writes a day as YYYYMMDD.
func dayNumber(d daybook.Date) int32 { return int32(d.Year*10_000 + int(d.Month)*100 + d.Day) }

// bytesList returns nil for nil.
func bytesList(list []string) [][]byte {
	if list == nil {
		return nil
	}
	out := make([][]byte, len(list))
	for i, s := range list {
		out[i] = []byte(s)
	}
	return out
}

func stringsOf(list [][]byte) []string {
	if list == nil {
		return nil
	}
	out := make([]string, len(list))
	for i, b := range list {
		out[i] = string(b)
	}
	return out
}
