package migrate

import (
	"context"

	"daybook"
	"daybook/internal/store"
)

// checkSameJournal refuses a second store with another journal than the first,
// which would be mixed with somebody else's. It accepts
//
//   - an empty second store;
//   - one whose notes are mostly those of the first, by content: at least half
//     of the smaller side, so that a copy that was interrupted, and one that is
//     months old, can go on;
//   - one whose notes were rewritten since, if they have the same paths and the
//     conversations are the same;
//   - where either store has no notes, one that shares at least half of the
//     smaller side's conversations, analyses or pages.
func (m *migration) checkSameJournal(ctx context.Context) error {
	from, err := identify(ctx, m.from)
	if err != nil {
		return err
	}
	to, err := identify(ctx, m.to)
	if err != nil {
		return err
	}
	if to.empty() || from.empty() || from.same(to) {
		return nil
	}
	return daybook.Errorf(daybook.Conflict,
		"The two stores hold different journals: %d notes and %d conversations in the first, %d notes and %d conversations in the second, "+
			"with %d notes and %d conversations in common. Nothing was copied. "+
			"Copy into an empty store: another database, another --owner, or another data folder.",
		len(from.paths), len(from.threads), len(to.paths), len(to.threads),
		overlap(from.contents, to.contents), overlap(from.threads, to.threads))
}

type set[K comparable] map[K]bool

// identity is what distinguishes a journal from others.
type identity struct {
	paths    set[string]   // of notes, with their kind
	contents set[[32]byte] // hashes of notes
	repeated set[[32]byte] // shared by several notes: empty ones, templates
	threads  set[string]
	analyses set[string]
	pages    set[string] // keys of transcribed pages
}

func identify(ctx context.Context, s store.Store) (identity, error) {
	id := identity{set[string]{}, set[[32]byte]{}, set[[32]byte]{}, set[string]{}, set[string]{}, set[string]{}}
	states, err := s.NoteStates(ctx)
	if err != nil {
		return id, err
	}
	for _, state := range states {
		id.paths[name(state)] = true
		if id.contents[state.Hash] {
			id.repeated[state.Hash] = true
		}
		id.contents[state.Hash] = true
	}
	threads, err := s.Threads(ctx)
	if err != nil {
		return id, err
	}
	for _, t := range threads {
		id.threads[t.ID] = true
	}
	analyses, err := s.Analyses(ctx)
	if err != nil {
		return id, err
	}
	for _, a := range analyses {
		id.analyses[a.ID] = true
	}
	return id, s.PageTexts(ctx, nil, func(page store.PageText) error {
		id.pages[page.Key] = true
		return nil
	})
}

func (id identity) empty() bool {
	return len(id.paths)+len(id.threads)+len(id.analyses)+len(id.pages) == 0
}

// same reports whether two stores hold the same journal.
func (id identity) same(other identity) bool {
	if len(id.paths) == 0 || len(other.paths) == 0 {
		return mostly(id.threads, other.threads) || mostly(id.analyses, other.analyses) || mostly(id.pages, other.pages)
	}
	mine, theirs := id.telling(other), other.telling(id)
	if len(mine) == 0 || len(theirs) == 0 { // nothing but templates
		mine, theirs = id.contents, other.contents
	}
	rewritten := mostly(id.paths, other.paths) && mostly(id.threads, other.threads)
	return rewritten || mostly(mine, theirs)
}

// telling returns the contents that only one note of either store has: two
// people may use the same template.
func (id identity) telling(other identity) set[[32]byte] {
	out := set[[32]byte]{}
	for hash := range id.contents {
		if !id.repeated[hash] && !other.repeated[hash] {
			out[hash] = true
		}
	}
	return out
}

// mostly reports whether at least half of the smaller set is in the other.
func mostly[K comparable](a, b set[K]) bool {
	shared := overlap(a, b)
	return shared > 0 && 2*shared >= min(len(a), len(b))
}

func overlap[K comparable](a, b set[K]) (n int) {
	for key := range a {
		if b[key] {
			n++
		}
	}
	return n
}
