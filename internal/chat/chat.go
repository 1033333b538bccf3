// Package chat answers a question about the journal: it gathers the history,
// finds the passages, asks a model or quotes them itself, streams what comes,
// and saves the turn where it is asked to.
package chat

import (
	"context"
	"errors"
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
	"daybook/internal/search"
	"daybook/internal/store"
)

// Offline is the provider that answers without a model.
const Offline = "offline"

// MaxTopK is the most entries that a request may ask for.
const MaxTopK = 100

// RecentEntries is how many of the newest entries answer a question about
// what is recent.
const RecentEntries = 7

// Model is a chat model ready to be asked. A nil Chat stands for Offline.
type Model struct {
	Chat   llm.ChatModel
	Ref    llm.Ref
	Window int // tokens that a prompt and its answer may take together
	Output int // tokens reserved for the answer
	Limit  int // most tokens of an answer; 0 sends no limit

	outside bool // the answer is for another program: see Request.Outside
}

// Models knows the models that may be asked.
type Models interface {
	// Lookup returns the model of a request's own words, or a
	// daybook.Invalid error that names the field at fault.
	Lookup(provider, model string) (Model, error)
	// Intent returns the model that classifies questions, and false when none
	// is set for it.
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

// Threads is what a chat asks of a store; see store.Threads.
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

// Doc is a document that a client gives as context in place of a search.
type Doc struct{ Title, Content string }

// Utterance is a message of the history that a client sends along.
type Utterance struct {
	Role daybook.Role // anything but Assistant counts as User
	Text string
}

// Request is a question.
type Request struct {
	Query    string
	TopK     int // entries to find; 0 is the default
	Provider string
	Model    string
	ThreadID string // "" means no thread
	History  []Utterance
	Existing []Doc // not empty: these are the context, and nothing is searched
	// Save asks for question and answer to be kept in the thread, which is
	// made where ThreadID is "". Key names the turn: the same key again is
	// the same turn.
	Save bool
	Key  string
	// Agent has the model look into the journal itself, in several rounds.
	Agent bool `json:",omitempty"`
	// Outside is set if another program gets the answer. Private entries are
	// then left out of answers without a model too.
	Outside bool `json:",omitempty"`
}

// Found is what an answer rests on.
type Found struct {
	Intent  Intent
	Results []search.Result // whole entries, best first; none for Existing
	Sources []Source        // the passages the answer may cite, by number
	// Mentions are the days counted over all of the journal, nil where the
	// question does not ask for them.
	Mentions *search.Mentions
	Notices  []string // what the reader should know of the search
	// Nothing means that the search found nothing about the question: the sources
	// are only the nearest.
	Nothing bool
	// Rests are the IDs of the entries that the answer can have words of: those
	// found and counted, and those that the conversation before it rests on.
	Rests []string
	// PrivateLeftOut counts the entries that a model was not given because they
	// are private.
	PrivateLeftOut int

	leftOut map[string]bool // their IDs
	also    []string        // of Rests: what the conversation rests on, and what an agent saw

	marks   func(text string) [][2]int // what the search marks; nil without one
	counted []*search.Mentions         // all counts of an agent; Mentions is the last
}

// Done is a complete answer.
type Done struct {
	Text      string
	ThreadID  string // where it was saved, else the request's
	MessageID string // of the saved answer, else ""
	Citations []daybook.Citation
	// Quotations are what a model put in quotation marks, in the order of the
	// text, where those that no source has are marked. An answer without a
	// model is made of quotations and lists none.
	Quotations []Quotation
	Usage      llm.Usage
	// PrivateLeftOut is as in Found.
	PrivateLeftOut int
}

// Event is a part of an answer; one of its fields is set. Turn comes first,
// where the answer is saved; then Steps, where an agent was asked for; then Found, once, then Deltas, and Done last. A
// sequence that ends without Done ends in an error.
type Event struct {
	Turn  *TurnRef
	Step  *Step
	Found *Found
	Delta string
	Done  *Done
}

// Config is what a Service is made of. All fields but Guard and Log are
// required.
type Config struct {
	Models   Models
	Searcher Searcher
	Threads  Threads
	News     store.News // nil where no other server has the same threads
	Prompts  *prompts.Set
	// Guard keeps private entries from the models; without one their marks in
	// the index do.
	Guard   Guard
	Default llm.Ref                   // the model set for chats, or Offline's
	TopK    int                       // entries found when a request does not say
	Now     func() time.Time          // in the owner's time zone
	Date    func(daybook.Date) string // how a day is written in an answer
	// Sentences replace those of answers without a model, by the names in package
	// language; nil is English.
	Sentences map[string]string
	Log       *slog.Logger
	// Pages returns what tells on which page of an entry a part of its text
	// is, by byte offsets: its number from 1, 0 for none. Nil knows no pages.
	Pages func(ctx context.Context, e *daybook.Entry) (func(start, end int) int, error)
}

// Service answers questions. It is safe for concurrent use; Close it when
// done.
type Service struct {
	Config
	base context.Context // ends with the service; saved turns live in it
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

// Close ends the turns that are being answered, saving what there is of them,
// and waits for that.
func (s *Service) Close() {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	s.wg.Wait()
}

// Answer answers a question. Ending the loop, or ctx, ends the model's call,
// unless the turn is to be saved: then it runs on to its end.
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

// check validates a request, fills in its defaults and finds its model.
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

// answer is one answer from beginning to end. The history ends before the
// message with the ID before, which may be "".
func (s *Service) answer(ctx context.Context, req Request, model Model, before string) iter.Seq2[Event, error] {
	// Who waits for an answer waits for all the calls it takes.
	ctx = llm.WithPolicy(ctx, llm.Interactive)
	if req.Agent && len(req.Existing) == 0 {
		return s.explore(ctx, req, model, before)
	}
	return func(yield func(Event, error) bool) {
		var found *Found
		var history []llm.Message
		// Searching goes deep. Done elsewhere, it leaves this goroutine's stack
		// small, which lives as long as the answer takes.
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

// gather loads the history, classifies the question and makes it ready for
// searching, side by side, and then finds what the answer will rest on.
func (s *Service) gather(ctx context.Context, req Request, model Model, before string) (*Found, []llm.Message, error) {
	var (
		said    = &conversation{}
		intent  = IntentNone
		query   search.Query
		missing error
	)
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		said, err = s.history(gctx, req, model, before)
		return err
	})
	if len(req.Existing) == 0 {
		g.Go(func() (err error) {
			intent, err = s.classify(gctx, req.Query, model)
			return err
		})
		g.Go(func() error {
			query, missing = s.Searcher.Prepare(gctx, req.Query, store.Filter{})
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
	found, err := s.retrieve(ctx, intent, query, req.TopK, model)
	if err != nil {
		return nil, nil, err
	}
	found.leave(nil, said)
	if missing != nil && intent == IntentVector {
		s.Log.Warn("search without the embedding model", "kind", daybook.KindOf(missing), "err", missing)
		found.Notices = append(found.Notices, search.WithoutEmbedding)
	}
	return found, said.messages, nil
}

// retrieve finds what the intent asks for, as far as the model may be given it.
func (s *Service) retrieve(ctx context.Context, intent Intent, query search.Query, k int, model Model) (*Found, error) {
	found := &Found{Intent: intent}
	var out looked
	var err error
	switch {
	case intent == IntentNone:
	case intent == IntentRecent && query.Days == nil:
		out, err = s.recent(ctx, RecentEntries, model)
	default: // days that the question names are days to look in
		out, err = s.search(ctx, query, k, model)
	}
	if err != nil {
		return nil, err
	}
	found.Results, found.Mentions, found.Notices, found.marks = out.Results, out.Mentions, out.Notices, out.Marks
	found.Nothing = out.Nothing
	found.leave(out.leftOut, nil)
	found.Sources, err = s.sources(ctx, found.Results)
	return found, err
}

// ask has a model answer.
func (s *Service) ask(ctx context.Context, req Request, model Model, found *Found, history []llm.Message) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		err := s.withhold(ctx, found)
		if err != nil {
			yield(Event{}, err)
			return
		}
		prompt, cut, err := s.prompt(req, model, found, history)
		if err != nil {
			yield(Event{}, err)
			return
		}
		found.Notices = append(found.Notices, cut...)
		found.tellLeftOut()
		if !yield(Event{Found: found}, nil) {
			return
		}
		done := Done{ThreadID: req.ThreadID, Citations: citations(found.Sources), PrivateLeftOut: found.PrivateLeftOut}
		notices := found.Notices
		marks := numbersOf(found.Sources)
		found = nil // it is large, and an answer may take long
		quotes := s.quotes(ctx, req, done.Citations)
		var text strings.Builder
		for part, err := range llm.StreamText(ctx, model.Chat, prompt, "response") {
			if err != nil {
				yield(Event{}, fmt.Errorf("ask %s: %w", model.Ref, err))
				return
			}
			done.Usage = part.Usage
			checked := quotes.stream.Feed(marks.feed(part.Text))
			if checked == "" {
				continue
			}
			text.WriteString(checked)
			if !yield(Event{Delta: checked}, nil) {
				return
			}
		}
		last := quotes.stream.Feed(marks.end())
		var tail string
		if tail, done.Quotations = quotes.end(); last+tail != "" {
			tail = last + tail
			text.WriteString(tail)
			if !yield(Event{Delta: tail}, nil) {
				return
			}
		}
		finish(yield, done, &text, notices)
	}
}

// finish says what the reader should know, in the answer itself since older
// clients show nothing else, and ends it.
func finish(yield func(Event, error) bool, done Done, text *strings.Builder, notices []string) {
	for _, notice := range notices {
		line := "\n\n*" + notice + "*"
		text.WriteString(line)
		if !yield(Event{Delta: line}, nil) {
			return
		}
	}
	done.Text = text.String()
	yield(Event{Done: &done}, nil)
}

// Collect runs an answer to its end and returns what it rests on and the
// whole of it.
func Collect(events iter.Seq2[Event, error]) (Found, Done, error) {
	var found Found
	for e, err := range events {
		switch {
		case err != nil:
			return found, Done{}, err
		case e.Found != nil:
			found = *e.Found
		case e.Done != nil:
			return found, *e.Done, nil
		}
	}
	return found, Done{}, errors.New("the answer ended without its end")
}
