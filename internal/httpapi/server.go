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
	"daybook/internal/export"
	"daybook/internal/llm"
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

// Threads keeps conversations; see threads.Service.
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
	// Attacher saves files for notes. If it is nil, POST /files is left out.
	Attacher Attacher
	// Links follows the links between notes; without it there are no routes for
	// them.
	Links Links
	// Uploads takes scans, which Inspector looks at; without them there is no
	// route for that.
	Uploads   Uploads
	Inspector notes.Inspector
	// Notebooks takes the pages of paper notebooks; without it there are no
	// routes for that.
	Notebooks Notebooks
	// Recordings keeps what is said into the page, and Speech transcribes it;
	// without the first there are no routes for that.
	Recordings Recordings
	Speech     Speech
	// Glossary keeps the words that were corrected in transcriptions; without it
	// there are no routes for that.
	Glossary Glossary
	// Ingest tells how far what is served is in step with the journal; without
	// it there are no routes for that.
	Ingest Ingest
	// Folders are those of the notes, which are exported with everything else;
	// without them there is no route for that.
	Folders []export.Folder
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
	// MCP serves other programs by the Model Context Protocol, at /mcp; nil does
	// not.
	MCP http.Handler
	// Default is the model that answers at /v1, or offline.
	Default llm.Ref
	// Stats counts what is indexed, for /metrics; it may be nil.
	Stats Stats
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
	// Settings lets the settings be changed; without it there are no routes for
	// that.
	Settings Settings
	// BasePath is where a proxy serves Daybook below its host, such as "/daybook";
	// "" is the top. Serve the handler by Below.
	BasePath string
	// Tokens shows and replaces the token. If it is nil, its route is left out.
	Tokens Tokens
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
	files   appFiles
	public  map[string]bool // the paths of the API that need no token
	metrics *metrics
}

// maxBody bounds a request's body, in bytes.
const maxBody = 1 << 20

// New returns the handler of the whole API.
func New(c Config) *Handler {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Heartbeat == 0 {
		c.Heartbeat = 15 * time.Second
	}
	files, err := loadApp(c.Page, c.BasePath)
	if err != nil { // it is part of the program
		panic(err)
	}
	s := &server{Config: c, files: files, metrics: newMetrics(&c)}
	mux := newRouteMux()
	config := huma.DefaultConfig("Daybook", c.Version)
	config.Info.Description = "A journal that answers: ask it a question, and the answer streams, with the days it rests on."
	config.AllowAdditionalPropertiesByDefault = true // clients of all ages send keys of their own
	config.CreateHooks = nil                         // no "$schema" in answers
	config.DocsPath = ""                             // huma's own page loads from elsewhere
	config.SchemasPath = ""
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {
		Type: "http", Scheme: "bearer", Description: "The token that “daybook token” prints. Not required under no_token",
	}}
	if c.BasePath != "" {
		config.Servers = []*huma.Server{{URL: c.BasePath}}
	}
	if c.Access != nil {
		config.Security = []map[string][]string{{"token": {}}}
	}
	api := humago.New(mux, config)
	s.register(api, s.table(api))
	s.describe(api)
	s.programs(mux)
	s.pages(mux)
	return &Handler{mux.trimmed(s.guard(s.matched(mux))), mux.patterns}
}

// Handler serves the API.
type Handler struct {
	http.Handler
	routes []string
}

// Routes returns the patterns of all routes, in the form of http.ServeMux.
func (h *Handler) Routes() []string { return h.routes }

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
