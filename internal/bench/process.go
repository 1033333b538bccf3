package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// server is a running Daybook.
type server struct {
	url  string
	cmd  *exec.Cmd
	said *lockedBuffer
	took time.Duration // from its start until it was ready
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// environment returns the environment of every run of the binary: the fake's
// address and key, and nothing of the user's own.
func (b *bench) environment(data string, more ...string) []string {
	return append([]string{
		"HOME=" + b.work, "PATH=" + os.Getenv("PATH"), "DAYBOOK_DATA=" + filepath.Join(b.work, data),
		"OPENAI_API_KEY=" + b.fake.key, "OPENAI_BASE_URL=" + b.fake.url + "/v1",
		"DAYBOOK_MODEL_EMBEDDING=none", "DAYBOOK_NO_TOKEN=true",
	}, more...)
}

// start starts a server and waits until it is ready.
func (b *bench) start(data, journal string, env ...string) (*server, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := ln.Addr().String()
	if err := ln.Close(); err != nil {
		return nil, err
	}
	s := &server{url: "http://" + addr, said: &lockedBuffer{}}
	s.cmd = exec.CommandContext(b.ctx, b.binary, "serve", "--addr", addr, "--journal", journal)
	s.cmd.Env = b.environment(data, env...)
	s.cmd.Stderr = s.said
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for !s.ready() {
		if time.Since(began) > time.Minute {
			s.stop()
			return nil, fmt.Errorf("the server was not ready within a minute: %s", s.said)
		}
		time.Sleep(2 * time.Millisecond)
	}
	s.took = time.Since(began)
	return s, nil
}

func (s *server) ready() bool {
	resp, err := http.Get(s.url + "/status")
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return err == nil && strings.Contains(string(body), "ready")
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
}

// goroutines ends the server and returns how many goroutines it had, without
// for idle connections to a provider.
func (s *server) goroutines() (int, error) {
	if err := s.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		return 0, err
	}
	_ = s.cmd.Wait() // a dump ends it with an error
	n := 0
	for dump := range strings.SplitSeq(s.said.String(), "\ngoroutine ") {
		if !strings.Contains(dump, "net/http.(*persistConn)") { // a connection kept for the next call
			n++
		}
	}
	n-- // earlier output
	if n <= 0 {
		return 0, errors.New("the server's goroutine dump is missing")
	}
	return n, nil
}

// cpu returns the processor time a process has used.
func cpu(pid int) (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	const tick = 10 * time.Millisecond // USER_HZ is 100 on Linux
	return time.Duration(user+system) * tick, errors.Join(err1, err2)
}

// memory returns the resident memory of a process in bytes.
func memory(pid int) (int, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(data), "VmRSS:")
	if !ok {
		return 0, errors.New("the process has ended")
	}
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	return kb << 10, err
}

// fakeProcess is the fake in a process of its own.
type fakeProcess struct {
	url, key string
	cmd      *exec.Cmd
}

func startFake(ctx context.Context) (*fakeProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-fake")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the fake did not start: %w", err)
	}
	url, key, _ := strings.Cut(strings.TrimSpace(line), " ")
	return &fakeProcess{url, key, cmd}, nil
}

func (f *fakeProcess) stop() {
	_ = f.cmd.Process.Kill()
	_ = f.cmd.Wait()
}

// open is how many calls the fake is answering.
func (f *fakeProcess) open() (int, error) {
	resp, err := http.Get(f.url + "/open")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(body)))
}
