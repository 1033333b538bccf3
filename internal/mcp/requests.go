package mcp

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// requests are the HTTP requests that are being answered. The SDK detaches a
// call from its request, so a program that leaves would not end its call; here
// it does.
type requests struct {
	last    atomic.Uint64
	running sync.Map // contexts by number
}

// numberHeader says which request a call came with. It is always set here,
// whatever the program sends.
const numberHeader = "X-Daybook-Request"

// watch notes each request while next answers it.
func (q *requests) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number := strconv.FormatUint(q.last.Add(1), 10)
		q.running.Store(number, r.Context())
		defer q.running.Delete(number)
		r.Header.Set(numberHeader, number)
		next.ServeHTTP(w, r)
	})
}

// follow returns a context that also ends with the HTTP request of a call, if
// it came with one.
func (q *requests) follow(ctx context.Context, req mcp.Request) (_ context.Context, done func()) {
	extra := req.GetExtra()
	if extra == nil {
		return ctx, func() {}
	}
	request, ok := q.running.Load(extra.Header.Get(numberHeader))
	if !ok {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(request.(context.Context), cancel)
	return ctx, func() { stop(); cancel() }
}
