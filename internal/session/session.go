// Package session remembers in which browsers the token was shown. A browser
// keeps a secret of its own, in a cookie; what is kept here lets nobody in.
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
	"time"

	"daybook"
)

// MaxAge is how long a session lives.
const MaxAge = 400 * 24 * time.Hour

// most bounds how many sessions there are; the oldest go first.
const most = 200

// Store keeps sessions as files of a folder, one each: its name is a hash of
// the browser's secret, and what stands in it can only be made from that
// secret and the token, so that another token ends them all. Programs that
// share a folder and a token share the sessions. A Store is safe for
// concurrent use.
type Store struct {
	dir   string
	token string
	now   func() time.Time
	gates gates

	mu   sync.Mutex
	open map[string]map[*visit]bool // by name: what is being answered
}

// visit is a request of a session while it is answered.
type visit struct{ end context.CancelFunc }

// New returns the sessions in dir, which is made when it is needed, of those
// who show token.
func New(dir, token string, now func() time.Time) *Store {
	return &Store{dir: dir, token: token, now: now, open: map[string]map[*visit]bool{}}
}

// shown reports whether token is the one, in a time that does not depend on
// it.
func (s *Store) shown(token string) bool {
	got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.token))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// LogIn begins a session for whoever shows the token and returns its secret.
// A wrong token is a daybook.Unauthorized error. Wrong ones slow down all who
// try after them from the same address, which may be zero: LogIn waits, or is a
// daybook.RateLimited error when too many do.
func (s *Store) LogIn(ctx context.Context, from netip.Addr, token string) (secret string, err error) {
	if err := s.gates.wait(ctx, from); err != nil {
		return "", err
	}
	if !s.shown(token) {
		return "", daybook.Errorf(daybook.Unauthorized, "This is not the token.")
	}
	s.gates.passed(from)
	secret = rand.Text() + rand.Text()
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return "", kept(err)
	}
	s.tidy()
	if err := os.WriteFile(s.path(nameOf(secret)), []byte(s.proof(secret)), 0o600); err != nil {
		return "", kept(err)
	}
	return secret, nil
}

func kept(err error) error {
	return &daybook.Error{Kind: daybook.Unavailable, Message: "The session cannot be kept: Daybook's data folder cannot be written to.", Err: err}
}

// Enter reports whether secret is a session's. The context it returns ends
// when the session does; leave must be called when the request is answered.
func (s *Store) Enter(ctx context.Context, secret string) (_ context.Context, leave func(), ok bool) {
	name := nameOf(secret)
	ctx, end := context.WithCancel(ctx)
	v := &visit{end}
	// It is registered before it is looked for, so that one that ends
	// meanwhile ends this request too.
	s.mu.Lock()
	if s.open[name] == nil {
		s.open[name] = map[*visit]bool{}
	}
	s.open[name][v] = true
	s.mu.Unlock()
	leave = func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		end()
		delete(s.open[name], v)
		if len(s.open[name]) == 0 {
			delete(s.open, name)
		}
	}
	if !s.valid(secret) {
		leave()
		return nil, nil, false
	}
	return ctx, leave, true
}

func (s *Store) valid(secret string) bool {
	path := s.path(nameOf(secret))
	info, err := os.Stat(path)
	if err != nil || s.now().Sub(info.ModTime()) > MaxAge {
		return false
	}
	data, err := os.ReadFile(path)
	return err == nil && subtle.ConstantTimeCompare(data, []byte(s.proof(secret))) == 1
}

// LogOut ends a session and what is being answered to it. One that is unknown
// is no error.
func (s *Store) LogOut(secret string) error {
	name := nameOf(secret)
	err := os.Remove(s.path(name))
	s.mu.Lock()
	defer s.mu.Unlock()
	for v := range s.open[name] {
		v.end()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &daybook.Error{Kind: daybook.Unavailable, Message: "The session could not be erased: Daybook's data folder cannot be written to.", Err: err}
	}
	return nil
}

// tidy erases sessions that are too old, and those too many.
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
		if info, err := f.Info(); err == nil && len(f.Name()) == 2*sha256.Size {
			all = append(all, old{s.path(f.Name()), info.ModTime()})
		}
	}
	slices.SortFunc(all, func(a, b old) int { return b.begun.Compare(a.begun) })
	for i, o := range all {
		if i >= most-1 || s.now().Sub(o.begun) > MaxAge {
			_ = os.Remove(o.path) // the next login tries again
		}
	}
}

func (s *Store) path(name string) string { return filepath.Join(s.dir, name) }

// nameOf is what a session's file is called.
func nameOf(secret string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte("daybook session "+secret)))
}

// proof is what stands in a session's file.
func (s *Store) proof(secret string) string {
	mac := hmac.New(sha256.New, []byte(s.token))
	mac.Write([]byte(secret))
	return hex.EncodeToString(mac.Sum(nil))
}
