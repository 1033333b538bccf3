package llm

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Bounds of asking an embedding model while somebody waits.
const (
	queryWithin = 1500 * time.Millisecond // until a search goes on without it
	firstProbe  = 5 * time.Second         // after an outage began
	lastProbe   = time.Minute
	probeWithin = 30 * time.Second // a local server may have to load the model
	// reachWithin is how long a server may take to answer a ping. One that is
	// loading its model still answers that.
	reachWithin = 2 * time.Second
)

// downAttempts is how often a provider that cannot be reached is asked to
// embed, before its outage is reported.
const downAttempts = 3

// outage remembers that an embedding model does not answer, so that only the
// first search waits for it. It is safe for concurrent use.
type outage struct {
	mu      sync.Mutex
	err     error     // why it does not answer; nil while it does
	next    time.Time // when it may be asked again
	wait    time.Duration
	probing bool
	// answered is set once the model answered.
	answered bool
}

// works reports whether the model answered last.
func (o *outage) works() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.answered && o.err == nil
}

// state returns why the model does not answer, nil while it does, and whether
// the caller is to find out if it does again.
func (o *outage) state() (err error, probe bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	probe = o.err != nil && !o.probing && !time.Now().Before(o.next)
	o.probing = o.probing || probe
	return o.err, probe
}

// isOutage reports whether the provider did not answer. One that refuses a call
// does so at once, which is not an outage.
func (e *Error) isOutage() bool { return e.Retry || e.Down }

// note records how a call went.
func (o *outage) note(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var failure *Error
	unanswered := errors.As(err, &failure) && failure.isOutage()
	if !unanswered {
		o.err, o.wait = nil, 0
		o.answered = o.answered || err == nil
		return
	}
	o.wait = min(2*o.wait, lastProbe)
	if o.err == nil {
		o.wait = firstProbe
	}
	o.err, o.next = err, time.Now().Add(max(o.wait, min(failure.After, lastProbe)))
}

// patientEmbedder is an embedding model for which searches wait only shortly.
type patientEmbedder struct {
	Embedder // retried
	line     line
	outage   *outage
}

// embedLater embeds in the background: calls are made and retried as ever, unless
// the server is silent. That costs reachWithin, not several times the idle timeout.
func (e patientEmbedder) embedLater(ctx context.Context, req EmbedRequest) (Embeddings, error) {
	if !e.outage.works() {
		if err := e.line.check(ctx, outgoingTexts(e.line.ref, req)); err != nil {
			return Embeddings{}, err
		}
	}
	return e.Embedder.Embed(withReach(ctx, e.line.reach), req)
}

// Embed implements Embedder. A question that somebody waits for is embedded
// within queryWithin or not at all, and at once not at all during an outage. In
// the background, calls are made and retried as ever.
func (e patientEmbedder) Embed(ctx context.Context, req EmbedRequest) (Embeddings, error) {
	if req.Purpose != ForQuery || !SomebodyWaits(ctx) {
		out, err := e.embedLater(ctx, req)
		if ctx.Err() == nil {
			e.outage.note(err)
		}
		return out, err
	}
	switch err, probe := e.outage.state(); {
	case probe:
		go e.probe(context.WithoutCancel(ctx), req.Model)
		return Embeddings{}, err
	case err != nil:
		return Embeddings{}, err
	}
	within, cancel := context.WithTimeout(WithPolicy(ctx, RetryPolicy{Within: queryWithin}), queryWithin)
	defer cancel()
	out, err := e.Embedder.Embed(within, req)
	if ctx.Err() != nil {
		return out, err
	}
	if err != nil && within.Err() != nil {
		err = e.line.silent()
	}
	e.outage.note(err)
	return out, err
}

// probe finds out whether the model answers again, by a text that is not the
// journal's.
func (e patientEmbedder) probe(ctx context.Context, model string) {
	ctx, cancel := context.WithTimeout(WithPolicy(ctx, RetryPolicy{Attempts: 1}), probeWithin)
	defer cancel()
	_, err := e.Embedder.Embed(ctx, EmbedRequest{Model: model, Inputs: []string{"daybook"}, Purpose: ForQuery, Contents: Holding(nil)})
	if err != nil && ctx.Err() != nil {
		err = e.line.silent()
	}
	e.outage.note(err)
	e.outage.mu.Lock()
	defer e.outage.mu.Unlock()
	e.outage.probing = false
}

func (m *Models) outage(ref Ref) *outage {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.outages[ref]
	if !ok {
		o = &outage{}
		m.outages[ref] = o
	}
	return o
}
