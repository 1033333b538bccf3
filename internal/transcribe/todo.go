package transcribe

import (
	"context"
	"slices"
	"strings"
	"sync"

	"daybook/internal/store"
)

// todo is the notes of a run that nobody has taken yet.
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

// taken is a note to be done, until release is called.
type taken struct {
	scans   []store.ScanState
	ctx     context.Context // ends when the note may be another server's
	release func()
}

// leasePrefix is what the leases of notes begin with.
const leasePrefix = "scans of "

// take returns a note that has something to do, or nil when there is none that
// this server could have.
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
		// Somebody else may have done it since it was looked at.
		scans, err := t.Store.ScansOf(ctx, note)
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
