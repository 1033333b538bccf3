package llmhttp

import (
	"io"
	"net/http"
	"sync"
)

// apart runs f on a goroutine of its own and waits for it. The SDKs go deep to
// make a request; the stack that this takes would otherwise stay with the
// caller for as long as it reads the answer, a thousand times over.
func apart(f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return <-done
}

// released returns req with a body that it lets go of when it was sent and
// release was called: the transport keeps the request for as long as the
// answer is read, and its body is a whole prompt.
func released(req *http.Request) (sent *http.Request, release func()) {
	if req.Body == nil || req.GetBody == nil {
		return req, func() {}
	}
	body := &requestBody{body: req.Body}
	again := req.GetBody
	var mu sync.Mutex
	req.Body = body
	req.GetBody = func() (io.ReadCloser, error) {
		mu.Lock()
		defer mu.Unlock()
		if again == nil {
			return nil, http.ErrBodyReadAfterClose
		}
		return again()
	}
	return req, func() {
		mu.Lock()
		defer mu.Unlock()
		again = nil
	}
}

// requestBody forgets what it held when it is closed, which the transport may
// do while it reads.
type requestBody struct {
	mu   sync.Mutex
	body io.ReadCloser
}

func (b *requestBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.body == nil {
		return 0, http.ErrBodyReadAfterClose
	}
	return b.body.Read(p)
}

func (b *requestBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.body == nil {
		return nil
	}
	err := b.body.Close()
	b.body = nil
	return err
}
