package session

import (
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"daybook"
)

func newCode(t *testing.T, s *Store) string {
	t.Helper()
	code, expires, err := s.NewCode()
	if left := expires.Sub(s.now()); err != nil || len(code) < 26 || left > codeAge || left < codeAge-time.Minute {
		t.Fatalf("%q, %v, %v", code, expires, err)
	}
	return code
}

func TestCodeSignsInOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sessions")
	s := newStore(dir, token)
	code := newCode(t, s)
	// Of all who come with it at once, one is let in.
	var in atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if secret, err := newStore(dir, token).Redeem(t.Context(), home, code); err == nil {
				in.Add(1)
				if !inside(s, secret) {
					t.Error("the session is not valid")
				}
			} else if daybook.KindOf(err) != daybook.Unauthorized {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("it signed %d browsers in", in.Load())
	}
}

func TestCodeEnds(t *testing.T) {
	now := time.Now()
	dir := t.TempDir()
	s := New(dir, token, NewGate(slog.New(slog.DiscardHandler)), func() time.Time { return now })
	old, replaced := newCode(t, s), newCode(t, s)
	now = now.Add(codeAge + time.Minute)
	if _, err := s.Redeem(t.Context(), home, old); daybook.KindOf(err) != daybook.Unauthorized {
		t.Errorf("an old one: %v", err)
	}
	now = time.Now()
	s.Replace("another-token-of-some-length")
	if _, err := s.Redeem(t.Context(), home, replaced); daybook.KindOf(err) != daybook.Unauthorized {
		t.Errorf("one of the token before: %v", err)
	}
	// A code is neither a session nor a token, and the other way around.
	code := newCode(t, s)
	if inside(s, code) {
		t.Error("a code is a session")
	}
	if _, err := s.LogIn(t.Context(), home, code); err == nil {
		t.Error("a code is a token")
	}
	for _, wrong := range []string{"", "x", "../sessions", "another-token-of-some-length", code[1:]} {
		if _, err := s.Redeem(t.Context(), home, wrong); err == nil {
			t.Errorf("%q is a code", wrong)
		}
	}
}

func TestCodesAreFewAndGuessesAreLimited(t *testing.T) {
	now := time.Now()
	s := New(t.TempDir(), token, NewGate(slog.New(slog.DiscardHandler)), func() time.Time { return now })
	for range maxCodes {
		newCode(t, s)
	}
	if _, _, err := s.NewCode(); daybook.KindOf(err) != daybook.RateLimited {
		t.Errorf("one more: %v", err)
	}
	now = now.Add(codeAge + time.Minute)
	if _, _, err := s.NewCode(); err != nil {
		t.Errorf("once they are old: %v", err)
	}
	var err error
	for range freeFailures + 2 {
		_, err = s.Redeem(t.Context(), home, "wrong")
	}
	if daybook.KindOf(err) != daybook.RateLimited {
		t.Errorf("after many wrong codes: %v", err)
	}
	// They count as wrong tokens do.
	if _, err := s.LogIn(t.Context(), home, "wrong"); daybook.KindOf(err) != daybook.RateLimited {
		t.Errorf("a wrong token after them: %v", err)
	}
}

// Who signs a browser out also ends the codes that it may have made: it could come
// back with one.
func TestSignOutEndsCodes(t *testing.T) {
	s := newStore(t.TempDir(), token)
	secret, err := s.LogIn(t.Context(), home, token)
	if err != nil {
		t.Fatal(err)
	}
	code := newCode(t, s)
	if err := s.SignOut(nameOf(secret)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Redeem(t.Context(), home, code); daybook.KindOf(err) != daybook.Unauthorized {
		t.Errorf("a code from before: %v", err)
	}
	if _, err := s.Redeem(t.Context(), home, newCode(t, s)); err != nil {
		t.Errorf("a new code: %v", err)
	}
}
