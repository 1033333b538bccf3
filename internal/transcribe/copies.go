package transcribe

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"daybook/internal/store"
	"daybook/internal/vault"
)

// dropCopies takes out of byNote, and out of the store, the scans that have the
// bytes of another of the same days: copies that synchronising programs and people
// make. The one stays that a note embeds, else one that has a note. A copy of
// which the words are in a note already stays.
func (p *Pipeline) dropCopies(ctx context.Context, byNote map[string][]store.ScanState, found []vault.Scan) error {
	scans := map[string]vault.Scan{}
	for _, s := range found {
		scans[s.Path] = s
	}
	same := map[string][]store.ScanState{}
	for _, states := range byNote {
		for _, s := range states {
			key := fmt.Sprintf("%x %v", s.Hash, scans[s.Path].Dates)
			same[key] = append(same[key], s)
		}
	}
	drop := map[string]bool{}
	for _, copies := range same {
		slices.SortFunc(copies, func(a, b store.ScanState) int {
			return cmp.Or(order(a.Stage != store.Found, b.Stage != store.Found), order(scans[a.Path].Embedded, scans[b.Path].Embedded),
				order(scans[a.Path].Owned, scans[b.Path].Owned), vault.CompareScans(a.Path, b.Path))
		})
		for _, s := range copies[1:] {
			if s.Stage == store.Found {
				drop[s.Path] = true
			}
		}
	}
	if len(drop) == 0 {
		return nil
	}
	for note, states := range byNote {
		byNote[note] = slices.DeleteFunc(states, func(s store.ScanState) bool { return drop[s.Path] })
		if len(byNote[note]) == 0 {
			delete(byNote, note)
		}
	}
	return p.Store.WriteScans(ctx, store.ScanBatch{Delete: slices.Collect(maps.Keys(drop))})
}

// order puts what is true first.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
