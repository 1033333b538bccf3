package chat

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"daybook"
)

// saver saves the answer of a running turn as it grows, so that a partial answer
// survives a crash.
type saver struct {
	threads Threads
	now     func() time.Time
	saved   func(ctx context.Context) // called after each save

	mu    sync.Mutex
	turn  daybook.Turn
	trace Trace
}

func (k *saver) add(e Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.trace.add(e)
	if e.Found != nil {
		k.turn.Answer.Citations = citations(e.Found.Sources)
	}
	k.turn.Answer.Text += e.Delta
}

// save writes the answer so far. It also tells other servers that this one is
// still running the turn.
func (k *saver) save(ctx context.Context) error {
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

// end writes the complete answer with its final status.
func (k *saver) end(ctx context.Context, status daybook.MessageStatus) error {
	k.mu.Lock()
	k.turn.Answer.Status = status
	k.mu.Unlock()
	return k.save(ctx)
}

// beats saves every beatEvery until stop is called. It ignores errors: the error
// of the last save is reported to the user.
func (k *saver) beats(ctx context.Context) (stop func()) {
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
