package httpapi

import (
	"context"

	"daybook"
)

// Setup chooses the journal while the server runs.
type Setup interface {
	// State returns the current journal.
	State() SetupState
	// Check inspects a folder that may become the journal. A missing folder is
	// not an error.
	Check(ctx context.Context, path string) (SetupCheck, error)
	// Choose switches to another journal and remembers that. If it fails,
	// nothing is changed.
	Choose(ctx context.Context, choice SetupChoice) error
}

// SetupChoice is a journal to be served.
type SetupChoice struct {
	Journal     string   // a folder; "" for the demo
	Create      bool     // make the folder if it is missing and the one above it exists
	DateFormats []string // without any, the current ones are kept
}

// SetupState is the current journal.
type SetupState struct {
	Journal, Evergreen string // may be empty
	Demo               bool
	Why                string // why the journal cannot be changed; "" if it can
}

// SetupCheck describes the folder at a path.
type SetupCheck struct {
	Exists, Folder, Readable bool
	Creatable                bool // it is missing, and the folder above it exists
	Notes, Scans, Other      int
	First, Last              daybook.Date // of the notes; zero without notes
	DateFormats              []string
	Message                  string // a sentence for the user
}

type setupJSON struct {
	Journal   *string `json:"journal" doc:"The folder; null for the demo"`
	Evergreen *string `json:"evergreen"`
	Demo      bool    `json:"demo"`
	Allowed   bool    `json:"allowed" doc:"Whether another can be chosen here"`
	Why       *string `json:"why" doc:"Why it cannot"`
}

type setupCheckJSON struct {
	Exists      bool     `json:"exists"`
	Folder      bool     `json:"folder"`
	Readable    bool     `json:"readable"`
	Creatable   bool     `json:"creatable" doc:"The folder is missing, and PUT /setup can create it"`
	Notes       int      `json:"notes" doc:"Named after a day"`
	First       *string  `json:"first" doc:"Their first day"`
	Last        *string  `json:"last"`
	Scans       int      `json:"scans"`
	Other       int      `json:"other" doc:"Notes that are not named after a day"`
	DateFormats []string `json:"date_formats" nullable:"false" doc:"Formats that fit the names, likeliest first"`
	Message     string   `json:"message"`
}

type setupCheckInput struct {
	Body struct {
		Path string `json:"path" maxLength:"4096"`
	}
}

type setupInput struct {
	Body struct {
		Journal     *string  `json:"journal" required:"true" nullable:"true" maxLength:"4096" doc:"The full path of a folder, which may begin with ~; null for the demo"`
		Create      bool     `json:"create,omitempty" doc:"Create the folder if it is missing. The folder above it must exist"`
		DateFormats []string `json:"date_formats,omitempty" nullable:"true" maxItems:"20"`
	}
}

// elsewhere refuses other machines. Choosing a journal can make any folder
// readable, so it takes a person at this one.
const elsewhere = "The journal is chosen on the computer that Daybook runs on, at http://localhost or http://127.0.0.1."

// mayChoose returns why a request may not choose the journal, "" if it may.
func (s *server) mayChoose(ctx context.Context) string {
	if !visitOf(ctx).near {
		return elsewhere
	}
	return s.Setup.State().Why
}

func (s *server) setup(ctx context.Context, _ *struct{}) (*body[setupJSON], error) {
	return reply(setupJSONOf(s.Setup.State(), s.mayChoose(ctx)))
}

func setupJSONOf(state SetupState, why string) setupJSON {
	return setupJSON{
		Journal: some(state.Journal), Evergreen: some(state.Evergreen), Demo: state.Demo, Allowed: why == "", Why: some(why),
	}
}

// some returns nil for the empty string.
func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (s *server) setupCheck(ctx context.Context, in *setupCheckInput) (*body[setupCheckJSON], error) {
	if why := s.mayChoose(ctx); why != "" {
		return nil, &daybook.Error{Kind: daybook.Forbidden, Message: why}
	}
	c, err := s.Setup.Check(ctx, in.Body.Path)
	if err != nil {
		return nil, err
	}
	out := setupCheckJSON{
		Exists: c.Exists, Folder: c.Folder, Readable: c.Readable, Creatable: c.Creatable, Notes: c.Notes, Scans: c.Scans, Other: c.Other,
		DateFormats: list(c.DateFormats), Message: c.Message,
	}
	if !c.First.IsZero() {
		out.First, out.Last = some(c.First.String()), some(c.Last.String())
	}
	return reply(out)
}

func (s *server) setupChoose(ctx context.Context, in *setupInput) (*body[setupJSON], error) {
	if why := s.mayChoose(ctx); why != "" {
		return nil, &daybook.Error{Kind: daybook.Forbidden, Message: why}
	}
	if err := s.Setup.Choose(ctx, SetupChoice{value(in.Body.Journal), in.Body.Create, in.Body.DateFormats}); err != nil {
		return nil, err
	}
	return reply(setupJSONOf(s.Setup.State(), s.mayChoose(ctx)))
}
