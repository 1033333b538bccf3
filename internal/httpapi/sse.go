package httpapi

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// eventStream writes server-sent events. It sends a comment after each
// heartbeat of silence, so that proxies keep the connection and a client that
// left is noticed. It is safe for concurrent use; Close it before the handler
// returns.
type eventStream struct {
	w         http.ResponseWriter
	rc        *http.ResponseController
	heartbeat time.Duration

	mu      sync.Mutex
	started bool
	closed  bool
	err     error // of the first failed write
	timer   *time.Timer
}

func newEventStream(w http.ResponseWriter, heartbeat time.Duration) *eventStream {
	return &eventStream{w: w, rc: http.NewResponseController(w), heartbeat: heartbeat}
}

// Started reports whether the response has begun: from then on a failure can
// only be sent as an event.
func (s *eventStream) Started() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started
}

// broken reports whether writing to the client failed.
func (s *eventStream) broken() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err != nil
}

// Send writes one event whose data is the joined parts, which must not contain
// a line break. Without a name there is no event line.
func (s *eventStream) Send(name string, data ...[]byte) error {
	head := "data: "
	if name != "" {
		head = "event: " + name + "\ndata: "
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write([]byte(head), data...)
	s.write([]byte("\n\n"))
	return s.flush()
}

// write writes to the response, which is buffered. The lock is held, and an
// error is kept in s.err.
func (s *eventStream) write(first []byte, more ...[]byte) {
	if s.err != nil || s.closed {
		return
	}
	if !s.started {
		s.begin()
	}
	for _, part := range append([][]byte{first}, more...) {
		if s.err == nil {
			_, s.err = s.w.Write(part)
		}
	}
}

// flush sends the buffered data. The lock is held.
func (s *eventStream) flush() error {
	if s.err == nil && !s.closed {
		s.err = s.rc.Flush()
		s.timer.Reset(s.heartbeat)
	}
	if s.err != nil {
		return fmt.Errorf("write to the client: %w", s.err)
	}
	return nil
}

// begin sends the headers and starts the heartbeat.
func (s *eventStream) begin() {
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	s.w.WriteHeader(http.StatusOK)
	s.started = true
	s.timer = time.AfterFunc(s.heartbeat, s.beat)
}

func (s *eventStream) beat() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write([]byte(": still here\n\n"))
	_ = s.flush() // an error is kept in s.err for the next Send
}

// Close stops the heartbeat. The response itself ends with the handler.
func (s *eventStream) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.timer != nil {
		s.timer.Stop()
	}
}
