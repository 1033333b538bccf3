package llm

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Limits on asking providers for their models.
const (
	catalogWithin = 10 * time.Second
	catalogFor    = time.Minute
	mostModels    = 1000
	longestRef    = 200 // bytes of a name
)

// Lister lists a provider's chat models by the provider's own names. It sends
// nothing of the journal. Its error is an *Error.
type Lister interface {
	Models(ctx context.Context) ([]string, error)
}

// ProviderState is what a Catalog knows about a provider.
type ProviderState struct {
	Name   string
	Asked  bool  // it was asked, and Err says how that went
	Err    error // nil where it answers
	Models []string
}

// Catalog remembers for a minute which providers answer and what models they
// have. Close it when done. It is safe for concurrent use.
type Catalog struct {
	providers []Provider
	base      context.Context
	stop      context.CancelFunc
	wg        sync.WaitGroup

	mu     sync.Mutex
	states []ProviderState // as providers
	asked  time.Time       // last
	asking chan struct{}   // closed when all have been asked; nil while none are
}

// NewCatalog returns the catalog of the providers that can chat. It requests
// nothing until it is used.
func NewCatalog(providers []Provider) *Catalog {
	base, stop := context.WithCancel(context.Background())
	r := &Catalog{base: base, stop: stop}
	for _, p := range providers {
		if p.Chat != nil {
			r.providers = append(r.providers, p)
			r.states = append(r.states, ProviderState{Name: p.Name})
		}
	}
	return r
}

// Close cancels running requests and waits for their end.
func (r *Catalog) Close() {
	r.mu.Lock()
	r.stop()
	r.mu.Unlock()
	r.wg.Wait()
}

// States returns the states of the providers, in their order. With ask, it first
// asks all providers at the same time, within seconds, unless that was done in the
// last minute. Without, it returns at once.
func (r *Catalog) States(ctx context.Context, ask bool) []ProviderState {
	if ask {
		select {
		case <-r.ask():
		case <-ctx.Done():
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.states)
}

// ask requests the models of all providers unless that was done lately. The
// channel that it returns is closed when the answers are there.
func (r *Catalog) ask() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asking != nil {
		return r.asking
	}
	done := make(chan struct{})
	if r.base.Err() != nil || time.Since(r.asked) < catalogFor {
		close(done)
		return done
	}
	r.asking = done
	r.wg.Go(func() {
		r.askAll()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.asked, r.asking = time.Now(), nil
		close(done)
	})
	return done
}

func (r *Catalog) askAll() {
	ctx, cancel := context.WithTimeout(r.base, catalogWithin)
	defer cancel()
	var wg sync.WaitGroup
	for i, p := range r.providers {
		wg.Go(func() {
			state := ProviderState{Name: p.Name, Asked: true}
			if l, ok := p.Pinger.(Lister); ok {
				state.Models, state.Err = l.Models(ctx)
				state.Models = tidyModels(state.Models)
			} else {
				state.Err = p.Ping(ctx)
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			r.states[i] = state
		})
	}
	wg.Wait()
}

// tidyModels sorts the names and removes repeats and names that cannot be shown. It
// returns at most mostModels.
func tidyModels(names []string) []string {
	names = slices.DeleteFunc(names, func(name string) bool {
		return name == "" || len(name) > longestRef || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
	})
	slices.Sort(names)
	names = slices.Compact(names)
	return names[:min(len(names), mostModels)]
}
