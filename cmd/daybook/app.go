package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"daybook"
	"daybook/internal/almanac"
	"daybook/internal/analysis"
	"daybook/internal/chat"
	"daybook/internal/dates"
	"daybook/internal/demo"
	"daybook/internal/ingest"
	"daybook/internal/ledger"
	"daybook/internal/llm"
	"daybook/internal/llm/budget"
	"daybook/internal/pages"
	"daybook/internal/private"
	"daybook/internal/prompts"
	"daybook/internal/search"
	"daybook/internal/settings"
	"daybook/internal/spending"
	"daybook/internal/store"
	"daybook/internal/text"
	"daybook/internal/vault"
)

// app is everything of one journal, wired up.
type app struct {
	world    world
	settings settings.Settings
	style    style
	log      *slog.Logger

	vault    *vault.Vault
	store    store.Store
	analyzer *text.Analyzer
	models   *llm.Models
	roll     *llm.Roll // of the providers
	indexer  *ingest.Indexer
	search   *search.Searcher
	almanac  *almanac.Almanac
	ledger   *spending.Ledger
	guard    *private.Guard
	calls    *ledger.Ledger
	analyses *analysis.Service
	chat     *chat.Service
	prompts  *prompts.Set

	anniversaries map[string]dates.MonthDay

	renderer func() (*pages.Renderer, error) // makes it once
	drawn    *pages.Renderer                 // that was made, or nil

	release func() // the lock on the data

	told map[string]bool // the troubles of the journal that were logged
}

// parts are what several apps have in common. The zero value is nothing.
type parts struct {
	store   store.Store                      // nil opens the one that the settings name
	builtin func(folder string) llm.Provider // nil makes one
}

// openApp opens the store and wires up what uses it. Close it when done.
func openApp(ctx context.Context, w world, s settings.Settings) (*app, error) {
	return openAppWith(ctx, w, s, parts{})
}

func openAppWith(ctx context.Context, w world, s settings.Settings, have parts) (_ *app, err error) {
	a := &app{world: w, settings: s, style: newStyle(w), log: newLog(w), told: map[string]bool{}}
	if a.release, err = useData(s); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			a.release()
		}
	}()
	a.renderer = sync.OnceValues(a.newRenderer)
	if a.anniversaries, err = anniversaries(s.Anniversaries); err != nil {
		return nil, err
	}
	journal, evergreen, err := folders(ctx, s)
	if err != nil {
		return nil, err
	}
	formats := s.DateFormats
	if s.Demo() {
		formats = nil // the demo's names are its own
	}
	if a.vault, err = vault.New(vault.Options{Journal: journal, Evergreen: evergreen, DateFormats: formats, PrivateTags: s.PrivateTags}); err != nil {
		return nil, err
	}
	if err := a.vault.Detect(ctx); ctx.Err() != nil {
		return nil, err // a folder that cannot be read is reported when it is used
	}
	if a.analyzer, err = text.New(s.Language); err != nil {
		return nil, err
	}
	if a.models, err = newModels(ctx, s, have.builtin); err != nil {
		return nil, err
	}
	a.roll = llm.NewRoll(a.models.Providers())
	set, err := loadPrompts(s.Prompts)
	if err != nil {
		return nil, err
	}
	if a.store = have.store; a.store == nil {
		if a.store, err = openStore(ctx, s, s.StoreAddress(), a.log); err != nil {
			return nil, err
		}
	}
	if warner, ok := a.store.(store.Warner); ok && have.store == nil {
		for _, warning := range warner.Warnings(ctx) {
			fmt.Fprintln(w.stderr, "daybook:", warning)
		}
	}
	a.prompts = set
	if shared, ok := a.store.(interface{ Ledger(string) budget.Ledger }); ok {
		a.models.ShareBudgets(func(ref llm.Ref) budget.Ledger { return shared.Ledger(ref.String()) })
	}
	a.ledger = a.newLedger()
	a.indexer = a.newIndexer()
	_, a.indexer.Shared = a.store.(store.Leases)
	a.guard = private.New(private.Config{Index: a.store, Analyzer: a.analyzer, Vault: a.vault, Current: a.current()})
	a.calls = ledger.New(ledger.Config{Store: a.store, Cost: a.ledger.Cost, Currency: s.Currency, Now: a.now, Log: a.log})
	a.models = a.models.Metered(a.ledger).Guarded(a.guard, a.calls, settings.BuiltIn)
	embedder, ref, _ := a.models.Embedder()
	a.search = search.New(search.Config{
		Index: a.store, Analyzer: a.analyzer, Embedder: embedder, Model: ref, Meaning: a.meaning, Dates: a.dates, Date: longDate,
	})
	a.almanac = almanac.New(almanac.Config{Index: a.store, Analyzer: a.analyzer, Searcher: a.search})
	news, _ := a.store.(store.News)
	a.chat = chat.New(chat.Config{
		News:     news,
		Models:   chatModels{a.models, s},
		Searcher: a.search,
		Threads:  a.store, Guard: a.guard, Prompts: set, Default: llm.Ref(s.Chat), TopK: s.TopK, Now: a.now, Date: longDate, Log: a.log,
		Pages: a.pagesOf,
	})
	a.analyses = a.newAnalyses()
	return a, nil
}

// newIndexer makes what keeps the index in step with the journal.
func (a *app) newIndexer() *ingest.Indexer {
	x := ingest.New(a.vault, a.analyzer, analysis.Forgetting(a.store, a.store))
	x.Renamed = func(ctx context.Context, kind daybook.EntryKind, from, to string) {
		if err := a.notesConfig().NewHistory(kind).Rename(ctx, from, to); err != nil {
			a.log.Error("take the history of a renamed note along", "kind", kind, "err", err)
		}
	}
	return x
}

// Close ends what runs and closes the store.
func (a *app) Close() {
	a.chat.Close()
	a.analyses.Close()
	a.ledger.Close()
	a.calls.Close()
	a.roll.Close()
	if a.drawn != nil {
		a.drawn.Close()
	}
	if err := a.store.Close(); err != nil {
		a.log.Error("close the store", "err", err)
	}
	a.release()
}

// current returns what reports whether the index was made by the rules of the
// settings. What was true stays so while this process lives.
func (a *app) current() func(context.Context) (bool, error) {
	var yes atomic.Bool
	return func(ctx context.Context) (bool, error) {
		if yes.Load() {
			return true, nil
		}
		current, err := a.indexer.Current(ctx)
		yes.Store(current && err == nil)
		return current, err
	}
}

func (a *app) now() time.Time { return time.Now().In(a.settings.Timezone) }

// dates says how the days in a question are read.
func (a *app) dates() dates.Options {
	return dates.Options{
		Today: dates.Today(a.now(), a.settings.Timezone), MonthFirst: a.settings.MonthFirst, Anniversaries: a.anniversaries,
	}
}

// anniversaries reads the settings' own form, "my birthday=02-23".
func anniversaries(list []string) (map[string]dates.MonthDay, error) {
	days := make(map[string]dates.MonthDay, len(list))
	for _, item := range list {
		name, day, _ := strings.Cut(item, "=")
		d, err := time.Parse("2006-01-02", "2000-"+day)
		if err != nil {
			return nil, fmt.Errorf("read the anniversaries: %w", err)
		}
		days[name] = dates.MonthDay{Month: d.Month(), Day: d.Day()}
	}
	return days, nil
}

// longDate writes a day as answers show it.
func longDate(d daybook.Date) string { return fmt.Sprintf("%d %s %d", d.Day, d.Month, d.Year) }

// newLog writes to standard error, plainly: no journal text, prompt or key
// ever goes there.
func newLog(w world) *slog.Logger {
	return slog.New(slog.NewTextHandler(w.stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// folders returns where the notes are. The demo journal is written out beside
// its data first.
func folders(ctx context.Context, s settings.Settings) (journal, evergreen string, err error) {
	if !s.Demo() {
		return s.Journal, s.Evergreen, nil
	}
	journal, evergreen, err = demo.Write(ctx, filepath.Dir(s.Database()))
	if err != nil {
		return "", "", fmt.Errorf("write the demo journal: %w", err)
	}
	return journal, evergreen, nil
}

func loadPrompts(folder string) (*prompts.Set, error) {
	if folder == "" {
		return prompts.Load(nil)
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, &daybook.Error{Kind: daybook.Invalid, Message: "the prompts folder of the settings is not there, or is no folder", Err: err}
	}
	return prompts.Load(os.DirFS(folder))
}

// embedding is the job that gives passages their vectors, and false without a
// model for it.
func (a *app) embedding() (ingest.Embedding, bool) {
	embedder, ref, ok := a.models.Embedder()
	job := ingest.Embedding{Index: a.store, Embedder: embedder, Model: ref}
	if ref == builtinRef {
		job.Batch, job.Parallel = builtinBatch, builtinParallel
	} else {
		job.Private = a.guard.Among
	}
	return job, ok
}

// chatDefault is the model that answers when nobody names one.
func (a *app) chatDefault() llm.Ref { return llm.Ref(a.settings.Chat) }

// refresh brings the index up to date before a command uses it. A journal
// that cannot be looked at is no reason not to answer from the index.
func (a *app) refresh(ctx context.Context) error {
	show := newProgress(a.world, "Reading the journal")
	report, err := a.indexer.Run(ctx, show.ingest)
	show.done()
	if daybook.KindOf(err) == daybook.Unavailable && ctx.Err() == nil {
		stats, statsErr := a.store.Stats(ctx)
		if statsErr != nil || stats.Entries == 0 {
			return errors.Join(err, statsErr)
		}
		fmt.Fprintf(a.world.stderr, "daybook: %s; answering from what was read before\n", daybook.PublicMessage(err))
		return nil
	}
	lines := troubles(report)
	if line := skipped(report.Skipped); line != "" && report.Entries == 0 {
		lines = append(lines, line)
	}
	for _, line := range lines {
		fmt.Fprintln(a.world.stderr, "daybook:", line)
	}
	return err
}
