package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"daybook/internal/almanac"
	"daybook/internal/analysis"
	"daybook/internal/llm"
	"daybook/internal/settings"
	"daybook/internal/spending"
	"daybook/internal/store"
)

// newLedger returns what adds up the cost of model calls.
func (j *Journal) newLedger() *spending.Ledger {
	prices := map[string]spending.Price{}
	for name, p := range j.Settings.Prices {
		prices[name] = spending.Price{Input: p.Input, Output: p.Output}
	}
	return spending.New(spending.Config{
		Store: j.Store, Prices: prices, Known: j.listPrice, Currency: j.Settings.Currency, Cap: j.Settings.MonthlyCap,
		Local: []string{settings.BuiltIn}, Now: j.Now, Log: j.Log,
	})
}

// listPrice returns the list price of a model at its maker. A server on this
// machine costs nothing, and what one elsewhere costs is not known.
func (j *Journal) listPrice(ref llm.Ref) (spending.Price, bool) {
	switch p, ok := j.Settings.Provider(ref.Provider); {
	case ok && p.Local():
		return spending.Price{}, true
	case ok && p.BaseURL != "":
		return spending.Price{}, false
	}
	return spending.Known(ref, j.Settings.Currency)
}

// newAnalyses returns the service that reads the whole journal for a question.
func (j *Journal) newAnalyses() *analysis.Service {
	return analysis.New(analysis.Config{
		Store: j.Store, Models: analysisModels{j.Models, j.Settings, j.Windows}, Prompts: j.prompts, Guard: j.Guard, Purse: j.Ledger, Reporter: almanacReporter{j.Almanac},
		Lock: j.lockAnalysis, AtOnce: j.Settings.AnalysisAtOnce,
		ConfirmTokens: j.Settings.ConfirmSize, ConfirmCost: j.Settings.ConfirmCost, Now: j.Now, Log: j.Log,
	})
}

// lockAnalysis locks an analysis for this process; false if another has it. The
// lock is released when the process ends, even by a crash.
func (j *Journal) lockAnalysis(id string) (func(), bool, error) {
	if j.Leases != nil {
		lease, err := j.Leases.Lease(context.Background(), "analysis "+id)
		if err != nil || lease == nil {
			return nil, false, err
		}
		return lease.Release, true, nil
	}
	folder := filepath.Join(filepath.Dir(j.Settings.Database()), "analyses")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, false, fmt.Errorf("create the folder for locks: %w", err)
	}
	lock := flock.New(filepath.Join(folder, filepath.Base(id)+".lock"), flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err != nil || !ok {
		return nil, false, errors.Join(err, lock.Close())
	}
	return func() {
		if err := lock.Close(); err != nil {
			j.Log.Error("unlock analysis", "err", err)
		}
	}, true, nil
}

// almanacReporter makes reports without a model.
type almanacReporter struct{ almanac *almanac.Almanac }

func (c almanacReporter) Report(ctx context.Context, query string, f store.Filter) (analysis.Counted, error) {
	r, err := c.almanac.Report(ctx, query, f)
	if err != nil {
		return analysis.Counted{}, err
	}
	return analysis.Counted{Data: r, Text: r.Markdown()}, nil
}

// analysisModels finds the models of an analysis.
type analysisModels struct {
	models   *llm.Models
	settings settings.Settings
	windows  *llm.Windows
}

// Lookup returns the model that a request names.
func (m analysisModels) Lookup(provider, model string) (analysis.Model, error) {
	chat, err := chatModels{models: m.models, settings: m.settings, windows: m.windows}.Lookup(provider, model)
	if err != nil {
		return analysis.Model{}, err
	}
	limits := m.models.Limits(chat.Ref)
	return analysis.Model{
		Chat: chat.Chat, Ref: chat.Ref, Window: chat.Window, Output: m.settings.ChatMaxOutputTokens,
		TokensPerMinute: limits.Tokens, RequestsPerMinute: limits.Requests,
	}, nil
}

// forgettingStore also deletes what analyses say about deleted entries.
type forgettingStore struct {
	store.Store
	index analysis.Index
}

func (s forgettingStore) Apply(ctx context.Context, b store.Batch) error {
	return s.index.Apply(ctx, b)
}
