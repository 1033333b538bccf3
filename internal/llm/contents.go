package llm

import (
	"context"
	"slices"

	"daybook"
)

// Contents says which parts of the journal a request contains. Every request that
// may leave this process has one: the guard refuses a request without, and the
// ledger lists it. The zero Contents says nothing; make one with Holding.
type Contents struct {
	// Entries are the IDs of the entries whose text is in the request, or that its
	// text was derived from, without repeats.
	Entries []string
	// Pages are the scanned pages whose pictures are in it.
	Pages []ScanPage
	// Typed is what the user typed for this very request. It is sent whatever
	// the notes say.
	Typed []string

	said bool
}

// ScanPage is a page of a scan.
type ScanPage struct {
	Scan string // the scan's path, relative to the journal
	Note string // the path of the note that it belongs to
	Page int    // from 1
}

// Holding returns the Contents of a request with the text of entries, given by
// their IDs, and text that the user typed.
func Holding(entries []string, typed ...string) Contents {
	ids := make([]string, 0, len(entries))
	seen := make(map[string]bool, len(entries))
	for _, id := range entries {
		if id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return Contents{Entries: ids, Typed: slices.DeleteFunc(typed, func(t string) bool { return t == "" }), said: true}
}

// HoldingPage returns the Contents of a request with a picture of a page.
func HoldingPage(page ScanPage) Contents { return Contents{Pages: []ScanPage{page}, said: true} }

// Said reports whether the Contents were set.
func (c Contents) Said() bool { return c.said }

// Outgoing is a call that is about to leave this process.
type Outgoing struct {
	Model    Ref
	Task     Task
	Contents Contents
	// Texts is everything in the call that is text.
	Texts []string
}

// Guard decides whether a call may be made. An error refuses it; it wraps
// ErrWithheld if something private is in the call.
type Guard interface {
	Allow(ctx context.Context, out Outgoing) error
}

// ErrWithheld is the error of a call that would send something private.
var ErrWithheld = &daybook.Error{Kind: daybook.Conflict, Message: "This request contained a private note, so it was not sent. Try again."}

// textsOf returns all text in a request.
func textsOf(req Request) []string {
	texts := []string{req.System}
	for _, m := range req.Messages {
		texts = append(texts, m.Text)
		for _, c := range m.Calls {
			texts = append(texts, string(c.Arguments))
		}
		for _, r := range m.Results {
			texts = append(texts, r.Content)
		}
	}
	return texts
}
