package session

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daybook"
)

const token = "a-token-of-some-length"

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
	secret := logIn(t, New(dir, token, time.Now))
	if !inside(New(dir, token, time.Now), secret) {
		t.Error("it is forgotten")
	}
	if inside(New(dir, "another-token-of-some-length", time.Now), secret) {
		t.Error("it outlives the token")
	}
	for _, wrong := range []string{"", "x", "../sessions", secret[1:], secret + "a", strings.ToLower(secret)} {
		if inside(New(dir, token, time.Now), wrong) {
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
	s := New(t.TempDir(), token, time.Now)
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
	s := New(t.TempDir(), token, time.Now)
	old, young := logIn(t, s), logIn(t, s)
	past := time.Now().Add(-MaxAge - time.Minute)
	if err := os.Chtimes(s.path(nameOf(old)), past, past); err != nil {
		t.Fatal(err)
	}
	if inside(s, old) || !inside(s, young) {
		t.Error("the wrong one is too old")
	}
	for range most {
		logIn(t, s)
	}
	if files := must(os.ReadDir(s.dir))(t); len(files) > most {
		t.Errorf("%d sessions", len(files))
	}
}

// Wrong tokens slow down those who try, however many try at once, and let
// nobody skip the wait.
func TestWrongTokensAreSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(t.TempDir(), token, time.Now)
		begin := time.Now()
		var wg sync.WaitGroup
		var mu sync.Mutex
		looked, refused := 0, 0
		for range 1000 {
			wg.Go(func() {
				_, err := s.LogIn(t.Context(), home, "wrong")
				mu.Lock()
				defer mu.Unlock()
				switch daybook.KindOf(err) {
				case daybook.Unauthorized:
					looked++
				case daybook.RateLimited:
					refused++
				default:
					t.Errorf("%v", err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(begin); looked > 15 || looked+refused != 1000 || took < 5*time.Second || took > time.Minute {
			t.Errorf("%d were looked at and %d refused in %s", looked, refused, took)
		}
		time.Sleep(20 * time.Second)
		begin = time.Now()
		logIn(t, s)
		if time.Since(begin) > longestWait {
			t.Errorf("the owner waited %s", time.Since(begin))
		}
		begin = time.Now()
		logIn(t, s)
		if time.Since(begin) > 0 {
			t.Error("a right token does not let the next one in at once")
		}
	})
}

// Who tries wrong tokens slows down nobody elsewhere, and cannot by having many
// addresses have each of them begin anew, or use up the memory.
func TestWrongTokensAreSlowWhereTheyComeFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(t.TempDir(), token, time.Now)
		slowed := func(from string) bool {
			begin := time.Now()
			_, err := s.LogIn(t.Context(), netip.MustParseAddr(from), "wrong")
			return time.Since(begin) > 0 || daybook.KindOf(err) == daybook.RateLimited
		}
		for _, tries := range []struct{ address, again string }{
			{"198.51.100.7", "::ffff:198.51.100.7"}, {"2001:db8::%x", "2001:db8::beef%eth0"},
		} {
			for i := range 10 {
				slowed(strings.Replace(tries.address, "%x", fmt.Sprint(i+1), 1))
			}
			if !slowed(tries.again) {
				t.Errorf("%s is not slowed down", tries.again)
			}
		}
		begin := time.Now()
		if _, err := s.LogIn(t.Context(), home, token); err != nil || time.Since(begin) > 0 {
			t.Errorf("another waits %s: %v", time.Since(begin), err)
		}
		var all sync.WaitGroup
		for i := range 2 * mostPlaces {
			all.Go(func() { slowed(fmt.Sprintf("10.0.%d.%d", i/250, i%250)) })
		}
		synctest.Wait()
		if len(s.gates.places) > mostPlaces+1 {
			t.Errorf("%d places are remembered", len(s.gates.places))
		}
		if !slowed("203.0.113.9") {
			t.Error("one of very many is not slowed down")
		}
		all.Wait()
		time.Sleep(forgetAfter + longestWait)
		if slowed("203.0.113.9") || len(s.gates.places) > 2 {
			t.Errorf("after a while one is slowed down, or %d places are remembered", len(s.gates.places))
		}
	})
}
