package main

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
	"daybook/internal/llm"
	"daybook/internal/session"
	"daybook/internal/store/postgres"
)

const (
	// knownFor is how long a token is believed without asking the database.
	knownFor = 5 * time.Second
	// tidyTenants is how often it is looked which owners are gone or changed.
	tidyTenants = 15 * time.Second
	// mostTenants is how many journals are kept open that nobody asks.
	mostTenants = 200
	// mostAsking is how many requests of an owner are answered at once, streams
	// among them.
	mostAsking = 200
)

// tenants serves the journals of many owners, each to who bears a token of
// theirs, and all else by the house. A journal is opened when it is first
// asked, and kept in step from then on.
type tenants struct {
	house   *house
	db      *postgres.DB
	builtin func(folder string) llm.Provider // one for all
	ctx     context.Context
	log     *slog.Logger
	closing sync.WaitGroup
	shared  atomic.Bool // there are owners

	mu     sync.Mutex
	open   map[int64]*tenant
	tokens map[[sha256.Size]byte]known // by the hash of a token
	closed bool
	tidied chan struct{}
}

type known struct {
	account postgres.Account
	err     error
	until   time.Time
}

// tenant is the journal of one owner.
type tenant struct {
	account postgres.Account
	ready   chan struct{} // closed when it is open, or could not be opened
	in      *instance
	err     error
	asked   time.Time
}

// newTenants serves beside the house what the owners in a database have. What
// runs beside the requests ends with ctx.
func newTenants(ctx context.Context, h *house, db *postgres.DB) *tenants {
	t := &tenants{house: h, db: db, ctx: ctx, log: h.log, open: map[int64]*tenant{}, tokens: map[[sha256.Size]byte]known{}, tidied: make(chan struct{})}
	var mu sync.Mutex
	models := map[string]llm.Provider{}
	t.builtin = func(folder string) llm.Provider {
		mu.Lock()
		defer mu.Unlock()
		if _, ok := models[folder]; !ok {
			models[folder] = newBuiltin(folder)
		}
		return models[folder]
	}
	go t.tidy()
	return t
}

// ServeHTTP answers for the journal whose owner asks.
func (t *tenants) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A page elsewhere must not have a browser try tokens: the gate would block
	// the address of its user.
	screen := httpapi.Screen{Hosts: t.house.began.AllowedHosts, Origins: t.house.began.CORSOrigins, Direct: t.house.access == nil}
	if err := screen.Check(r); err != nil {
		httpapi.Refuse(w, r, t.log, err)
		return
	}
	account, err := t.who(r)
	switch {
	case daybook.KindOf(err) == daybook.NotFound:
		if t.house.access == nil && (httpapi.BearerOf(r) != "" || t.shared.Load()) {
			httpapi.Refuse(w, r, t.log, t.house.gate.Pass(httpapi.FromOf(r), false))
			return
		}
		t.house.ServeHTTP(w, r)
		return
	case err != nil:
		httpapi.Refuse(w, r, t.log, err)
		return
	}
	in, err := t.instance(account)
	if err != nil {
		httpapi.Refuse(w, r, t.log, err)
		return
	}
	// The owner's own handler asks for one token, which stands for them all.
	// One that came with the request was looked up.
	if httpapi.BearerOf(r) != "" {
		r.Header.Set("Authorization", "Bearer "+account.Version)
	}
	if err := in.serve(w, r); err != nil {
		httpapi.Refuse(w, r, t.log, err)
	}
}

// who returns the account of the owner who asks, or a daybook.NotFound error if
// the house is to answer.
func (t *tenants) who(r *http.Request) (postgres.Account, error) {
	if r.Method == http.MethodPost && path.Clean(r.URL.Path) == "/login" {
		return t.login(r) // whatever was shown before
	}
	if token := httpapi.BearerOf(r); token != "" {
		return t.bearer(r.Context(), httpapi.FromOf(r), token)
	}
	for _, secret := range httpapi.SecretsOf(r) {
		id, _, ok := cutOwner(secret)
		if !ok {
			continue
		}
		account, err := t.db.Account(r.Context(), id)
		if err != nil {
			return account, err
		}
		// Nobody has a journal opened by a cookie that they made up.
		if _, leave, ok := t.sessions(account).Enter(r.Context(), secret); ok {
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
func (t *tenants) bearer(ctx context.Context, from netip.Addr, token string) (postgres.Account, error) {
	if t.house.access != nil && t.house.access.Is(token) {
		return postgres.Account{}, errNobody
	}
	now, name := time.Now(), sha256.Sum256([]byte(token))
	t.mu.Lock()
	k, seen := t.tokens[name]
	// One that was open under another version has heard of a change.
	ten := t.open[k.account.ID]
	fresh := seen && now.Before(k.until) && (ten == nil || ten.account.Version == k.account.Version)
	t.mu.Unlock()
	if !seen || k.err != nil {
		if err := t.house.gate.Blocked(from); err != nil {
			return postgres.Account{}, err
		}
	}
	if fresh {
		return k.account, k.err
	}
	account, err := t.db.Bearer(ctx, token)
	if err != nil && daybook.KindOf(err) != daybook.NotFound {
		return account, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.tokens) > 10_000 { // somebody tries them
		clear(t.tokens)
	}
	t.tokens[name] = known{account, err, now.Add(knownFor)}
	return account, err
}

// login finds whose token a login shows, and has the request show the one that
// the owner's handler asks for.
func (t *tenants) login(r *http.Request) (postgres.Account, error) {
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
		account, err = t.bearer(r.Context(), httpapi.FromOf(r), in.Token)
	}
	if err == nil {
		if data, err = json.Marshal(map[string]string{"token": account.Version}); err != nil {
			return account, err
		}
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	return account, err
}

// instance returns the journal of an account, opening it where it is not open.
func (t *tenants) instance(account postgres.Account) (*instance, error) {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return nil, daybook.Errorf(daybook.Unavailable, "Daybook is shutting down.")
	}
	ten := t.open[account.ID]
	if ten != nil && ten.account.Version != account.Version {
		t.closing.Go(ten.close) // it has other folders or other tokens now
		ten = nil
	}
	mine := ten == nil
	if mine {
		ten = &tenant{account: account, ready: make(chan struct{})}
		t.open[account.ID] = ten
	}
	ten.asked = time.Now()
	t.mu.Unlock()
	if mine {
		ten.in, ten.err = t.start(account)
		if ten.err != nil {
			t.mu.Lock()
			if t.open[account.ID] == ten {
				delete(t.open, account.ID)
			}
			t.mu.Unlock()
		}
		close(ten.ready)
	}
	<-ten.ready
	return ten.in, ten.err
}

// start opens the journal of an account.
func (t *tenants) start(account postgres.Account) (*instance, error) {
	s := t.house.began
	// A link may have come since it was added, and the keeper have other flags.
	if err := notKeepers(t.house.current.Load().app.settings, account.Journal, account.Evergreen); err != nil {
		return nil, err
	}
	s.Journal, s.Evergreen, s.Owner = account.Journal, account.Evergreen, account.Name
	s.Anniversaries = nil // those are the keeper's
	s.Data = t.data(account)
	s.BackupDir = "" // which is for the server's own journal
	if s.BuiltinModel == "" {
		s.BuiltinModel = findBuiltin(t.house.began)
	}
	a, err := openJournal(t.ctx, s, options{log: t.log.With("owner", account.ID), store: t.db.OfAccount(account), builtin: t.builtin})
	if err != nil {
		return nil, err
	}
	in, err := newInstanceFor(a, t.house, t.sessions(account), nil)
	if err != nil {
		a.Close()
		return nil, err
	}
	in.most = mostAsking
	in.startJobs(t.ctx)
	return in, nil
}

// data is the folder of what this server keeps for an account.
func (t *tenants) data(account postgres.Account) string {
	return filepath.Join(t.house.began.Data, ownersFolder, folderOf(account))
}

// folderOf is another one for each account, also of another database whose
// owners have the same numbers.
func folderOf(account postgres.Account) string {
	return fmt.Sprintf("%d-%x", account.ID, account.Created.UnixMicro())
}

func (t *tenants) sessions(account postgres.Account) ownerSessions {
	return ownerSessions{account.ID, session.New(filepath.Join(t.data(account), "sessions"), account.Version, nil, time.Now)}
}

// unasked reports whether nobody waits for an answer.
func (ten *tenant) unasked() bool {
	select {
	case <-ten.ready:
	default:
		return false
	}
	if ten.in == nil {
		return true
	}
	ten.in.mu.Lock()
	defer ten.in.mu.Unlock()
	return ten.in.asking == 0
}

func (ten *tenant) close() {
	<-ten.ready
	if ten.in != nil {
		ten.in.stopJobs()
		ten.in.close(closeWithin / 2)
	}
}

// tidy closes the journals of owners that are gone or changed, and those too
// many, until the server ends.
func (t *tenants) tidy() {
	defer close(t.tidied)
	if bound, err := t.db.Bound(t.ctx); err == nil && !bound {
		t.log.Warn("the database's user is a superuser or may bypass row-level security, which then stands behind no query; give Daybook another")
	}
	known := map[string]bool{} // folders of the owners that there were
	for {
		// Without the database the journals are served as they were.
		if accounts, err := t.db.Accounts(t.ctx); err == nil {
			known = t.settle(accounts, known)
		}
		select {
		case <-t.ctx.Done():
			return
		case <-time.After(tidyTenants):
		}
	}
}

// settle has what is open be that of the accounts that there are, and erases
// what is kept here of owners that were known before and are gone. It returns
// those that are known now.
func (t *tenants) settle(accounts []postgres.Account, before map[string]bool) (known map[string]bool) {
	if shared := len(accounts) > 0; t.shared.Swap(shared) != shared && shared && t.house.access == nil {
		t.log.Warn("other owners' journals are served here too, so that of the settings requires a token: start the server again without no_token")
	}
	versions, known, gone := map[int64]string{}, map[string]bool{}, maps.Clone(before)
	for _, a := range accounts {
		versions[a.ID] = a.Version
		known[folderOf(a)] = true
	}
	for _, ten := range t.leave(versions) {
		ten.close()
		if versions[ten.account.ID] == "" {
			gone[folderOf(ten.account)] = true
		}
	}
	for folder := range gone {
		if known[folder] {
			continue
		}
		if err := os.RemoveAll(filepath.Join(t.house.began.Data, ownersFolder, folder)); err != nil {
			t.log.Error("erase what was kept of an owner who was removed", "folder", folder, "err", err)
			known[folder] = true // for another try
		}
	}
	return known
}

// leave takes out of those that are open what is to be closed.
func (t *tenants) leave(versions map[int64]string) (leaving []*tenant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var oldest *tenant
	for id, ten := range t.open {
		if versions[id] != ten.account.Version {
			leaving = append(leaving, ten)
			delete(t.open, id)
		} else if ten.unasked() && (oldest == nil || ten.asked.Before(oldest.asked)) {
			oldest = ten
		}
	}
	if len(t.open) > mostTenants && oldest != nil {
		leaving = append(leaving, oldest)
		delete(t.open, oldest.account.ID)
	}
	return leaving
}

// close closes everything. The server has ended before.
func (t *tenants) close() error {
	<-t.tidied
	t.mu.Lock()
	t.closed = true
	open := t.open
	t.open = nil
	t.mu.Unlock()
	var all sync.WaitGroup
	for _, ten := range open {
		all.Go(ten.close)
	}
	all.Wait()
	t.closing.Wait()
	return t.db.Close()
}
