package httpapi

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"daybook"
	"daybook/internal/ledger"
)

// Ledger lists which data went where; see ledger.Ledger.
type Ledger interface {
	Lines(ctx context.Context, f ledger.Filter) (lines []ledger.Line, next string, err error)
	// Read records that a program read the journal.
	Read(program string)
}

type ledgerInput struct {
	Since    string `query:"since" doc:"First day, YYYY-MM-DD"`
	Until    string `query:"until" doc:"Last day, YYYY-MM-DD"`
	Task     string `query:"task" maxLength:"40" doc:"chat, intent, search, title, embedding, transcription, analysis, or read for programs"`
	Provider string `query:"provider" maxLength:"100"`
	After    string `query:"after" maxLength:"200" doc:"next of the page before"`
	Limit    int    `query:"limit" default:"50" minimum:"1" maximum:"500"`
}

type ledgerJSON struct {
	Lines []ledger.Line `json:"lines" nullable:"false"`
	Next  *string       `json:"next" doc:"The value of after for the next page; null if there is none"`
}

func (s *server) ledger(ctx context.Context, in *ledgerInput) (*body[ledgerJSON], error) {
	f := ledger.Filter{Task: in.Task, Provider: in.Provider, After: in.After, Limit: in.Limit}
	for _, day := range []struct {
		name, text string
		date       *daybook.Date
	}{{"since", in.Since, &f.Since}, {"until", in.Until, &f.Until}} {
		if day.text == "" {
			continue
		}
		d, err := daybook.ParseDate(day.text)
		if err != nil {
			return nil, &daybook.Error{Kind: daybook.Invalid, Field: "query." + day.name, Message: "Enter an existing date as YYYY-MM-DD."}
		}
		*day.date = d
	}
	lines, next, err := s.Ledger.Lines(ctx, f)
	if err != nil {
		return nil, err
	}
	out := ledgerJSON{Lines: list(lines)}
	if next != "" {
		out.Next = &next
	}
	return reply(out)
}

// readable are the prefixes of the paths whose responses contain text of the
// journal.
var readable = []string{"/entries", "/search", "/days", "/journal_chat", "/comprehensive_analysis", "/threads", "/analyses", "/almanac", "/timeline", "/tags", "/export", "/v1/chat"}

// listed records programs that read the journal in the ledger. Daybook's own
// page does not count.
func (s *server) listed(next http.Handler) http.Handler {
	if s.Ledger == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !reads(r.URL.Path) || fromPage(r) {
			next.ServeHTTP(w, r)
			return
		}
		seen := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(seen, r)
		if seen.status < http.StatusBadRequest {
			s.Ledger.Read(programOf(r))
		}
	})
}

func reads(path string) bool {
	for _, p := range readable {
		rest, ok := strings.CutPrefix(path, p)
		wholeName := rest == "" || rest[0] == '/' || rest[0] == '_'
		if ok && wholeName {
			return true
		}
	}
	return false
}

// fromPage reports whether a request comes from Daybook's own page: a browser
// says so by Fetch Metadata, or has the cookie of a session. Programs send the
// token itself or nothing.
func fromPage(r *http.Request) bool {
	if r.Header.Get("Authorization") != "" {
		return false
	}
	_, err := r.Cookie(SessionCookie)
	return err == nil || r.Header.Get("Sec-Fetch-Site") == "same-origin"
}

// product matches the first product of a User-Agent.
var product = regexp.MustCompile(`^[A-Za-z0-9._-]{1,40}`)

// programOf returns the name of a program.
func programOf(r *http.Request) string {
	if name := product.FindString(r.UserAgent()); name != "" {
		return name
	}
	return "unknown"
}

// statusWriter records the status of a response.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
