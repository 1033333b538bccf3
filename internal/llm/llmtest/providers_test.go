package llmtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/llm/anthropic"
	"daybook/internal/llm/gemini"
	"daybook/internal/llm/llmhttp"
	"daybook/internal/llm/llmtest"
	"daybook/internal/llm/openai"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// provider sets up the adapter of a protocol at an address.
func provider(t testing.TB, name, base, key string, client *http.Client) llm.Provider {
	t.Helper()
	switch name {
	case "anthropic":
		return anthropic.New(anthropic.Config{APIKey: key, BaseURL: base, HTTPClient: client})
	case "gemini":
		return gemini.New(gemini.Config{APIKey: key, BaseURL: base, HTTPClient: client})
	}
	return openai.New(openai.Config{Name: name, APIKey: key, BaseURL: base, HTTPClient: client})
}

// setup starts a fake that plays play and the adapter that speaks to it.
func setup(t testing.TB, name string, idle time.Duration, play func(llmtest.Request) llmtest.Script) (llm.Provider, *llmtest.Server) {
	t.Helper()
	client := llmhttp.NewClient(idle)
	t.Cleanup(client.CloseIdleConnections)
	s := llmtest.Start(t, play)
	return provider(t, name, s.BaseURL(name), llmtest.Key, client), s
}

// all runs a test for each provider.
func all(t *testing.T, test func(t *testing.T, name string)) {
	for _, name := range llmtest.Providers {
		t.Run(name, func(t *testing.T) { test(t, name) })
	}
}

const diary = "what the diary says in secret"

func question() llm.Request {
	return llm.Request{Model: "m-1", System: "be brief", Messages: []llm.Message{{Role: llm.User, Text: diary}}}
}

// collect runs a stream to its end.
func collect(ctx context.Context, p llm.Provider, req llm.Request) (string, llm.Chunk, error) {
	var text strings.Builder
	for chunk, err := range p.Chat.Stream(ctx, req) {
		if err != nil {
			return text.String(), llm.Chunk{}, err
		}
		text.WriteString(chunk.Text)
		if chunk.Finish != "" {
			return text.String(), chunk, nil
		}
	}
	return text.String(), llm.Chunk{}, errors.New("the stream ended without an end or an error")
}

func play(s llmtest.Script) func(llmtest.Request) llmtest.Script {
	return func(llmtest.Request) llmtest.Script { return s }
}

func TestStreams(t *testing.T) {
	all(t, func(t *testing.T, name string) {
		for _, bytewise := range []bool{false, true} {
			p, s := setup(t, name, 0, play(llmtest.Script{
				Deltas: []string{"Né ", "日本 ", "😀", ".\n\"x\""}, Usage: llm.Usage{InputTokens: 12, OutputTokens: 34}, Bytewise: bytewise,
			}))
			text, last, err := collect(t.Context(), p, question())
			if err != nil || text != "Né 日本 😀.\n\"x\"" || last.Finish != llm.FinishStop {
				t.Errorf("%q, %+v, %v", text, last, err)
			}
			if last.Usage != (llm.Usage{InputTokens: 12, OutputTokens: 34}) {
				t.Errorf("usage %+v", last.Usage)
			}
			got := s.Requests()[0]
			if got.Model != "m-1" || got.System != "be brief" || got.Messages[0].Text != diary || got.Schema != nil {
				t.Errorf("the provider was sent %+v", got)
			}
		}
	})
}

// pixels are as much of a PNG as tells that it is one.
const pixels = "\x89PNG\r\n\x1a\npixels"

func TestRequestsArriveWhole(t *testing.T) {
	all(t, func(t *testing.T, name string) {
		p, s := setup(t, name, 0, llmtest.Reply("x"))
		req := llm.Request{
			Model: "m", MaxOutputTokens: 77,
			Schema: &llm.Schema{Name: "answer", JSON: json.RawMessage(`{"type":"object","properties":{"response":{"type":"string"}},"required":["response"],"additionalProperties":false}`)},
			Messages: []llm.Message{
				{Role: llm.User, Text: "one"}, {Role: llm.Assistant, Text: "two"},
				{Role: llm.User, Text: "three", Images: []llm.Image{{MediaType: "image/png", Data: []byte(pixels)}}},
			},
		}
		if _, _, err := collect(t.Context(), p, req); err != nil {
			t.Fatal(err)
		}
		got := s.Requests()[0]
		if got.MaxTokens != 77 || !got.Wants("response") || len(got.Messages) != 3 || got.Messages[1].Role != llm.Assistant {
			t.Errorf("the provider was sent %+v", got)
		}
		if m := got.Messages[2]; m.Text != "three" || len(m.Images) != 1 || m.Images[0].MediaType != "image/png" || string(m.Images[0].Data) != pixels {
			t.Errorf("the message with the image came as %+v", m)
		}
	})
}

func TestFinishes(t *testing.T) {
	all(t, func(t *testing.T, name string) {
		for _, want := range []llm.Finish{llm.FinishStop, llm.FinishLength, llm.FinishRefusal} {
			p, _ := setup(t, name, 0, play(llmtest.Script{Deltas: []string{"a"}, Finish: want}))
			if _, last, err := collect(t.Context(), p, question()); err != nil || last.Finish != want {
				t.Errorf("%+v, %v; want %s", last, err, want)
			}
		}
	})
}

// TestUnknownFinishes ends answers for reasons that do not make them complete.
func TestUnknownFinishes(t *testing.T) {
	for name, reasons := range map[string][]string{
		"openai": {"abort", "insufficient_system_resource", "pause"}, "anthropic": {"pause_turn", "something_new"}, "gemini": {"OTHER", "CONTINUATION", "SOMETHING_NEW"},
	} {
		for _, reason := range reasons {
			t.Run(name+", "+reason, func(t *testing.T) {
				p, _ := setup(t, name, 0, play(llmtest.Script{Deltas: []string{"a"}, Reason: reason}))
				_, last, err := collect(t.Context(), p, question())
				if checkFailure(t, err, daybook.Upstream, true); last.Finish != "" || !strings.Contains(err.Error(), reason) {
					t.Errorf("%+v, %v", last, err)
				}
			})
		}
	}
}

// TestOpenConnection reads complete answers of servers that do not close.
func TestOpenConnection(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	for name, body := range map[string]string{
		"openai": `data: {"choices":[{"delta":{"content":"yes"},"finish_reason":"stop"}]}` + "\n\n",
		"anthropic": `data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"yes"}}` + "\n\n" +
			`data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}` + "\n\n" + `data: {"type":"message_stop"}` + "\n\n",
		"gemini": `data: {"candidates":[{"content":{"parts":[{"text":"yes"}]},"finishReason":"STOP"}]}` + "\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := setup(t, name, 0, play(llmtest.Script{Body: body, Hang: true}))
			start := time.Now()
			text, last, err := collect(t.Context(), p, question())
			if err != nil || text != "yes" || last.Finish != llm.FinishStop || time.Since(start) > 10*time.Second {
				t.Errorf("%q, %+v, %v after %s", text, last, err, time.Since(start))
			}
		})
	}
}

// TestCutAnywhere cuts a short stream after each of its bytes: what came
// before the end of the protocol is never taken for a whole answer.
func TestCutAnywhere(t *testing.T) {
	all(t, func(t *testing.T, name string) {
		whole := llmtest.Script{Deltas: []string{"ab", "c"}, Usage: llm.Usage{InputTokens: 1, OutputTokens: 1}}
		cut := 0
		p, _ := setup(t, name, 0, func(llmtest.Request) llmtest.Script {
			s := whole
			s.CutAfter = cut
			return s
		})
		complete := 0
		for cut = 1; cut < 3000; cut++ {
			text, last, err := collect(t.Context(), p, question())
			if err == nil {
				if text != "abc" || last.Finish != llm.FinishStop {
					t.Fatalf("cut after %d bytes: %q, %+v", cut, text, last)
				}
				if complete++; complete > 100 {
					break // the cut is behind the end by now
				}
				continue
			}
			var failure *llm.Error
			if !errors.As(err, &failure) || !failure.Retry || failure.Public.Kind != daybook.Upstream {
				t.Fatalf("cut after %d bytes: %v", cut, err)
			}
		}
		if complete == 0 || cut < 200 {
			t.Errorf("complete %d times, last cut after %d bytes", complete, cut)
		}
	})
}

func TestFailures(t *testing.T) {
	ok := llmtest.Script{Deltas: []string{"a", "b"}}
	with := func(change func(*llmtest.Script)) llmtest.Script {
		s := ok
		change(&s)
		return s
	}
	for what, c := range map[string]struct {
		script llmtest.Script
		kind   daybook.Kind
		retry  bool
		after  time.Duration
	}{
		"a wrong key":     {llmtest.Script{Status: 401, Code: "invalid_api_key"}, daybook.Upstream, false, 0},
		"forbidden":       {llmtest.Script{Status: 403}, daybook.Upstream, false, 0},
		"too many":        {llmtest.Script{Status: 429, RetryAfter: 7 * time.Second}, daybook.RateLimited, true, 7 * time.Second},
		"own trouble":     {llmtest.Script{Status: 500}, daybook.Upstream, true, 0},
		"overloaded":      {llmtest.Script{Status: 529}, daybook.Upstream, true, 0},
		"gateway timeout": {llmtest.Script{Status: 504}, daybook.Timeout, true, 0},
		"refused":         {llmtest.Script{Status: 400, Code: "invalid_request_error"}, daybook.Upstream, false, 0},
		"error inside":    {with(func(s *llmtest.Script) { s.ErrorAfter = 1 }), daybook.Upstream, true, 0},
		"garbage":         {with(func(s *llmtest.Script) { s.Garbage = true }), daybook.Upstream, true, 0},
		"silence inside":  {with(func(s *llmtest.Script) { s.SilentAfter = 1 }), daybook.Timeout, true, 0},
		"silence":         {llmtest.Script{Mute: true}, daybook.Timeout, true, 0},
	} {
		t.Run(what, func(t *testing.T) {
			all(t, func(t *testing.T, name string) {
				p, _ := setup(t, name, 300*time.Millisecond, play(c.script))
				_, _, err := collect(t.Context(), p, question())
				checkFailure(t, err, c.kind, c.retry)
				var failure *llm.Error
				if errors.As(err, &failure) && failure.After != c.after {
					t.Errorf("to wait %s, want %s", failure.After, c.after)
				}
			})
		})
	}
}

func checkFailure(t *testing.T, err error, kind daybook.Kind, retry bool) {
	t.Helper()
	var failure *llm.Error
	if !errors.As(err, &failure) {
		t.Fatalf("error %v, want an *llm.Error", err)
	}
	if failure.Public.Kind != kind || failure.Retry != retry {
		t.Errorf("kind %s, retry %v; want %s, %v: %v", failure.Public.Kind, failure.Retry, kind, retry, err)
	}
	said := fmt.Sprintf("%v %+v %#v %s", err, err, failure, daybook.PublicMessage(err))
	for _, secret := range []string{llmtest.Key, "diary", "secret"} {
		if strings.Contains(said, secret) {
			t.Errorf("the error says %q", said)
		}
	}
	if len(failure.Error()) < 20 {
		t.Errorf("the error says too little: %q", failure.Error())
	}
}

func TestUnreachable(t *testing.T) {
	all(t, func(t *testing.T, name string) {
		client := llmhttp.NewClient(0)
		t.Cleanup(client.CloseIdleConnections)
		p := provider(t, name, "http://127.0.0.1:1/v1", llmtest.Key, client)
		_, _, err := collect(t.Context(), p, question())
		checkFailure(t, err, daybook.Upstream, false) // somebody waits
		checkFailure(t, p.Ping(t.Context()), daybook.Upstream, false)
		_, _, err = collect(llm.WithPolicy(t.Context(), llm.Background), p, question())
		checkFailure(t, err, daybook.Upstream, true)
	})
}

// TestLeavingClosesTheCall leaves in each of the ways there are.
func TestLeavingClosesTheCall(t *testing.T) {
	endless := llmtest.Script{Deltas: slices.Repeat([]string{"word "}, 10_000), Every: 5 * time.Millisecond}
	all(t, func(t *testing.T, name string) {
		for how, leave := range map[string]func(p llm.Provider){
			"the loop is left": func(p llm.Provider) {
				for range p.Chat.Stream(t.Context(), question()) {
					break
				}
			},
			"the context ends": func(p llm.Provider) {
				ctx, cancel := context.WithCancel(t.Context())
				for chunk, err := range p.Chat.Stream(ctx, question()) {
					if err != nil && !errors.Is(err, context.Canceled) {
						t.Errorf("the error of a cancelled call is %v", err)
					}
					_ = chunk
					cancel()
				}
				cancel()
			},
		} {
			p, s := setup(t, name, 0, play(endless))
			leave(p)
			deadline := time.Now().Add(time.Second)
			for s.Open() > 0 && time.Now().Before(deadline) {
				time.Sleep(time.Millisecond)
			}
			if s.Open() != 0 || s.Left() != 1 {
				t.Errorf("%s: %d calls open, %d clients left", how, s.Open(), s.Left())
			}
		}
	})
}

func TestPing(t *testing.T) {
	all(t, func(t *testing.T, name string) {
		p, s := setup(t, name, 0, llmtest.Reply("x"))
		if err := p.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		names, err := p.Pinger.(llm.Lister).Models(t.Context())
		if slices.Sort(names); err != nil || !slices.Equal(names, []string{"m-1", "m-2"}) {
			t.Errorf("models %q, %v", names, err)
		}
		client := llmhttp.NewClient(0)
		t.Cleanup(client.CloseIdleConnections)
		checkFailure(t, provider(t, name, s.BaseURL(name), "sk-wrong-secret", client).Ping(t.Context()), daybook.Upstream, false)
		if len(s.Requests()) != 0 {
			t.Error("a ping sent something")
		}
	})
}

func TestEmbeddings(t *testing.T) {
	for what, script := range map[string]llmtest.Script{"openai": {Dim: 12}, "openai in numbers": {Dim: 12, Floats: true}, "gemini": {Dim: 12}} {
		name, _, _ := strings.Cut(what, " ")
		t.Run(what, func(t *testing.T) {
			p, s := setup(t, name, 0, play(script))
			var inputs []string
			for i := range 530 {
				inputs = append(inputs, fmt.Sprintf("text number %c%c", 'a'+i%26, 'a'+i/26))
			}
			out, err := p.Embed(t.Context(), llm.EmbedRequest{Model: "e", Inputs: inputs, Purpose: llm.ForQuery})
			if err != nil || len(out.Vectors) != len(inputs) {
				t.Fatalf("%d vectors, %v", len(out.Vectors), err)
			}
			for i, v := range out.Vectors {
				if !slices.Equal(v, llmtest.Vector(inputs[i], 12)) {
					t.Fatalf("vector %d is another text's", i)
				}
			}
			if n := len(s.Requests()); n < 3 || n > 6 {
				t.Errorf("%d requests", n)
			}
			if name == "gemini" && !s.Requests()[0].Query {
				t.Error("a question was embedded as a document")
			}
		})
	}
}

func TestWrongEmbeddings(t *testing.T) {
	for _, name := range []string{"openai", "gemini"} {
		for what, vectors := range map[string][][]float32{
			"too few": {{1, 2}}, "too many": {{1}, {2}, {3}}, "of two lengths": {{1, 2}, {1}}, "empty": {{}, {}},
		} {
			t.Run(name+", "+what, func(t *testing.T) {
				p, _ := setup(t, name, 0, play(llmtest.Script{Vectors: vectors}))
				_, err := p.Embed(t.Context(), llm.EmbedRequest{Model: "e", Inputs: []string{"a", "b"}})
				checkFailure(t, err, daybook.Upstream, true)
			})
		}
	}
}

// TestEnvironmentIsNotRead sets every variable that the SDKs know to
// something that would fail or lead elsewhere.
func TestEnvironmentIsNotRead(t *testing.T) {
	for _, name := range []string{
		"OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN",
		"GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_CLOUD_PROJECT",
	} {
		t.Setenv(name, "from-the-environment")
	}
	for _, name := range []string{"OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL", "HTTP_PROXY", "HTTPS_PROXY"} {
		t.Setenv(name, "http://127.0.0.1:1")
	}
	t.Setenv("OPENAI_CUSTOM_HEADERS", "X-Api-Key: from-the-environment")
	t.Setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
	all(t, func(t *testing.T, name string) {
		p, _ := setup(t, name, 0, llmtest.Reply("x"))
		if _, _, err := collect(t.Context(), p, question()); err != nil {
			t.Error(err)
		}
	})
}

func TestAKeyIsNotNeededOfOthers(t *testing.T) {
	client := llmhttp.NewClient(0)
	t.Cleanup(client.CloseIdleConnections)
	t.Setenv("OPENAI_API_KEY", llmtest.Key)
	s := llmtest.Start(t, llmtest.Reply("x"))
	p := openai.New(openai.Config{Name: "ollama", BaseURL: s.BaseURL("openai"), HTTPClient: client})
	_, _, err := collect(t.Context(), p, question())
	checkFailure(t, err, daybook.Upstream, false) // the fake wants one, and none was sent
}

func TestSchemaInWords(t *testing.T) {
	client := llmhttp.NewClient(0)
	t.Cleanup(client.CloseIdleConnections)
	s := llmtest.Start(t, play(llmtest.Script{Deltas: llmtest.Answer("response", "yes", 5)}))
	p := openai.New(openai.Config{Name: "llama", APIKey: llmtest.Key, BaseURL: s.BaseURL("openai"), HTTPClient: client, PlainJSON: true})
	var text string
	for part, err := range llm.StreamText(t.Context(), p.Chat, question(), "response") {
		if err != nil {
			t.Fatal(err)
		}
		text += part.Text
	}
	got := s.Requests()[0]
	if text != "yes" || got.Schema != nil || !strings.Contains(got.System, `"additionalProperties":false`) {
		t.Errorf("%q, sent %+v", text, got)
	}
}

func BenchmarkDelta(b *testing.B) {
	for _, name := range llmtest.Providers {
		b.Run(name, func(b *testing.B) {
			const deltas = 1000
			p, _ := setup(b, name, 0, play(llmtest.Script{Deltas: slices.Repeat([]string{"a few words "}, deltas)}))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := collect(b.Context(), p, question()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/deltas, "ns/delta")
		})
	}
}
