package llmtest

import (
	"hash/fnv"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// ServeHTTP answers a call of any of the protocols.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.open.Add(1)
	defer s.open.Add(-1)
	p := protocolOf(r)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if !authorised(r) {
		fail(w, p, Script{Status: http.StatusUnauthorized, Code: "invalid_api_key"})
		return
	}
	if r.Method == http.MethodGet {
		if wrong := p.checkList(r); wrong != "" {
			s.violated(p.name() + ": " + wrong)
			fail(w, p, Script{Status: http.StatusNotFound, Code: "not_found_error"})
			return
		}
		answer(w, p.models(models))
		return
	}
	if strings.HasSuffix(r.URL.Path, soundPath) {
		s.transcribe(w, r, body)
		return
	}
	req, wrong := p.read(r, body)
	if wrong == "" {
		wrong = check(req)
	}
	if wrong == "" && !s.strangers {
		wrong = req.lax
	}
	if wrong != "" {
		s.violated(p.name() + ": " + wrong)
		fail(w, p, Script{Status: http.StatusBadRequest, Code: "invalid_request_error"})
		return
	}
	req.Provider = p.name()
	s.mu.Lock()
	s.requests = append(s.requests, req)
	refuses := s.refuses
	s.mu.Unlock()
	if refuse(w, req, refuses) {
		return
	}
	if wrong := wholeUnasked(req, refuses); wrong != "" {
		s.violated(p.name() + ": " + wrong)
	}
	script := s.play(req)
	if charge, ok := s.charge(req, &script); ok && charge != nil {
		script.over = func() { s.settle(charge, script.Usage) }
	}
	s.perform(w, r, p, req, script)
}

func authorised(r *http.Request) bool {
	return r.Header.Get("Authorization") == "Bearer "+Key || r.Header.Get("X-Api-Key") == Key ||
		r.Header.Get("X-Goog-Api-Key") == Key
}

// perform plays a script.
func (s *Server) perform(w http.ResponseWriter, r *http.Request, p protocol, req Request, script Script) {
	whole := script.Whole || !slices.Contains(req.Parameters, "stream")
	switch {
	case script.Mute:
		s.untilLeft(r)
	case script.Status != 0:
		fail(w, p, script)
	case script.Body != "":
		s.body(w, r, script)
	case req.Inputs != nil:
		if !s.pause(r, script.First) {
			return
		}
		answer(w, p.embeddings(vectorsOf(req, script), req.Base64 && !script.Floats))
	case p.name() == "openai" && whole:
		answer(w, openaiWhole(script))
	default:
		s.stream(w, r, p.events(req, script), script)
	}
}

func fail(w http.ResponseWriter, p protocol, s Script) {
	if s.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatFloat(s.RetryAfter.Seconds(), 'f', -1, 64))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(s.Status)
	_, _ = w.Write(p.errorBody(s.Status, s.Code))
}

func answer(w http.ResponseWriter, data []byte) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data)
}

// untilLeft waits for the client to go away.
func (s *Server) untilLeft(r *http.Request) {
	<-r.Context().Done()
	s.left.Add(1)
}

// pause waits, and reports false when the client went away meanwhile.
func (s *Server) pause(r *http.Request, wait time.Duration) bool {
	if wait <= 0 {
		return true
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		s.left.Add(1)
		return false
	}
}

// stream sends frames. Those that do not wait go out together with the one
// before them.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, frames []frame, script Script) {
	w.Header().Set("Content-Type", "text/event-stream")
	out := &cutter{w: w, left: script.CutAfter, bytewise: script.Bytewise}
	for i, f := range frames {
		if f.wait < 0 { // silence
			out.flush()
			s.untilLeft(r)
			return
		}
		if f.wait > 0 && i > 0 {
			out.flush()
		}
		if !s.pause(r, f.wait) {
			return
		}
		if script.Now != "" {
			f.data = strings.ReplaceAll(f.data, script.Now, strconv.FormatInt(time.Now().UnixNano(), 10))
		}
		out.write(f.data)
	}
	if script.over != nil {
		script.over() // before the client can know that it is
	}
	out.flush()
}

// cutter writes a body, byte by byte or until the connection is cut.
type cutter struct {
	w        http.ResponseWriter
	left     int // bytes until the cut; 0 means no cut
	bytewise bool
	buf      strings.Builder
}

func (c *cutter) write(data string) { c.buf.WriteString(data) }

func (c *cutter) flush() {
	data := c.buf.String()
	c.buf.Reset()
	cut := c.left > 0 && len(data) >= c.left
	if cut {
		data = data[:c.left]
	}
	if c.left > 0 {
		c.left -= len(data)
	}
	step := len(data)
	if c.bytewise {
		step = 1
	}
	for len(data) > 0 {
		n := min(step, len(data))
		_, _ = io.WriteString(c.w, data[:n])
		_ = http.NewResponseController(c.w).Flush()
		data = data[n:]
	}
	if cut {
		panic(http.ErrAbortHandler)
	}
}

func vectorsOf(req Request, s Script) [][]float32 {
	if s.Vectors != nil {
		return s.Vectors
	}
	dim := s.Dim
	if dim == 0 {
		dim = 64
	}
	vectors := make([][]float32, len(req.Inputs))
	for i, text := range req.Inputs {
		vectors[i] = Vector(text, dim)
	}
	return vectors
}

// Vector embeds a text by its words, so that texts with the same words are
// near each other: each word adds to eight components that its hash names.
func Vector(text string, dim int) []float32 {
	v := make([]float32, dim)
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return r < 0x80 && !unicode.IsLower(r) }) {
		h := fnv.New64a()
		_, _ = io.WriteString(h, word)
		sum := h.Sum64()
		for range 8 {
			sum = sum*6364136223846793005 + 1442695040888963407
			v[sum>>33%uint64(dim)] += float32(int64(sum>>20&1)*2 - 1)
		}
	}
	var length float64
	for _, c := range v {
		length += float64(c) * float64(c)
	}
	if length == 0 {
		v[0], length = 1, 1
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(length))
	}
	return v
}
