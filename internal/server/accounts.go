package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"daybook"
	"daybook/internal/httpapi"
	"daybook/internal/journal"
	"daybook/internal/llm"
	"daybook/internal/session"
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

// accountServer is the open journal of an account.
type accountServer struct {
	account  postgres.Account
	ready    chan struct{} // closed once server or err is set
	server   *journalServer
	err      error
	lastUsed time.Time
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
		if acc.server.access == nil && (httpapi.BearerOf(r) != "" || acc.shared.Load()) {
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
		id, _, ok := cutOwner(secret)
		if !ok {
			continue
		}
		account, err := acc.db.Account(r.Context(), id)
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
	fresh := seen && now.Before(k.until) && (one == nil || one.account.Version == k.account.Version)
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
	var in struct{ Token string }
	account, err := postgres.Account{}, error(errNoAccount)
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

// serverOf returns the server of an account. It opens the journal if needed.
func (acc *accounts) serverOf(account postgres.Account) (*journalServer, error) {
	acc.mu.Lock()
	if acc.closed {
		acc.mu.Unlock()
		return nil, daybook.Errorf(daybook.Unavailable, "Daybook is shutting down.")
	}
	one := acc.servers[account.ID]
	if one != nil && one.account.Version != account.Version {
		acc.closing.Go(one.close) // its folders or tokens have changed
		one = nil
	}
	mine := one == nil
	if mine {
		one = &accountServer{account: account, ready: make(chan struct{})}
		acc.servers[account.ID] = one
	}
	one.lastUsed = time.Now()
	acc.mu.Unlock()
	if mine {
		one.server, one.err = acc.start(account)
		if one.err != nil {
			acc.mu.Lock()
			if acc.servers[account.ID] == one {
				delete(acc.servers, account.ID)
			}
			acc.mu.Unlock()
		}
		close(one.ready)
	}
	<-one.ready
	return one.server, one.err
}

// start opens the journal of an account and starts its jobs.
func (acc *accounts) start(account postgres.Account) (*journalServer, error) {
	s := acc.server.initial
	// Links and settings may have changed since the account was added.
	if err := CheckOwnerFolders(acc.server.current.Load().journal.Settings, account.Journal, account.Evergreen); err != nil {
		return nil, err
	}
	s.Journal, s.Evergreen, s.Owner = account.Journal, account.Evergreen, account.Name
	s.Anniversaries = nil // not of this account
	s.Data = acc.data(account)
	s.BackupDir = "" // only for the journal of the settings
	if s.BuiltinModel == "" {
		s.BuiltinModel = journal.FindBuiltin(acc.server.initial)
	}
	j, err := journal.Open(acc.ctx, s, journal.Options{Log: acc.log.With("owner", account.ID), Store: acc.db.OfAccount(account), Builtin: acc.builtin})
	if err != nil {
		return nil, err
	}
	js, err := newJournalServerFor(j, acc.server, acc.sessions(account), nil)
	if err != nil {
		j.Close()
		return nil, err
	}
	js.maxRequests = maxAccountRequests
	js.startJobs(acc.ctx)
	return js, nil
}

// data returns the data folder of an account.
func (acc *accounts) data(account postgres.Account) string {
	return filepath.Join(acc.server.initial.Data, ownersFolder, folderOf(account))
}

// folderOf returns a name that is unique for an account, even among databases
// whose accounts have the same IDs.
func folderOf(account postgres.Account) string {
	return fmt.Sprintf("%d-%x", account.ID, account.Created.UnixMicro())
}

func (acc *accounts) sessions(account postgres.Account) ownerSessions {
	return ownerSessions{account.ID, session.New(filepath.Join(acc.data(account), "sessions"), account.Version, nil, time.Now)}
}

// unused reports whether an account has no running requests.
func (one *accountServer) unused() bool {
	select {
	case <-one.ready:
	default:
		return false
	}
	if one.server == nil {
		return true
	}
	one.server.mu.Lock()
	defer one.server.mu.Unlock()
	return one.server.running == 0
}

func (one *accountServer) close() {
	<-one.ready
	if one.server != nil {
		one.server.stopJobs()
		one.server.close(closeWithin / 2)
	}
}

// tidy closes the journals of accounts that were removed or changed, and idle
// ones above the limit, until ctx ends.
func (acc *accounts) tidy() {
	defer close(acc.tidied)
	if bound, err := acc.db.Bound(acc.ctx); err == nil && !bound {
		acc.log.Warn("the database user is a superuser or may bypass row-level security, which then protects nothing; use another")
	}
	known := map[string]bool{} // folders of accounts
	for {
		// While the database is away, everything stays as it is.
		if accounts, err := acc.db.Accounts(acc.ctx); err == nil {
			known = acc.update(accounts, known)
		}
		select {
		case <-acc.ctx.Done():
			return
		case <-time.After(tidyAccounts):
		}
	}
}

// update closes the journals of removed and changed accounts, and deletes the data
// folders of removed ones that were known before. It returns the folders of the
// accounts that exist.
func (acc *accounts) update(accounts []postgres.Account, before map[string]bool) (known map[string]bool) {
	if shared := len(accounts) > 0; acc.shared.Swap(shared) != shared && shared && acc.server.access == nil {
		acc.log.Warn("there are accounts now, so the journal of the settings requires a token: restart the server without no_token")
	}
	versions, known, gone := map[int64]string{}, map[string]bool{}, maps.Clone(before)
	for _, a := range accounts {
		versions[a.ID] = a.Version
		known[folderOf(a)] = true
	}
	for _, one := range acc.takeClosing(versions) {
		one.close()
		if versions[one.account.ID] == "" {
			gone[folderOf(one.account)] = true
		}
	}
	for folder := range gone {
		if known[folder] {
			continue
		}
		if err := os.RemoveAll(filepath.Join(acc.server.initial.Data, ownersFolder, folder)); err != nil {
			acc.log.Error("delete the data of a removed account", "folder", folder, "err", err)
			known[folder] = true // try again
		}
	}
	return known
}

// takeClosing removes and returns the servers that must be closed.
func (acc *accounts) takeClosing(versions map[int64]string) (leaving []*accountServer) {
	acc.mu.Lock()
	defer acc.mu.Unlock()
	var oldest *accountServer
	for id, one := range acc.servers {
		if versions[id] != one.account.Version {
			leaving = append(leaving, one)
			delete(acc.servers, id)
		} else if one.unused() && (oldest == nil || one.lastUsed.Before(oldest.lastUsed)) {
			oldest = one
		}
	}
	if len(acc.servers) > maxOpenAccounts && oldest != nil {
		leaving = append(leaving, oldest)
		delete(acc.servers, oldest.account.ID)
	}
	return leaving
}

// close closes all journals and the database. Call it after the last request.
func (acc *accounts) close() error {
	<-acc.tidied
	acc.mu.Lock()
	acc.closed = true
	open := acc.servers
	acc.servers = nil
	acc.mu.Unlock()
	var all sync.WaitGroup
	for _, one := range open {
		all.Go(one.close)
	}
	all.Wait()
	acc.closing.Wait()
	return acc.db.Close()
}
