package chat

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"daybook"
)

// keeper writes the answer of a running turn into the store as it grows, so
// that what there was of it outlives the server.
type keeper struct {
	threads Threads
	now     func() time.Time
	saved   func(ctx context.Context) // is called when something was

	mu    sync.Mutex
	turn  daybook.Turn
	trace Trace
}

func (k *keeper) add(e Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.trace.add(e)
	if e.Found != nil {
		k.turn.Answer.Citations = citations(e.Found.Sources)
	}
	k.turn.Answer.Text += e.Delta
}

// save writes what there is, which also says that this server is at it.
func (k *keeper) save(ctx context.Context) error {
	k.mu.Lock()
	k.turn.Answer.Time = k.now().UTC()
	turn := k.turn
	trace, err := json.Marshal(k.trace)
	k.mu.Unlock()
	if err != nil {
		return err
	}
	turn.Answer.Trace = trace
	if err := k.threads.UpdateTurn(ctx, turn); err != nil {
		return err
	}
	k.saved(ctx)
	return nil
}

// end writes the whole answer with its last status.
func (k *keeper) end(ctx context.Context, status daybook.MessageStatus) error {
	k.mu.Lock()
	k.turn.Answer.Status = status
	k.mu.Unlock()
	return k.save(ctx)
}

// beats saves every beatEvery until the function it returns is called. A
// failure is left to the last save, whose error the asker is told.
func (k *keeper) beats(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(beatEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				_ = k.save(ctx)
			}
		}
	}()
	return func() { cancel(); <-done }
}
