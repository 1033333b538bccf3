package ingest

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/store"
)

// Flaw is a note that was read, but not as usual, such as one whose front matter
// is not YAML. Reason is a short phrase without journal text.
type Flaw struct {
	Kind   daybook.EntryKind
	Path   string // as in daybook.Entry
	Reason string
}

// flawsKey is the key under which the index lists notes with flaws, because
// unchanged notes are not opened again.
const flawsKey = "ingest.flaws"

// loadFlaws loads the flaws of the notes in the index.
func (r *run) loadFlaws(ctx context.Context) error {
	r.flaws = map[noteKey]string{}
	text, err := store.MetaOf(ctx, r.index, flawsKey)
	if err != nil || text == "" {
		return wrap("load which notes have flaws", err)
	}
	var list []Flaw
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return wrap("load which notes have flaws", err)
	}
	for _, f := range list {
		r.flaws[noteKey{f.Kind, f.Path}] = f.Reason
	}
	return nil
}

// setFlaw records the flaw of a note that was read, "" for none.
func (r *run) setFlaw(key noteKey, reason string) {
	switch {
	case r.flaws[key] == reason:
		return
	case reason == "":
		delete(r.flaws, key)
	default:
		r.flaws[key] = reason
	}
	r.flawsChanged = true
}

// saveFlaws stores the flaws if they changed, and adds them to the report.
func (r *run) saveFlaws(ctx context.Context) error {
	list := []Flaw{}
	for key, reason := range r.flaws {
		list = append(list, Flaw{key.kind, key.path, reason})
	}
	slices.SortFunc(list, func(a, b Flaw) int {
		return strings.Compare(string(a.Kind)+"/"+a.Path, string(b.Kind)+"/"+b.Path)
	})
	r.report.Flawed = list
	if !r.flawsChanged {
		return nil
	}
	text, err := json.Marshal(list)
	if err != nil {
		return wrap("store which notes have flaws", err)
	}
	return wrap("store which notes have flaws", r.index.Apply(ctx, store.SetMeta(flawsKey, string(text))))
}
