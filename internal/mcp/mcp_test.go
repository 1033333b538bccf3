package mcp_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"daybook/internal/journal"
	"daybook/internal/ledger"
	"daybook/internal/llm/llmtest"
	"daybook/internal/mcp"
	"daybook/internal/settings"

	"log/slog"
)

// diary is a small journal; the two private notes must never be shown.
var diary = map[string]string{
	"01-05-2024.md": "Swam in the lake before breakfast, four degrees. #swimming\n\nTea with Oda afterwards.",
	"01-05-2023.md": "Walked to the lake with Oda; it was frozen.",
	"01-05-2022.md": "---\nprivate: true\n---\nQuarrel by the lake with Zephyrine.",
	"02-10-2024.md": "Oda lent me a book about bees. #reading",
	"03-09-2024.md": "The baker asked after the bees.",
	"03-10-2024.md": "Zephyrine wept by the lake. #private",
}

const secret = "Zephyrine"

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// world is a journal with a server for other programs.
type world struct {
	t       *testing.T
	journal *journal.Journal
	server  *mcp.Server
	folder  string
}

func newWorld(t *testing.T, chat string, play func(llmtest.Request) llmtest.Script) *world {
	t.Helper()
	return worldOf(t, diary, chat, play)
}

func worldOf(t *testing.T, notes map[string]string, chat string, play func(llmtest.Request) llmtest.Script) *world {
	t.Helper()
	w := &world{t: t, folder: t.TempDir()}
	for name, text := range notes {
		w.write(name, text)
	}
	env := map[string]string{}
	flags := map[string]string{"journal": w.folder, "data": t.TempDir(), "model-embedding": "none", "model-chat": chat}
	if play != nil {
		fake := llmtest.Start(t, play)
		env["OPENAI_API_KEY"], env["OPENAI_BASE_URL"] = llmtest.Key, fake.BaseURL("openai")
		flags["insecure-http"] = "true"
	}
	s := must(settings.Load(settings.Sources{Flags: flags, Getenv: func(k string) string { return env[k] }, Home: t.TempDir(), Dir: t.TempDir(), GOOS: "linux"}))(t)
	w.journal = must(journal.Open(t.Context(), s, journal.Options{Log: slog.New(slog.DiscardHandler)}))(t)
	t.Cleanup(w.journal.Close)
	service := must(w.journal.OpenNotes())(t)
	t.Cleanup(func() { _ = service.Close() })
	w.server = w.journal.MCP(service, "test", true)
	return w
}

func (w *world) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.folder, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// connect returns a client of the SDK's own, over memory or HTTP.
func (w *world) connect(options *sdk.ClientOptions, write, overHTTP bool) *sdk.ClientSession {
	w.t.Helper()
	client := sdk.NewClient(&sdk.Implementation{Name: "tester", Version: "1"}, options)
	var transport sdk.Transport
	if overHTTP {
		server := httptest.NewServer(w.server.Handler())
		w.t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
		address := server.URL
		if write {
			address += "?write=true"
		}
		transport = &sdk.StreamableClientTransport{Endpoint: address, HTTPClient: server.Client()}
	} else {
		here, there := sdk.NewInMemoryTransports()
		transport = here
		go func() { _ = w.server.Run(context.Background(), there, write) }() // ends with the client
	}
	session := must(client.Connect(w.t.Context(), transport, nil))(w.t)
	w.t.Cleanup(func() { _ = session.Close() })
	return session
}

func call(t *testing.T, s *sdk.ClientSession, tool string, arguments map[string]any) (text string, failed bool) {
	t.Helper()
	if arguments == nil {
		arguments = map[string]any{}
	}
	r := must(s.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: arguments}))(t)
	for _, c := range r.Content {
		text += c.(*sdk.TextContent).Text
	}
	return text, r.IsError
}

func TestEveryTool(t *testing.T) {
	for _, overHTTP := range []bool{false, true} {
		w := newWorld(t, "offline", nil)
		s := w.connect(nil, false, overHTTP)
		var names []string
		for tool, err := range s.Tools(t.Context(), nil) {
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, tool.Name)
			if !tool.Annotations.ReadOnlyHint || tool.Description == "" || tool.OutputSchema == nil {
				t.Errorf("tool %+v", tool)
			}
		}
		slices.Sort(names)
		if !slices.Equal(names, []string{"ask", "count_mentions", "list_days", "on_this_day", "read_day", "search", "timeline"}) {
			t.Errorf("tools %v", names)
		}
		for _, c := range []struct {
			tool string
			in   map[string]any
			want string
		}{
			{"search", map[string]any{"query": "lake"}, "Swam in the lake"},
			{"search", map[string]any{"query": "lake", "from": "2024-02-01"}, "Nothing in the journal matches."},
			{"search", map[string]any{"query": "bees", "tags": []string{"reading"}}, "## 2024-02-10"},
			{"read_day", map[string]any{"date": "2024-01-05"}, "Tea with Oda afterwards."},
			{"read_day", map[string]any{"date": "2022-01-05"}, "There is no note for this day."},
			{"read_day", map[string]any{"date": "1999-01-05"}, "There is no note for this day."},
			{"list_days", nil, "2024-01-05 #swimming"},
			{"list_days", map[string]any{"limit": 1}, "2024-03-09"},
			{"count_mentions", map[string]any{"words": "lake"}, "Mentioned on 2 days, first on 2023-01-05 and last on 2024-01-05"},
			{"count_mentions", map[string]any{"words": secret}, "no day"},
			{"on_this_day", map[string]any{"date": "2025-01-05"}, "## 2023-01-05"},
			{"timeline", map[string]any{"query": "lake", "by": "year"}, "Mentioned on 2 days.\n2023: 1 of 1 day\n2024: 1 of 3 days"},
			{"timeline", map[string]any{"query": secret}, "Mentioned on 0 days."},
			{"ask", map[string]any{"question": "When did I swim in the lake?"}, "Swam in the lake"},
			{"ask", map[string]any{"question": "What about " + secret + "?"}, ""},
		} {
			got, failed := call(t, s, c.tool, c.in)
			if failed || !strings.Contains(got, c.want) || strings.Contains(got, "Quarrel") || strings.Contains(got, "wept") || strings.Contains(got, "rivate") {
				t.Errorf("%s %v: %q", c.tool, c.in, got)
			}
		}
	}
}

func TestWrongArguments(t *testing.T) {
	w := newWorld(t, "offline", nil)
	s := w.connect(nil, false, false)
	for _, c := range []struct {
		tool string
		in   map[string]any
	}{
		{"search", map[string]any{"query": " "}},
		{"search", map[string]any{"query": "x", "from": "yesterday"}},
		{"search", map[string]any{"query": "x", "from": "2024-02-01", "to": "2024-01-01"}},
		{"read_day", map[string]any{"date": "2024-02-30"}},
		{"count_mentions", map[string]any{"words": "one two three four"}},
		{"timeline", map[string]any{"query": "x", "by": "week"}},
		{"on_this_day", map[string]any{"date": "5"}},
		{"ask", map[string]any{"question": ""}},
		{"search", map[string]any{}},
		{"append_to_day", map[string]any{"text": "x"}},
	} {
		r, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: c.tool, Arguments: c.in})
		if err == nil && !r.IsError {
			t.Errorf("%s %v is accepted", c.tool, c.in)
		}
	}
}

func TestPrivateNotesAreNeverShown(t *testing.T) {
	w := newWorld(t, "offline", nil)
	s := w.connect(nil, true, false)
	call(t, s, "search", map[string]any{"query": "lake"})
	// This note becomes private while the index knows it as public.
	w.journal.Indexer = nil
	w.write("01-05-2024.md", "---\nprivate: true\n---\nSwam in the lake before breakfast, four degrees.\n\nTea with Oda afterwards.")
	for tool, in := range map[string]map[string]any{
		"search": {"query": "lake breakfast"}, "read_day": {"date": "2024-01-05"}, "list_days": nil, "on_this_day": {"date": "2025-01-05"}, "ask": {"question": "Did I swim in the lake?"},
		"append_to_day": {"date": "2024-01-05", "text": "More."},
	} {
		if got, _ := call(t, s, tool, in); strings.Contains(got, "breakfast") || strings.Contains(got, "2024-01-05") || strings.Contains(got, "Written") {
			t.Errorf("%s: %q", tool, got)
		}
	}
	if got, failed := call(t, s, "count_mentions", map[string]any{"words": "breakfast"}); !failed {
		t.Errorf("count: %q", got)
	}
	for _, uri := range []string{"daybook://day/2024-01-05", "daybook://day/2022-01-05", "daybook://day/2024-03-10", "daybook://day/../x"} {
		if r, err := s.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: uri}); err == nil {
			t.Errorf("%s: %+v", uri, r.Contents)
		}
	}
	for _, c := range must(s.ListResources(t.Context(), nil))(t).Resources {
		if strings.Contains(c.URI, "2024-01-05") || strings.Contains(c.URI, "2024-03-10") || strings.Contains(c.URI, "2022") {
			t.Errorf("listed %s", c.URI)
		}
	}
	if got, failed := call(t, s, "append_to_day", map[string]any{"date": "2024-03-10", "text": "More."}); !failed || got != "This day cannot be written from here." {
		t.Errorf("%q", got)
	}
}

func TestResourcesAndPrompts(t *testing.T) {
	w := newWorld(t, "offline", nil)
	s := w.connect(nil, false, true)
	list := must(s.ListResources(t.Context(), nil))(t).Resources
	if len(list) != 4 || list[0].URI != "daybook://day/2024-03-09" || list[0].Title != "9 March 2024" {
		t.Errorf("resources %+v", list)
	}
	read := must(s.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: list[3].URI}))(t)
	for _, result := range []sdk.CacheableResult{read, must(s.ListResources(t.Context(), nil))(t), must(s.ListTools(t.Context(), nil))(t)} {
		if result.GetCacheScope() != "private" || result.GetTTLMs() != 0 {
			t.Errorf("%T may be cached: %q", result, result.GetCacheScope())
		}
	}
	day := read.Contents[0]
	if day.Text != "## 2023-01-05\n\nWalked to the lake with Oda; it was frozen." || day.MIMEType != "text/markdown" {
		t.Errorf("resource %+v", day)
	}
	for name, want := range map[string]string{"weekly_review": "## 2024-03-09\n\nThe baker asked", "on_this_day": "9 March of other years"} {
		p := must(s.GetPrompt(t.Context(), &sdk.GetPromptParams{Name: name, Arguments: map[string]string{"date": "2024-03-10"}}))(t)
		if name == "on_this_day" {
			p = must(s.GetPrompt(t.Context(), &sdk.GetPromptParams{Name: name, Arguments: map[string]string{"date": "2024-03-09"}}))(t)
		}
		text := p.Messages[0].Content.(*sdk.TextContent).Text
		if !strings.Contains(text, want) || strings.Contains(text, secret) {
			t.Errorf("%s: %q", name, text)
		}
	}
	if _, err := s.GetPrompt(t.Context(), &sdk.GetPromptParams{Name: "weekly_review", Arguments: map[string]string{"date": "x"}}); err == nil {
		t.Error("a wrong date is accepted")
	}
}

func TestWriting(t *testing.T) {
	for _, overHTTP := range []bool{false, true} {
		w := newWorld(t, "offline", nil)
		s := w.connect(nil, true, overHTTP)
		for _, date := range []string{"2024-01-05", "2019-07-01"} {
			if got, failed := call(t, s, "append_to_day", map[string]any{"date": date, "text": "\nA new paragraph.\n"}); failed {
				t.Fatalf("%s: %q", date, got)
			}
		}
		data := string(must(os.ReadFile(filepath.Join(w.folder, "01-05-2024.md")))(t))
		if strings.TrimSpace(data) != diary["01-05-2024.md"]+"\n\nA new paragraph." {
			t.Errorf("written %q", data)
		}
		if got, _ := call(t, s, "read_day", map[string]any{"date": "2019-07-01"}); !strings.Contains(got, "A new paragraph.") {
			t.Errorf("read back %q", got)
		}
	}
}

func TestAskStreamsAndCancels(t *testing.T) {
	asked := make(chan struct{}, 8)
	w := newWorld(t, "openai/m-1", func(r llmtest.Request) llmtest.Script {
		script := llmtest.Reply("You swam in the lake [1] in January.")(r)
		if strings.Contains(r.Messages[len(r.Messages)-1].Text, "wait") && !r.Wants("intent") {
			asked <- struct{}{}
			script.SilentAfter = 1
		}
		return script
	})
	var mu sync.Mutex
	var said strings.Builder
	s := w.connect(&sdk.ClientOptions{ProgressNotificationHandler: func(_ context.Context, r *sdk.ProgressNotificationClientRequest) {
		mu.Lock()
		defer mu.Unlock()
		said.WriteString(r.Params.Message)
	}}, false, true)
	params := &sdk.CallToolParams{Name: "ask", Arguments: map[string]any{"question": "When did I swim in the lake?"}}
	params.SetProgressToken("p")
	r := must(s.CallTool(t.Context(), params))(t)
	if text := r.Content[0].(*sdk.TextContent).Text; !strings.Contains(text, "You swam in the lake [1]") || !strings.Contains(text, "\n[1] 2024-01-05") {
		t.Errorf("answer %q", text)
	}
	eventually(t, "the answer comes as progress", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return strings.Contains(said.String(), "You swam in the lake")
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := s.CallTool(ctx, &sdk.CallToolParams{Name: "ask", Arguments: map[string]any{"question": "Did I wait by the lake?"}})
		ended <- err
	}()
	<-asked
	cancel()
	if err := <-ended; err == nil {
		t.Error("a call that was cancelled has a result")
	}
}

func TestTheLedgerListsThePrograms(t *testing.T) {
	w := newWorld(t, "offline", nil)
	call(t, w.connect(nil, false, false), "search", map[string]any{"query": "lake"})
	eventually(t, "the ledger has a line", func() bool {
		lines, _, err := w.journal.Calls.Lines(t.Context(), ledger.Filter{Limit: 10})
		return err == nil && len(lines) == 1 && lines[0].Program == "mcp: tester" && lines[0].Task == "read"
	})
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not hold: %s", what)
		}
	}
}

func TestHandlerSpeaksHTTP(t *testing.T) {
	w := newWorld(t, "offline", nil)
	server := httptest.NewServer(w.server.Handler())
	defer server.Close()
	req := must(http.NewRequest(http.MethodPost, server.URL, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"hand","version":"1"}}}`)))(t)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	resp := must(server.Client().Do(req))(t)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Mcp-Session-Id") == "" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
}
