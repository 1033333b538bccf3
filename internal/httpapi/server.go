// Package httpapi speaks HTTP for Daybook: the routes of the contract and
// those beside it, their JSON, the one writer of event streams and the one
// table that turns errors into statuses.
package httpapi

import (
	"context"
	"io/fs"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/notes"
)

// Chat answers questions; see chat.Service.
type Chat interface {
	Answer(ctx context.Context, req chat.Request) iter.Seq2[chat.Event, error]
	Messages(ctx context.Context, threadID string) ([]daybook.Message, error)
	Follow(ctx context.Context, threadID, answerID string) iter.Seq2[chat.Event, error]
	Stop(ctx context.Context, threadID, answerID string) (daybook.Message, error)
	Fork(ctx context.Context, threadID, before string) (daybook.Thread, error)
	Title(ctx context.Context, threadID, provider, model string) (string, error)
	FindThreads(ctx context.Context, q string) ([]chat.Hit, error)
	Delete(ctx context.Context, threadID string) error
}

// Threads keeps conversations; see store.Threads.
type Threads interface {
	CreateThread(ctx context.Context, t daybook.Thread, messages ...daybook.Message) error
	Threads(ctx context.Context) ([]daybook.Thread, error)
	Thread(ctx context.Context, id string) (daybook.Thread, error)
	RenameThread(ctx context.Context, id, title string, at time.Time) error
	AddMessage(ctx context.Context, m daybook.Message) error
}

// Config is what the API is made of. Chat, Searcher, Threads, Ready and Now are
// required.
type Config struct {
	Chat     Chat
	Searcher Searcher
	Threads  Threads
	// Notes reads and writes the journal; without it there are no routes for
	// entries.
	Notes Notes
	// Almanac counts the journal; without it there are no routes for that.
	Almanac Almanac
	// Analyses reads the whole journal; without it there are no routes for
	// that.
	Analyses Analyses
	// Book shows the pages of entries; without it they have none.
	Book Book
	// Attachments shows the files that notes embed; without it there is no route
	// for that.
	Attachments Attachments
	// Uploads takes scans, which Inspector looks at; without them there is no
	// route for that.
	Uploads   Uploads
	Inspector notes.Inspector
	// Ingest tells how far what is served is in step with the journal; without
	// it there are no routes for that.
	Ingest Ingest
	// Models tells what may be asked; without it there is no route for that.
	Models Models
	// Spending tells what they cost; without it there is no route for that.
	Spending Spending
	// Ledger lists what of the journal went where; without it there is no route
	// for that.
	Ledger Ledger
	// Backups tells of backups and makes them; without it there are no routes
	// for that.
	Backups Backups
	// Ready says whether the journal has been looked through once.
	Ready func() bool
	Now   func() time.Time // in the owner's time zone
	// Access decides who is let in, to all but /status and the page. Without it
	// everybody is who reaches the server by no proxy.
	Access Access
	// Page has the app's files, index.html among them; nil for none.
	Page fs.FS
	Demo bool // the demo journal is served
	// Setup lets the journal be chosen; without it there are no routes for
	// that.
	Setup Setup
	// Hosts are the names under which the server may be asked, besides
	// localhost and any IP address.
	Hosts []string
	// Origins are the foreign origins that may call it from a page.
	Origins []string
	// Heartbeat is how long a stream may be silent before a comment is sent;
	// 15 s for 0.
	Heartbeat time.Duration
	Version   string
	Log       *slog.Logger
}

type server struct {
	Config
	files appFiles
}

// maxBody bounds a request's body, in bytes.
const maxBody = 1 << 20

// New returns the handler of the whole API.
func New(c Config) http.Handler {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Heartbeat == 0 {
		c.Heartbeat = 15 * time.Second
	}
	files, err := loadApp(c.Page)
	if err != nil { // it is part of the program
		panic(err)
	}
	s := &server{c, files}
	mux := &routeMux{ServeMux: http.NewServeMux()}
	config := huma.DefaultConfig("Daybook", c.Version)
	config.Info.Description = "A journal that answers: ask it a question, and the answer streams, with the days it rests on."
	config.AllowAdditionalPropertiesByDefault = true // clients of all ages send keys of their own
	config.CreateHooks = nil                         // no "$schema" in answers
	config.DocsPath = ""                             // huma's own page loads from elsewhere
	config.SchemasPath = ""
	if c.Access != nil {
		config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
		config.Security = []map[string][]string{{"token": {}}}
	}
	s.routes(humago.New(mux, config))
	mux.Handle("/docs/", docs())
	mux.Handle("/docs", http.RedirectHandler("/docs/", http.StatusMovedPermanently))
	s.appRoutes(mux)
	return &handler{s.guard(s.matched(mux.ServeMux)), mux.patterns}
}

// handler is the API, and says which routes it has.
type handler struct {
	http.Handler
	routes []string
}

// Routes returns the patterns of all routes, in the form of http.ServeMux.
func (h *handler) Routes() []string { return h.routes }

// routeMux is a ServeMux that remembers its patterns.
type routeMux struct {
	*http.ServeMux
	patterns []string
}

func (m *routeMux) Handle(pattern string, h http.Handler) {
	m.patterns = append(m.patterns, pattern)
	m.ServeMux.Handle(pattern, h)
}

func (m *routeMux) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	m.Handle(pattern, http.HandlerFunc(h))
}

// matched answers what no route is for as everything else is answered.
func (s *server) matched(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		probe := &statusProbe{ResponseWriter: w}
		handler.ServeHTTP(probe, r) // says 404 or 405, and what is allowed
		s.write(w, &errorBody{status: probe.status, Detail: http.StatusText(probe.status)})
	})
}

// statusProbe keeps the status of an answer and drops its body.
type statusProbe struct {
	http.ResponseWriter
	status int
}

func (p *statusProbe) WriteHeader(status int)      { p.status = status }
func (p *statusProbe) Write(b []byte) (int, error) { return len(b), nil }

// routes is the table of everything the API does.
func (s *server) routes(api huma.API) {
	register(api, s, http.MethodGet, "/status", "status", "Whether the journal is ready to be asked", s.status)
	s.sessionRoutes(api)
	if s.Setup != nil {
		s.setupRoutes(api)
	}

	register(api, s, http.MethodPost, "/journal_chat", "chat", "Ask the journal and get the whole answer", s.chat)
	s.registerChatStreams(api)

	if s.Models != nil {
		register(api, s, http.MethodGet, "/models", "models", "Which models there are, what each is for, and whether they answer", s.models)
	}

	if s.Spending != nil {
		register(api, s, http.MethodGet, "/spending", "spending", "What the models cost this month, and the most that they may", s.spending)
	}

	if s.Ledger != nil {
		s.ledgerRoute(api)
	}
	if s.Backups != nil {
		s.backupRoutes(api)
	}

	register(api, s, http.MethodGet, "/search", "search", "Find the entries that words, a question or a date are about", s.search)

	if s.Notes != nil {
		s.entryRoutes(api)
		if s.Book != nil {
			s.pageRoutes(api)
		}
		if s.Attachments != nil {
			s.attachmentRoutes(api)
		}
	}

	if s.Almanac != nil {
		s.dayRoutes(api)
	}
	if s.Analyses != nil {
		s.analysisRoutes(api)
	}
	if s.Uploads != nil && s.Inspector != nil {
		s.uploadRoute(api)
	}
	if s.Ingest != nil {
		register(api, s, http.MethodGet, "/ingest", "ingest", "How far the journal is read, transcribed and embedded", s.ingest)
		register(api, s, http.MethodPost, "/ingest", "ingest_again", "Look at the journal now, and try again what failed", s.ingestAgain)
		register(api, s, http.MethodPost, "/ingest/accept-missing", "accept_missing", "Say that the missing notes were deleted on purpose", s.acceptMissing, fails(401, 409, 422, 503))
		s.registerIngestStream(api)
	}

	register(api, s, http.MethodPost, "/threads", "create_thread", "Make a thread", s.createThread)
	register(api, s, http.MethodGet, "/threads", "list_threads", "All threads, most recently updated first, or those that have the words of q", s.listThreads, fails(422))
	register(api, s, http.MethodGet, "/threads/{thread_id}", "get_thread", "One thread", s.getThread)
	register(api, s, http.MethodPut, "/threads/{thread_id}", "rename_thread", "Rename a thread", s.renameThread)
	register(api, s, http.MethodDelete, "/threads/{thread_id}", "delete_thread", "Delete a thread and its messages", s.deleteThread)
	register(api, s, http.MethodGet, "/threads/{thread_id}/messages", "list_messages", "A thread's messages, oldest first", s.listMessages)
	register(api, s, http.MethodPost, "/threads/{thread_id}/messages", "add_message", "Add a message to a thread", s.addMessage)
	s.liveRoutes(api)
}

// register adds a route whose handler's errors become statuses by the one
// table. More says what else its description has.
func register[I, O any](api huma.API, s *server, method, path, id, summary string, handle func(context.Context, *I) (*O, error), more ...func(*huma.Operation)) {
	op := huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, MaxBodyBytes: maxBody,
		DefaultStatus: http.StatusOK,
	}
	if path == "/status" {
		op.Security = []map[string][]string{}
	}
	for _, set := range more {
		set(&op)
	}
	huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, s.requestError(ctx, err)
		}
		return out, nil
	})
}

// body is a handler's answer.
type body[T any] struct{ Body T }

func reply[T any](v T) (*body[T], error) { return &body[T]{v}, nil }

type statusBody struct {
	Status string `json:"status" enum:"starting,ready"`
}

func (s *server) status(context.Context, *struct{}) (*body[statusBody], error) {
	if s.Ready() {
		return reply(statusBody{"ready"})
	}
	return reply(statusBody{"starting"})
}
