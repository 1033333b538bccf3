package spending_test

import (
	"path/filepath"
	"strings"
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

// TestTheCapHoldsForManyAtOnce has more calls at once than the cap would have
// room for if each cost the most that it might: they wait for one another, and
// only what is spent is in anybody's way.
func TestTheCapHoldsForManyAtOnce(t *testing.T) {
	st := open(t)
	synctest.Test(t, func(t *testing.T) {
		l := spending.New(spending.Config{Store: st, Prices: map[string]spending.Price{"openai": {Input: 1e6}}, Currency: "EUR", Cap: 100, Now: time.Now})
		var mu sync.Mutex
		let, refused, running, most := 0, 0, 0, 0
		var wg sync.WaitGroup
		for range 150 {
			wg.Go(func() {
				end, err := l.Begin(llm.WithPolicy(t.Context(), llm.Background), ref, llm.TaskAnalysis, llm.Usage{InputTokens: 5})
				mu.Lock()
				if err == nil {
					let++
					running++
					most = max(most, running)
				} else if refused++; daybook.KindOf(err) != daybook.RateLimited {
					t.Error(err)
				}
				mu.Unlock()
				if err == nil {
					time.Sleep(time.Minute)
					mu.Lock()
					running--
					mu.Unlock()
					end(llm.Usage{InputTokens: 1})
				}
			})
		}
		wg.Wait()
		// 96 cost 1 each; then 5 more might be too much.
		if let != 96 || refused != 54 || most > 20 {
			t.Errorf("%d were let through, %d at once, %d refused", let, most, refused)
		}
		l.Close()
	})
}

// TestAChatWaitsAMoment has calls in the way of a chat that are over soon, and
// others that are not.
func TestAChatWaitsAMoment(t *testing.T) {
	st := open(t)
	synctest.Test(t, func(t *testing.T) {
		l := spending.New(spending.Config{Store: st, Prices: map[string]spending.Price{"openai": {Input: 1e6}}, Currency: "EUR", Cap: 100, Now: time.Now})
		defer l.Close()
		begin := func(task llm.Task, most int) (func(llm.Usage), error) {
			return l.Begin(t.Context(), ref, task, llm.Usage{InputTokens: most})
		}
		end, err := begin(llm.TaskAnalysis, 95)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := begin(llm.TaskChat, 10); daybook.KindOf(err) != daybook.RateLimited || !strings.Contains(err.Error(), "0.00 EUR are spent") ||
			!strings.Contains(err.Error(), "may cost 95.00 EUR") || time.Since(began) != 10*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		// So has the question's own embedding, though another task, while somebody waits.
		began = time.Now()
		if _, err := begin(llm.TaskEmbedding, 10); daybook.KindOf(err) != daybook.RateLimited || time.Since(began) != 10*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		time.AfterFunc(time.Second, func() { end(llm.Usage{InputTokens: 3}) })
		chat, err := begin(llm.TaskChat, 10)
		if err != nil {
			t.Fatal(err)
		}
		chat(llm.Usage{InputTokens: 7})
		began = time.Now()
		if _, err := begin(llm.TaskChat, 91); daybook.KindOf(err) != daybook.RateLimited || !strings.Contains(err.Error(), "of which 10.00 EUR are spent") || time.Since(began) != 0 {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}
