package lancedb

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"daybook"
	"daybook/internal/store"
)

// mirrored reports whether a note is written into the older service's table: a
// private one is not, since that service would send it to its providers.
func mirrored(e *entry) bool { return e.Kind == daybook.Daily && !e.Private }

// place is a row of the older service's table. Gone means that an indexed note
// was there before the change.
type place struct {
	Title, Date string
	Gone        bool `json:",omitempty"`
}

// mirrorKey begins the key under which unfinished writes to the table are
// stored for each server.
const mirrorKey = "lancedb:mirror:"

func (s *Store) owedKey() string { return mirrorKey + s.c.base + "/" + s.c.database }

func (s *Store) owedPlaces(ctx context.Context) (list []place, err error) {
	kept, err := store.MetaOf(ctx, s.local, s.owedKey())
	if err != nil || kept == "" {
		return nil, err
	}
	return list, json.Unmarshal([]byte(kept), &list)
}

func (s *Store) owePlaces(ctx context.Context, list []place) error {
	if len(list) == 0 {
		return s.local.SetMeta(ctx, s.owedKey(), "")
	}
	data, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return s.local.SetMeta(ctx, s.owedKey(), string(data))
}

// places returns the rows of the older service's table that a change affects.
func (a *applying) places() (list []place) {
	for i, entries := range [][]*entry{slices.Concat(a.gone, a.hidden), a.put} {
		for _, e := range entries {
			for _, d := range e.Dates {
				if mirrored(e) {
					list = append(list, place{e.Title, d.String(), i == 0})
				}
			}
		}
	}
	return list
}

// promise records what a change must write to the older service's table before
// the change is made, so that it is written even if this process is killed. It
// returns that, with what earlier changes still owe.
func (s *Store) promise(ctx context.Context, a *applying) ([]place, error) {
	if s.schemaOf(journalTable) == nil {
		return nil, nil
	}
	owed, err := s.owedPlaces(ctx)
	if err != nil {
		return nil, err
	}
	var list []place
	there := map[place]bool{}
	for _, p := range slices.Concat(owed, a.places()) {
		if !there[p] {
			there[p] = true
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	return list, s.owePlaces(ctx, list)
}

// mirrorOwed writes what was promised to the older service's table and not
// written yet.
func (s *Store) mirrorOwed(ctx context.Context) error {
	if owed, err := s.owedPlaces(ctx); err != nil || len(owed) == 0 {
		return err
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.refresh(ctx); err != nil {
		return err
	}
	owed, err := s.owedPlaces(ctx)
	if err != nil {
		return err
	}
	return s.mirror(ctx, owed)
}

// mirror writes the notes at some places to the older service's table, then
// clears the promise. A row that already has the right text is left as it is,
// with its vector. A place without a note is emptied if an indexed note was
// there.
func (s *Store) mirror(ctx context.Context, places []place) error {
	if len(places) == 0 {
		return nil
	}
	schema, err := s.journal(ctx)
	if err != nil {
		return err
	}
	if journalIs(schema) {
		if err := s.mirrorIn(ctx, schema, places); err != nil {
			return err
		}
	}
	return s.owePlaces(ctx, nil)
}

// noteAt names a row of the older service's table.
type noteAt struct{ title, date string }

func (s *Store) mirrorIn(ctx context.Context, schema *arrow.Schema, places []place) error {
	gone, titles := map[noteAt]bool{}, map[string]bool{}
	for _, p := range places {
		at := noteAt{p.Title, p.Date}
		gone[at], titles[p.Title] = gone[at] || p.Gone, true
	}
	put, err := s.placed(ctx, gone)
	if err != nil {
		return err
	}
	columns := journalColumns
	if schema.HasField(embedding) {
		columns = append(slices.Clone(columns), embedding)
	}
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(titles)), 1000) {
		err := s.c.all(ctx, journalTable, query{columns: columns, where: in("title", chunk)}, func(v view) error {
			at := noteAt{v.text("title"), v.text("date")}
			switch r := put[at]; {
			case r == nil || r["text"] != v.text("text"):
			case slices.Equal(r["tags"].([]string), v.list("tags")):
				delete(put, at)
			case v.has(embedding):
				r[embedding] = v.vector(embedding)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	maps.DeleteFunc(gone, func(_ noteAt, was bool) bool { return !was })
	for chunk := range slices.Chunk(slices.Collect(maps.Keys(gone)), 50) {
		each := make([]string, len(chunk))
		for i, at := range chunk {
			each[i] = "(title = " + quote(at.title) + " AND date = " + quote(at.date) + ")"
		}
		err = errors.Join(err, s.c.delete(ctx, journalTable, strings.Join(each, " OR ")))
	}
	return errors.Join(err, s.mirrorRows(ctx, schema, slices.Collect(maps.Values(put))))
}

// mirrorRows writes rows of the older service's table. A row too large for a
// request is left unchanged there.
func (s *Store) mirrorRows(ctx context.Context, schema *arrow.Schema, rows []row) error {
	err := s.c.mergeAll(ctx, journalTable, []string{"title", "date"}, schema, rows)
	if daybook.KindOf(err) != daybook.TooLarge {
		return err
	}
	err = nil
	for _, r := range rows {
		one := s.c.mergeAll(ctx, journalTable, []string{"title", "date"}, schema, []row{r})
		if daybook.KindOf(one) == daybook.TooLarge {
			s.config.Log.Warn("a note is too long for the older service's table", "bytes", len(r["text"].(string)))
			continue
		}
		err = errors.Join(err, one)
	}
	return err
}

// placed returns the rows for places that have an indexed note, and removes
// those from places.
func (s *Store) placed(ctx context.Context, places map[noteAt]bool) (map[noteAt]row, error) {
	at := map[noteAt]*entry{}
	var entries []*entry
	s.mu.RLock()
	if !s.memory.older {
		for _, e := range s.memory.entries {
			there := len(at)
			for _, d := range e.Dates {
				if p := (noteAt{e.Title, d.String()}); mirrored(e) {
					if _, wanted := places[p]; wanted {
						at[p] = e
					}
				}
			}
			if len(at) > there {
				entries = append(entries, e)
			}
		}
	}
	s.mu.RUnlock()
	texts, err := s.textsOf(ctx, entries)
	if err != nil {
		return nil, err
	}
	put := map[noteAt]row{}
	for p, e := range at {
		if _, there := texts[e.rev]; !there {
			return nil, daybook.Errorf(daybook.Unavailable, "The index changes while it is read; try again.")
		}
		put[p] = row{"date": p.date, "title": p.title, "text": texts[e.rev], "tags": tagsOf(e)}
		delete(places, p)
	}
	return put, nil
}

func tagsOf(e *entry) []string { return append([]string{}, e.Tags...) }

// mirrorVectors writes the vectors of notes with one passage to the older
// service's table, if the dimensions match.
func (s *Store) mirrorVectors(ctx context.Context, vectors map[*entry][]float32) {
	schema, err := s.journal(ctx)
	of := map[int64][]float32{}
	var entries []*entry
	for e, v := range vectors {
		if mirrored(e) && len(v) == width(schema) {
			entries, of[e.rev] = append(entries, e), v
		}
	}
	if err == nil && len(entries) == 0 {
		return
	}
	var texts map[int64]string
	if err == nil {
		texts, err = s.textsOf(ctx, entries)
	}
	var rows []row
	for _, e := range entries {
		for _, d := range e.Dates {
			rows = append(rows, row{"date": d.String(), "title": e.Title, "text": texts[e.rev], "tags": tagsOf(e), embedding: of[e.rev]})
		}
	}
	if err == nil {
		err = s.mirrorRows(ctx, schema, rows)
	}
	if err != nil {
		s.config.Log.Warn("write vectors into the older service's table", "err", err)
	}
}
