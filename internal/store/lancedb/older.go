package lancedb

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"daybook"
	"daybook/internal/store"
)

// journalColumns are the columns of the older service's table that Daybook
// knows.
var journalColumns = []string{"date", "title", "text", "tags"}

// embedding is the column with its vectors.
const embedding = "embedding"

// loadOlder fills m with what the older service indexed. It is served until the
// first note is read.
func (s *Store) loadOlder(ctx context.Context, m *memory) error {
	schema, err := s.journal(ctx)
	if err != nil || !journalIs(schema) || s.config.Read == nil {
		return err
	}
	type same struct{ title, text string }
	notes := map[same]*daybook.Entry{}
	err = s.c.all(ctx, journalTable, query{columns: journalColumns}, func(v view) error {
		day, err := daybook.ParseDate(v.text("date"))
		if err != nil {
			return nil // without a day it cannot be found, and the note's file has another name
		}
		key := same{v.text("title"), v.text("text")}
		e := notes[key]
		if e == nil {
			e = &daybook.Entry{Kind: daybook.Daily, Title: key.title, Path: key.title + ".md", Text: key.text, TextLine: 1, Tags: v.list("tags")}
			notes[key] = e
		}
		// A note for two days is two rows with the same text.
		if !slices.Contains(e.Dates, day) {
			e.Dates = append(e.Dates, day)
		}
		return nil
	})
	if err != nil {
		return err
	}
	keys := slices.SortedFunc(maps.Keys(notes), func(a, b same) int { return cmp.Or(cmp.Compare(a.title, b.title), cmp.Compare(a.text, b.text)) })
	for _, key := range keys {
		e := notes[key]
		sum := sha256.Sum256([]byte(e.Date().String() + "\x00" + key.title + "\x00" + key.text))
		e.ID = hex.EncodeToString(sum[:16])
		slices.SortFunc(e.Dates, daybook.Date.Compare)
		m.addOlder(*e, s.config.Read(*e))
	}
	m.older = len(notes) > 0
	return nil
}

// addOlder adds an entry of the older service. Its numbers are below all
// others.
func (m *memory) addOlder(e daybook.Entry, read []store.IndexedPassage) {
	made := &entry{Entry: e, text: e.Text, first: int64(len(m.order)) + 1, count: len(read)}
	made.Text = ""
	made.state = store.NoteState{Kind: e.Kind, Path: e.Path, EntryID: e.ID}
	var passages []*passage
	for i, p := range read {
		one := &passage{Passage: p.Passage, key: hashOf(p.Text), tokens: m.words.tokens(p.Terms)}
		one.ID, one.EntryID, one.Index, one.Text = made.first+int64(i), e.ID, i, ""
		passages = append(passages, one)
	}
	m.add(made, passages)
}

// journal returns the current schema of the older service's table; nil if it
// did not exist when the store was opened. The older service overwrites the
// table, maybe with other columns.
func (s *Store) journal(ctx context.Context) (*arrow.Schema, error) {
	if s.schemaOf(journalTable) == nil {
		return nil, nil
	}
	return s.c.schema(ctx, journalTable)
}

// journalIs reports whether a table is a known form of the older service's.
func journalIs(schema *arrow.Schema) bool {
	if schema == nil {
		return false
	}
	for _, name := range journalColumns {
		if !schema.HasField(name) {
			return false
		}
	}
	day, _ := schema.FieldsByName("date")
	return arrow.IsBinaryLike(day[0].Type.ID()) || arrow.IsLargeBinaryLike(day[0].Type.ID())
}

// width is the dimension of the older service's vectors, 0 if unknown.
func width(schema *arrow.Schema) int {
	if !journalIs(schema) || !schema.HasField(embedding) {
		return 0
	}
	f, _ := schema.FieldsByName(embedding)
	if list, ok := f[0].Type.(*arrow.FixedSizeListType); ok {
		return int(list.Len())
	}
	return 0
}

func (s *Store) isOlder(ctx context.Context) (older bool, err error) {
	err = s.look(ctx, func(m *memory) error { older = m.older; return nil })
	return older, err
}

// searchOlder searches the older service's vectors. There is one per note; it
// is used for the note's first passage.
func (s *Store) searchOlder(ctx context.Context, sp store.Space, unit []float32, f *filter, k int) ([]store.Hit, error) {
	schema, err := s.journal(ctx)
	if err != nil || sp.Model != s.config.Older || sp.Dim != width(schema) {
		return nil, err
	}
	ask := query{columns: []string{"title", "text", "_distance"}, vector: unit, column: embedding, where: embedding + " IS NOT NULL"}
	if !f.open {
		ask.limit = page
	} else {
		ask.limit = 2 * k // a note for two days is found twice
	}
	found, err := s.c.query(ctx, journalTable, ask)
	if err != nil {
		return nil, err
	}
	var hits []store.Hit
	err = s.look(ctx, func(m *memory) error {
		type same struct{ title, text string }
		byNote := map[same]*entry{}
		for _, e := range m.entries {
			byNote[same{e.Title, e.text}] = e
		}
		return found.rows(func(v view) error {
			key := same{v.text("title"), v.text("text")}
			if e := byNote[key]; m.older && e != nil && e.count > 0 && e.passes(f) && len(hits) < k {
				d := max(0, v.float("_distance"))
				hits = append(hits, store.Hit{Passage: m.passages[e.first].Passage, Score: 1 - d, Distance: d})
				delete(byNote, key)
			}
			return nil
		})
	})
	return hits, err
}
