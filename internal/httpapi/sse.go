package httpapi

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// writeWithin is how long a client may take to accept one event before the
// stream is given up.
const writeWithin = 30 * time.Second

// eventStream writes server-sent events. It sends a comment whenever it was
// silent for the heartbeat, so that proxies keep the connection and a client
// that went away is noticed. It is safe for concurrent use; Close it before
// the handler returns.
type eventStream struct {
	w         http.ResponseWriter
	rc        *http.ResponseController
	heartbeat time.Duration

	mu       sync.Mutex
	started  bool
	closed   bool
	err      error // of the first write that failed
	buf      bytes.Buffer
	timer    *time.Timer
	deadline time.Time
}

func newEventStream(w http.ResponseWriter, heartbeat time.Duration) *eventStream {
	return &eventStream{w: w, rc: http.NewResponseController(w), heartbeat: heartbeat}
}

// Started reports whether the response has begun: from then on a failure can
// only be an event.
func (s *eventStream) Started() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started
}

// Send writes one event with the data given, which must not contain a line
// break; a name of "" sends no event line.
func (s *eventStream) Send(name string, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buf.Reset()
	if name != "" {
		s.buf.WriteString("event: ")
		s.buf.WriteString(name)
		s.buf.WriteByte('\n')
	}
	s.buf.WriteString("data: ")
	s.buf.Write(data)
	s.buf.WriteString("\n\n")
	return s.flush()
}

// flush writes the buffer; the lock is held.
func (s *eventStream) flush() error {
	if s.err != nil || s.closed {
		return s.err
	}
	if !s.started {
		s.begin()
	}
	// A deadline is moved only when a good part of it has passed: moving it
	// costs more than writing a small event.
	if now := time.Now(); s.deadline.Sub(now) < writeWithin*3/4 {
		s.deadline = now.Add(writeWithin)
		s.err = s.rc.SetWriteDeadline(s.deadline)
	}
	if s.err == nil {
		_, s.err = s.w.Write(s.buf.Bytes())
	}
	if s.err == nil {
		s.err = s.rc.Flush()
	}
	if s.err != nil {
		s.err = fmt.Errorf("write to the client: %w", s.err)
		return s.err
	}
	s.timer.Reset(s.heartbeat)
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
	s.buf.Reset()
	s.buf.WriteString(": still here\n\n")
	_ = s.flush() // a failure stays in s.err for the next Send
}

// Close ends the heartbeat. The response itself ends with the handler.
func (s *eventStream) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.timer != nil {
		s.timer.Stop()
	}
}
