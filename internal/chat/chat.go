// Package chat answers questions about the journal. It loads the history, retrieves
// passages, asks a model (or quotes the passages when offline), streams the answer,
// and saves the turn on request.
package chat

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/private"
	"daybook/internal/prompts"
	"daybook/internal/rank"
	"daybook/internal/search"
	"daybook/internal/store"
)

// Offline is the provider that answers without a model.
const Offline = "offline"

// MaxTopK is the largest TopK of a request.
const MaxTopK = 100

// recentEntries is how many of the newest entries answer a question about recent
// days.
const recentEntries = 7

// Model is a chat model. If Chat is nil, it is Offline.
type Model struct {
	Chat   llm.ChatModel
	Ref    llm.Ref
	Window int // tokens of a prompt and its answer together
	Output int // tokens reserved for the answer
	Limit  int // most tokens of an answer; 0 sends no limit
	// Help is the model that improves the search for this one; nil if none does.
	Help *rank.Helper

	outside bool // the answer is for another program: see Request.Outside
}

// Models finds chat models.
type Models interface {
	// Lookup returns the model that a request names. The error is
	// daybook.Invalid and names the field.
	Lookup(provider, model string) (Model, error)
	// Intent returns the model that classifies questions; false if none is set.
	Intent() (Model, bool)
}

// Searcher finds entries; see search.Searcher.
type Searcher interface {
	Prepare(ctx context.Context, question string, filter store.Filter) (search.Query, error)
	Find(ctx context.Context, q search.Query, k int) (search.Found, error)
	Recent(ctx context.Context, f store.Filter, k int) ([]search.Result, error)
	Passages(ctx context.Context, entryID string) ([]daybook.Passage, error)
	Load(ctx context.Context, ids []string) ([]daybook.Entry, error)
	Show(ctx context.Context, found *search.Found, r *search.Result, limit int) ([]search.Shown, error)
	PublicSpan(ctx context.Context) (daybook.DateRange, error)
}

// Threads stores conversations; see threads.Service.
type Threads interface {
	Thread(ctx context.Context, id string) (daybook.Thread, error)
	Threads(ctx context.Context) ([]daybook.Thread, error)
	CreateThread(ctx context.Context, t daybook.Thread, messages ...daybook.Message) error
	EachMessage(ctx context.Context, f func(daybook.Message) error) error
	Messages(ctx context.Context, threadID string) ([]daybook.Message, error)
	BeginTurn(ctx context.Context, t daybook.Turn) (daybook.Turn, bool, error)
	UpdateTurn(ctx context.Context, t daybook.Turn) error
	PendingTurns(ctx context.Context) ([]daybook.Turn, error)
	RenameThread(ctx context.Context, id, title string, at time.Time) error
	DeleteThread(ctx context.Context, id string) error
}

// Doc is a document that a client sends as context instead of a search.
type Doc struct{ Title, Content string }

// HistoryMessage is a message that the client sends as context.
type HistoryMessage struct {
	Role daybook.Role // anything but Assistant counts as User
	Text string
}

// Request is a question.
type Request struct {
	Query    string
	TopK     int // entries to find; 0 is the default
	Provider string
	Model    string
	ThreadID string // "" is no thread
	History  []HistoryMessage
	Existing []Doc // if set, these are the context and nothing is searched
	// Save stores the question and the answer in the thread, creating one if
	// ThreadID is empty. Key makes this idempotent: the same key is the same
	// turn.
	Save bool
	Key  string
	// Agent lets the model search the journal itself, in several rounds.
	Agent bool `json:",omitempty"`
	// Outside is set if another program gets the answer. Private entries are
	// then left out of answers without a model too.
	Outside bool `json:",omitempty"`
}

// Found is what an answer is based on.
type Found struct {
	Intent  Intent
	Results []search.Result // whole entries, best first; none for Existing
	Sources []Source        // passages that the answer may cite, by number
	// Mentions are counts over the whole journal; nil if the question does not ask
	// for them.
	Mentions *search.Mentions
	Notices  []string // limitations of the search, for the user
	// Nothing is true if the search found nothing about the question: the sources
	// are only the nearest.
	Nothing bool
	// Rests are the IDs of all entries whose text may be in the answer: those found
	// and counted, and those that the conversation is based on.
	Rests []string
	// PrivateLeftOut counts the private entries that the model was not given.
	PrivateLeftOut int

	silent  bool            // the model's provider did not respond a moment ago
	leftOut map[string]bool // their IDs
	also    []string        // of Rests: what the conversation is based on, and what an agent saw

	marks    func(text string) [][2]int // the matches in a text; nil without a search
	language string                     // of the question; "" is the journal's
	counted  []*search.Mentions         // all counts of an agent; Mentions is the last
}

// Done is a complete answer.
type Done struct {
	Text      string
	ThreadID  string // where it is saved, else the request's
	MessageID string // of the saved answer, else ""
	Citations []daybook.Citation
	// Quotations are what a model put in quotation marks, in order. Those that no
	// source contains are marked in the text. An answer without a model consists
	// of quotations and lists none.
	Quotations []Quotation
	Usage      llm.Usage
	// PrivateLeftOut is as in Found.
	PrivateLeftOut int
	// Notices are Found's, and those that need the whole answer.
	Notices []string
}

// Event is a part of an answer; one of its fields is set. Turn comes first if the
// answer is saved, then Steps of an agent, then Found once, then Deltas, and Done
// last. Waiting may come at any time before the first Delta. The sequence ends with
// Done or with an error.
type Event struct {
	Turn  *TurnRef
	Step  *Step
	Found *Found
	Delta string
	Done  *Done
	// Waiting is a sentence about a model that has said nothing for a while.
	Waiting string
}

// Config is the configuration of a Service. News, Guard, Log and Pages are
// optional.
type Config struct {
	Models   Models
	Searcher Searcher
	Threads  Threads
	News     store.News // nil if no other server uses the same threads
	Prompts  *prompts.Set
	// Instructions are how the person wants to be answered; may be empty.
	Instructions string
	// Guard keeps private entries from the models. Without one, the marks in the
	// index are used.
	Guard   Guard
	Default llm.Ref          // the model set for chats, or Offline's
	TopK    int              // the default of requests
	Now     func() time.Time // in the owner's time zone
	// Date writes a day in an answer; nil as its language does.
	Date func(daybook.Date) string
	// Language is the language of the journal, as named in package language; "" is
	// English.
	Language string
	Log      *slog.Logger
	// Pages returns a function that maps a range of an entry's text, in bytes, to
	// the number of its page: from 1, 0 for none. Nil if there are no pages.
	Pages func(ctx context.Context, e *daybook.Entry) (func(start, end int) int, error)
}

// Service answers questions. It is safe for concurrent use; Close it when done.
type Service struct {
	Config
	base context.Context // ends with the service, and with it all saved turns
	stop context.CancelFunc

	mu      sync.Mutex
	running map[turnKey]*run
	wg      sync.WaitGroup
}

// New returns a Service.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Guard == nil {
		c.Guard = private.Marked{Index: loader{c.Searcher}}
	}
	base, stop := context.WithCancel(context.Background())
	return &Service{Config: c, base: base, stop: stop, running: map[turnKey]*run{}}
}

// Close cancels running turns, saves their partial answers, and waits.
func (s *Service) Close() {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	s.wg.Wait()
}

// Answer answers a question. Ending the loop or ctx cancels the model's call,
// unless the turn is saved: then it runs to its end.
func (s *Service) Answer(ctx context.Context, req Request) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		model, err := s.check(&req)
		if err != nil {
			yield(Event{}, err)
			return
		}
		events := s.answer(ctx, req, model, "")
		if req.Save {
			events = s.saved(ctx, req, model)
		}
		events(yield)
	}
}

// check validates a request, sets its defaults and finds its model.
func (s *Service) check(req *Request) (Model, error) {
	switch {
	case strings.TrimSpace(req.Query) == "":
		return Model{}, &daybook.Error{Kind: daybook.Invalid, Field: "body.query", Message: "The query is empty."}
	case req.TopK < 0 || req.TopK > MaxTopK:
		return Model{}, &daybook.Error{Kind: daybook.Invalid, Field: "body.top_k", Message: fmt.Sprintf("top_k must be between 0 and %d.", MaxTopK)}
	case req.TopK == 0:
		req.TopK = s.TopK
	}
	model, err := s.Models.Lookup(req.Provider, req.Model)
	model.outside = req.Outside
	return model, err
}

// answer streams one answer. The history ends before the message with the ID
// before, which may be "".
func (s *Service) answer(ctx context.Context, req Request, model Model, before string) iter.Seq2[Event, error] {
	// Every call for an interactive answer gets interactive priority.
	ctx = llm.WithPolicy(ctx, llm.Interactive)
	if model.Chat == nil {
		return s.respond(ctx, req, model, before)
	}
	return tellSilence(ctx, model.Ref, func(ctx context.Context) iter.Seq2[Event, error] {
		return s.respond(ctx, req, model, before)
	})
}

// respond streams one answer.
func (s *Service) respond(ctx context.Context, req Request, model Model, before string) iter.Seq2[Event, error] {
	if req.Agent && len(req.Existing) == 0 {
		return s.explore(ctx, req, model, before)
	}
	return func(yield func(Event, error) bool) {
		var found *Found
		var history []llm.Message
		// Search in a separate goroutine: its deep stack would otherwise stay with
		// this one, which lives as long as the stream.
		var g errgroup.Group
		g.Go(func() (err error) {
			found, history, err = s.gather(ctx, req, model, before)
			return err
		})
		if err := g.Wait(); err != nil {
			yield(Event{}, err)
			return
		}
		respond := s.quote
		if model.Chat != nil {
			respond = s.ask
		}
		respond(ctx, req, model, found, history)(yield)
	}
}

// gather loads the history, classifies the question and prepares the search, all
// in parallel, and then retrieves the passages.
func (s *Service) gather(ctx context.Context, req Request, model Model, before string) (*Found, []llm.Message, error) {
	var (
		said    = &conversation{}
		intent  = IntentNone
		silent  bool
		query   search.Query
		missing error
	)
	rewriting := s.rewrite(ctx, req, model)
	defer rewriting.stop()
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		said, err = s.history(gctx, req, model, before)
		return err
	})
	if len(req.Existing) == 0 {
		g.Go(func() (err error) {
			intent, silent, err = s.classify(gctx, req.Query, model)
			return err
		})
		g.Go(func() error {
			query, missing = s.Searcher.Prepare(gctx, req.Query, store.Filter{Public: req.Outside})
			return gctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	if len(req.Existing) > 0 {
		docs, leftOut, err := s.docs(ctx, req, model)
		found := &Found{Intent: IntentNone, Sources: sourcesOfDocs(docs)}
		found.leave(leftOut, said)
		return found, said.messages, err
	}
	found, err := s.retrieve(ctx, intent, query, req.TopK, model, rewriting)
	if err != nil {
		return nil, nil, err
	}
	found.silent = silent
	found.leave(nil, said)
	if missing != nil && intent == IntentVector {
		s.Log.Warn("search without the embedding model", "kind", daybook.KindOf(missing), "err", missing)
		found.Notices = append(found.Notices, search.WithoutEmbedding)
	}
	return found, said.messages, nil
}

// retrieve finds what the intent requires, without what the model may not see.
func (s *Service) retrieve(ctx context.Context, intent Intent, query search.Query, k int, model Model, r *rewriting) (*Found, error) {
	found := &Found{Intent: intent}
	var out looked
	var err error
	switch {
	case intent == IntentNone:
	case intent == IntentRecent && query.Days == nil && !query.Narrowed():
		out, err = s.recent(ctx, recentEntries, model)
	default: // search the days that the question names
		if out, err = s.search(ctx, query, k, model); err == nil {
			out, err = s.improve(ctx, query, k, model, out, r)
		}
	}
	if err != nil {
		return nil, err
	}
	found.Results, found.Mentions, found.Notices, found.marks = out.Results, out.Mentions, out.Notices, out.Marks
	found.Nothing, found.language = out.Nothing, out.Language
	found.leave(out.leftOut, nil)
	found.Sources, err = s.sources(ctx, found.Results)
	return found, err
}
