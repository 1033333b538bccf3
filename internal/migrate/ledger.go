package migrate

import (
	"context"

	"daybook/internal/store"
)

func ledger(ctx context.Context, s store.Store) (map[string]store.LedgerLine, error) {
	lines, err := s.Lines(ctx, store.LedgerFilter{})
	if err != nil {
		return nil, err
	}
	byID := make(map[string]store.LedgerLine, len(lines))
	for _, l := range lines {
		byID[l.ID] = l
	}
	return byID, nil
}

// copyLedger copies the lines of the ledger. An existing line is unchanged,
// unless its count is lower: then it is raised to the first store's.
func (m *migration) copyLedger(ctx context.Context) (int, error) {
	from, err := ledger(ctx, m.from)
	if err != nil {
		return 0, err
	}
	to, err := ledger(ctx, m.to)
	if err != nil {
		return 0, err
	}
	return each(from, func(id string, l store.LedgerLine) (bool, error) {
		there, ok := to[id]
		if ok && there.Count >= l.Count {
			return false, nil
		}
		l.Count -= there.Count
		return true, m.to.WriteLedger(ctx, store.LedgerBatch{Lines: []store.LedgerLine{l}})
	})
}

// sumLedger digests the lines that the first store has. Lines for programs that
// read the journal keep counting, so their time and count are left out.
func (m *migration) sumLedger(ctx context.Context, s store.Store) (out sum, err error) {
	wanted, err := ledger(ctx, m.from)
	if err != nil {
		return out, err
	}
	all, err := ledger(ctx, s)
	for id, l := range all {
		if _, ok := wanted[id]; ok {
			out.add(digest([]string{l.ID, l.Model, l.Task, string(l.Body)}))
		}
	}
	return out, err
}
