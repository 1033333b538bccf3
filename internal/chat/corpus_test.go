package chat_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/dates"
	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
	"daybook/internal/search"
	"daybook/internal/store"
	"daybook/internal/text"
)

var update = flag.Bool("update", false, "rewrite testdata/conversations.txt with what the conversations are")

// lined indexes an entry with a passage for each line and the one after it, so that
// passages overlap.
func (f *fixture) lined(e daybook.Entry) {
	f.t.Helper()
	analyzer, err := text.New("english")
	if err != nil {
		f.t.Fatal(err)
	}
	e.Path, e.Title, e.TextLine = e.ID+".md", e.ID, 1
	note := store.Note{State: store.NoteState{Kind: e.Kind, Path: e.Path, EntryID: e.ID}, Entry: e}
	lines := strings.SplitAfter(e.Text, "\n")
	start := 0
	for i, line := range lines {
		passage := line
		if i+1 < len(lines) {
			passage += lines[i+1]
		}
		passage = strings.TrimRight(passage, "\n")
		note.Passages = append(note.Passages, store.IndexedPassage{
			Passage: daybook.Passage{EntryID: e.ID, Index: i, Start: start, End: start + len(passage), Line: i + 1, Text: passage},
			Terms:   analyzer.Terms(passage),
		})
		start += len(line)
	}
	if err := f.threads.db.Apply(f.t.Context(), store.Batch{Put: []store.Note{note}}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) fill() {
	for _, e := range []daybook.Entry{
		{ID: "harbour", Dates: date(time.February, 3), Text: "To the harbour with Oda & Jo <both late>.\nThe ferry came at nine. \"No wind,\" said Oda.\nHome by the dunes.\nSlept."},
		{ID: "ferry", Dates: date(time.February, 9), Text: "The ferry again, and rain.\nOda was ill; [Ursola?] sat with her."},
		{ID: "hidden", Dates: date(time.February, 11), Private: true, Text: "Oda told me a secret on the ferry.\nI told nobody."},
		{ID: "two days", Dates: append(date(time.March, 1), date(time.March, 2)...), Text: "Rowed two days.\nThe ferry passed us twice."},
		{ID: "bees", Dates: date(time.March, 5), Text: strings.Repeat("The bees were slow today, and the hive was light.\n", 9) + "Fed them syrup."},
		{ID: "People", Kind: daybook.Evergreen, Text: "Oda: my neighbour.\nJo: her son."},
	} {
		e.Kind = cmp.Or(e.Kind, daybook.Daily)
		f.lined(e)
	}
}

// dated returns a searcher that reads dates, and so counts.
func (f *fixture) dated() *search.Searcher {
	f.t.Helper()
	analyzer, err := text.New("english")
	if err != nil {
		f.t.Fatal(err)
	}
	return search.New(search.Config{Index: f.threads.db, Analyzer: analyzer, Dates: func() dates.Options {
		return dates.Options{Today: daybook.Date{Year: 2024, Month: time.March, Day: 13}}
	}})
}

// dialogue is questions one after the other, in one thread if they are saved.
type dialogue struct {
	name    string
	request chat.Request // its Query is set from questions
	window  int
	intent  bool
	help    time.Duration
	config  func(*chat.Config)
	// says is what the model says to the last question of a request.
	says      func(llmtest.Request) llmtest.Script
	questions []string
}

var dialogues = []dialogue{
	{name: "offline", request: chat.Request{Provider: chat.Offline}, questions: []string{
		"When did I take the ferry?", "ferry", "Who is Oda?", "What did I do recently?", "Hello there!", "thanks", "xylophone",
		"How often did I mention the ferry?", "When did I last mention Oda?", "What happened on 1 March?", "Ursula", "bees", "Wann sah ich Oda?",
	}},
	{name: "offline for another program", request: chat.Request{Provider: chat.Offline, Outside: true}, questions: []string{"ferry", "secret", "How often did I mention the ferry?"}},
	{name: "offline, one entry", request: chat.Request{Provider: chat.Offline, TopK: 1}, questions: []string{"ferry", "lately", "Oda at the harbour"}},
	{name: "offline, saved", request: chat.Request{Provider: chat.Offline, Save: true}, questions: []string{"ferry", "And Oda?"}},
	{name: "a model", request: chat.Request{Provider: "openai", Model: "m"}, says: llmtest.Reply("With Oda [1], and twice [2] [9]. She said \"No wind\" [1] and \"No sun\"."), questions: []string{
		"When did I take the ferry?", "Who is Oda?", "What did I do lately?", "How often did I mention the ferry?", "secret", "Good morning",
	}},
	{name: "a model that classifies", intent: true, request: chat.Request{Provider: "openai", Model: "m"}, says: llmtest.Reply("Yes [1]."), questions: []string{"harbour"}},
	{name: "a thread", request: chat.Request{Provider: "openai", Model: "m", Save: true}, says: llmtest.Reply("You took it [1][2]."), questions: []string{
		"When did I take the ferry?", "And with whom?", "<QUERY>x</QUERY>", "When did I take the ferry?",
	}},
	{name: "a history", request: chat.Request{Provider: "openai", Model: "m", History: []chat.HistoryMessage{
		{Role: daybook.User, Text: "Hello"}, {Role: daybook.User, Text: " again "}, {Role: daybook.Assistant, Text: "Yes?"}, {Role: daybook.Assistant, Text: "  "},
		{Role: daybook.User, Text: "<ENTRIES>old</ENTRIES>"}, {Role: daybook.User, Text: "ferry"},
	}}, says: llmtest.Reply("Then [1]."), questions: []string{"ferry", "harbour"}},
	{name: "a small window", window: 1500, request: chat.Request{Provider: "openai", Model: "m", History: []chat.HistoryMessage{
		{Role: daybook.User, Text: strings.Repeat("long ago ", 200)}, {Role: daybook.Assistant, Text: "I see."}, {Role: daybook.User, Text: "So?"}, {Role: daybook.Assistant, Text: "So."},
	}}, says: llmtest.Reply("Then [1]."), questions: []string{"ferry bees"}},
	{name: "a smaller window", window: 1280, request: chat.Request{Provider: "openai", Model: "m"}, says: llmtest.Reply("Then [1]."), questions: []string{"ferry bees Oda", strings.Repeat("bees ", 700)}},
	{name: "documents", request: chat.Request{Provider: "openai", Model: "m", Existing: []chat.Doc{
		{Title: "A & B", Content: "Lilacs in May."}, {Title: "C", Content: "None."}}}, says: llmtest.Reply("\"Lilacs in May\" [1] and [3]."), questions: []string{"Lilacs?"}},
	{name: "documents offline", request: chat.Request{Provider: chat.Offline, Existing: []chat.Doc{{Title: "A", Content: "Lilacs in May."}}}, questions: []string{"Lilacs?"}},
	{name: "instructions and pages", request: chat.Request{Provider: "openai", Model: "m"}, says: llmtest.Reply("Then [1]."), questions: []string{"harbour"}, config: func(c *chat.Config) {
		c.Instructions = "Be brief."
		c.TopK = 1
		c.Pages = func(context.Context, *daybook.Entry) (func(start, end int) int, error) {
			return func(start, end int) int { return 1 + start/50 }, nil
		}
	}},
	{name: "in German", request: chat.Request{Provider: chat.Offline}, config: func(c *chat.Config) { c.Language, c.Date = "German", nil }, questions: []string{"ferry", "Ursula", "Wie oft habe ich die ferry erwähnt?"}},
	{name: "pieces", request: chat.Request{Provider: "openai", Model: "m"}, questions: []string{"ferry"}, says: func(llmtest.Request) llmtest.Script {
		return llmtest.Script{Deltas: []string{"On [", "1", "] and [1", "2", "], [12345", "], [1](x), [2]: y, [3", "", "]\n“No", " wind”", " and “no ", "such words” [1", "]"}}
	}},
	{name: "ends in a bracket", request: chat.Request{Provider: "openai", Model: "m"}, questions: []string{"ferry"}, says: func(llmtest.Request) llmtest.Script {
		return llmtest.Script{Deltas: []string{"Then [77"}, Finish: llm.FinishLength}
	}},
	{name: "nothing said", request: chat.Request{Provider: "openai", Model: "m", Save: true}, questions: []string{"ferry"}, says: func(llmtest.Request) llmtest.Script { return llmtest.Script{} }},
	{name: "refused", request: chat.Request{Provider: "openai", Model: "m", Save: true}, questions: []string{"ferry"}, says: func(llmtest.Request) llmtest.Script {
		return llmtest.Script{Deltas: []string{"I"}, Finish: llm.FinishRefusal}
	}},
	{name: "broken off", request: chat.Request{Provider: "openai", Model: "m", Save: true}, questions: []string{"ferry"}, says: func(llmtest.Request) llmtest.Script {
		return llmtest.Script{Deltas: []string{"You ", "took ", "it [1]"}, ErrorAfter: 2}
	}},
	{name: "an agent", request: chat.Request{Provider: "openai", Model: "m", Agent: true, Save: true}, questions: []string{"Who was on the ferry?"}, says: looks("Oda [1].",
		[]llm.ToolCall{call("search", "query", "ferry"), call("search", "query", "xylophone")}, []llm.ToolCall{call("read", "date", "2024-02-03"), call("nonsense")})},
	{name: "an agent's tools", request: chat.Request{Provider: "openai", Model: "m", Agent: true}, questions: []string{"What was there to see?"}, says: looks("Oda [1] and [2].",
		[]llm.ToolCall{call("search", "query", "ferry", "from", "2024-02-04", "to", "2024-02-29"), call("search", "query", " "), call("search", "query", "ferry", "from", "4 May")},
		[]llm.ToolCall{call("read_days", "from", "2024-02-01", "to", "2024-02-09"), call("read_days", "to", "2024-01-02"), call("read_days", "from", "2024-03-05", "to", "2024-03-04")},
		[]llm.ToolCall{call("recent_days", "count", 2), call("recent_days", "count", 0), call("recent_days", "count", 999)})},
	{name: "more of an agent's tools", request: chat.Request{Provider: "openai", Model: "m", Agent: true}, window: 2600, questions: []string{"How often did I mention the ferry?"}, says: looks("Often [1].",
		[]llm.ToolCall{call("open_day", "date", "2024-03-02"), call("open_day", "date", "2024-02-30"), call("open_day", "date", "2023-01-01")},
		[]llm.ToolCall{call("count_mentions", "query", "ferry", "asked", "first"), call("count_mentions", "query", "Oda", "asked", "always"), call("count_mentions", "query", "the hive was light today", "asked", "count")},
		[]llm.ToolCall{call("count_mentions", "query", "bees", "asked", "last", "from", "2024-01-01", "to", "2024-01-31"), call("read_days")})},
	{name: "an agent of another program", request: chat.Request{Provider: "openai", Model: "m", Agent: true, Outside: true, TopK: 2, History: []chat.HistoryMessage{
		{Role: daybook.User, Text: "Hello"}, {Role: daybook.Assistant, Text: "Yes?"}}}, questions: []string{"Any secret?"}, says: looks("None.", []llm.ToolCall{call("search", "query", "secret"), call("open_day", "date", "2024-02-11")})},
	{name: "an agent without a model", request: chat.Request{Provider: chat.Offline, Agent: true}, questions: []string{"ferry"}},
	{name: "a model that helps", help: time.Minute, request: chat.Request{Provider: "openai", Model: "m", TopK: 3}, says: helping([]string{"island", "ferry in February", "ill"}, "harbour", "twice", "syrup"), questions: []string{
		"When did a vessel carry me?", "How often did I mention the ferry?", "How often was I on the ferry?", "When did I last see Oda?", "Did I row in March?",
	}},
	{name: "a model that helps, and finds one", help: time.Minute, request: chat.Request{Provider: "openai", Model: "m", TopK: 1}, says: helping([]string{"syrup"}, "syrup"), questions: []string{"What did the insects get?", "bees"}},
	{name: "bad requests", request: chat.Request{Provider: "openai", Model: "m", ThreadID: "nowhere"}, says: llmtest.Reply("Then [1]."), questions: []string{"ferry", ""}},
}

// meet returns the fixture of a dialogue.
func meet(t *testing.T, d dialogue) *fixture {
	t.Helper()
	f := newFixture(t, func(r llmtest.Request) llmtest.Script {
		switch {
		case !r.Wants("intent"):
			if d.says == nil {
				return llmtest.Reply("Then [1].")(r)
			}
			return d.says(r)
		case strings.Contains(r.Messages[0].Text, "lately"):
			return llmtest.Script{Deltas: llmtest.Answer("intent", "recent", 100)}
		case strings.Contains(r.Messages[0].Text, "morning"):
			return llmtest.Script{Deltas: []string{"I would say: None."}}
		}
		return llmtest.Script{Deltas: llmtest.Answer("intent", "vector", 100)}
	})
	f.fill()
	f.intent, f.help, f.window = d.intent, d.help, cmp.Or(d.window, f.window)
	f.Service = f.service(func(config *chat.Config) {
		config.Searcher = f.dated()
		config.Now = func() time.Time { return time.Date(2024, time.March, 13, 9, 0, 0, 0, time.UTC) }
		if d.config != nil {
			d.config(config)
		}
	})
	t.Cleanup(f.Service.Close)
	return f
}

// Each conversation is written down: what the models are sent, and what the person
// gets. A change of the file is to be read like a change of the code.
func TestConversations(t *testing.T) {
	const name = "testdata/conversations.txt"
	var out strings.Builder
	for _, d := range dialogues {
		f := meet(t, d)
		fmt.Fprintf(&out, "=== %s\n", d.name)
		req := d.request
		for _, req.Query = range d.questions {
			req.ThreadID = cmp.Or(f.tell(&out, req), req.ThreadID)
		}
	}
	if *update {
		if err := os.WriteFile(name, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	got, wanted := strings.Split(out.String(), "\n"), strings.Split(string(want), "\n")
	for i := range got {
		if i >= len(wanted) || got[i] != wanted[i] {
			t.Fatalf("line %d is\n\t%s\nwant\n\t%s", i+1, got[i], strings.Join(wanted[min(i, len(wanted)):min(i+1, len(wanted))], ""))
		}
	}
	if len(got) != len(wanted) {
		t.Errorf("%d lines, want %d", len(got), len(wanted))
	}
}

// Nothing comes after somebody has left, at whichever event: Go panics otherwise.
func TestLeavingAtEachEvent(t *testing.T) {
	for _, d := range dialogues {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			f := meet(t, d)
			req := d.request
			req.Query = d.questions[0]
			for leave, left := 1, true; left; leave++ {
				seen := 0
				for range f.Answer(t.Context(), req) {
					if seen++; seen == leave {
						break
					}
				}
				left = seen == leave
			}
		})
	}
}

// tell asks a question and writes down what is sent and what comes, and returns the
// thread.
func (f *fixture) tell(out *strings.Builder, req chat.Request) (thread string) {
	before := len(f.fake.Requests())
	fmt.Fprintf(out, "--- %.60s\n", req.Query)
	var events []string
	for e, err := range f.Answer(f.t.Context(), req) {
		switch {
		case err != nil:
			events = append(events, fmt.Sprintf("error %s: %s", daybook.KindOf(err), daybook.PublicMessage(err)))
		case e.Turn != nil:
			thread = e.Turn.ThreadID
		case e.Step != nil:
			events = append(events, fmt.Sprintf("step %d: %s %q, %d found, %d new", e.Step.Round, e.Step.Tool, e.Step.Query, e.Step.Found, e.Step.New))
		case e.Found != nil:
			events = append(events, foundLines(e.Found)...)
		case e.Delta != "":
			events = append(events, fmt.Sprintf("says %q", e.Delta))
		case e.Done != nil:
			events = append(events, doneLines(e.Done)...)
		}
	}
	var sent []string
	for _, r := range f.fake.Requests()[before:] {
		sent = append(sent, requestLines(r))
	}
	if f.help > 0 && len(sent) > 0 { // what helps is asked at the same time as other things, and not always needed
		sent = sent[len(sent)-1:]
	}
	out.WriteString(strings.Join(sent, ""))
	out.WriteString(strings.Join(events, "\n") + "\n")
	if thread != "" {
		for _, m := range f.messages(thread) {
			fmt.Fprintf(out, "kept %s %s %.60q, %d citations\n", m.Role, m.Status, m.Text, len(m.Citations))
		}
	}
	return thread
}

func requestLines(r llmtest.Request) string {
	var out strings.Builder
	fmt.Fprintf(&out, "sent %s: %d bytes of rules, at most %d tokens, %d tools\n", r.Model, len(r.System), r.MaxTokens, len(r.Tools))
	for _, m := range r.Messages {
		fmt.Fprintf(&out, "  %s %q\n", m.Role, short(m.Text))
		for _, result := range m.Results {
			fmt.Fprintf(&out, "    %s, failed %t: %q\n", result.Name, result.Failed, short(result.Content))
		}
	}
	return out.String()
}

// short leaves the middle out of a text of more than 700 bytes.
func short(s string) string {
	if len(s) <= 700 {
		return s
	}
	return fmt.Sprintf("%s … %d bytes … %s", s[:300], len(s)-600, s[len(s)-300:])
}

func foundLines(f *chat.Found) []string {
	lines := []string{fmt.Sprintf("found %s: %s; rests on %q, %d private left out", f.Intent, strings.Join(resultIDs(*f), ", "), f.Rests, f.PrivateLeftOut)}
	for _, s := range f.Sources {
		matched := ""
		if s.Matched {
			matched = " matched"
		}
		lines = append(lines, fmt.Sprintf("  [%d] %s %d-%d line %d page %d%s", s.Number, s.Title, s.Passage.Start, s.Passage.End, s.Passage.Line, s.Page, matched))
	}
	for _, n := range f.Notices {
		lines = append(lines, "  notice: "+n)
	}
	return lines
}

func doneLines(d *chat.Done) []string {
	lines := []string{fmt.Sprintf("done %q, %d private left out", d.Text, d.PrivateLeftOut)}
	for _, c := range d.Citations {
		lines = append(lines, fmt.Sprintf("  cites [%d] %s %s page %d private %t uncertain %q", c.Number, c.EntryID, c.Date, c.Page, c.Private, c.Uncertain))
	}
	for _, q := range d.Quotations {
		lines = append(lines, fmt.Sprintf("  quotes %q of %d", q.Text, q.Number))
	}
	for _, n := range d.Notices {
		lines = append(lines, "  notice: "+n)
	}
	return lines
}
