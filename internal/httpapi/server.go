// Package httpapi is Daybook's HTTP API: the routes of the contract and
// Daybook's own, their JSON, one writer of event streams, and one table that
// maps errors to statuses.
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
	"daybook/internal/transcribe"
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

// Threads stores conversations; see threads.Service.
type Threads interface {
	CreateThread(ctx context.Context, t daybook.Thread, messages ...daybook.Message) error
	Threads(ctx context.Context) ([]daybook.Thread, error)
	Thread(ctx context.Context, id string) (daybook.Thread, error)
	RenameThread(ctx context.Context, id, title string, at time.Time) error
	AddMessage(ctx context.Context, m daybook.Message) error
}

// Config configures the API. Chat, Searcher, Threads, Ready and Now are
// required. If one of the others is nil, its routes are left out.
type Config struct {
	Chat     Chat
	Searcher Searcher
	Threads  Threads
	// Notes reads and writes the journal.
	Notes Notes
	// Almanac provides statistics.
	Almanac Almanac
	// Analyses reads the whole journal for a question.
	Analyses Analyses
	// Book provides the pages of entries, which are left out without it.
	Book Book
	// Attachments serves the files that notes embed.
	Attachments Attachments
	// Attacher saves files for notes.
	Attacher Attacher
	// Links follows the links between notes.
	Links Links
	// Ahead makes the picture of a page that is likely to be requested next; optional.
	Ahead func(p transcribe.Page, longest int)
	// Uploads saves scans, which Inspector checks.
	Uploads   Uploads
	Inspector notes.Inspector
	// Notebooks accepts pages of paper notebooks.
	Notebooks Notebooks
	// Recordings stores recordings made in the page, and Speech transcribes
	// them.
	Recordings Recordings
	Speech     Speech
	// Glossary stores words that were corrected in transcriptions.
	Glossary Glossary
	// Ingest keeps the index up to date and reports the progress.
	Ingest Ingest
	// Folders are the folders of the notes, for the export.
	Folders []export.Folder
	// Models lists the models.
	Models Models
	// Spending returns what they cost.
	Spending Spending
	// Ledger lists which data went where.
	Ledger Ledger
	// Backups lists and makes backups.
	Backups Backups
	// MCP serves the Model Context Protocol at /mcp.
	MCP http.Handler
	// Default is the model for /v1; the default is offline.
	Default llm.Ref
	// Stats counts what is indexed, for /metrics.
	Stats Stats
	// Ready reports whether the journal was scanned once.
	Ready func() bool
	Now   func() time.Time // in the owner's time zone
	// Access controls access to all routes except /status and the page. If it
	// is nil, everyone who connects without a proxy has access.
	Access Access
	// Page has the app's files, index.html among them.
	Page fs.FS
	Demo bool // the demo journal is served
	// Setup chooses the journal.
	Setup Setup
	// Settings changes the settings.
	Settings Settings
	// BasePath is the path below which a proxy serves Daybook, such as
	// "/daybook", or "". Serve the handler by Below.
	BasePath string
	// Tokens shows and replaces the token.
	Tokens Tokens
	// Hosts are accepted host names besides localhost and IP addresses.
	Hosts []string
	// Origins are the other origins whose pages may use the API.
	Origins []string
	// Heartbeat is the time of silence after which a stream sends a comment; 0
	// is 15 s.
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

// New returns the handler of the API.
func New(c Config) *Handler {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Heartbeat == 0 {
		c.Heartbeat = 15 * time.Second
	}
	files, err := loadApp(c.Page, c.BasePath)
	if err != nil { // the page is part of the program
		panic(err)
	}
	s := &server{Config: c, files: files, metrics: newMetrics(&c)}
	mux := newRouteMux()
	config := huma.DefaultConfig("Daybook", c.Version)
	config.Info.Description = "A journal that answers: ask a question, and the answer streams with the days that it cites."
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

// body is a response.
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
