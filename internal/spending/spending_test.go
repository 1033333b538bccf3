package spending_test

import (
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/spending"
	"daybook/internal/store/sqlite"
)

var ref = llm.Ref{Provider: "openai", Model: "gpt-x"}

func open(t *testing.T) *sqlite.Store {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "d.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

func TestWhatIsUsedIsKept(t *testing.T) {
	st := open(t)
	at := time.Date(2024, 5, 31, 23, 0, 0, 0, time.UTC)
	l := spending.New(spending.Config{
		Store: st, Prices: map[string]spending.Price{"openai/gpt-x": {Input: 1, Output: 10}, "openai": {Input: 5}}, Currency: "EUR",
		Local: []string{"builtin"}, Now: func() time.Time { return at },
	})
	use := func(model llm.Ref, task llm.Task, used llm.Usage) {
		t.Helper()
		end, err := l.Begin(t.Context(), model, task, llm.Usage{InputTokens: 10})
		if err != nil {
			t.Fatal(err)
		}
		end(used)
		end(used) // once is enough
	}
	use(ref, llm.TaskChat, llm.Usage{InputTokens: 1_000_000, OutputTokens: 100_000})
	use(ref, llm.TaskChat, llm.Usage{InputTokens: 1_000_000})
	use(ref, llm.TaskEmbedding, llm.Usage{})
	use(llm.Ref{Provider: "builtin", Model: "m"}, llm.TaskEmbedding, llm.Usage{InputTokens: 7})
	if spent, err := l.Spent(t.Context()); err != nil || spent != 3 {
		t.Errorf("before it is written %.2f are spent, %v", spent, err)
	}
	at = at.Add(2 * time.Hour)
	use(llm.Ref{Provider: "openai", Model: "other"}, llm.TaskAnalysis, llm.Usage{InputTokens: 2_000_000})
	l.Close()
	if spent, err := l.Spent(t.Context()); err != nil || spent != 10 {
		t.Errorf("in June %.2f are spent, %v", spent, err)
	}
	uses, err := st.UsedSince(t.Context(), "2024-05-01")
	if err != nil || len(uses) != 2 || uses[0].Day != "2024-05-31" || uses[0].Calls != 2 || uses[0].InputTokens != 2_000_000 || uses[1].Task != "analysis" {
		t.Errorf("%+v, %v", uses, err)
	}
}

// TestTheCapHoldsForManyAtOnce has more calls at once than it lets through.
func TestTheCapHoldsForManyAtOnce(t *testing.T) {
	st := open(t)
	synctest.Test(t, func(t *testing.T) {
		l := spending.New(spending.Config{Store: st, Prices: map[string]spending.Price{"openai": {Input: 1e6}}, Currency: "EUR", Cap: 100, Now: time.Now})
		var mu sync.Mutex
		let, refused := 0, 0
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				end, err := l.Begin(t.Context(), ref, llm.TaskChat, llm.Usage{InputTokens: 5})
				mu.Lock()
				if err == nil {
					let++
				} else if refused++; daybook.KindOf(err) != daybook.RateLimited {
					t.Error(err)
				}
				mu.Unlock()
				if err == nil {
					time.Sleep(time.Second)
					end(llm.Usage{InputTokens: 1})
				}
			})
		}
		wg.Wait()
		if let != 20 || refused != 30 {
			t.Errorf("%d were let through, %d refused", let, refused)
		}
		// They took less than they might have.
		if end, err := l.Begin(t.Context(), ref, llm.TaskChat, llm.Usage{InputTokens: 80}); err != nil {
			t.Error(err)
		} else {
			end(llm.Usage{})
		}
		l.Close()
	})
}
