package server

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"daybook"
	"daybook/internal/journal"
	"daybook/internal/session"
	"daybook/internal/store/postgres"
)

// accountServer is the open journal of an account.
type accountServer struct {
	account  postgres.Account
	ready    chan struct{} // closed once server or err is set
	server   *journalServer
	err      error
	lastUsed time.Time
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
	return ownerSessions{account.ID, session.New(filepath.Join(acc.data(account), sessionsFolder), account.Version, nil, time.Now)}
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
			continue
		}
		older := oldest == nil || one.lastUsed.Before(oldest.lastUsed)
		if older && one.unused() {
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
