package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	driver "modernc.org/sqlite"
)

// refusals are what SQLite is to refuse in the databases of a folder: one statement,
// while it is prepared, or one commit.
type refusals struct {
	folder string
	mu     sync.Mutex
	left   int // until one is refused; 0 refuses none
	came   bool
}

var refusing sync.Map // of *refusals, by folder

// refusalsIn returns the refusals in a folder whose stores are opened afterwards.
func refusalsIn(t *testing.T, folder string) *refusals {
	t.Helper()
	r := &refusals{folder: filepath.ToSlash(folder) + "/"}
	refusing.Store(folder, r)
	t.Cleanup(func() { refusing.Delete(folder) })
	return r
}

// next counts something that can be refused, and reports whether it is.
func (r *refusals) next() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left == 0 {
		return false
	}
	r.left--
	refused := r.left == 0
	r.came = r.came || refused
	return refused
}

// Only connections to a folder with refusals are watched.
func init() {
	driver.RegisterConnectionHook(func(conn driver.ExecQuerierContext, dsn string) (err error) {
		refusing.Range(func(_, value any) bool {
			if r := value.(*refusals); strings.Contains(dsn, r.folder) {
				err = r.watch(conn)
			}
			return err == nil
		})
		return err
	})
}

func (r *refusals) watch(conn driver.ExecQuerierContext) error {
	hooks, ok := conn.(interface {
		driver.AuthorizerRegisterer
		RegisterCommitHook(driver.CommitHookFn)
	})
	if !ok {
		return errors.New("the driver of SQLite has no hooks")
	}
	hooks.RegisterCommitHook(func() int32 {
		if r.next() {
			return 1
		}
		return 0
	})
	return hooks.RegisterAuthorizer(func(action driver.AuthorizerActionCode, what, _, _, _ string) driver.AuthorizerReturnCode {
		switch action {
		case driver.AuthTransaction:
			if what == "ROLLBACK" {
				return driver.AuthorizerOK
			}
		case driver.AuthSelect, driver.AuthInsert, driver.AuthUpdate, driver.AuthDelete, driver.AuthPragma, driver.AuthAttach:
		default:
			return driver.AuthorizerOK
		}
		if r.next() {
			return driver.AuthorizerDeny
		}
		return driver.AuthorizerOK
	})
}

// statementFails is the interruption by SQLite, which refuses one statement of all.
func statementFails(t *testing.T, folder string, n int, call func(context.Context) error) (bool, error) {
	value, ok := refusing.Load(folder)
	if !ok {
		t.Fatal("nothing is refused in that folder")
	}
	r := value.(*refusals)
	r.mu.Lock()
	r.left, r.came = n, false
	r.mu.Unlock()
	err := call(t.Context())
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = 0
	return r.came, err
}

// Whichever statement fails, a read returns everything or an error.
func TestReadsWhoseStatementsFail(t *testing.T) { interruptReads(t, statementFails) }

// Whichever statement fails, a write is done wholly or not at all, and says which.
func TestWritesWhoseStatementsFail(t *testing.T) { interruptWrites(t, statementFails) }

// Whichever statement fails when a store is opened, it is opened as usual or not at
// all, and the next start finds everything.
func TestOpeningWhoseStatementsFail(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "d.db")
	refusalsIn(t, folder)
	fillAll(t, open(t, path))
	for n := 1; n < mostMoments; n++ {
		var s *Store
		came, err := statementFails(t, folder, n, func(ctx context.Context) (err error) {
			s, err = Open(ctx, path)
			return err
		})
		if err != nil {
			s = open(t, path)
		}
		threads, err := s.Threads(t.Context())
		if err != nil || len(threads) == 0 {
			t.Fatalf("refused at %d, it has %d threads, %v", n, len(threads), err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if !came {
			return
		}
	}
	t.Error("it goes on without an end")
}
