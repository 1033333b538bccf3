package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"daybook"
	"daybook/internal/store"
)

// statements are the queries of every search, prepared once a connection.
type statements struct {
	words, entries, passages, byID, byHash, vectors *sql.Stmt
}

// passageColumns takes a passage's bytes out of its entry's text.
const passageColumns = `SELECT p.id, e.id, p.idx, p.start, p.end, p.line, p.hash,
	substr(CAST(e.text AS BLOB), p.start + 1, p.end - p.start) FROM passages p JOIN entries e ON e.n = p.entry `

func prepare(ctx context.Context, db *sql.DB) (statements, error) {
	var s statements
	for target, query := range map[**sql.Stmt]string{
		&s.words:   "SELECT rowid, rank FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?",
		&s.entries: entryColumns + "JOIN json_each(?) j ON j.value = e.id ORDER BY j.key",
		&s.passages: `SELECT p.id, e.id, p.idx, p.start, p.end, p.line, CASE p.idx WHEN 0 THEN e.text END
			FROM entries e JOIN passages p ON p.entry = e.n WHERE e.id = ? ORDER BY p.idx`,
		&s.byID:    passageColumns + "WHERE p.id IN (SELECT value FROM json_each(?))",
		&s.byHash:  passageColumns + "WHERE p.hash IN (SELECT unhex(value) FROM json_each(?))",
		&s.vectors: "SELECT hash, vec FROM vectors WHERE space = ? AND hash IN (SELECT unhex(value) FROM json_each(?))",
	} {
		stmt, err := db.PrepareContext(ctx, query)
		if err != nil {
			return s, wrap("prepare a query", err)
		}
		*target = stmt
	}
	return s, nil
}

// SearchWords returns the best k passages by BM25.
func (s *Store) SearchWords(ctx context.Context, q store.WordQuery, f store.Filter, k int) ([]store.Hit, error) {
	expression, err := match(q)
	if err != nil || k <= 0 {
		return nil, err
	}
	rows, err := s.searchWords(ctx, expression, f, k)
	if err != nil {
		return nil, wrap("search by words", err)
	}
	var ids []int64
	scores := map[int64]float64{}
	err = drain(rows, func(rows *sql.Rows) error {
		var id int64
		var rank float64
		err := rows.Scan(&id, &rank)
		ids = append(ids, id)
		scores[id] = -rank // FTS5 ranks the best lowest
		return err
	})
	if err != nil {
		return nil, wrap("search by words", err)
	}
	passages, err := s.passagesByID(ctx, ids)
	if err != nil {
		return nil, wrap("load the passages found", err)
	}
	hits := make([]store.Hit, 0, len(ids))
	for _, id := range ids {
		if p, ok := passages[id]; ok {
			hits = append(hits, store.Hit{Passage: p, Score: scores[id]})
		}
	}
	return hits, nil
}

func (s *Store) searchWords(ctx context.Context, expression string, f store.Filter, k int) (*sql.Rows, error) {
	if isOpen(f) {
		return s.statements.words.QueryContext(ctx, expression, k)
	}
	where, args, err := filter(f)
	if err != nil {
		return nil, err
	}
	return s.r.QueryContext(ctx, `SELECT words.rowid, words.rank FROM words JOIN passages p ON p.id = words.rowid
		JOIN entries e ON e.n = p.entry WHERE words MATCH ? AND `+where+" ORDER BY words.rank LIMIT ?",
		append(append([]any{expression}, args...), k)...)
}

// match writes q in FTS5's language. Every term is quoted, so that nothing in
// it is taken for syntax.
func match(q store.WordQuery) (string, error) {
	var required []string
	for _, t := range q.All {
		required = append(required, quoted(t))
	}
	for _, phrase := range q.Phrases {
		if p := quoted(strings.Join(phrase, " ")); p != `""` {
			required = append(required, p)
		}
	}
	any := quotedAll(q.Any)
	var expression string
	switch need := strings.Join(required, " AND "); {
	case need == "" && any == "":
		return "", daybook.Errorf(daybook.Invalid, "There is no word to search for.")
	case need == "":
		expression = "(" + any + ")"
	case any == "":
		expression = "(" + need + ")"
	default: // the words of any only add to the score
		expression = "((" + need + ") AND ((" + any + ") OR (" + need + ")))"
	}
	if none := quotedAll(q.None); none != "" {
		expression += " NOT (" + none + ")"
	}
	return expression, nil
}

func quotedAll(terms []string) string {
	list := make([]string, 0, len(terms))
	for _, t := range terms {
		list = append(list, quoted(t))
	}
	return strings.Join(list, " OR ")
}

// quoted writes a term as a string of FTS5. A NUL would end the expression.
func quoted(term string) string {
	return `"` + strings.NewReplacer(`"`, `""`, "\x00", " ").Replace(term) + `"`
}

func (s *Store) passagesByID(ctx context.Context, ids []int64) (map[int64]daybook.Passage, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	rows, err := s.statements.byID.QueryContext(ctx, string(list))
	if err != nil {
		return nil, err
	}
	passages := make(map[int64]daybook.Passage, len(ids))
	err = drain(rows, func(rows *sql.Rows) error {
		p, _, err := scanPassage(rows)
		passages[p.ID] = p
		return err
	})
	return passages, err
}

func scanPassage(rows *sql.Rows) (p daybook.Passage, hash [16]byte, err error) {
	var rawHash sql.RawBytes
	var text []byte
	if err := rows.Scan(&p.ID, &p.EntryID, &p.Index, &p.Start, &p.End, &p.Line, &rawHash, &text); err != nil {
		return p, hash, err
	}
	if len(rawHash) != len(hash) {
		return p, hash, errors.New("a passage has a hash of the wrong length")
	}
	copy(hash[:], rawHash)
	p.Text = string(text)
	return p, hash, nil
}
