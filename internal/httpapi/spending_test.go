package httpapi_test

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook/internal/httpapi"
	"daybook/internal/llm"
	"daybook/internal/spending"
	"daybook/internal/store/sqlite"
)

func TestSpending(t *testing.T) {
	prices := map[string]spending.Price{"openai": {Input: 2}}
	for name, c := range map[string]struct {
		ledger spending.Config
		want   string
	}{
		"without prices": {spending.Config{Currency: "EUR", Cap: 5}, `{"currency":null,"spent_this_month":null,"monthly_cap":null}`},
		"without a cap":  {spending.Config{Currency: "EUR", Prices: prices}, `{"currency":"EUR","spent_this_month":1.5,"monthly_cap":null}`},
		"with a cap":     {spending.Config{Currency: "EUR", Prices: prices, Cap: 5}, `{"currency":"EUR","spent_this_month":1.5,"monthly_cap":5}`},
	} {
		t.Run(name, func(t *testing.T) {
			st := must(sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "spent.db")))(t)
			c.ledger.Store, c.ledger.Now = st, time.Now
			ledger := spending.New(c.ledger)
			t.Cleanup(func() {
				ledger.Close()
				_ = st.Close()
			})
			must(ledger.Begin(t.Context(), llm.Ref{Provider: "openai", Model: "gpt-x"}, llm.TaskChat, llm.Usage{}))(t)(llm.Usage{InputTokens: 750_000})
			w := newWorld(t, options{config: func(config *httpapi.Config) { config.Spending = ledger }})
			if status, text := w.do("GET", "/spending", nil); status != http.StatusOK || strings.TrimSpace(text) != c.want {
				t.Errorf("%d %s, want %s", status, text, c.want)
			}
		})
	}
}
