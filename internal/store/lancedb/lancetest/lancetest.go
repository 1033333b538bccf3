// Package lancetest starts the LanceDB server that scripts/lance.sh installs:
// pylance's RestAdapter over a folder, in a process of its own.
package lancetest

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

//go:embed server.py
var script string

// required is the variable that makes a missing server a failure, and not a
// reason to leave a test out.
const required = "DAYBOOK_TEST_LANCE"

// Python returns the interpreter that has lance and lancedb.
func Python() (string, error) { return python("lance") }

// Older returns the interpreter that has the lancedb of the older service, or
// leaves the test out.
func Older(t testing.TB) string {
	t.Helper()
	return need(t, "lance-older")
}

func python(folder string) (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			python := filepath.Join(dir, ".cache", folder, "bin", "python")
			if _, err := os.Stat(filepath.Join(dir, ".cache", folder, "installed")); err != nil {
				return "", fmt.Errorf("there is no .cache/%s: scripts/lance.sh installs it", folder)
			}
			return python, nil
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("this is not run within the project")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}

// Need returns the interpreter, or leaves the test out.
func Need(t testing.TB) string {
	t.Helper()
	return need(t, "lance")
}

func need(t testing.TB, folder string) string {
	t.Helper()
	python, err := python(folder)
	if err != nil {
		if os.Getenv(required) != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return python
}

// Script runs a Python script that has lance and lancedb, and returns what it
// prints.
func Script(t testing.TB, script string, args ...string) string {
	t.Helper()
	cmd := exec.Command(Need(t), append([]string{"-W", "ignore", "-c", script}, args...)...)
	cmd.Env = append(os.Environ(), "RUST_LOG=error")
	out, err := cmd.Output()
	if err != nil {
		var ended *exec.ExitError
		if errors.As(err, &ended) {
			t.Fatalf("python: %v\n%s", err, ended.Stderr)
		}
		t.Fatalf("python: %v", err)
	}
	return string(out)
}

// Server is a process that serves folders.
type Server struct {
	python string
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	asking sync.Mutex // tests ask for folders at the same time
	served []served
}

type served struct {
	folder string
	port   int
}

// Start starts a process that serves nothing yet. Kill it when done.
func Start(python string) (*Server, error) {
	s := &Server{python: python}
	return s, s.start()
}

// Run starts a server over a folder for a test, kills it at its end, and
// returns its address.
func Run(t testing.TB, folder string) (*Server, string) {
	t.Helper()
	s, err := Start(Need(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	address, err := s.Serve(folder)
	if err != nil {
		t.Fatal(err)
	}
	return s, address
}

func (s *Server) start() (err error) {
	s.cmd = exec.Command(s.python, "-c", script)
	s.cmd.Env = append(os.Environ(), "RUST_LOG=error", "PYTHONWARNINGS=ignore")
	if s.stdin, err = s.cmd.StdinPipe(); err != nil { // it ends when this process does
		return err
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	s.stdout = bufio.NewReader(stdout)
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start the LanceDB server: %w", err)
	}
	return nil
}

// Serve serves a folder, which is made where it is missing, and returns where.
func (s *Server) Serve(folder string) (address string, err error) {
	return s.serve(folder, 0)
}

func (s *Server) serve(folder string, port int) (string, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("make the folder of LanceDB: %w", err)
	}
	s.asking.Lock()
	defer s.asking.Unlock()
	if _, err := fmt.Fprintf(s.stdin, "%d %s\n", port, folder); err != nil {
		return "", fmt.Errorf("ask for a LanceDB server: %w", err)
	}
	line, err := s.stdout.ReadString('\n')
	if err == nil {
		port, err = strconv.Atoi(strings.TrimSpace(line))
	}
	if err != nil {
		return "", fmt.Errorf("start the LanceDB server: %w", err)
	}
	s.served = append(s.served, served{folder, port})
	return fmt.Sprintf("http://127.0.0.1:%d", port), nil
}

// Kill ends the process at once, as a machine that is switched off would.
func (s *Server) Kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		_ = s.stdin.Close()
		s.cmd = nil
	}
}

// Restart starts a process that was killed, and serves all that it did where
// it did.
func (s *Server) Restart() error {
	all := s.served
	s.served = nil
	err := s.start()
	for _, one := range all {
		if err == nil {
			_, err = s.serve(one.folder, one.port)
		}
	}
	return err
}

// PID is the process.
func (s *Server) PID() int { return s.cmd.Process.Pid }
