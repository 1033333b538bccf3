package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
)

// answer is what clients read of a ChatResponse.
type answer struct {
	Response string
	Docs     []struct {
		Entry struct {
			Date, Title, Text string
			Tags              []string
			Embedding         *[]float32
		}
		Distance *float64
		Passages []struct {
			Number, Start, End, Line int
			Text                     string
		}
	}
	ThreadID  *string `json:"thread_id"`
	MessageID string  `json:"message_id"`
	Intent    string
	Notices   []string
	Citations []struct {
		Number  int
		Date    string
		Path    string
		EntryID string `json:"entry_id"`
	}
}

func all(t *testing.T, test func(t *testing.T, provider string)) {
	for _, p := range llmtest.Providers {
		t.Run(p, func(t *testing.T) { test(t, p) })
	}
}

func TestChatOnEveryProvider(t *testing.T) {
	all(t, func(t *testing.T, provider string) {
		w := newWorld(t, options{})
		a := get[answer](w, http.MethodPost, "/journal_chat", asking(provider, "When did I swim in the lake?", "thread_id", "", "top_k", 0))
		if a.Response != "You swam in the lake [1]." || a.ThreadID == nil || *a.ThreadID != "" || a.Intent != "vector" {
			t.Errorf("answer %+v", a)
		}
		if len(a.Docs) == 0 || a.Docs[0].Entry.Date != "2024-01-05" || a.Docs[0].Entry.Title != "01-05-2024" || a.Docs[0].Distance != nil {
			t.Fatalf("docs %+v", a.Docs)
		}
		first := a.Docs[0]
		if !slices.Equal(first.Entry.Tags, []string{"#swimming"}) || first.Entry.Embedding != nil || !strings.HasPrefix(first.Entry.Text, "Swam") {
			t.Errorf("entry %+v", first.Entry)
		}
		if p := first.Passages[0]; p.Number != 1 || p.Line != 1 || string([]rune(first.Entry.Text)[p.Start:p.End]) != p.Text {
			t.Errorf("passage %+v", p)
		}
		if c := a.Citations[0]; c.Number != 1 || c.Date != "2024-01-05" || c.Path != "01-05-2024.md" || c.EntryID == "" {
			t.Errorf("citation %+v", c)
		}
		sent := w.fake.Requests()
		chat := sent[len(sent)-1]
		last := chat.Messages[len(chat.Messages)-1].Text
		if !strings.HasPrefix(last, "<QUERY>When did I swim in the lake?</QUERY>\n<ENTRIES>\n<ENTRY date=\"2024-01-05\"") || !strings.HasSuffix(last, "</ENTRIES>") {
			t.Errorf("the model was sent %q", last)
		}
	})
}

func TestStreamAsOlderClientsReadIt(t *testing.T) {
	all(t, func(t *testing.T, provider string) {
		text := "You swam “early”\nin the lake \\ [1]. 日本 😀"
		w := newWorld(t, options{play: llmtest.Reply(text)})
		list := w.stream(asking(provider, "When did I swim?", "thread_id", "t-1"))
		if last := list[len(list)-1]; last != (frame{"", "[DONE]"}) {
			t.Errorf("the stream ends in %+v", last)
		}
		if len(list) < 4 {
			t.Fatalf("%d frames: the answer came at once", len(list))
		}
		before := ""
		for _, f := range list[:len(list)-1] {
			var a answer
			if err := json.Unmarshal([]byte(f.data), &a); err != nil || f.event != "" {
				t.Fatalf("frame %+v: %v", f, err)
			}
			if !strings.HasPrefix(a.Response, before) || len(a.Response) <= len(before) {
				t.Fatalf("%q follows %q", a.Response, before)
			}
			if len(a.Docs) == 0 || a.ThreadID == nil || *a.ThreadID != "t-1" {
				t.Fatalf("frame %s", f.data)
			}
			before = a.Response
		}
		if before != text {
			t.Errorf("the whole is %q", before)
		}
	})
}

func TestStreamOfDeltas(t *testing.T) {
	all(t, func(t *testing.T, provider string) {
		w := newWorld(t, options{play: llmtest.Reply("You swam in the lake [1] in January.")})
		list := w.stream(asking(provider, "When did I swim?", "stream", "deltas"))
		if list[0].event != "docs" || list[len(list)-1].event != "done" {
			t.Fatalf("frames %+v", list)
		}
		var text strings.Builder
		for _, f := range list[1 : len(list)-1] {
			var d struct{ Text string }
			if err := json.Unmarshal([]byte(f.data), &d); err != nil || f.event != "delta" {
				t.Fatalf("frame %+v: %v", f, err)
			}
			text.WriteString(d.Text)
		}
		var done answer
		if err := json.Unmarshal([]byte(list[len(list)-1].data), &done); err != nil || done.Response != text.String() || len(done.Citations) == 0 {
			t.Errorf("done %s; the deltas say %q", list[len(list)-1].data, text.String())
		}
	})
}

// TestTheFirstFrameDoesNotWaitForTheLast holds the model's answer back.
func TestTheFirstFrameDoesNotWaitForTheLast(t *testing.T) {
	all(t, func(t *testing.T, provider string) {
		w := newWorld(t, options{play: func(r llmtest.Request) llmtest.Script {
			s := llmtest.Reply("a long answer that goes on")(r)
			if r.Wants("response") {
				s.SilentAfter = 2
			}
			return s
		}})
		ctx, leave := context.WithCancel(t.Context())
		resp := w.send(ctx, http.MethodPost, "/journal_chat/stream", asking(provider, "When did I swim?"))
		defer resp.Body.Close()
		buf := make([]byte, 64)
		if n, err := resp.Body.Read(buf); err != nil || !strings.HasPrefix(string(buf[:n]), `data: {"response":"`) {
			t.Fatalf("%q, %v", buf[:n], err)
		}
		leave()
		eventually(t, time.Second, "the model's call is closed", func() bool { return w.fake.Open() == 0 && w.fake.Left() == 1 })
	})
}

func TestIntents(t *testing.T) {
	intent := ""
	w := newWorld(t, options{play: func(r llmtest.Request) llmtest.Script {
		if r.Wants("intent") {
			return llmtest.Script{Deltas: llmtest.Answer("intent", intent, 50)}
		}
		return llmtest.Script{Deltas: llmtest.Answer("response", "ok", 50)}
	}})
	for _, c := range []struct {
		intent, want string
		titles       string
	}{
		{"recent", "recent", "03-09-2024 03-01-2024_03-02-2024 02-10-2024 01-05-2024"},
		{"none", "none", ""},
		{"vector", "vector", "02-10-2024 03-09-2024"},
		{"nonsense", "vector", "02-10-2024 03-09-2024"}, // by the rules, after asking three times
	} {
		intent = c.intent
		a := get[answer](w, http.MethodPost, "/journal_chat", asking("openai", "bees"))
		var titles []string
		for _, d := range a.Docs {
			titles = append(titles, d.Entry.Title)
		}
		if c.want == "vector" {
			slices.Sort(titles)
		}
		if got := strings.Join(titles, " "); got != c.titles || a.Intent != c.want {
			t.Errorf("intent %s: %s, %q", c.intent, a.Intent, got)
		}
	}
}

func TestIntentHasItsOwnModel(t *testing.T) {
	w := newWorld(t, options{intent: "anthropic/small"})
	get[answer](w, http.MethodPost, "/journal_chat", asking("openai", "When did I swim?"))
	for _, r := range w.fake.Requests() {
		if want := map[bool]string{true: "anthropic", false: "openai"}[r.Wants("intent")]; r.Provider != want {
			t.Errorf("%s was asked, want %s", r.Provider, want)
		}
	}
}

func TestSearchByMeaning(t *testing.T) {
	for _, model := range []string{"openai/e-1", "gemini/e-1"} {
		w := newWorld(t, options{embedding: model})
		a := get[answer](w, http.MethodPost, "/journal_chat", asking("openai", "the island and the lighthouse", "top_k", 2))
		if len(a.Docs) != 2 || a.Docs[0].Entry.Title != "03-01-2024_03-02-2024" || a.Docs[0].Distance == nil || *a.Docs[0].Distance > 0.9 {
			t.Errorf("%s: docs %+v", model, a.Docs)
		}
		// A note that has no vector yet is found by its words.
		writeFile(t, w.dir+"/journal/05-05-2024.md", "A walrus on the beach.")
		w.open(options{embedding: model})
		a = get[answer](w, http.MethodPost, "/journal_chat", asking("openai", "walrus", "top_k", 1))
		if len(a.Docs) != 1 || a.Docs[0].Entry.Date != "2024-05-05" {
			t.Errorf("%s: docs %+v", model, a.Docs)
		}
	}
}

func TestSearchWorksWithoutTheEmbeddingModel(t *testing.T) {
	failing := false
	w := newWorld(t, options{embedding: "gemini/e-1", play: func(r llmtest.Request) llmtest.Script {
		if failing && r.Query {
			return llmtest.Script{Status: http.StatusForbidden}
		}
		return llmtest.Reply("ok")(r)
	}})
	failing = true
	a := get[answer](w, http.MethodPost, "/journal_chat", asking("openai", "the lighthouse", "top_k", 1))
	if len(a.Docs) != 1 || a.Docs[0].Distance != nil || len(a.Notices) != 1 || !strings.Contains(a.Response, "by words alone") {
		t.Errorf("answer %+v", a)
	}
}

func TestGivenDocsAreTheContext(t *testing.T) {
	w := newWorld(t, options{})
	a := get[answer](w, http.MethodPost, "/journal_chat", asking("openai", "What is it?",
		"existing_docs", []object{{"title": "T", "content": "It is a walrus.", "more": 1}}, "unknown", object{"x": 1}))
	if len(a.Docs) != 0 {
		t.Errorf("docs %+v", a.Docs)
	}
	sent := w.fake.Requests()
	if len(sent) != 1 || !strings.Contains(sent[0].Messages[0].Text, "[1] It is a walrus.") {
		t.Errorf("sent %+v", sent)
	}
}

func TestHistory(t *testing.T) {
	w := newWorld(t, options{})
	id := get[struct {
		ThreadID string `json:"thread_id"`
	}](w, http.MethodPost, "/threads", object{"initial_message": "first question"}).ThreadID
	get[object](w, http.MethodPost, "/threads/"+id+"/messages", object{"role": "assistant", "content": "first answer"})
	get[object](w, http.MethodPost, "/threads/"+id+"/messages", object{"role": "user", "content": "<ENTRIES>\nold\n</ENTRIES>"})
	get[answer](w, http.MethodPost, "/journal_chat", asking("anthropic", "second question", "thread_id", id,
		"message_history", []object{{"sender": "system", "text": "third"}, {"text": nil}, {"sender": "assistant", "text": "fourth"}}))
	sent := w.fake.Requests()
	var said []string
	for _, m := range sent[len(sent)-1].Messages {
		said = append(said, string(m.Role)+":"+strings.SplitN(m.Text, "\n", 2)[0])
	}
	want := "user:first question|assistant:first answer|user:third|assistant:fourth|user:<QUERY>second question</QUERY>"
	if got := strings.Join(said, "|"); got != want {
		t.Errorf("the model was sent %s", got)
	}
}

func TestPromptOverTheWindowIsCut(t *testing.T) {
	w := newWorld(t, options{window: 1200})
	long := strings.Repeat("The bees were humming about in the tall garden all day and I sat there. ", 60)
	writeFile(t, w.dir+"/journal/06-01-2024.md", long)
	w.open(options{window: 1200})
	a := get[answer](w, http.MethodPost, "/journal_chat", asking("openai", "bees humming in the garden"))
	if len(a.Notices) != 1 || !strings.Contains(a.Notices[0], "fit into the model's context window") || !strings.Contains(a.Response, a.Notices[0]) {
		t.Errorf("notices %q, answer %q", a.Notices, a.Response)
	}
	sent := w.fake.Requests()
	prompt := sent[len(sent)-1]
	tokens := llm.CountTokens(prompt.System)
	for _, m := range prompt.Messages {
		tokens += llm.CountTokens(m.Text)
	}
	if tokens > 700 || !strings.Contains(prompt.Messages[0].Text, "[1]") {
		t.Errorf("the prompt has %d tokens", tokens)
	}
	status, body := w.do(http.MethodPost, "/journal_chat", asking("openai", strings.Repeat("word ", 3000)))
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "too long") {
		t.Errorf("a question over the window: %d %s", status, body)
	}
}

func TestOffline(t *testing.T) {
	w := newWorld(t, options{})
	list := w.stream(asking("offline", "When did I swim in the lake?", "model", ""))
	var a answer
	if err := json.Unmarshal([]byte(list[len(list)-2].data), &a); err != nil {
		t.Fatal(err)
	}
	if len(list) < 3 || !strings.Contains(a.Response, "No language model wrote this") ||
		!strings.Contains(a.Response, "**2024-01-05** [1]\n> Swam in the lake before breakfast") {
		t.Errorf("%d frames, %q", len(list), a.Response)
	}
	for query, want := range map[string]string{
		"hello":                  "it can search your journal",
		"What did I do lately?":  "newest days",
		"quetzalcoatl xylophone": "nothing in your journal matches",
	} {
		a := get[answer](w, http.MethodPost, "/journal_chat", asking("offline", query))
		if !strings.Contains(a.Response, want) {
			t.Errorf("%q: %q", query, a.Response)
		}
	}
	if len(w.fake.Requests()) != 0 {
		t.Error("something left the machine")
	}
}

// A quotation that no passage has word for word is marked, wherever its frames
// were cut, and one of the conversation is left alone.
func TestQuotationsAreChecked(t *testing.T) {
	all(t, func(t *testing.T, provider string) {
		w := newWorld(t, options{play: llmtest.Reply(`You "swam in the lake before breakfast" [1], and "swam in the sea before breakfast" [1]. You asked "When did I swim"; “they sleep”.`)})
		a := get[struct {
			Response   string
			Quotations []struct {
				Text       string
				Start, End int
				Verified   bool
				Number     int
			}
		}](w, http.MethodPost, "/journal_chat", asking(provider, "When did I swim in the lake?"))
		want := `You "swam in the lake before breakfast" [1], and "swam in the sea before breakfast" [unverified] [1]. You asked "When did I swim"; “they sleep”.`
		if a.Response != want || len(a.Quotations) != 2 || !a.Quotations[0].Verified || a.Quotations[0].Number != 1 || a.Quotations[1].Verified {
			t.Errorf("response %s, quotations %+v", a.Response, a.Quotations)
		}
		for _, q := range a.Quotations {
			if string([]rune(a.Response)[q.Start:q.End]) != q.Text {
				t.Errorf("quotation %+v", q)
			}
		}
	})
}
