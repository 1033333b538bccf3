package transcribe

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/llm/anthropic"
	"daybook/internal/llm/gemini"
	"daybook/internal/llm/llmhttp"
	"daybook/internal/llm/llmtest"
	"daybook/internal/llm/openai"
	"daybook/internal/pages"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
)

func modelOf(protocol, base string, t *testing.T) llm.ChatModel {
	client := llmhttp.NewClient(0)
	t.Cleanup(client.CloseIdleConnections)
	switch protocol {
	case "openai":
		return openai.New(openai.Config{Name: "llama", APIKey: llmtest.Key, BaseURL: base, HTTPClient: client}).Chat
	case "anthropic":
		return anthropic.New(anthropic.Config{APIKey: llmtest.Key, BaseURL: base, HTTPClient: client}).Chat
	}
	return gemini.New(gemini.Config{APIKey: llmtest.Key, BaseURL: base, HTTPClient: client}).Chat
}

// TestOddities reads a page through every oddity of servers, in each protocol,
// streamed and whole.
func TestOddities(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	const want = "Dear diary, it's \"late\".\n\nWe rowed {to} the island, a < b."
	for _, o := range llmtest.Oddities {
		for _, protocol := range llmtest.Providers {
			for _, whole := range []bool{false, true} {
				script, ok := o.Script(protocol, whole, want, false)
				if !ok {
					continue
				}
				t.Run(o.Name+", "+protocol+map[bool]string{true: ", whole"}[whole], func(t *testing.T) {
					got, err := readWith(t, protocol, script)
					switch {
					case strings.Contains(got, "SECRET"):
						t.Errorf("thinking is in %q", got)
					case o.Fails != "":
						if err == nil || !strings.Contains(daybook.PublicMessage(err), o.Fails) {
							t.Errorf("%q, %v; want an error with %q", got, err, o.Fails)
						}
					case err != nil || got != want:
						t.Errorf("%q, %v; want %q", got, err, want)
					}
				})
			}
		}
	}
}

// TestTakenOut takes the text of a page out of what a model says around it each
// time it is asked.
func TestTakenOut(t *testing.T) {
	const page = "Dear diary.\n\nWe rowed to the island."
	for _, said := range []string{
		"Sure! Here is the transcription of the page:\n\n" + page, "**Transcription:**\n" + page, "<text>\n" + page + "\n</text>",
		`{"text":"Dear diary.\n\nWe rowed to the island."}`, page + "\n\nLet me know if you need anything else.", "Here's the text:\n\n```\n" + page + "\n```",
	} {
		got, err := readWith(t, "openai", llmtest.Script{Deltas: llmtest.Split(said, 9)})
		if err != nil || got != page {
			t.Errorf("%q: %q, %v", said, got, err)
		}
	}
}

func readWith(t *testing.T, protocol string, script llmtest.Script) (string, error) {
	s := llmtest.Start(t, func(llmtest.Request) llmtest.Script { return script })
	p := &Pipeline{Config: Config{Ref: llm.Ref{Provider: protocol, Model: "m"}, Model: modelOf(protocol, s.BaseURL(protocol), t)}}
	p.Private = func(context.Context, string, string) (bool, error) { return false, nil }
	return p.read(t.Context(), store.ScanState{Path: "a.jpg"}, 1, []pages.Picture{{MIME: "image/jpeg", Data: []byte("\xff\xd8\xff picture")}}, "Transcribe.")
}

// strip renders a page as parts.
type strip struct {
	Renderer
	parts int
}

func (s strip) Render(_ context.Context, _ string, _ int, o pages.Options) ([]pages.Picture, error) {
	if !o.Parts {
		return nil, errors.New("the whole of it")
	}
	return slices.Repeat([]pages.Picture{{MIME: "image/jpeg", Data: []byte("\xff\xd8\xff picture")}}, s.parts), nil
}

// A long page is read in several requests, and its text is put together.
func TestLongPage(t *testing.T) {
	var asked []int
	s := llmtest.Start(t, func(r llmtest.Request) llmtest.Script {
		asked = append(asked, len(r.Messages[0].Images))
		return llmtest.Script{Deltas: []string{[]string{"I went", "to the sea", "and back."}[len(asked)-1]}}
	})
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "d.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p := New(Config{Ref: llm.Ref{Provider: "openai", Model: "m"}, Model: modelOf("openai", s.BaseURL("openai"), t), Renderer: strip{parts: 2*partsAtOnce + 1}, Store: db})
	p.Private = func(context.Context, string, string) (bool, error) { return false, nil }
	got, err := p.page(t.Context(), store.ScanState{Path: "a.jpg"}, 1, "Transcribe.")
	if err != nil || got != "I went\nto the sea\nand back." || !slices.Equal(asked, []int{partsAtOnce, partsAtOnce, 1}) {
		t.Errorf("%q, %v, pictures %v", got, err, asked)
	}
}
