package llmhttp

import (
	"io"
	"net/http"
	"sync"
)

// apart runs f in its own goroutine and waits for it. Making a request takes a deep
// stack, which would otherwise stay with each of a thousand callers while they read
// their answers.
func apart(f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return <-done
}

// released returns req with a body that is dropped once it was sent and release was
// called. The transport keeps the request while the answer is read, and its body is a
// whole prompt.
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

// requestBody drops its content when it is closed, which the transport may do while
// reading.
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
