package llmtest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"daybook/internal/llm/llmhttp"
)

// StartPipe is Start without a network, for tests in virtual time: real
// sockets hang in those. The client returned is what adapters reach it with.
func StartPipe(t testing.TB, play func(Request) Script) (*Server, *http.Client) {
	t.Helper()
	s := New(play)
	s.URL = "http://provider.test"
	ln := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(ln)
	}()
	transport := &http.Transport{DialContext: ln.dial, MaxIdleConnsPerHost: 64}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
		<-done
		for _, v := range s.Violations() {
			t.Errorf("the fake provider was sent something wrong: %s", v)
		}
	})
	return s, &http.Client{Transport: llmhttp.Idle(transport, time.Minute)}
}

// pipeListener accepts the other ends of what is dialled.
type pipeListener struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.conns <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.closed:
		return nil, errors.New("the fake provider is gone")
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (*pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }
