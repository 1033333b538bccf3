package llm

import (
	"context"
	"sync"
	"time"
)

// Windower asks a server how many tokens a prompt and its answer may have together.
// It sends nothing of the journal. 0 is unknown. Its error is an *Error.
type Windower interface {
	Window(ctx context.Context, model string) (int, error)
}

// Limits on asking for a window.
const (
	windowWithin  = time.Second      // while somebody waits
	windowFor     = 10 * time.Minute // that it is believed
	windowMissing = time.Minute      // until it is asked for again
	maxWindows    = 256              // models; their names come from outside
	leastWindow   = 512              // less is a mistake
)

// Windows caches the context windows that servers report for their models. It is safe
// for concurrent use.
type Windows struct {
	providers map[string]Windower

	mu     sync.Mutex
	models map[Ref]*window
}

type window struct {
	mu     sync.Mutex
	tokens int
	until  time.Time
	asking chan struct{} // closed when the server was asked; nil while it is not
}

// NewWindows returns the Windows of the providers that report them.
func NewWindows(providers []Provider) *Windows {
	w := &Windows{providers: map[string]Windower{}, models: map[Ref]*window{}}
	for _, p := range providers {
		if asked, ok := p.Pinger.(Windower); ok {
			w.providers[p.Name] = asked
		}
	}
	return w
}

// Of returns the window of a model, 0 if it is unknown. It waits for the server for
// at most a second, unless it has the answer.
func (w *Windows) Of(ref Ref) int {
	server, ok := w.providers[ref.Provider]
	if !ok {
		return 0
	}
	known := w.entry(ref)
	known.mu.Lock()
	defer known.mu.Unlock()
	if time.Now().Before(known.until) {
		return known.tokens
	}
	if known.asking == nil {
		known.asking = make(chan struct{})
		go known.ask(server, ref.Model, known.asking)
	}
	asked := known.asking
	known.mu.Unlock()
	timer := time.NewTimer(windowWithin)
	defer timer.Stop()
	select {
	case <-asked:
	case <-timer.C:
	}
	known.mu.Lock()
	return known.tokens
}

// ask asks the server. If that fails, the known window stays.
func (k *window) ask(server Windower, model string, done chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), catalogWithin)
	defer cancel()
	n, err := server.Window(ctx, model)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.until = time.Now().Add(windowMissing)
	switch {
	case err == nil && n >= leastWindow:
		k.tokens, k.until = n, time.Now().Add(windowFor)
	case err == nil:
		k.tokens = 0
	}
	k.asking = nil
	close(done)
}

// Forget removes a model's window from the cache.
func (w *Windows) Forget(ref Ref) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.models, ref)
}

func (w *Windows) entry(ref Ref) *window {
	w.mu.Lock()
	defer w.mu.Unlock()
	known, ok := w.models[ref]
	if !ok {
		if len(w.models) >= maxWindows {
			w.models = map[Ref]*window{}
		}
		known = &window{}
		w.models[ref] = known
	}
	return known
}
