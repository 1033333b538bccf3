package analysis_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"daybook"
	"daybook/internal/analysis"
	"daybook/internal/ingest"
	"daybook/internal/llm"
	"daybook/internal/llm/budget"
	"daybook/internal/llm/llmtest"
	"daybook/internal/llm/openai"
	"daybook/internal/prompts"
	"daybook/internal/spending"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
	"daybook/internal/text"
	"daybook/internal/vault"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// pepys is the folder of a real journal, which may be missing.
const pepys = "../../../shared/journals/pepys-1660-1664"

// options configure a world.
type options struct {
	notes  map[string]string // texts by file name
	file   string            // an existing store, instead of notes
	play   func(llmtest.Request) llmtest.Script
	limits budget.Limits
	window int
	output int
	atOnce int
	prices map[string]spending.Price
	cap    float64
	reader analysis.Reporter
	piped  bool // without a network, for virtual time
}

// world is a store, a fake provider and a service on them.
type world struct {
	t       testing.TB
	dir     string
	fake    *llmtest.Server
	store   *sqlite.Store
	models  *llm.Models
	service *analysis.Service
	ledger  *spending.Ledger
	options options
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// analyst plays a model that takes a while.
func analyst(takes time.Duration, change func(llmtest.Request, any) any) func(llmtest.Request) llmtest.Script {
	return func(r llmtest.Request) llmtest.Script {
		answer := llmtest.Analyst(r, func(a any) any {
			if change != nil {
				return change(r, a)
			}
			return a
		})
		if answer == nil {
			return llmtest.Script{Deltas: llmtest.Answer("response", "You did.", 100), First: takes}
		}
		if s, ok := answer.(llmtest.Script); ok {
			return s
		}
		// Four letters per token are close enough here; under limits the fake
		// counts itself.
		return llmtest.Script{Deltas: llmtest.Object(answer, 200), First: takes}
	}
}

func newWorld(t testing.TB, o options) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), options: o}
	if o.play == nil {
		w.options.play = analyst(0, nil)
	}
	if o.limits == (budget.Limits{}) {
		play := w.options.play
		w.options.play = func(r llmtest.Request) llmtest.Script {
			s := play(r)
			if s.Status == 0 && s.Usage == (llm.Usage{}) {
				s.Usage = llm.Usage{InputTokens: len(r.System+r.Messages[0].Text) / 4, OutputTokens: 150}
			}
			return s
		}
	}
	var client *http.Client
	if o.piped {
		w.fake, client = llmtest.StartPipe(t, w.options.play)
	} else {
		client = &http.Client{Transport: &http.Transport{}}
		w.fake = llmtest.Start(t, w.options.play)
		t.Cleanup(client.CloseIdleConnections)
	}
	if o.file != "" {
		// The records and the index are files of one folder.
		if err := os.CopyFS(w.dir, os.DirFS(filepath.Dir(o.file))); err != nil {
			t.Fatal(err)
		}
	}
	provider := openai.New(openai.Config{Name: "openai", APIKey: llmtest.Key, BaseURL: w.fake.BaseURL("openai"), HTTPClient: client})
	w.models = must(llm.NewModels([]llm.Provider{provider}, nil, map[string]budget.Limits{"openai": o.limits}))(t)
	w.open()
	w.write(o.notes)
	t.Cleanup(func() { w.close() })
	return w
}

// open opens the store and a service on it.
func (w *world) open() {
	t, o := w.t, w.options
	w.store = must(sqlite.Open(context.Background(), filepath.Join(w.dir, "d.db")))(t)
	if o.atOnce == 0 {
		o.atOnce = 16
	}
	w.ledger = spending.New(spending.Config{Store: w.store, Prices: o.prices, Cap: o.cap, Currency: "USD", Now: time.Now})
	models := w.models.Metered(w.ledger)
	w.models = models
	w.service = analysis.New(analysis.Config{
		Store: w.store, Models: lookup{models, o}, Prompts: must(prompts.Load(nil))(t), Purse: w.ledger, Reporter: o.reader,
		AtOnce: o.atOnce, ConfirmTokens: 1000, ConfirmCost: 1, Now: time.Now,
	})
}

func (w *world) close() {
	if w.service == nil {
		return
	}
	w.service.Close()
	w.ledger.Close()
	if err := w.store.Close(); err != nil {
		w.t.Error(err)
	}
	w.service = nil
}

// write writes notes and indexes them.
func (w *world) write(notes map[string]string) {
	w.t.Helper()
	if notes == nil {
		return
	}
	folder := filepath.Join(w.dir, "journal")
	for name, body := range notes {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			w.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	index(w.t, w.store, folder)
}

func index(t testing.TB, st *sqlite.Store, folder string) {
	t.Helper()
	v := must(vault.New(vault.Options{Journal: folder}))(t)
	ix := ingest.New(v, must(text.New("english"))(t), analysis.Forgetting(st, st))
	must(ix.Run(context.Background(), nil))(t)
}

// lookup finds models as the program does.
type lookup struct {
	models *llm.Models
	o      options
}

func (l lookup) Lookup(provider, model string) (analysis.Model, error) {
	ref := llm.Ref{Provider: provider, Model: model}
	if provider == analysis.Offline {
		return analysis.Model{Ref: ref}, nil
	}
	m, err := l.models.Chat(ref)
	limits := l.models.Limits(ref)
	window := l.o.window
	if window == 0 {
		window = llm.Window(ref)
	}
	return analysis.Model{
		Chat: m, Ref: ref, Window: window, Output: l.o.output, TokensPerMinute: limits.Tokens, RequestsPerMinute: limits.Requests,
	}, err
}

func asking(query string) analysis.Request {
	return analysis.Request{Query: query, Provider: "openai", Model: "gpt-x"}
}

// run runs an analysis and returns it with its events.
func (w *world) run(req analysis.Request) (*analysis.Analysis, []analysis.Event) {
	w.t.Helper()
	started := must(w.service.Start(w.t.Context(), req))(w.t)
	return w.watch(started.ID)
}

func (w *world) watch(id string) (*analysis.Analysis, []analysis.Event) {
	w.t.Helper()
	var events []analysis.Event
	for e, err := range w.service.Watch(w.t.Context(), id) {
		if err != nil {
			w.t.Fatal(err)
		}
		events = append(events, e)
		if e.Done != nil {
			return e.Done, events
		}
	}
	w.t.Fatal("the analysis ended without its end")
	return nil, nil
}

// accounted fails the test unless every entry in range is accounted for.
func accounted(t testing.TB, a *analysis.Analysis) {
	t.Helper()
	if a.Entries.Read+a.Entries.Unread != a.Entries.InRange {
		t.Errorf("of %d entries %d are read and %d are not", a.Entries.InRange, a.Entries.Read, a.Entries.Unread)
	}
	if a.Status.Over() && len(a.Entries.LeftOut) != a.Entries.Unread {
		t.Errorf("%d entries are unread, and why is said of %d", a.Entries.Unread, len(a.Entries.LeftOut))
	}
	for _, l := range a.Entries.LeftOut {
		if l.Why == "" || l.Date.IsZero() {
			t.Errorf("left out is %+v", l)
		}
	}
}

// steps are the steps of a kind.
func steps(a *analysis.Analysis, kind analysis.StepKind) []analysis.Step {
	var list []analysis.Step
	for _, s := range a.Steps {
		if s.Kind == kind {
			list = append(list, s)
		}
	}
	return list
}

// calls are how many chats the fake was asked for that have all the words.
func (w *world) calls(words ...string) int {
	return len(w.asked(words...))
}

func (w *world) asked(words ...string) []llmtest.Request {
	var list []llmtest.Request
	for _, r := range w.fake.Requests() {
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(r.System+r.Messages[0].Text, word) }) {
			list = append(list, r)
		}
	}
	return list
}

var (
	pepysOnce sync.Once
	pepysFile string
	pepysErr  error
)

// pepysStore is the file of a store with the real journal; tests copy it.
func pepysStore(t testing.TB) string {
	t.Helper()
	if _, err := os.Stat(pepys); err != nil {
		t.Skip("there is no journal in ../shared")
	}
	pepysOnce.Do(func() {
		var dir string
		if dir, pepysErr = os.MkdirTemp("", "daybook-analysis-"); pepysErr != nil {
			return
		}
		pepysFile = filepath.Join(dir, "d.db")
		st, err := sqlite.Open(context.Background(), pepysFile)
		if err != nil {
			pepysErr = err
			return
		}
		index(t, st, pepys)
		if pepysErr = st.Purge(context.Background()); pepysErr == nil {
			pepysErr = st.Close()
		}
	})
	if pepysErr != nil {
		t.Fatal(pepysErr)
	}
	return pepysFile
}

// year makes notes for the first days of a year, of about words words each.
func year(y, days, words int) map[string]string {
	notes := map[string]string{}
	for d := range days {
		date := daybook.Date{Year: y, Month: 1, Day: 1}.AddDays(d)
		var b strings.Builder
		for n := 0; n < words; n += 8 {
			fmt.Fprintf(&b, "On %s I wrote line %d of it.\n", date, n/8)
		}
		notes[fmt.Sprintf("%02d-%02d-%04d.md", date.Month, date.Day, date.Year)] = b.String()
	}
	return notes
}

var _ store.Analyses = (*sqlite.Store)(nil)
