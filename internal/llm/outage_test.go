package llm

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"daybook"
)

// patchy is an embedding model that answers only while up.
type patchy struct {
	up     bool
	silent bool // it does not refuse calls, but says nothing
	calls  int
}

func (m *patchy) Embed(ctx context.Context, req EmbedRequest) (Embeddings, error) {
	m.calls++
	switch {
	case m.up:
		return Embeddings{Vectors: make([][]float32, len(req.Inputs))}, nil
	case m.silent:
		<-ctx.Done()
		return Embeddings{}, ctx.Err()
	}
	return Embeddings{}, &Error{Retry: !IsInteractive(ctx), Down: true, Public: daybook.Errorf(daybook.Upstream, "It could not be reached.")}
}

func asking(t *testing.T, m *patchy) (Embedder, *Models) {
	t.Helper()
	models, err := NewModels([]Provider{{Name: "far", Embedder: m}}, map[Task]Ref{TaskEmbedding: {"far", "e"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, _, _ := models.Embedder()
	return e, models
}

// TestOutageCostsOnce has searches ask a model that is down.
func TestOutageCostsOnce(t *testing.T) {
	for _, silent := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			m := &patchy{silent: silent}
			e, models := asking(t, m)
			question := EmbedRequest{Model: "e", Inputs: []string{"q"}, Purpose: ForQuery}
			ask := func() (time.Duration, error) {
				start := time.Now()
				_, err := e.Embed(t.Context(), question)
				return time.Since(start), err
			}
			if took, err := ask(); err == nil || took > 2*time.Second || len(models.unreachable()) != 1 {
				t.Errorf("the first search: %v after %s", err, took)
			}
			for range 10 {
				if took, err := ask(); err == nil || took > 0 || errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("a later search: %v after %s", err, took)
				}
			}
			m.up = true
			time.Sleep(firstProbe)
			if took, err := ask(); err == nil || took > 0 {
				t.Errorf("the search that has the model asked again: %v after %s", err, took)
			}
			synctest.Wait()
			if _, err := ask(); err != nil || len(models.unreachable()) != 0 {
				t.Errorf("after the outage: %v", err)
			}
		})
	}
}

// TestOutageInTheBackground reports soon that passages cannot be embedded, and
// ends the outage for searches with the first that can.
func TestOutageInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &patchy{}
		e, models := asking(t, m)
		passages := EmbedRequest{Model: "e", Inputs: []string{"p"}, Purpose: ForDocument}
		start := time.Now()
		_, err := e.Embed(WithPolicy(t.Context(), Background), passages)
		if err == nil || m.calls != downAttempts || time.Since(start) > 10*time.Second || len(models.unreachable()) != 1 {
			t.Errorf("%v after %s and %d calls", err, time.Since(start), m.calls)
		}
		m.up = true
		if _, err := e.Embed(WithPolicy(t.Context(), Background), passages); err != nil || len(models.unreachable()) != 0 {
			t.Error(err)
		}
	})
}

// TestRefusalsAreNoOutage asks a model that refuses every call.
func TestRefusalsAreNoOutage(t *testing.T) {
	o := &outage{}
	o.note(&Error{Public: daybook.Errorf(daybook.Invalid, "There is no such model.")})
	if err, probe := o.state(); err != nil || probe {
		t.Error(err)
	}
}

// Ping implements Pinger, as the model does.
func (m *patchy) Ping(ctx context.Context) error {
	if !m.up && m.silent {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

// TestSilenceInTheBackground reports a silent server after two seconds, at the
// start and in the middle; one that only takes long is waited for.
func TestSilenceInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &patchy{silent: true}
		slow := &slowEmbedder{Embedder: m}
		models, err := NewModels([]Provider{{Name: "far", Embedder: slow, Pinger: m}}, map[Task]Ref{TaskEmbedding: {"far", "e"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		e, _, _ := models.Embedder()
		embed := func() (time.Duration, error) {
			start := time.Now()
			_, err := e.Embed(WithPolicy(t.Context(), Background), EmbedRequest{Model: "e", Inputs: []string{"p"}, Purpose: ForDocument})
			return time.Since(start), err
		}
		if took, err := embed(); daybook.KindOf(err) != daybook.Timeout || took != reachWithin || m.calls != 0 || len(models.unreachable()) != 1 {
			t.Errorf("silent at the start: %v after %s and %d calls", err, took, m.calls)
		}
		m.up, slow.takes = true, 40*time.Second // it loads its model
		if took, err := embed(); err != nil || took != slow.takes {
			t.Errorf("slow: %v after %s", err, took)
		}
		m.up, slow.idle = false, time.Minute
		if took, err := embed(); daybook.KindOf(err) != daybook.Timeout || took > slow.takes+slow.idle+reachWithin+time.Second {
			t.Errorf("silent in the middle: %v after %s", err, took)
		}
	})
}

// slowEmbedder takes its time, and gives up on silence as the clients do.
type slowEmbedder struct {
	Embedder
	takes, idle time.Duration
}

func (s *slowEmbedder) Embed(ctx context.Context, req EmbedRequest) (Embeddings, error) {
	time.Sleep(s.takes)
	if s.idle > 0 {
		within, cancel := context.WithTimeout(ctx, s.idle)
		defer cancel()
		if _, err := s.Embedder.Embed(within, req); err != nil {
			return Embeddings{}, &Error{Retry: true, Down: true, Public: daybook.Errorf(daybook.Timeout, "It did not respond in time.")}
		}
	}
	return s.Embedder.Embed(ctx, req)
}

// unreachable says which embedding models do not answer, and why.
func (m *Models) unreachable() map[Ref]error {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[Ref]error{}
	for ref, o := range m.outages {
		o.mu.Lock()
		if o.err != nil {
			out[ref] = o.err
		}
		o.mu.Unlock()
	}
	return out
}
