// Package llmhttp is what all providers' adapters share below their SDKs: the
// HTTP client that gives up on silence, and the one place where a provider's
// failure becomes ours.
package llmhttp

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"daybook/internal/llm"
)

// defaultIdle is how long a provider may be silent.
const defaultIdle = 60 * time.Second

// connecting is how long a connection may take: a server that is up takes no longer,
// and somebody who waits is told within 10 s.
const connecting = 8 * time.Second

// maxAnswer bounds an answer that is not an event stream, in bytes. A hundred
// vectors of 3072 numbers are about 4 MB.
const maxAnswer = 64 << 20

// ErrIdle is why a call ended that sent no byte for the idle time.
var ErrIdle = errors.New("the provider did not respond in time")

// ErrTooLarge is why an answer over the limit ended.
var ErrTooLarge = errors.New("the provider's answer is too large")

// errRedirect is why a call ended that was sent to another address.
var errRedirect = errors.New("the provider redirects to another address")

// NewClient returns a client for calls to providers. A call that sends no byte
// comes for idle (defaultIdle for 0), before its headers or between two reads
// of its body, ends in ErrIdle. There is no other limit on its time: streams
// may be long. Proxies of the environment are not used, and redirects not followed.
func NewClient(idle time.Duration) *http.Client {
	if idle <= 0 {
		idle = defaultIdle
	}
	transport := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: connecting, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: connecting,
		ForceAttemptHTTP2:   true,
		MaxIdleConns:        512,
		MaxIdleConnsPerHost: 128,
		IdleConnTimeout:     90 * time.Second,
		// Streams come in small pieces, and there may be a thousand of them.
		ReadBufferSize:  2 << 10,
		WriteBufferSize: 2 << 10,
	}
	return &http.Client{Transport: Idle(transport, idle), CheckRedirect: stay}
}

// stay follows no redirect: it would carry the prompt and the key to an
// address that no settings name.
func stay(*http.Request, []*http.Request) error { return errRedirect }

// Idle returns a transport that ends calls which are silent for too long.
func Idle(next http.RoundTripper, idle time.Duration) http.RoundTripper {
	return &idleTransport{next: next, idle: idle}
}

type idleTransport struct {
	next http.RoundTripper
	idle time.Duration
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach through.
func (t *idleTransport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func (t *idleTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	idle := t.idle
	if shorter := llm.SilenceIn(req.Context()); shorter > 0 {
		idle = min(idle, shorter)
	}
	ctx, cancel := context.WithCancelCause(req.Context())
	timer := time.AfterFunc(idle, func() { cancel(ErrIdle) })
	sent, release := released(req.WithContext(ctx))
	resp, err := t.next.RoundTrip(sent)
	release()
	if err != nil {
		timer.Stop()
		err = because(ctx, err)
		cancel(nil)
		return nil, err
	}
	left := int64(maxAnswer)
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		left = -1
	}
	timer.Reset(idle)
	resp.Body = &idleBody{ReadCloser: resp.Body, ctx: ctx, cancel: cancel, timer: timer, idle: idle, left: left}
	return resp, nil
}

// because returns the reason a call was ended for by us, else err.
func because(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), ErrIdle) {
		return ErrIdle
	}
	return err
}

// idleBody is a body that may not be silent. It is read by one goroutine.
type idleBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	idle   time.Duration
	left   int64 // bytes that may still come; negative is no limit
}

func (b *idleBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, ErrTooLarge
	}
	if b.left > 0 && int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left > 0 {
		b.left -= int64(n)
	}
	if err != nil {
		b.timer.Stop()
		if err != io.EOF {
			err = because(b.ctx, err)
		}
		return n, err
	}
	b.timer.Reset(b.idle)
	return n, nil
}

// Close ends the call.
func (b *idleBody) Close() error {
	b.timer.Stop()
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}
