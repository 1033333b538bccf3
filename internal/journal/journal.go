// Package journal wires up everything that works on one journal, from its
// settings: vault, store, models, search, chat, analyses. It prints nothing.
package journal

import (
	"cmp"
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
	"daybook/internal/glossary"
	"daybook/internal/ingest"
	"daybook/internal/late"
	"daybook/internal/ledger"
	"daybook/internal/llm"
	"daybook/internal/llm/budget"
	"daybook/internal/pages"
	"daybook/internal/private"
	"daybook/internal/prompts"
	"daybook/internal/rank"
	"daybook/internal/search"
	"daybook/internal/settings"
	"daybook/internal/spending"
	"daybook/internal/store"
	"daybook/internal/text"
	"daybook/internal/threads"
	"daybook/internal/vault"
)

// Journal is everything that works on one journal. Its fields are set by Open
// and don't change.
type Journal struct {
	Settings settings.Settings
	Log      *slog.Logger
	// Notices are limitations that the user should know, such as those of the
	// store.
	Notices []string

	Vault    *vault.Vault
	Store    store.Store
	Threads  *threads.Service // the conversations in Store
	Leases   store.Leases     // nil if only one server can use the store
	News     store.News       // nil if servers cannot notify each other
	Models   *llm.Models
	Catalog  *llm.Catalog // which models the providers offer
	Windows  *llm.Windows // how much they read
	Indexer  *ingest.Indexer
	Search   *search.Searcher
	Almanac  *almanac.Almanac
	Ledger   *spending.Ledger // what models cost
	Calls    *ledger.Ledger   // what was sent to providers
	Guard    *private.Guard
	Analyses *analysis.Service
	Chat     *chat.Service
	Renderer *pages.Renderer
	Glossary *glossary.Glossary

	late          *late.Index // nil without the built-in model
	analyzer      *text.Analyzer
	prompts       *prompts.Set
	anniversaries map[string]dates.MonthDay
	release       func() // unlocks the data folder
	readOnly      bool   // see Options.ReadOnly
}

// Options say how to open a journal.
type Options struct {
	Log   *slog.Logger
	Store store.Store // nil opens the store in the settings
	// ReadOnly is true if Store can only be read.
	ReadOnly bool
	Builtin  func(folder string) llm.Provider // makes the built-in model; nil is NewBuiltin
}

// Open opens the journal that settings name and everything that works on it.
// Close it when done.
func Open(ctx context.Context, s settings.Settings, o Options) (_ *Journal, err error) {
	j := &Journal{Settings: s, readOnly: o.ReadOnly, Log: o.Log, Renderer: newRenderer(s)}
	if j.release, err = Lock(s); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			j.release()
		}
	}()
	if err := j.openVault(ctx); err != nil {
		return nil, err
	}
	if j.anniversaries, err = anniversaries(s.Anniversaries); err != nil {
		return nil, err
	}
	if s.Language == "" {
		s.Language = detectLanguage(ctx, j.Vault)
	}
	if j.analyzer, err = text.New(s.Language); err != nil {
		return nil, err
	}
	if j.prompts, err = loadPrompts(s); err != nil {
		return nil, err
	}
	if j.Models, err = newModels(ctx, s, o.Builtin); err != nil {
		return nil, err
	}
	if j.Store = o.Store; j.Store == nil {
		if j.Store, err = OpenStore(ctx, s, s.StoreAddress(), j.Log); err != nil {
			return nil, err
		}
		j.Notices = j.storeWarnings(ctx)
	}
	j.Threads = threads.In(j.Store)
	can := j.Store.Capabilities()
	j.Leases, j.News = can.Leases, can.News
	if can.Budget != nil {
		j.Models.ShareBudgets(func(ref llm.Ref) budget.Ledger { return can.Budget(ref.String()) })
	}
	j.Glossary = j.newGlossary()
	j.late = openLate(s, j.Models, j.Store)
	j.meterModels()
	j.connect()
	return j, nil
}

// openVault opens the folders of the notes. A folder that cannot be read is
// reported when it is used.
func (j *Journal) openVault(ctx context.Context) error {
	daily, evergreen, err := folders(ctx, j.Settings)
	if err != nil {
		return err
	}
	formats := j.Settings.DateFormats
	if j.Settings.Demo() {
		formats = nil // the demo journal has names of its own
	}
	j.Vault, err = vault.New(vault.Options{Journal: daily, Evergreen: evergreen, DateFormats: formats, PrivateTags: j.Settings.PrivateTags})
	if err != nil {
		return err
	}
	if err := j.Vault.Detect(ctx); ctx.Err() != nil {
		return err
	}
	return nil
}

// meterModels sets up what every call to a provider passes: the guard of
// private notes, the cost cap and the ledger.
func (j *Journal) meterModels() {
	j.Catalog, j.Windows = llm.NewCatalog(j.Models.Providers()), llm.NewWindows(j.Models.Providers())
	j.Ledger = j.newLedger()
	j.Indexer = ingest.New(j.Vault, j.analyzer, analysis.Forgetting(j.Store, j.Store))
	j.Indexer.Renamed = func(ctx context.Context, kind daybook.EntryKind, from, to string) {
		if err := j.notesConfig().NewHistory(kind).Rename(ctx, from, to); err != nil {
			j.Log.Error("move the history of a renamed note", "kind", kind, "err", err)
		}
	}
	j.Indexer.Shared = j.Leases != nil
	j.Indexer.Renamed = j.renameHistory
	j.Guard = private.New(private.Config{Index: j.Store, Analyzer: j.analyzer, Vault: j.Vault, Current: j.current()})
	j.Calls = ledger.New(ledger.Config{Store: j.Store, ReadOnly: j.readOnly, Cost: j.Ledger.CallCost, Currency: j.Settings.Currency, Now: j.Now, Log: j.Log})
	j.Models = j.Models.Metered(j.Ledger).Guarded(j.Guard, j.Calls, settings.BuiltIn)
}

// connect makes what answers questions.
func (j *Journal) connect() {
	embedder, ref, _ := j.Models.Embedder()
	j.Search = search.New(search.Config{
		Index: j.Store, Analyzer: j.analyzer, Embedder: embedder, Model: ref, Meaning: j.meaning, Dates: j.dates,
		Reranker: j.reranker(), Words: commonWords(j.Models, j.analyzer.Language()), People: &aliases{vault: j.Vault, index: j.Store},
	})
	j.Almanac = almanac.New(almanac.Config{Index: j.Store, Analyzer: j.analyzer, Searcher: j.Search})
	j.Chat = chat.New(chat.Config{
		Models: chatModels{j.Models, j.Settings, j.prompts, rank.NewPace(), j.Windows}, Default: j.ChatDefault(), Searcher: j.Search, Threads: j.Threads, News: j.News,
		Guard: j.Guard, Prompts: j.prompts, Instructions: j.Settings.Instructions, TopK: j.Settings.TopK, Now: j.Now, Log: j.Log, Pages: j.pagesOf,
		Language: j.analyzer.Language(),
	})
	j.Analyses = j.newAnalyses()
}

// Close cancels running answers and analyses, waits for them, and closes the
// store.
func (j *Journal) Close() {
	j.Chat.Close()
	j.Analyses.Close()
	j.Ledger.Close()
	j.Calls.Close()
	j.Catalog.Close()
	j.Renderer.Close()
	if j.late != nil {
		if err := j.late.Close(); err != nil {
			j.Log.Error("close the second stage of searches", "err", err)
		}
	}
	if err := j.Store.Close(); err != nil {
		j.Log.Error("close the store", "err", err)
	}
	j.release()
}

// current returns a function that reports whether the index follows the
// present settings. Once true, it stays true.
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

// Now returns the time in the journal's time zone.
func (j *Journal) Now() time.Time { return time.Now().In(j.Settings.Timezone) }

// dates returns how to read the dates in a question.
func (j *Journal) dates() dates.Options {
	return dates.Options{
		Today: dates.Today(j.Now(), j.Settings.Timezone), MonthFirst: j.Settings.MonthFirst, Anniversaries: j.anniversaries,
		Language: j.analyzer.Language(),
	}
}

// anniversaries parses the setting, such as "my birthday=02-23".
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

// folders returns the folders of the notes. It writes the demo journal to the
// data folder first.
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

// PromptsFolder returns the folder of prompts that replace the built-in ones: that
// of the settings, else one in the data folder, which need not exist.
func PromptsFolder(s settings.Settings) prompts.Folder {
	return prompts.Folder(cmp.Or(s.Prompts, filepath.Join(s.Data, "prompts")))
}

func loadPrompts(s settings.Settings) (*prompts.Set, error) {
	if s.Prompts != "" {
		if info, err := os.Stat(s.Prompts); err != nil || !info.IsDir() {
			return nil, &daybook.Error{Kind: daybook.Invalid, Message: fmt.Sprintf("prompts: %s is not a directory", s.Prompts), Err: err}
		}
	}
	return PromptsFolder(s).Load()
}

// Embedding returns the job that embeds passages, and false if no embedding
// model is set.
func (j *Journal) Embedding() (ingest.Embedding, bool) {
	embedder, ref, ok := j.Models.Embedder()
	job := ingest.Embedding{Index: j.Store, Embedder: embedder, Model: ref}
	if IsBuiltin(ref) {
		job.Batch, job.Parallel = builtinBatch, builtinParallel()
		if j.late != nil {
			job.Embedder = capturing{embedder, j.late, func(err error) { j.Log.Error("keep the states of words", "err", err) }}
		}
	} else {
		job.Private = j.Guard.Among
	}
	return job, ok
}

// ChatDefault is the model for requests that name none.
func (j *Journal) ChatDefault() llm.Ref { return llm.Ref(j.Settings.Chat) }
