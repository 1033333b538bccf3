package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"path"
	"sync"
	"sync/atomic"
	"time"

	"daybook"
	"daybook/internal/httpapi"
	"daybook/internal/journal"
	"daybook/internal/llm"
	"daybook/internal/store/postgres"
)

const (
	// tokenTTL is how long a token is valid without asking the database again.
	tokenTTL = 5 * time.Second
	// tidyAccounts is how often accounts are checked for changes.
	tidyAccounts = 15 * time.Second
	// maxOpenAccounts is how many journals stay open; idle ones above that are
	// closed.
	maxOpenAccounts = 200
	// maxAccountRequests limits the concurrent requests of an account, streams
	// included.
	maxAccountRequests = 200
)

// accounts serves the journal of each account to requests that have its token or
// session, and the journal of the settings to all others. A journal is opened
// with its first request; its jobs run from then on.
type accounts struct {
	server  *Server
	db      *postgres.DB
	builtin func(folder string) llm.Provider // one model for all accounts
	ctx     context.Context
	log     *slog.Logger
	closing sync.WaitGroup
	shared  atomic.Bool // whether there are accounts

	mu      sync.Mutex
	servers map[int64]*accountServer
	tokens  map[[sha256.Size]byte]known // by the token's hash
	closed  bool
	tidied  chan struct{}
}

type known struct {
	account postgres.Account
	err     error
	until   time.Time
}

// newAccounts returns a handler for the accounts in a database, and for srv. Its
// jobs end with ctx.
func newAccounts(ctx context.Context, srv *Server, db *postgres.DB) *accounts {
	acc := &accounts{server: srv, db: db, ctx: ctx, log: srv.log, servers: map[int64]*accountServer{}, tokens: map[[sha256.Size]byte]known{}, tidied: make(chan struct{})}
	var mu sync.Mutex
	models := map[string]llm.Provider{}
	acc.builtin = func(folder string) llm.Provider {
		mu.Lock()
		defer mu.Unlock()
		if _, ok := models[folder]; !ok {
			models[folder] = journal.NewBuiltin(folder)
		}
		return models[folder]
	}
	go acc.tidy()
	return acc
}

// ServeHTTP serves the journal of the account that a request belongs to.
func (acc *accounts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A page of another site must not make a browser try tokens: the gate would
	// block the user's address.
	screen := httpapi.Screen{Hosts: acc.server.initial.AllowedHosts, Origins: acc.server.initial.CORSOrigins, Direct: acc.server.access == nil}
	if err := screen.Check(r); err != nil {
		httpapi.Refuse(w, r, acc.log, err)
		return
	}
	account, err := acc.identify(r)
	switch {
	case daybook.KindOf(err) == daybook.NotFound:
		foreign := httpapi.BearerOf(r) != "" || acc.shared.Load()
		if acc.server.access == nil && foreign {
			httpapi.Refuse(w, r, acc.log, acc.server.gate.Pass(httpapi.FromOf(r), false))
			return
		}
		acc.server.ServeHTTP(w, r)
		return
	case err != nil:
		httpapi.Refuse(w, r, acc.log, err)
		return
	}
	js, err := acc.serverOf(account)
	if err != nil {
		httpapi.Refuse(w, r, acc.log, err)
		return
	}
	// An account may have several tokens. Its handler knows one, the version, which
	// replaces the token that was checked above.
	if httpapi.BearerOf(r) != "" {
		r.Header.Set("Authorization", "Bearer "+account.Version)
	}
	if err := js.serve(w, r); err != nil {
		httpapi.Refuse(w, r, acc.log, err)
	}
}

// identify returns the account that a request belongs to. A daybook.NotFound
// error means that the server of the settings handles it.
func (acc *accounts) identify(r *http.Request) (postgres.Account, error) {
	if r.Method == http.MethodPost && path.Clean(r.URL.Path) == "/login" {
		return acc.login(r) // ignores other tokens and sessions
	}
	if token := httpapi.BearerOf(r); token != "" {
		return acc.bearer(r.Context(), httpapi.FromOf(r), token)
	}
	for _, secret := range httpapi.SecretsOf(r) {
		id, rest, ok := cutOwner(secret)
		if !ok || !acc.hasSession(id, rest) {
			continue // don't ask the database about a forged cookie
		}
		account, err := acc.db.Account(r.Context(), id)
		if daybook.KindOf(err) == daybook.NotFound {
			continue
		}
		if err != nil {
			return account, err
		}
		// A forged cookie must not open a journal.
		if _, leave, ok := acc.sessions(account).Enter(r.Context(), secret); ok {
			leave()
			return account, nil
		}
	}
	return postgres.Account{}, errNoAccount
}

var errNoAccount = daybook.Errorf(daybook.NotFound, "There is no such account.")

// bearer returns the account of a token. Unknown tokens pass the gate first, which
// limits how often the database is asked. The server of the settings counts
// wrong tokens.
func (acc *accounts) bearer(ctx context.Context, from netip.Addr, token string) (postgres.Account, error) {
	if acc.server.access != nil && acc.server.access.Is(token) {
		return postgres.Account{}, errNoAccount
	}
	now, name := time.Now(), sha256.Sum256([]byte(token))
	acc.mu.Lock()
	k, seen := acc.tokens[name]
	// If the open journal has another version, the account has changed.
	one := acc.servers[k.account.ID]
	unchanged := one == nil || one.account.Version == k.account.Version
	fresh := seen && unchanged && now.Before(k.until)
	acc.mu.Unlock()
	if !seen || k.err != nil {
		if err := acc.server.gate.Blocked(from); err != nil {
			return postgres.Account{}, err
		}
	}
	if fresh {
		return k.account, k.err
	}
	account, err := acc.db.Bearer(ctx, token)
	if err != nil && daybook.KindOf(err) != daybook.NotFound {
		return account, err
	}
	acc.mu.Lock()
	defer acc.mu.Unlock()
	if len(acc.tokens) > 10_000 { // somebody is guessing
		clear(acc.tokens)
	}
	acc.tokens[name] = known{account, err, now.Add(tokenTTL)}
	return account, err
}

// ofCode returns the account of a sign-in code. The database is not asked for what
// has no file: the server of the settings counts it as a wrong token.
func (acc *accounts) ofCode(ctx context.Context, code string) (postgres.Account, error) {
	owner, rest, ok := cutOwner(code)
	if !ok || !acc.hasCode(owner, rest) {
		return postgres.Account{}, errNoAccount
	}
	return acc.db.Account(ctx, owner)
}

// login returns the account of the token in a login, and replaces the token in the
// request by the one that the account's handler knows.
func (acc *accounts) login(r *http.Request) (postgres.Account, error) {
	data, err := io.ReadAll(io.LimitReader(r.Body, httpapi.MaxLogin+1))
	if err != nil {
		return postgres.Account{}, &daybook.Error{Kind: daybook.Invalid, Message: "Cannot read the request.", Err: err}
	}
	if len(data) > httpapi.MaxLogin {
		return postgres.Account{}, daybook.Errorf(daybook.TooLarge, "The request is too large.")
	}
	var in struct{ Token, Code string }
	account, err := postgres.Account{}, error(errNoAccount)
	if json.Unmarshal(data, &in) == nil && in.Code != "" {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
		return acc.ofCode(r.Context(), in.Code)
	}
	if json.Unmarshal(data, &in) == nil && in.Token != "" {
		account, err = acc.bearer(r.Context(), httpapi.FromOf(r), in.Token)
	}
	if err == nil {
		if data, err = json.Marshal(map[string]string{"token": account.Version}); err != nil {
			return account, err
		}
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	return account, err
}
