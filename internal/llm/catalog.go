package llm

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Bounds of asking providers for their models.
const (
	catalogWithin = 10 * time.Second
	catalogFor    = time.Minute
	mostModels    = 1000
	longestRef    = 200 // bytes of a name
)

// Lister names the models of a provider that a chat may ask, in the provider's
// own words, without sending anything of the journal. Its error is an *Error.
type Lister interface {
	Models(ctx context.Context) ([]string, error)
}

// ProviderState is what is known of a provider.
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

// NewCatalog returns the catalog of those providers that can chat. None is asked
// before somebody asks.
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

// Close ends what is being asked, and waits for that.
func (r *Catalog) Close() {
	r.mu.Lock()
	r.stop()
	r.mu.Unlock()
	r.wg.Wait()
}

// States returns what is known, in the order of the providers, at once. With
// ask the providers are asked first, all at the same time and within seconds,
// unless they were in the last minute.
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

// ask has the providers asked, and returns a channel that is closed when they
// were.
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

// tidyModels sorts the names that can be shown and asked for, and leaves out
// what comes in no sensible number or size.
func tidyModels(names []string) []string {
	names = slices.DeleteFunc(names, func(name string) bool {
		return name == "" || len(name) > longestRef || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
	})
	slices.Sort(names)
	names = slices.Compact(names)
	return names[:min(len(names), mostModels)]
}
