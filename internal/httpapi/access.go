package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"daybook"
	"daybook/internal/session"
)

// Tokens shows and replaces the token of the server.
type Tokens interface {
	// Token returns the token, after replacing it if replace is set, which signs
	// all browsers out. The error is daybook.Conflict if the token is set
	// elsewhere.
	Token(replace bool) (string, error)
}

type browserJSON struct {
	ID      string    `json:"id"`
	Agent   *string   `json:"agent" doc:"Such as Firefox on Linux"`
	Since   time.Time `json:"since" doc:"When it signed in"`
	Current bool      `json:"current" doc:"This is the browser that made the request"`
}

type browsersJSON struct {
	Browsers []browserJSON `json:"browsers" nullable:"false"`
}

type browserID struct {
	ID string `path:"id" maxLength:"100"`
}

// browsers lists the browsers that are signed in.
func (s *server) browsers(_ context.Context, in *cookieInput) (*body[browsersJSON], error) {
	out := browsersJSON{[]browserJSON{}}
	if s.Access == nil {
		return reply(out)
	}
	list, err := s.Access.Browsers(in.secrets)
	if err != nil {
		return nil, err
	}
	for _, b := range list {
		out.Browsers = append(out.Browsers, browserJSON{b.ID, some(b.Agent), b.Since, b.Current})
	}
	return reply(out)
}

// browserSignOut ends the session of a browser.
func (s *server) browserSignOut(_ context.Context, in *browserID) (*struct{}, error) {
	if s.Access == nil {
		return nil, daybook.Errorf(daybook.NotFound, "This browser is not signed in.")
	}
	return nil, s.Access.SignOut(in.ID)
}

type tokenInput struct {
	Body struct {
		Replace bool `json:"replace,omitempty" nullable:"true" doc:"Create a new token, which signs out every other browser and program"`
	}
	agent string
}

// Resolve implements huma.Resolver.
func (in *tokenInput) Resolve(c huma.Context) []error {
	in.agent = c.Header("User-Agent")
	return nil
}

type tokenJSON struct {
	Token string `json:"token"`
}

type tokenOutput struct {
	Cookie []http.Cookie `header:"Set-Cookie"`
	Body   tokenJSON
}

// token shows the token, or makes a new one and signs this browser in with it.
func (s *server) token(ctx context.Context, in *tokenInput) (*tokenOutput, error) {
	if err := s.maySet(ctx); err != nil {
		return nil, err
	}
	if s.Access == nil {
		return nil, daybook.Errorf(daybook.Conflict, "This Daybook runs without a token.")
	}
	token, err := s.Tokens.Token(in.Body.Replace)
	if err != nil {
		return nil, err
	}
	out := &tokenOutput{Body: tokenJSON{token}}
	if in.Body.Replace {
		secret, err := s.Access.LogIn(session.WithAgent(ctx, in.agent), visitOf(ctx).from, token)
		if err != nil {
			return nil, err
		}
		out.Cookie = []http.Cookie{s.cookieOf(ctx, secret)}
	}
	return out, nil
}
