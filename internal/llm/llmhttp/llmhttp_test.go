package llmhttp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

var caller = llmhttp.Caller{Name: "acme", Label: "Acme", KeyVar: "ACME_API_KEY"}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		kind   daybook.Kind
		retry  bool
		says   string
	}{
		{401, "", daybook.Upstream, false, "ACME_API_KEY"},
		{404, "model_not_found", daybook.Invalid, false, "no model of this name"},
		{404, "", daybook.Upstream, false, "address"},
		{429, "", daybook.RateLimited, true, "too much"},
		{429, "insufficient_quota", daybook.RateLimited, false, "quota"},
		{400, "context_length_exceeded", daybook.Upstream, false, "too long"},
		{408, "", daybook.Timeout, true, "in time"},
		{503, "", daybook.Upstream, true, "trouble"},
		{418, "a text with the diary in it", daybook.Upstream, false, "(418)"},
	} {
		e := caller.Status(c.status, c.code, nil)
		if e.Public.Kind != c.kind || e.Retry != c.retry || !strings.Contains(e.Public.Message, c.says) || strings.Contains(e.Error(), "diary") {
			t.Errorf("%d %s: %+v, %q", c.status, c.code, e, e.Public.Message)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	soon := time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat)
	for value, want := range map[string][2]time.Duration{
		"Retry-After: 3":       {3 * time.Second, 3 * time.Second},
		"Retry-After: 0.5":     {500 * time.Millisecond, 500 * time.Millisecond},
		"Retry-After-Ms: 250":  {250 * time.Millisecond, 250 * time.Millisecond},
		"Retry-After: " + soon: {80 * time.Second, 90 * time.Second},
		"Retry-After: -1":      {},
		"Retry-After: soon":    {},
		"X: y":                 {},
	} {
		name, v, _ := strings.Cut(value, ": ")
		header := http.Header{}
		header.Set(name, v)
		if got := caller.Status(429, "", header).After; got < want[0] || got > want[1] {
			t.Errorf("%s is %v", value, got)
		}
	}
}

func TestBatches(t *testing.T) {
	got := slices.Collect(llmhttp.Batches([]string{"aaaa", "b", "cc", "dddddddd", "e", "f", "g"}, 3, 6))
	if s := fmt.Sprint(got); s != "[[aaaa b] [cc] [dddddddd] [e f g]]" {
		t.Error(s)
	}
}

func TestVectors(t *testing.T) {
	for name, v := range map[string][][]float32{"too few": {{1}}, "empty": {{}, {}}, "of two lengths": {{1}, {1, 2}}} {
		if caller.Vectors(v, 2) == nil {
			t.Errorf("vectors that are %s pass", name)
		}
	}
	if err := caller.Vectors([][]float32{{1}, {2}}, 2); err != nil {
		t.Error(err)
	}
}

// serve answers with f and gives a client that waits for idle.
func serve(t *testing.T, idle time.Duration, f http.HandlerFunc) (*http.Client, string) {
	t.Helper()
	server := httptest.NewServer(f)
	client := llmhttp.NewClient(idle)
	t.Cleanup(func() { client.CloseIdleConnections(); server.Close() })
	return client, server.URL
}

func TestSilenceEndsACall(t *testing.T) {
	client, url := serve(t, 50*time.Millisecond, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			io.WriteString(w, "a")
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	})
	_, err := client.Get(url + "/head")
	if !errors.Is(err, llmhttp.ErrIdle) {
		t.Errorf("silence before the answer: %v", err)
	}
	resp, err := client.Get(url + "/body")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if string(data) != "a" || !errors.Is(err, llmhttp.ErrIdle) {
		t.Errorf("silence in the answer: %q, %v", data, err)
	}
	var e *llm.Error
	if broken := caller.Broken(t.Context(), err); !errors.As(broken, &e) || e.Public.Kind != daybook.Timeout {
		t.Errorf("silence is %v", broken)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := caller.Cut(ended, io.ErrUnexpectedEOF); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who left gets %v", err)
	}
}

// An answer that is no stream is bounded; a stream is not.
func TestAnswersAreBounded(t *testing.T) {
	chunk := bytes.Repeat([]byte("x"), 1<<20)
	client, url := serve(t, time.Minute, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/stream" {
			w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		}
		for range 65 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	for path, want := range map[string]error{"/json": llmhttp.ErrTooLarge, "/stream": nil} {
		resp, err := client.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if !errors.Is(err, want) || (want == nil) != (n == 65<<20) {
			t.Errorf("%s: %d bytes, %v", path, n, err)
		}
	}
}

// A prompt and its key go to the address that the settings name, and nowhere
// that this address points to.
func TestRedirectsAreNotFollowed(t *testing.T) {
	client, url := serve(t, time.Minute, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			t.Error("the redirect was followed")
		}
		http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
	})
	_, err := client.Post(url, "text/plain", strings.NewReader("the diary"))
	var e *llm.Error
	if !errors.As(caller.Broken(t.Context(), err), &e) || e.Retry || !strings.Contains(e.Public.Message, "another address") {
		t.Errorf("%v", err)
	}
}
