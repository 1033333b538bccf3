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
	// tokenTTL is how long a token is believed without asking the database.
	tokenTTL = 5 * time.Second
	// tidyAccounts is how often it is looked which owners are gone or changed.
	tidyAccounts = 15 * time.Second
	// maxOpenAccounts is how many journals are kept open that nobody asks.
	maxOpenAccounts = 200
	// maxAccountRequests is how many requests of an owner are answered at once, streams
	// among them.
	maxAccountRequests = 200
)

// accounts serves the journals of many owners, each to who bears a token of
// theirs, and all else by the house. A journal is opened when it is first
// asked, and kept in step from then on.
type accounts struct {
	server  *Server
	db      *postgres.DB
	builtin func(folder string) llm.Provider // one for all
	ctx     context.Context
	log     *slog.Logger
	closing sync.WaitGroup
	shared  atomic.Bool // there are owners

	mu      sync.Mutex
	servers map[int64]*accountServer
	tokens  map[[sha256.Size]byte]known // by the hash of a token
	closed  bool
	tidied  chan struct{}
}

type known struct {
	account postgres.Account
	err     error
	until   time.Time
}

// accountServer is the journal of one owner.
type accountServer struct {
	account  postgres.Account
	ready    chan struct{} // closed when it is open, or could not be opened
	server   *journalServer
	err      error
	lastUsed time.Time
}

// newAccounts serves beside the house what the owners in a database have. What
// runs beside the requests ends with ctx.
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

// ServeHTTP answers for the journal whose owner asks.
func (acc *accounts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A page elsewhere must not have a browser try tokens: the gate would block
	// the address of its user.
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
	// The owner's own handler asks for one token, which stands for them all.
	// One that came with the request was looked up.
	if httpapi.BearerOf(r) != "" {
		r.Header.Set("Authorization", "Bearer "+account.Version)
	}
	if err := js.serve(w, r); err != nil {
		httpapi.Refuse(w, r, acc.log, err)
	}
}

// identify returns the account of the owner who asks, or a daybook.NotFound error if
// the house is to answer.
func (acc *accounts) identify(r *http.Request) (postgres.Account, error) {
	if r.Method == http.MethodPost && path.Clean(r.URL.Path) == "/login" {
		return acc.login(r) // whatever was shown before
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
		// Nobody has a journal opened by a cookie that they made up.
		if _, leave, ok := acc.sessions(account).Enter(r.Context(), secret); ok {
			leave()
			return account, nil
		}
	}
	return postgres.Account{}, errNobody
}

var errNobody = daybook.Errorf(daybook.NotFound, "There is no such owner.")

// bearer looks a token up. It goes through the gate first, so that nobody has
// the database asked as often as they like, unless it is one that was right
// before: tokens of owners are too long to be guessed. The house counts the wrong
// ones.
func (acc *accounts) bearer(ctx context.Context, from netip.Addr, token string) (postgres.Account, error) {
	if acc.server.access != nil && acc.server.access.Is(token) {
		return postgres.Account{}, errNobody
	}
	now, name := time.Now(), sha256.Sum256([]byte(token))
	acc.mu.Lock()
	k, seen := acc.tokens[name]
	// One that was open under another version has heard of a change.
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
	if len(acc.tokens) > 10_000 { // somebody tries them
		clear(acc.tokens)
	}
	acc.tokens[name] = known{account, err, now.Add(tokenTTL)}
	return account, err
}

// login finds whose token a login shows, and has the request show the one that
// the owner's handler asks for.
func (acc *accounts) login(r *http.Request) (postgres.Account, error) {
	data, err := io.ReadAll(io.LimitReader(r.Body, httpapi.MaxLogin+1))
	if err != nil {
		return postgres.Account{}, &daybook.Error{Kind: daybook.Invalid, Message: "The request could not be read.", Err: err}
	}
	if len(data) > httpapi.MaxLogin {
		return postgres.Account{}, daybook.Errorf(daybook.TooLarge, "The request is too large.")
	}
	var in struct{ Token string }
	account, err := postgres.Account{}, error(errNobody)
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

// serverOf returns the journal of an account, opening it where it is not open.
func (acc *accounts) serverOf(account postgres.Account) (*journalServer, error) {
	acc.mu.Lock()
	if acc.closed {
		acc.mu.Unlock()
		return nil, daybook.Errorf(daybook.Unavailable, "Daybook is shutting down.")
	}
	one := acc.servers[account.ID]
	if one != nil && one.account.Version != account.Version {
		acc.closing.Go(one.close) // it has other folders or other tokens now
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

// start opens the journal of an account.
func (acc *accounts) start(account postgres.Account) (*journalServer, error) {
	s := acc.server.initial
	// A link may have come since it was added, and the keeper have other flags.
	if err := CheckOwnerFolders(acc.server.current.Load().journal.Settings, account.Journal, account.Evergreen); err != nil {
		return nil, err
	}
	s.Journal, s.Evergreen, s.Owner = account.Journal, account.Evergreen, account.Name
	s.Anniversaries = nil // those are the keeper's
	s.Data = acc.data(account)
	s.BackupDir = "" // which is for the server's own journal
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

// data is the folder of what this server keeps for an account.
func (acc *accounts) data(account postgres.Account) string {
	return filepath.Join(acc.server.initial.Data, ownersFolder, folderOf(account))
}

// folderOf is another one for each account, also of another database whose
// owners have the same numbers.
func folderOf(account postgres.Account) string {
	return fmt.Sprintf("%d-%x", account.ID, account.Created.UnixMicro())
}

func (acc *accounts) sessions(account postgres.Account) ownerSessions {
	return ownerSessions{account.ID, session.New(filepath.Join(acc.data(account), "sessions"), account.Version, nil, time.Now)}
}

// unasked reports whether nobody waits for an answer.
func (one *accountServer) unasked() bool {
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

// tidy closes the journals of owners that are gone or changed, and those too
// many, until the server ends.
func (acc *accounts) tidy() {
	defer close(acc.tidied)
	if bound, err := acc.db.Bound(acc.ctx); err == nil && !bound {
		acc.log.Warn("the database's user is a superuser or may bypass row-level security, which then stands behind no query; give Daybook another")
	}
	known := map[string]bool{} // folders of the owners that there were
	for {
		// Without the database the journals are served as they were.
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

// update has what is open be that of the accounts that there are, and erases
// what is kept here of owners that were known before and are gone. It returns
// those that are known now.
func (acc *accounts) update(accounts []postgres.Account, before map[string]bool) (known map[string]bool) {
	if shared := len(accounts) > 0; acc.shared.Swap(shared) != shared && shared && acc.server.access == nil {
		acc.log.Warn("other owners' journals are served here too, so that of the settings requires a token: start the server again without no_token")
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
			acc.log.Error("erase what was kept of an owner who was removed", "folder", folder, "err", err)
			known[folder] = true // for another try
		}
	}
	return known
}

// takeClosing takes out of those that are open what is to be closed.
func (acc *accounts) takeClosing(versions map[int64]string) (leaving []*accountServer) {
	acc.mu.Lock()
	defer acc.mu.Unlock()
	var oldest *accountServer
	for id, one := range acc.servers {
		if versions[id] != one.account.Version {
			leaving = append(leaving, one)
			delete(acc.servers, id)
		} else if one.unasked() && (oldest == nil || one.lastUsed.Before(oldest.lastUsed)) {
			oldest = one
		}
	}
	if len(acc.servers) > maxOpenAccounts && oldest != nil {
		leaving = append(leaving, oldest)
		delete(acc.servers, oldest.account.ID)
	}
	return leaving
}

// close closes everything. The server has ended before.
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
