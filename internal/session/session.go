// Package session authenticates requests: by the server's token, or by the session of a
// browser that signed in with it. The browser keeps its secret in a cookie; what is on
// disk is not enough to sign in.
package session

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"daybook"
)

// MaxAge is how long a session lives.
const MaxAge = 400 * 24 * time.Hour

// maxSessions is how many sessions are kept; the oldest are deleted first.
const maxSessions = 200

// Store has the token, and keeps each session as a file. Its name is a hash of the
// browser's secret, and its content an HMAC of the secret with the token, so that a new
// token ends all sessions; what browser it is; and an HMAC of the name. Programs with the same folder and token share the sessions. A
// Store is safe for concurrent use.
type Store struct {
	dir  string
	gate *Gate
	now  func() time.Time

	token atomic.Pointer[string]

	mu   sync.Mutex
	open map[string]map[*visit]bool // running requests, by the session's name
}

// visit is a running request of a session.
type visit struct{ end context.CancelFunc }

// New returns a store of the sessions in dir, which is created when needed. Token must
// not be empty. Gate limits guesses.
func New(dir, token string, gate *Gate, now func() time.Time) *Store {
	s := &Store{dir: dir, gate: gate, now: now, open: map[string]map[*visit]bool{}}
	s.token.Store(&token)
	return s
}

// Replace replaces the token. It ends all sessions, and the requests that sent the old
// token.
func (s *Store) Replace(token string) {
	s.token.Store(&token)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, visits := range s.open {
		for v := range visits {
			v.end()
		}
	}
}

// Is reports whether token is right, in constant time.
func (s *Store) Is(token string) bool {
	got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(*s.token.Load()))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// check returns nil for the right token. The error is daybook.Unauthorized for a wrong
// one, and daybook.RateLimited after too many from one address, which may be zero; see
// Gate.
func (s *Store) check(from netip.Addr, token string) error {
	right := s.Is(token)
	if right && generated(token) {
		return nil
	}
	return s.gate.Pass(from, right)
}

// Bearer authenticates a request by the token. The returned context ends when the token
// is replaced; leave must be called after the response.
// Errors are daybook.Unauthorized and daybook.RateLimited.
func (s *Store) Bearer(ctx context.Context, from netip.Addr, token string) (_ context.Context, leave func(), err error) {
	if err := s.check(from, token); err != nil {
		return nil, nil, err
	}
	ctx, leave = s.visit(ctx, bearers)
	if !s.Is(token) { // it was replaced in the meantime
		leave()
		return nil, nil, daybook.Errorf(daybook.Unauthorized, "Wrong token.")
	}
	return ctx, leave, nil
}

// bearers is the name of the requests that send the token; no session has it.
const bearers = "bearers"

// LogIn creates a session and returns its secret. It returns Bearer's errors, and
// daybook.Unavailable if the session cannot be saved.
func (s *Store) LogIn(ctx context.Context, from netip.Addr, token string) (secret string, err error) {
	if err := s.check(from, token); err != nil {
		return "", err
	}
	return s.begin(ctx, token)
}

// begin creates a session under a token that was checked, and returns its secret.
func (s *Store) begin(ctx context.Context, token string) (secret string, err error) {
	secret = rand.Text() + rand.Text()
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return "", kept(err)
	}
	s.tidy()
	name := nameOf(secret)
	if err := os.WriteFile(s.path(name), []byte(proof(token, secret)+"\n"+agentIn(ctx)+"\n"+seal(token, name)), 0o600); err != nil {
		return "", kept(err)
	}
	return secret, nil
}

func kept(err error) error {
	return &daybook.Error{Kind: daybook.Unavailable, Message: "The session cannot be saved: the data folder is not writable.", Err: err}
}

// Enter authenticates a request by the secret of a session. The returned context ends
// with the session; leave must be called after the response.
func (s *Store) Enter(ctx context.Context, secret string) (_ context.Context, leave func(), ok bool) {
	// The request is registered before the session is looked up, so that a
	// session that ends meanwhile ends the request too.
	ctx, leave = s.visit(ctx, nameOf(secret))
	if !s.valid(secret) {
		leave()
		return nil, nil, false
	}
	return ctx, leave, true
}

// visit registers a running request under a session's name.
func (s *Store) visit(ctx context.Context, name string) (_ context.Context, leave func()) {
	ctx, end := context.WithCancel(ctx)
	v := &visit{end}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[name] == nil {
		s.open[name] = map[*visit]bool{}
	}
	s.open[name][v] = true
	return ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		end()
		delete(s.open[name], v)
		if len(s.open[name]) == 0 {
			delete(s.open, name)
		}
	}
}

func (s *Store) valid(secret string) bool {
	path := s.path(nameOf(secret))
	info, err := os.Stat(path)
	if err != nil || s.now().Sub(info.ModTime()) > MaxAge {
		return false
	}
	data, err := os.ReadFile(path)
	kept, _, _ := cutFile(data)
	return err == nil && subtle.ConstantTimeCompare([]byte(kept), []byte(proof(*s.token.Load(), secret))) == 1
}

// Exists reports whether a folder has a file for this secret. That does not prove that
// the session is valid.
func Exists(dir, secret string) bool {
	_, err := os.Stat(filepath.Join(dir, nameOf(secret)))
	return err == nil
}

// LogOut ends a session and its running requests. An unknown session is not an error.
func (s *Store) LogOut(secret string) error { return s.end(nameOf(secret)) }

// end ends the session of a name.
func (s *Store) end(name string) error {
	err := os.Remove(s.path(name))
	s.mu.Lock()
	defer s.mu.Unlock()
	for v := range s.open[name] {
		v.end()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &daybook.Error{Kind: daybook.Unavailable, Message: "The session could not be deleted: the data folder is not writable.", Err: err}
	}
	return nil
}

// tidy deletes sessions that are too old or too many.
func (s *Store) tidy() {
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return
	}
	type old struct {
		path  string
		begun time.Time
	}
	var all []old
	for _, f := range files {
		if info, err := f.Info(); err == nil && isName(f.Name()) {
			all = append(all, old{s.path(f.Name()), info.ModTime()})
		}
	}
	slices.SortFunc(all, func(a, b old) int { return b.begun.Compare(a.begun) })
	for i, o := range all {
		if i >= maxSessions-1 || s.now().Sub(o.begun) > MaxAge {
			_ = os.Remove(o.path) // the next login tries again
		}
	}
}

func (s *Store) path(name string) string { return filepath.Join(s.dir, name) }

// nameOf returns the name of a session's file.
func nameOf(secret string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte("daybook session "+secret)))
}

// proof returns the content of a session's file.
func proof(token, secret string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte(secret))
	return hex.EncodeToString(mac.Sum(nil))
}
