package httpapi

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"daybook"
	"daybook/internal/session"
)

// Access controls access; see session.Store. The contexts that it returns end
// when the session or token becomes invalid. Leave must be called after the
// response. Errors are daybook.Unauthorized and daybook.RateLimited.
type Access interface {
	Bearer(ctx context.Context, from netip.Addr, token string) (_ context.Context, leave func(), err error)
	LogIn(ctx context.Context, from netip.Addr, token string) (secret string, err error)
	NewCode() (code string, expires time.Time, err error)
	Redeem(ctx context.Context, from netip.Addr, code string) (secret string, err error)
	Enter(ctx context.Context, secret string) (_ context.Context, leave func(), ok bool)
	LogOut(secret string) error
	Browsers(secrets []string) ([]session.Browser, error)
	SignOut(id string) error
}

// SessionCookie is the cookie that replaces the token.
const SessionCookie = "daybook_session"

// enter finds the session of a request. The cookie only counts for this
// server's own page: browsers send it for every page of this host, whatever the
// port.
func (s *server) enter(r *http.Request) (ctx context.Context, leave func(), ok bool) {
	if !fromOwnPage(r) {
		return nil, nil, false
	}
	for _, secret := range SecretsOf(r) {
		if ctx, leave, ok = s.Access.Enter(r.Context(), secret); ok {
			return ctx, leave, true
		}
	}
	return nil, nil, false
}

// mostSecrets is how many sessions a request may contain. More than one come
// from browsers with cookies of other hosts in the domain.
const mostSecrets = 4

// SecretsOf returns the session secrets in a request, if any.
func SecretsOf(r *http.Request) []string {
	var secrets []string
	for _, c := range r.CookiesNamed(SessionCookie) {
		if len(secrets) < mostSecrets && c.Value != "" {
			secrets = append(secrets, c.Value)
		}
	}
	return secrets
}

// fromOwnPage reports whether a request with a cookie can come from this
// server's page or a typed address. A request that changes something must state
// its origin, as all browsers do.
func fromOwnPage(r *http.Request) bool {
	origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
	reads := readOnly(r)
	switch {
	case origin != "" && !ownOrigin(origin, r.Host):
		return false
	case site == "none":
		return reads
	case site != "":
		return site == "same-origin"
	}
	return origin != "" || reads
}

type sessionJSON struct {
	Authenticated bool   `json:"authenticated"`
	TokenRequired bool   `json:"token_required"`
	Version       string `json:"version"`
	Demo          bool   `json:"demo" doc:"The demo journal is served"`
	Setup         bool   `json:"setup" doc:"The journal may be chosen by PUT /setup"`
}

// MaxLogin bounds the body of a login, in bytes.
const MaxLogin = 16 << 10

type loginInput struct {
	Body struct {
		Token string `json:"token,omitempty" maxLength:"4096"`
		Code  string `json:"code,omitempty" maxLength:"200" doc:"A code of POST /login/code, instead of the token"`
	}
	agent string
}

// Resolve implements huma.Resolver.
func (in *loginInput) Resolve(c huma.Context) []error {
	in.agent = c.Header("User-Agent")
	return nil
}

// cookieInput are the session secrets of a request.
type cookieInput struct{ secrets []string }

// Resolve implements huma.Resolver.
func (in *cookieInput) Resolve(c huma.Context) []error {
	in.secrets = SecretsOf(&http.Request{Header: http.Header{"Cookie": {c.Header("Cookie")}}})
	return nil
}

type cookieOutput struct {
	Cookie []http.Cookie `header:"Set-Cookie"`
}

func (s *server) session(ctx context.Context, _ *struct{}) (*body[sessionJSON], error) {
	return reply(sessionJSON{
		Authenticated: visitOf(ctx).authorised, TokenRequired: s.Access != nil, Version: s.Version, Demo: s.Demo,
		Setup: s.Setup != nil && s.mayChoose(ctx) == "",
	})
}

func (s *server) login(ctx context.Context, in *loginInput) (*cookieOutput, error) {
	if s.Access == nil {
		return &cookieOutput{}, nil
	}
	logIn, with := s.Access.LogIn, in.Body.Token
	if in.Body.Code != "" {
		logIn, with = s.Access.Redeem, in.Body.Code
	}
	secret, err := logIn(session.WithAgent(ctx, in.agent), visitOf(ctx).from, with)
	if err != nil {
		return nil, err
	}
	return &cookieOutput{[]http.Cookie{s.cookieOf(ctx, secret)}}, nil
}

// codeJSON is a code that signs one browser in.
type codeJSON struct {
	Code    string    `json:"code" doc:"For the other browser to send to POST /login, once. A link to the page with #code= and this code signs in the browser that opens it"`
	Expires time.Time `json:"expires_at"`
	Hosts   []string  `json:"hosts" doc:"The host names that the server accepts, besides localhost and IP addresses"`
}

// loginCode creates a code that signs in another browser, so that the token
// itself does not leave this machine.
func (s *server) loginCode(context.Context, *struct{}) (*body[codeJSON], error) {
	if s.Access == nil {
		return nil, daybook.Errorf(daybook.Conflict, "No token is required, so there is nothing to sign in to.")
	}
	code, expires, err := s.Access.NewCode()
	if err != nil {
		return nil, err
	}
	return reply(codeJSON{Code: code, Expires: expires.UTC(), Hosts: append([]string{}, s.Hosts...)})
}

func (s *server) logout(ctx context.Context, in *cookieInput) (*cookieOutput, error) {
	if len(in.secrets) == 0 || s.Access == nil {
		return &cookieOutput{}, nil
	}
	var err error
	for _, secret := range in.secrets {
		err = errors.Join(err, s.Access.LogOut(secret))
	}
	gone := s.cookieOf(ctx, "")
	gone.MaxAge = -1
	return &cookieOutput{[]http.Cookie{gone}}, err
}

// cookieOf returns the cookie of a session. Scripts and pages of other sites
// cannot use it.
func (s *server) cookieOf(ctx context.Context, secret string) http.Cookie {
	return http.Cookie{
		Name: SessionCookie, Value: secret, Path: cmp.Or(s.BasePath, "/"), MaxAge: int(session.MaxAge.Seconds()),
		HttpOnly: true, Secure: visitOf(ctx).secure, SameSite: http.SameSiteStrictMode,
	}
}
