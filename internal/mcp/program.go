package mcp

import (
	"cmp"
	"context"
	"regexp"
	"slices"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"daybook"
)

// reading are the methods whose results have text of the journal.
var reading = []string{"tools/call", "resources/read", "resources/list", "prompts/get"}

// listed has the ledger list the program of each call that reads, and brings
// the index up to date before it.
func (s *Server) listed(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		if !slices.Contains(reading, method) {
			return next(ctx, method, req)
		}
		ctx, done := s.requests.follow(ctx, req)
		defer done()
		if s.Refresh != nil {
			if err := s.Refresh(ctx); err != nil {
				return nil, s.public(err)
			}
		}
		// Listed before the call: one that is interrupted has read something.
		s.Ledger.Read(programOf(req))
		return next(ctx, method, req)
	}
}

// unnamed matches characters that are not part of a program's name.
var unnamed = regexp.MustCompile(`[^A-Za-z0-9._ -]+`)

// programOf returns the name of the program that makes a request.
func programOf(req mcp.Request) string {
	name := ""
	if session, ok := req.GetSession().(*mcp.ServerSession); ok {
		if p := session.InitializeParams(); p != nil && p.ClientInfo != nil {
			name = p.ClientInfo.Name
		}
	}
	if extra := req.GetExtra(); name == "" && extra != nil {
		name = extra.Header.Get("User-Agent")
	}
	name = unnamed.ReplaceAllString(name, "")
	return "mcp: " + cmp.Or(name[:min(len(name), 40)], "unknown")
}

// public returns an error as another program may read it. The cause of one of
// ours is logged.
func (s *Server) public(err error) error {
	if daybook.KindOf(err) == daybook.Internal {
		s.Log.Error("mcp request failed", "err", err)
	}
	return daybook.Errorf(daybook.KindOf(err), "%s", daybook.PublicMessage(err))
}
