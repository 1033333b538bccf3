package postgres

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"daybook/internal/bm25"
)

// The occurrences of terms are stored in lists, one for each range of partSize
// passage numbers, so that a change to a large index rewrites little of it. A
// list holds, for each passage in order, the difference to the number before
// (for the first, to the range's beginning), how often the term occurs, and the
// passage's length in terms. This is what BM25 needs.
const partSize = 1 << 15

// place identifies a list.
type place struct {
	term string
	part int32
}

// change is a change to a list.
type change struct {
	gone map[int64]bool
	come []bm25.Occurrence // sorted by passage
}

// changes are the changes of one batch.
type changes map[place]*change

func (c changes) at(term string, passage int64) *change {
	p := place{term, int32(passage / partSize)}
	if c[p] == nil {
		c[p] = &change{}
	}
	return c[p]
}

func (c changes) remove(passage int64, terms string) {
	for term := range strings.FieldsSeq(terms) {
		at := c.at(term, passage)
		if at.gone == nil {
			at.gone = map[int64]bool{}
		}
		at.gone[passage] = true
	}
}

// add must be called in the order of passage numbers.
func (c changes) add(passage int64, length int, terms string) {
	for term := range strings.FieldsSeq(terms) {
		at := c.at(term, passage)
		if n := len(at.come); n > 0 && at.come[n-1].Passage == passage {
			at.come[n-1].Count++
		} else {
			at.come = append(at.come, bm25.Occurrence{Passage: passage, Count: 1, Length: int32(length)})
		}
	}
}

// write updates the lists.
func (c changes) write(ctx context.Context, tx pgx.Tx, owner int64) error {
	if len(c) == 0 {
		return nil
	}
	lists, err := c.read(ctx, tx, owner)
	if err != nil {
		return err
	}
	var terms, whole, data, emptyTerms [][]byte
	var parts, counts, emptyParts []int32
	for p, change := range c {
		key, long := termKey(p.term)
		list := slices.DeleteFunc(lists[place{string(key), p.part}], func(o bm25.Occurrence) bool { return change.gone[o.Passage] })
		list = append(list, change.come...)
		if len(list) == 0 {
			emptyTerms, emptyParts = append(emptyTerms, key), append(emptyParts, p.part)
			continue
		}
		terms, parts, whole = append(terms, key), append(parts, p.part), append(whole, long)
		counts, data = append(counts, int32(len(list))), append(data, encodeList(p.part, list))
	}
	batch := &pgx.Batch{}
	if len(terms) > 0 {
		batch.Queue(`INSERT INTO postings (owner, term, part, passages, list, whole)
			SELECT $1, * FROM unnest($2::bytea[], $3::int[], $4::int[], $5::bytea[], $6::bytea[])
			ON CONFLICT (owner, term, part) DO UPDATE SET passages = excluded.passages, list = excluded.list`,
			owner, terms, parts, counts, data, whole)
	}
	if len(emptyTerms) > 0 {
		batch.Queue(`DELETE FROM postings WHERE owner = $1 AND (term, part) IN (SELECT * FROM unnest($2::bytea[], $3::int[]))`,
			owner, emptyTerms, emptyParts)
	}
	return tx.SendBatch(ctx, batch).Close()
}

// read returns the current lists by the keys of their terms.
func (c changes) read(ctx context.Context, tx pgx.Tx, owner int64) (map[place][]bm25.Occurrence, error) {
	var terms [][]byte
	var parts []int32
	for p := range c {
		key, _ := termKey(p.term)
		terms, parts = append(terms, key), append(parts, p.part)
	}
	rows, err := tx.Query(ctx, `SELECT u.term, u.part, p.list FROM unnest($2::bytea[], $3::int[]) u (term, part),
		LATERAL (SELECT list FROM postings WHERE owner = $1 AND term = u.term AND part = u.part LIMIT 1) p`, owner, terms, parts)
	if err != nil {
		return nil, err
	}
	lists := map[place][]bm25.Occurrence{}
	return lists, drain(rows, func(row pgx.CollectableRow) error {
		var term, data []byte
		var part int32
		if err := row.Scan(&term, &part, &data); err != nil {
			return err
		}
		list, err := decodeList(nil, part, data)
		lists[place{string(term), part}] = list
		return err
	})
}

// longestKey is the length up to which a term is its own key: the server's
// limit for a key is about 2,700 bytes.
const longestKey = 256

// termKey returns the key of a term, and the whole term if that is longer.
func termKey(term string) (key, whole []byte) {
	if len(term) <= longestKey {
		return []byte(term), nil
	}
	sum := sha256.Sum256([]byte(term))
	return append([]byte(term[:longestKey]), sum[:]...), []byte(term)
}

func encodeList(part int32, list []bm25.Occurrence) []byte {
	data := make([]byte, 0, 4*len(list))
	before := int64(part) * partSize
	for _, o := range list {
		data = binary.AppendUvarint(data, uint64(o.Passage-before))
		data = binary.AppendUvarint(data, uint64(o.Count))
		data = binary.AppendUvarint(data, uint64(o.Length))
		before = o.Passage
	}
	return data
}

// decodeList appends the occurrences in a list.
func decodeList(list []bm25.Occurrence, part int32, data []byte) ([]bm25.Occurrence, error) {
	passage := int64(part) * partSize
	for len(data) > 0 {
		var values [3]uint64
		for i := range values {
			v, n := binary.Uvarint(data)
			if n <= 0 {
				return nil, errors.New("a list of postings is damaged")
			}
			values[i], data = v, data[n:]
		}
		passage += int64(values[0])
		list = append(list, bm25.Occurrence{Passage: passage, Count: int32(values[1]), Length: int32(values[2])})
	}
	return list, nil
}

// postings are the occurrences of terms, sorted by passage, with the number and
// total length of all passages.
type postings struct {
	passages, length int
	lists            map[string][]bm25.Occurrence
}

// question returns the query for the lists of terms. It reads the totals at the
// same time, since otherwise a term could occur in more passages than there
// are.
func (p *postings) question(owner int64, terms []string) question {
	keys := make([][]byte, len(terms))
	byKey := make(map[string]string, len(terms))
	for i, term := range terms {
		keys[i], _ = termKey(term)
		byKey[string(keys[i])] = term
	}
	p.lists = make(map[string][]bm25.Occurrence, len(terms))
	return question{`SELECT i.passages, i.length, p.term, p.part, p.list FROM indexes i
		LEFT JOIN postings p ON p.owner = i.owner AND p.term = ANY($2) WHERE i.owner = $1 ORDER BY p.term, p.part`, []any{owner, keys},
		func(row pgx.CollectableRow) error {
			var key, data []byte
			var part *int32
			if err := row.Scan(&p.passages, &p.length, &key, &part, &data); err != nil || part == nil {
				return err
			}
			term := byKey[string(key)]
			list, err := decodeList(p.lists[term], *part, data)
			p.lists[term] = list
			return err
		}}
}

// has reports whether a passage is in a list.
func has(list []bm25.Occurrence, passage int64) bool {
	_, ok := slices.BinarySearchFunc(list, passage, func(o bm25.Occurrence, id int64) int { return cmp.Compare(o.Passage, id) })
	return ok
}
