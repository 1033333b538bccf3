package transcribe

import (
	"context"
	"slices"
	"strings"
	"sync"

	"daybook/internal/store"
)

// todo has the notes of a run that were not taken yet.
type todo struct {
	*Pipeline

	mu    sync.Mutex
	notes map[string][]store.ScanState
	order []string
}

func newTodo(p *Pipeline, notes [][]store.ScanState) *todo {
	t := &todo{Pipeline: p, notes: make(map[string][]store.ScanState, len(notes))}
	for _, scans := range notes {
		inOrder(scans)
		t.notes[scans[0].Note] = scans
		t.order = append(t.order, scans[0].Note)
	}
	slices.Sort(t.order)
	return t
}

// taken is a note in progress, until release is called.
type taken struct {
	scans   []store.ScanState
	ctx     context.Context // ends when the lease may be lost
	release func()
}

// leasePrefix is the prefix of the names of note leases.
const leasePrefix = "scans of "

// take returns a note that needs work, or nil if this server can't get one.
func (t *todo) take(ctx context.Context) (*taken, error) {
	for {
		t.mu.Lock()
		names := make([]string, len(t.order))
		for i, note := range t.order {
			names[i] = leasePrefix + note
		}
		if len(names) == 0 || t.Leases == nil {
			defer t.mu.Unlock()
			if len(names) == 0 {
				return nil, nil
			}
			scans := t.notes[t.order[0]]
			t.order = t.order[1:]
			return &taken{scans, ctx, func() {}}, nil
		}
		t.mu.Unlock()
		lease, err := t.Leases.Lease(ctx, names...)
		if err != nil || lease == nil {
			return nil, err
		}
		note := strings.TrimPrefix(lease.Name, leasePrefix)
		t.mu.Lock()
		t.order = slices.DeleteFunc(t.order, func(n string) bool { return n == note })
		t.mu.Unlock()
		// Another server may have done it since.
		scans, err := t.Store.Scans(ctx, note)
		if err != nil {
			lease.Release()
			return nil, err
		}
		if slices.ContainsFunc(scans, t.due(ctx)) {
			inOrder(scans)
			return &taken{scans, lease.Held, lease.Release}, nil
		}
		lease.Release()
	}
}
