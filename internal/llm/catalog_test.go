package llm_test

import (
	"context"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"daybook"
	"daybook/internal/llm"
)

// listed is a provider that takes a while to say what it has.
type listed struct {
	models []string
	err    error
	takes  time.Duration
	asked  *atomic.Int32
}

func (l listed) Stream(context.Context, llm.Request) iter.Seq2[llm.Chunk, error] { return nil }

func (l listed) Ping(ctx context.Context) error { _, err := l.Models(ctx); return err }

func (l listed) Models(ctx context.Context) ([]string, error) {
	l.asked.Add(1)
	select {
	case <-time.After(l.takes):
		return slices.Clone(l.models), l.err
	case <-ctx.Done():
		return nil, daybook.Errorf(daybook.Timeout, "It did not answer.")
	}
}

func TestCatalogAsksOnceAMinuteWithoutWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		provide := func(name string, l listed) llm.Provider {
			l.asked = &asked
			return llm.Provider{Name: name, Chat: l, Pinger: l}
		}
		r := llm.NewCatalog([]llm.Provider{
			provide("quick", listed{models: []string{"b", "a", "b", "", "bad\nname", strings.Repeat("x", 300)}, takes: time.Second}),
			provide("wrong", listed{err: daybook.Errorf(daybook.Upstream, "It refused the key."), takes: time.Second}),
			provide("silent", listed{takes: time.Hour}),
			{Name: "embeds"},
		})
		defer r.Close()
		begin := time.Now()
		if got := r.States(t.Context(), false); len(got) != 3 || got[0].Asked || time.Since(begin) != 0 || asked.Load() != 0 {
			t.Errorf("before: %+v", got)
		}
		go r.States(t.Context(), true)
		synctest.Wait()
		time.Sleep(2 * time.Second)
		if got := r.States(t.Context(), false); !got[0].Asked || got[2].Asked {
			t.Errorf("meanwhile: %+v", got)
		}
		got := r.States(t.Context(), true)
		if took := time.Since(begin); took > 15*time.Second || asked.Load() != 3 {
			t.Errorf("it took %s and asked %d", took, asked.Load())
		}
		if !slices.Equal(got[0].Models, []string{"a", "b"}) || got[0].Err != nil || daybook.KindOf(got[1].Err) != daybook.Upstream || daybook.KindOf(got[2].Err) != daybook.Timeout {
			t.Errorf("%+v", got)
		}
		r.States(t.Context(), true)
		if asked.Load() != 3 {
			t.Error("they were asked again at once")
		}
		time.Sleep(time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		begin = time.Now()
		if r.States(ctx, true); time.Since(begin) > time.Second || asked.Load() != 6 {
			t.Errorf("a caller that leaves waited %s; %d were asked", time.Since(begin), asked.Load())
		}
	})
}
