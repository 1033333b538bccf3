package llmtest

import (
	"net/http"
	"slices"
	"time"

	"daybook/internal/llm"
	"daybook/internal/llm/budget"
)

// Limits are what a server lets through in a minute; 0 means no limit.
type Limits = budget.Limits

// Charge is a chat that came in under limits. Its input, counted by the
// server itself, and the most that it may answer are charged when it comes,
// and what was used when it is over.
type Charge struct {
	At       time.Time
	Reserved int
	Used     int       // 0 while it is not over
	Over     time.Time // when it was
	Refused  bool
	Request  Request
}

// tokens are those that are charged now.
func (c *Charge) tokens() int {
	if c.Used > 0 {
		return c.Used
	}
	return c.Reserved
}

// Limit has the server answer with 429 what goes over limits in any minute,
// and count what chats use where their script does not say.
func (s *Server) Limit(l Limits) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits = l
}

// Charges returns what came in since Limit was called, in order.
func (s *Server) Charges() []Charge {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Charge, len(s.charges))
	for i, c := range s.charges {
		list[i] = *c
	}
	return list
}

// charge charges a chat, or says that it is over the limits.
func (s *Server) charge(req Request, script *Script) (*Charge, bool) {
	if req.Inputs != nil {
		return nil, true
	}
	s.mu.Lock()
	limits := s.limits
	s.mu.Unlock()
	if limits == (Limits{}) {
		return nil, true
	}
	in := s.count(req)
	if script.Usage == (llm.Usage{}) {
		for _, text := range script.Deltas {
			script.Usage.OutputTokens += len(text)
		}
		script.Usage = llm.Usage{InputTokens: in, OutputTokens: script.Usage.OutputTokens/4 + 1}
	}
	c := &Charge{At: time.Now(), Reserved: in + req.MaxTokens, Request: req}
	s.mu.Lock()
	defer s.mu.Unlock()
	tokens, requests := c.Reserved, 1
	for _, o := range slices.Backward(s.charges) {
		if c.At.Sub(o.At) >= budget.Window {
			break
		}
		if !o.Refused {
			tokens, requests = tokens+o.tokens(), requests+1
		}
	}
	over := func(n, limit int) bool { return limit > 0 && n > limit }
	c.Refused = over(tokens, limits.Tokens) || over(requests, limits.Requests)
	s.charges = append(s.charges, c)
	if c.Refused {
		*script = Script{Status: http.StatusTooManyRequests, Code: "rate_limit_exceeded", RetryAfter: time.Second}
	}
	return c, !c.Refused
}

// settle charges what was used.
func (s *Server) settle(c *Charge, used llm.Usage) {
	if c == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Used, c.Over = max(used.InputTokens+used.OutputTokens, 1), time.Now()
}

// count is Count that remembers the texts that calls have in common.
func (s *Server) count(req Request) int {
	key := req.System + string(req.Schema)
	s.mu.Lock()
	n, ok := s.counted[key]
	s.mu.Unlock()
	if !ok {
		n = llm.CountTokens(req.System) + llm.CountTokens(string(req.Schema))
		s.mu.Lock()
		if s.counted == nil {
			s.counted = map[string]int{}
		}
		s.counted[key] = n
		s.mu.Unlock()
	}
	for _, m := range req.Messages {
		n += llm.CountMessage(req.Model, m)
	}
	return n
}
