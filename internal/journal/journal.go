package journal

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
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

// Journal is everything of one journal, wired up.
type Journal struct {
	Settings settings.Settings
	Log      *slog.Logger

	Vault    *vault.Vault
	Store    store.Store
	Leases   store.Leases // nil if one server alone uses the store
	News     store.News   // nil if servers cannot notify each other
	analyzer *text.Analyzer
	Models   *llm.Models
	Catalog  *llm.Roll // of the providers
	Indexer  *ingest.Indexer
	Search   *search.Searcher
	Almanac  *almanac.Almanac
	Ledger   *spending.Ledger
	Guard    *private.Guard
	Calls    *ledger.Ledger
	Analyses *analysis.Service
	Chat     *chat.Service
	prompts  *prompts.Set

	anniversaries map[string]dates.MonthDay

	Renderer *pages.Renderer

	// notices are what the user should know, such as limits of the store.
	Notices []string

	release func() // the lock on the data
}

// Options are how a journal is opened.
type Options struct {
	Log     *slog.Logger
	Store   store.Store                      // nil opens the one that the settings name
	Builtin func(folder string) llm.Provider // nil makes one
}

// Open opens the store and wires up what uses it. Close it when done.
func Open(ctx context.Context, s settings.Settings, have Options) (_ *Journal, err error) {
	j := &Journal{Settings: s, Log: have.Log}
	if j.release, err = Lock(s); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			j.release()
		}
	}()
	j.Renderer = newRenderer(s)
	if j.anniversaries, err = anniversaries(s.Anniversaries); err != nil {
		return nil, err
	}
	daily, evergreen, err := folders(ctx, s)
	if err != nil {
		return nil, err
	}
	formats := s.DateFormats
	if s.Demo() {
		formats = nil // the demo's names are its own
	}
	if j.Vault, err = vault.New(vault.Options{Journal: daily, Evergreen: evergreen, DateFormats: formats, PrivateTags: s.PrivateTags}); err != nil {
		return nil, err
	}
	if err := j.Vault.Detect(ctx); ctx.Err() != nil {
		return nil, err // a folder that cannot be read is reported when it is used
	}
	if j.analyzer, err = text.New(s.Language); err != nil {
		return nil, err
	}
	if j.Models, err = newModels(ctx, s, have.Builtin); err != nil {
		return nil, err
	}
	j.Catalog = llm.NewRoll(j.Models.Providers())
	set, err := loadPrompts(s.Prompts)
	if err != nil {
		return nil, err
	}
	if j.Store = have.Store; j.Store == nil {
		if j.Store, err = OpenStore(ctx, s, s.StoreAddress(), j.Log); err != nil {
			return nil, err
		}
	}
	if have.Store == nil {
		j.Notices = j.Warnings(ctx)
	}
	j.prompts = set
	j.Leases, j.News = LeasesOf(j.Store), newsOf(j.Store)
	j.shareBudgets()
	j.Ledger = j.newLedger()
	j.Indexer = j.newIndexer()
	j.Indexer.Shared = j.Leases != nil
	j.Guard = private.New(private.Config{Index: j.Store, Analyzer: j.analyzer, Vault: j.Vault, Current: j.current()})
	j.Calls = ledger.New(ledger.Config{Store: j.Store, Cost: j.Ledger.Cost, Currency: s.Currency, Now: j.Now, Log: j.Log})
	j.Models = j.Models.Metered(j.Ledger).Guarded(j.Guard, j.Calls, settings.BuiltIn)
	embedder, ref, _ := j.Models.Embedder()
	j.Search = search.New(search.Config{
		Index: j.Store, Analyzer: j.analyzer, Embedder: embedder, Model: ref, Meaning: j.meaning, Dates: j.dates, Date: daybook.Date.Long,
	})
	j.Almanac = almanac.New(almanac.Config{Index: j.Store, Analyzer: j.analyzer, Searcher: j.Search})
	j.Chat = chat.New(chat.Config{
		News:     j.News,
		Models:   chatModels{j.Models, s},
		Searcher: j.Search,
		Threads:  j.Store, Guard: j.Guard, Prompts: set, Default: llm.Ref(s.Chat), TopK: s.TopK, Now: j.Now, Date: daybook.Date.Long, Log: j.Log,
		Pages: j.pagesOf,
	})
	j.Analyses = j.newAnalyses()
	return j, nil
}

// newIndexer makes what keeps the index in step with the journal.
func (j *Journal) newIndexer() *ingest.Indexer {
	return ingest.New(j.Vault, j.analyzer, analysis.Forgetting(j.Store, j.Store))
}

// Close ends what runs and closes the store.
func (j *Journal) Close() {
	j.Chat.Close()
	j.Analyses.Close()
	j.Ledger.Close()
	j.Calls.Close()
	j.Catalog.Close()
	j.Renderer.Close()
	if err := j.Store.Close(); err != nil {
		j.Log.Error("close the store", "err", err)
	}
	j.release()
}

// current returns what reports whether the index was made by the rules of the
// settings. What was true stays so while this process lives.
func (j *Journal) current() func(context.Context) (bool, error) {
	var yes atomic.Bool
	return func(ctx context.Context) (bool, error) {
		if yes.Load() {
			return true, nil
		}
		current, err := j.Indexer.Current(ctx)
		yes.Store(current && err == nil)
		return current, err
	}
}

func (j *Journal) Now() time.Time { return time.Now().In(j.Settings.Timezone) }

// dates says how the days in a question are read.
func (j *Journal) dates() dates.Options {
	return dates.Options{
		Today: dates.Today(j.Now(), j.Settings.Timezone), MonthFirst: j.Settings.MonthFirst, Anniversaries: j.anniversaries,
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

// Embedding is the job that gives passages their vectors, and false without a
// model for it.
func (j *Journal) Embedding() (ingest.Embedding, bool) {
	embedder, ref, ok := j.Models.Embedder()
	job := ingest.Embedding{Index: j.Store, Embedder: embedder, Model: ref}
	if ref == BuiltinRef {
		job.Batch, job.Parallel = builtinBatch, builtinParallel
	} else {
		job.Private = j.Guard.Among
	}
	return job, ok
}

// ChatDefault is the model that answers when nobody names one.
func (j *Journal) ChatDefault() llm.Ref { return llm.Ref(j.Settings.Chat) }
