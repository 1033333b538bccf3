package httpapi_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"daybook/internal/httpapi"
)

// oneConn is a listener to which one client comes.
type oneConn struct {
	conns chan net.Conn
	net.Listener
}

func (l oneConn) Accept() (net.Conn, error) {
	conn, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}
func (l oneConn) Close() error   { return nil }
func (l oneConn) Addr() net.Addr { return &net.TCPAddr{} }

// Who asks and then reads nothing does not hold a connection for ever; who
// reads slowly gets everything.
func TestClientThatReadsNothingIsDropped(t *testing.T) {
	const size, piece = 2 << 20, 64 << 10
	for _, c := range []struct {
		pause time.Duration // after each piece
		whole bool
	}{{10 * time.Second, true}, {5 * time.Minute, false}} {
		synctest.Test(t, func(t *testing.T) {
			here, there := net.Pipe()
			l := oneConn{conns: make(chan net.Conn, 1)}
			l.conns <- there
			server := &http.Server{Handler: httpapi.New(httpapi.Config{
				Ready: func() bool { return true }, Now: time.Now,
				Page: fstest.MapFS{"index.html": {}, "assets/large.js": {Data: make([]byte, size)}},
			})}
			go func() { _ = server.Serve(l) }()
			defer server.Close()
			defer close(l.conns)
			defer here.Close()
			if _, err := fmt.Fprint(here, "GET /assets/large.js HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(here), nil)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			for err == nil && got.Len() < size {
				time.Sleep(c.pause)
				_, err = io.CopyN(&got, resp.Body, piece)
			}
			if whole := got.Len() == size; whole != c.whole {
				t.Errorf("with %s between pieces, %d of %d bytes came, %v", c.pause, got.Len(), size, err)
			}
		})
	}
}
