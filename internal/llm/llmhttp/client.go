// Package llmhttp has what all adapters share: the HTTP client that gives up on silent
// servers, decoding of answers, and the translation of a provider's failures to ours.
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

// connecting is the timeout for a connection. A server that is up is faster, and the
// user learns of one that is not within 10 s.
const connecting = 8 * time.Second

// maxAnswer is the longest answer that is not an event stream, in bytes. A hundred
// vectors of 3072 numbers are about 4 MB.
const maxAnswer = 64 << 20

// ErrIdle ends a call when no byte came for the idle time.
var ErrIdle = errors.New("the provider did not respond in time")

// ErrTooLarge ends an answer that is over the limit.
var ErrTooLarge = errors.New("the provider's answer is too large")

// errRedirect ends a call that is redirected to another address.
var errRedirect = errors.New("the provider redirects to another address")

// NewClient returns a client for calls to providers. A call for which no byte comes
// for idle (defaultIdle if 0), before its headers or between two reads of its body,
// ends with ErrIdle. Its time is not limited otherwise, because streams may be long.
// It ignores the environment's proxies and does not follow redirects.
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

// stay refuses redirects. They would carry the prompt and the key to an address that
// is not in the settings.
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

// because returns the reason why we ended a call, else err.
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
