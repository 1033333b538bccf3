package session

import (
	"context"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook"
)

const token = "a-token-of-some-length"

func newStore(dir, token string) *Store {
	return New(dir, token, NewGate(slog.New(slog.DiscardHandler)), time.Now)
}

func logIn(t *testing.T, s *Store) string {
	t.Helper()
	secret, err := s.LogIn(t.Context(), home, token)
	if err != nil || len(secret) < 40 {
		t.Fatalf("%q, %v", secret, err)
	}
	return secret
}

var home = netip.MustParseAddr("192.0.2.1")

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func inside(s *Store, secret string) bool {
	_, leave, ok := s.Enter(context.Background(), secret)
	if ok {
		leave()
	}
	return ok
}

func TestSessionOutlivesTheProgramAndNotTheToken(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sessions")
	secret := logIn(t, newStore(dir, token))
	if !inside(newStore(dir, token), secret) {
		t.Error("it is forgotten")
	}
	if inside(newStore(dir, "another-token-of-some-length"), secret) {
		t.Error("it outlives the token")
	}
	for _, wrong := range []string{"", "x", "../sessions", secret[1:], secret + "a", strings.ToLower(secret)} {
		if inside(newStore(dir, token), wrong) {
			t.Errorf("%q lets in", wrong)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, files[0].Name()))
	if err != nil || strings.Contains(string(data)+files[0].Name(), secret) || strings.Contains(string(data), token) {
		t.Errorf("%v: what is kept lets somebody in", err)
	}
	for path, mode := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, files[0].Name()): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestLoggingOutEndsWhatIsOpen(t *testing.T) {
	s := newStore(t.TempDir(), token)
	secret, other := logIn(t, s), logIn(t, s)
	ctx, leave, ok := s.Enter(t.Context(), secret)
	ctx2, leave2, ok2 := s.Enter(t.Context(), other)
	if !ok || !ok2 {
		t.Fatal("they are not let in")
	}
	defer leave()
	defer leave2()
	if err := s.LogOut(secret); err != nil {
		t.Fatal(err)
	}
	if ctx.Err() == nil || ctx2.Err() != nil {
		t.Errorf("ended: %v, %v", ctx.Err(), ctx2.Err())
	}
	if inside(s, secret) || !inside(s, other) {
		t.Error("the wrong one was ended")
	}
	if err := s.LogOut(secret); err != nil {
		t.Errorf("once more: %v", err)
	}
}

func TestSessionsAreTooOldAndTooMany(t *testing.T) {
	s := newStore(t.TempDir(), token)
	old, young := logIn(t, s), logIn(t, s)
	past := time.Now().Add(-MaxAge - time.Minute)
	if err := os.Chtimes(s.path(nameOf(old)), past, past); err != nil {
		t.Fatal(err)
	}
	if inside(s, old) || !inside(s, young) {
		t.Error("the wrong one is too old")
	}
	for range maxSessions {
		logIn(t, s)
	}
	if files := must(os.ReadDir(s.dir))(t); len(files) > maxSessions {
		t.Errorf("%d sessions", len(files))
	}
}

// Another token ends what the old one let in: sessions, and requests that run.
func TestReplacedTokenEndsWhatIsOpen(t *testing.T) {
	s := newStore(t.TempDir(), token)
	secret := logIn(t, s)
	ofSession, leave, ok := s.Enter(t.Context(), secret)
	ofBearer, leave2, err := s.Bearer(t.Context(), home, token)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	defer leave()
	defer leave2()
	const another = "another-token-of-some-length"
	s.Replace(another)
	if ofSession.Err() == nil || ofBearer.Err() == nil {
		t.Errorf("ended: %v, %v", ofSession.Err(), ofBearer.Err())
	}
	if inside(s, secret) {
		t.Error("the session goes on")
	}
	if _, _, err := s.Bearer(t.Context(), home, token); daybook.KindOf(err) != daybook.Unauthorized {
		t.Errorf("the old token: %v", err)
	}
	_, leave3, err := s.Bearer(t.Context(), home, another)
	if err != nil {
		t.Fatal(err)
	}
	leave3()
	if len(s.open) != 2 {
		t.Errorf("%d running, want those two", len(s.open))
	}
}
