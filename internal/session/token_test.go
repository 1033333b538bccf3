package session

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook"
)

func TestTokenIsGeneratedOnce(t *testing.T) {
	data := filepath.Join(t.TempDir(), "new", "data")
	var wg sync.WaitGroup
	var mu sync.Mutex
	tokens := map[string]bool{}
	for range 32 { // programs that start at once
		wg.Go(func() {
			token, err := EnsureToken(data)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			tokens[token] = true
		})
	}
	wg.Wait()
	if len(tokens) != 1 {
		t.Fatalf("%d tokens", len(tokens))
	}
	for token := range tokens {
		if !generated(token) || len(token) != 64 {
			t.Errorf("%d characters", len(token))
		}
	}
	for path, mode := range map[string]fs.FileMode{data: 0o700, TokenFile(data): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if files := must(os.ReadDir(data))(t); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
	before := must(ReadToken(data))(t)
	after := must(NewToken(data))(t)
	if got := must(EnsureToken(data))(t); before == after || got != after {
		t.Error("it was not replaced")
	}
	if files := must(os.ReadDir(data))(t); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}

// Without hard links the token is moved into place, by one program alone.
func TestTokenIsClaimedOnce(t *testing.T) {
	data := t.TempDir()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			temp, err := writeTemp(data, newToken())
			if err != nil {
				t.Error(err)
				return
			}
			defer os.Remove(temp)
			if err := claim(temp, TokenFile(data)); err != nil {
				t.Error(err)
			}
			first, err := ReadToken(data)
			if err != nil {
				t.Error(err)
			}
			if again, err := ReadToken(data); err != nil || again != first {
				t.Errorf("it changed: %v", err)
			}
		})
	}
	wg.Wait()
	if files := must(os.ReadDir(data))(t); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}

// A file that may not be trusted is never taken for "no token", nor replaced.
func TestTokenFileIsRefused(t *testing.T) {
	good := newToken()
	for name, make := range map[string]func(path string) error{
		"empty":   func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"blank":   func(path string) error { return os.WriteFile(path, []byte(" \n"), 0o600) },
		"cut":     func(path string) error { return os.WriteFile(path, []byte(good[:30]), 0o600) },
		"garbage": func(path string) error { return os.WriteFile(path, []byte("\x00\xff\x01"), 0o600) },
		"long":    func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("ab", 1<<20)), 0o600) },
		"two":     func(path string) error { return os.WriteFile(path, []byte(good+"\n"+good), 0o600) },
		"shared":  func(path string) error { return os.WriteFile(path, []byte(good), 0o644) },
		"writable": func(path string) error {
			return errors.Join(os.WriteFile(path, []byte(good), 0o600), os.Chmod(path, 0o620))
		},
		"folder":    func(path string) error { return os.Mkdir(path, 0o700) },
		"dead link": func(path string) error { return os.Symlink(path+".gone", path) },
	} {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			if err := make(TokenFile(data)); err != nil {
				t.Fatal(err)
			}
			token, err := EnsureToken(data)
			if token != "" || daybook.KindOf(err) != daybook.Invalid || !strings.Contains(err.Error(), TokenFile(data)) || strings.Contains(err.Error(), good[:30]) {
				t.Errorf("%d characters, %v", len(token), err)
			}
		})
	}
	data := t.TempDir()
	if _, err := ReadToken(data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
	if err := os.WriteFile(TokenFile(data), []byte(good+"\r\n"), 0o400); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadToken(data); got != good || err != nil {
		t.Errorf("read only: %v", err)
	}
}

func TestTokenFolderIsNotWritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewToken(file); daybook.KindOf(err) != daybook.Unavailable {
		t.Errorf("%v", err)
	}
	if token, err := EnsureToken(file); token != "" || err == nil {
		t.Errorf("%v", err)
	}
}

// The lock that a killed program has left holds nobody up, whatever the clock says.
func TestLockThatWasLeft(t *testing.T) {
	for _, age := range []time.Duration{2 * time.Minute, -time.Hour} {
		from, to := filepath.Join(t.TempDir(), "new"), filepath.Join(t.TempDir(), "token")
		for _, path := range []string{from, to + ".lock"} {
			if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(to+".lock", at, at); err != nil {
			t.Fatal(err)
		}
		if err := claim(from, to); err != nil {
			t.Errorf("a lock of %s ago: %v", age, err)
		}
		if _, err := os.Stat(to); err != nil {
			t.Errorf("a lock of %s ago: %v", age, err)
		}
	}
}
