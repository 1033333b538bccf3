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
	"testing"
	"time"
)

//go:embed server.py
var script string

// Required is the variable that makes a missing server a failure, and not a
// reason to leave a test out.
const Required = "DAYBOOK_TEST_LANCE"

// Python returns the interpreter that has lance and lancedb.
func Python() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			python := filepath.Join(dir, ".cache", "lance", "bin", "python")
			if _, err := os.Stat(filepath.Join(dir, ".cache", "lance", "installed")); err != nil {
				return "", errors.New("no LanceDB server is installed: scripts/lance.sh does it")
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
	python, err := Python()
	if err != nil {
		if os.Getenv(Required) != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return python
}

// Server is a running server.
type Server struct {
	Folder string
	Port   int

	python string
	cmd    *exec.Cmd
	stdin  io.Closer
}

// Start starts a server over a folder; port 0 is any that is free. Stop it when
// done.
func Start(python, folder string, port int) (*Server, error) {
	s := &Server{Folder: folder, Port: port, python: python}
	return s, s.start()
}

// Run starts a server over a folder for a test, and stops it at its end.
func Run(t testing.TB, folder string) *Server {
	t.Helper()
	s, err := Start(Need(t), folder, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}

// Address is where the server listens.
func (s *Server) Address() string { return fmt.Sprintf("http://127.0.0.1:%d", s.Port) }

func (s *Server) start() error {
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return fmt.Errorf("make the folder of LanceDB: %w", err)
	}
	s.cmd = exec.Command(s.python, "-c", script, s.Folder, strconv.Itoa(s.Port))
	s.cmd.Env = append(os.Environ(), "RUST_LOG=error", "PYTHONWARNINGS=ignore")
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	s.stdin = stdin // the server ends when this process does
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start the LanceDB server: %w", err)
	}
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(stdout).ReadString('\n')
		line <- text
	}()
	select {
	case text := <-line:
		if s.Port, err = strconv.Atoi(strings.TrimSpace(text)); err != nil {
			s.Kill()
			return errors.New("the LanceDB server did not start")
		}
	case <-time.After(time.Minute):
		s.Kill()
		return errors.New("the LanceDB server does not say its port")
	}
	return nil
}

// Kill ends the server at once, as a machine that is switched off would.
func (s *Server) Kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		_ = s.stdin.Close()
		s.cmd = nil
	}
}

// Restart starts a server that was killed where it was.
func (s *Server) Restart() error { return s.start() }

// PID is the server's process.
func (s *Server) PID() int { return s.cmd.Process.Pid }
