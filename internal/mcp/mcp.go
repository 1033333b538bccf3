// Package mcp serves the journal to other programs by the Model Context
// Protocol: tools that search, read and ask, the days as resources, and two
// prompts. Private notes are never shown, and the ledger lists each program
// that reads.
package mcp

import (
	"context"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"daybook"
	"daybook/internal/almanac"
	"daybook/internal/chat"
	"daybook/internal/llm"
	"daybook/internal/notes"
	"daybook/internal/search"
	"daybook/internal/store"
	"daybook/internal/vault/edit"
)

// Searcher finds entries; see search.Searcher.
type Searcher interface {
	Prepare(ctx context.Context, question string, filter store.Filter) (search.Query, error)
	Find(ctx context.Context, q search.Query, k int) (search.Found, error)
	Show(ctx context.Context, found *search.Found, r *search.Result, limit int) ([]search.Shown, error)
}

// Notes reads and writes the journal; see notes.Service.
type Notes interface {
	Read(ctx context.Context, id string) (notes.Note, error)
	List(ctx context.Context, f store.Filter, limit int, whole bool) ([]notes.Note, error)
	Create(ctx context.Context, date daybook.Date, text string, cause edit.Cause) (notes.Note, error)
	Replace(ctx context.Context, id, text string, ifMatch notes.Hash, cause edit.Cause) (notes.Note, error)
}

// Almanac counts the journal; see almanac.Almanac.
type Almanac interface {
	OnThisDay(ctx context.Context, d daybook.Date) ([]almanac.Glimpse, error)
	PublicTimeline(ctx context.Context, q string, by almanac.Period, r daybook.DateRange) (almanac.Timeline, error)
}

// Chat answers questions; see chat.Service.
type Chat interface {
	Answer(ctx context.Context, req chat.Request) iter.Seq2[chat.Event, error]
}

// Guard knows which entries are private now; see private.Guard.
type Guard interface {
	Split(ctx context.Context, entries []daybook.Entry) (public, private []daybook.Entry, err error)
	Among(ctx context.Context, ids []string) (map[string]bool, error)
}

// Ledger lists the programs that read the journal; see ledger.Ledger.
type Ledger interface{ Read(program string) }

// Config is what a Server is made of. All fields but Refresh and Log are
// required.
type Config struct {
	Searcher Searcher
	Notes    Notes
	Almanac  Almanac
	Chat     Chat
	Guard    Guard
	Ledger   Ledger
	Model    llm.Ref          // that answers questions
	Now      func() time.Time // in the owner's time zone
	Version  string
	// Refresh brings the index up to date before it is read; nil if something
	// else does.
	Refresh func(context.Context) error
	Log     *slog.Logger
}

// Server serves one journal to other programs.
type Server struct {
	Config
	readOnly, writable *mcp.Server
	requests           requests
}

const instructions = `This is the user's own journal: a diary with a note for most days. Search it, read whole days, count how often something is mentioned,
or have it answer a question with the days that the answer is based on. Quote it word for word and name the day (YYYY-MM-DD) of what you say. Days that the
user has marked as private are not shown here.`

// New returns a Server.
func New(c Config) *Server {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{Config: c}
	s.readOnly, s.writable = s.server(false), s.server(true)
	return s
}

func (s *Server) server(write bool) *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "daybook", Title: "Daybook", Version: s.Version}, &mcp.ServerOptions{
		Instructions: instructions,
		Capabilities: &mcp.ServerCapabilities{},
		// A proxy must not serve a diary to others.
		SetCacheable: func(_ context.Context, _ mcp.Request, c *mcp.Cacheable) { c.CacheScope = "private" },
	})
	s.addTools(server)
	if write {
		s.addWriting(server)
	}
	s.addResources(server)
	s.addPrompts(server)
	server.AddReceivingMiddleware(s.listed)
	return server
}

// Run serves one program on a transport until it leaves or ctx ends. With write,
// it may write too.
func (s *Server) Run(ctx context.Context, t mcp.Transport, write bool) error {
	server := s.readOnly
	if write {
		server = s.writable
	}
	return server.Run(ctx, t)
}

// Transport connects to a program.
type Transport = mcp.Transport

// Stdio is the transport of a program that has started this one.
func Stdio() Transport { return &mcp.StdioTransport{} }

// Bounds of serving HTTP.
const (
	idleSession = 30 * time.Minute
	maxBody     = 1 << 20
)

// Handler serves programs by streamable HTTP. The caller has been let in
// before, by the token, and by a name of this server. With ?write=true in the
// address that a program is given, it may write too.
func (s *Server) Handler() http.Handler {
	return s.requests.watch(mcp.NewStreamableHTTPHandler(func(r *http.Request) *mcp.Server {
		if r.URL.Query().Get("write") == "true" {
			return s.writable
		}
		return s.readOnly
	}, &mcp.StreamableHTTPOptions{
		SessionTimeout: idleSession, MaxRequestBodyBytes: maxBody,
		DisableLocalhostProtection: true, // the guard of the API knows the names of this server
	}))
}
