package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"daybook/internal/analysis"
	"daybook/internal/llm/llmtest"
)

// analystOf is a person with a provider that plays an analyst who takes a
// while. Change is as in llmtest.Analyst.
func analystOf(t *testing.T, takes time.Duration, change func(any) any) (*person, *llmtest.Server) {
	fake := llmtest.Start(t, func(r llmtest.Request) llmtest.Script {
		return llmtest.Script{Deltas: llmtest.Object(llmtest.Analyst(r, change), 40), First: takes}
	})
	p := newPerson(t)
	p.env["OPENAI_BASE_URL"], p.env["OPENAI_API_KEY"] = fake.BaseURL("openai"), llmtest.Key
	p.env["DAYBOOK_MODEL_CHAT"], p.env["DAYBOOK_MODEL_EMBEDDING"] = "openai/gpt-x", "none"
	return p, fake
}

// twoTimes are notes of 1660 and 1664.
func twoTimes() map[string]string {
	notes := map[string]string{}
	for i := range 6 {
		notes[fmt.Sprintf("%02d-05-1660.md", i+1)] = fmt.Sprintf("Up early in month %d of the old year, and to the office, where nothing was done at all.", i+1)
		notes[fmt.Sprintf("%02d-05-1664.md", i+1)] = fmt.Sprintf("Lay long in month %d of the new year, and was merry with the captain until late.", i+1)
	}
	return notes
}

func TestAnalyzeCommand(t *testing.T) {
	p, fake := analystOf(t, 0, nil)
	p.journal(twoTimes())
	out, errs, code := p.types("analyze", "--estimate", "How did my days change?")
	if code != exitOK || !strings.Contains(out, "12 entries: 4 calls") || len(fake.Requests()) > 0 {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	p.env["DAYBOOK_CONFIRM_SIZE"] = "100"
	if _, errs, code := p.types("analyze", "How did my days change?"); code != exitUsage || !strings.Contains(errs, "--yes") || len(fake.Requests()) > 0 {
		t.Errorf("code %d, %d calls\n%s", code, len(fake.Requests()), errs)
	}
	out, errs, code = p.types("analyze", "--yes", "How did my days change?")
	for _, want := range []string{"1660\n", "1664\n", "Summary\n", "  1660-01-05  “Up early", "12 entries in range, 12 read, 0 not. 4 calls"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if code != exitOK || !strings.Contains(errs, "[4/4] all years: done") {
		t.Errorf("code %d\n%s", code, errs)
	}
	// All of it is kept.
	var again analysis.Analysis
	out, errs, code = p.types("analyze", "--yes", "--json", "How did my days change?")
	if err := json.Unmarshal([]byte(out), &again); err != nil || code != exitOK || again.Usage.Calls != 0 || again.Status != analysis.Complete {
		t.Errorf("code %d, %v\n%s%s", code, err, out, errs)
	}
	if out, _, _ := p.types("analyses"); strings.Count(out, "complete") != 2 || strings.Count(out, "How did my days change?") != 2 {
		t.Errorf("listed:\n%s", out)
	}
	if out, _, code := p.types("analyses", "show", again.ID[:8]); code != exitOK || !strings.Contains(out, "Summary") {
		t.Errorf("shown:\n%s", out)
	}
	if out, _, code := p.types("analyses", "delete", again.ID); code != exitOK || !strings.Contains(out, "Deleted") {
		t.Errorf("code %d\n%s", code, out)
	}
	if _, errs, code := p.types("analyses", "show", again.ID); code == exitOK || !strings.Contains(errs, "analysis not found") {
		t.Errorf("code %d\n%s", code, errs)
	}
}

func TestAnalyzeMistakesAndOffline(t *testing.T) {
	p, fake := analystOf(t, 0, nil)
	p.journal(twoTimes())
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"analyze"}, "--help"},
		{[]string{"analyze", "--from", "soon", "x"}, "YYYY-MM-DD"},
		{[]string{"analyze", "--compare", "1660..", "x"}, "YYYY-MM-DD"},
		{[]string{"analyze", "--compare", "1660", "x"}, "--compare: A comparison requires at least two periods"},
		{[]string{"analyze", "--compare", "1660-01..1660-03,1660-03..1660-04", "x"}, "--compare: The periods"},
		{[]string{"analyze", "--from", "1664", "--to", "1660", "x"}, "--to: The range ends before it begins"},
		{[]string{"analyze", "--from", "1660-13", "x"}, "YYYY-MM-DD"},
		{[]string{"analyze", "--provider", "offline", "--focus", "boats", "x"}, "--focus requires a model"},
		{[]string{"analyze", "--provider", "offline", "--compare", "1660,1664", "x"}, "--provider: A comparison requires a model"},
		{[]string{"analyze", "--provider", "anthropic", "x"}, "OPENAI_API_KEY"},
	} {
		if _, errs, code := p.types(c.args...); code != exitUsage || !strings.Contains(errs, c.says) {
			t.Errorf("%q: code %d, want %q\n%s", c.args, code, c.says, errs)
		}
	}
	out, errs, code := p.types("analyze", "--provider", "offline", "How did my days change?")
	if code != exitOK || !strings.Contains(out, "No language model") || !strings.Contains(out, "1660") || strings.Contains(errs, "query:") || len(fake.Requests()) > 0 {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
}

// TestCompareShowsOnlyTrueQuotations has a model quote truly, otherwise than
// it stands there, and from another time.
func TestCompareShowsOnlyTrueQuotations(t *testing.T) {
	p, _ := analystOf(t, 0, func(answer any) any {
		c, ok := answer.(llmtest.Compared)
		if !ok {
			return answer
		}
		all := []string{
			"Up early in month 1 of the old year", "Lay long in month 2 of the new year", // each true of one time
			"Up late in month 1 of the old year", "was merry with the admiral", // of none
		}
		for i := range c.Periods {
			c.Periods[i].Claims = []llmtest.Claim{{Claim: "It was so.", Excerpts: all}}
		}
		return c
	})
	p.journal(twoTimes())
	out, errs, code := p.types("analyze", "--compare", "1660,later=1664..1664", "How did my days change?")
	first, second, ok := strings.Cut(out, "later\n")
	if code != exitOK || !ok {
		t.Fatalf("code %d\n%s%s", code, out, errs)
	}
	if !strings.Contains(first, "  1660-01-05  “Up early in month 1 of the old year”") || strings.Contains(first, "“Lay long") ||
		!strings.Contains(second, "  1664-02-05  “Lay long in month 2 of the new year”") || strings.Contains(second, "“Up early") {
		t.Errorf("quotations of the wrong time:\n%s", out)
	}
	if strings.Contains(out, "Up late") || strings.Contains(out, "admiral") || strings.Count(out, "3 excerpts not found in the entries") != 2 {
		t.Errorf("what stands nowhere is shown:\n%s", out)
	}
	if out, errs, code := p.types("analyze", "--compare", "1700,1664", "How did my days change?"); code != exitOK || !strings.HasPrefix(out, "1700\nNo entry of this period was read.\n") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
}

// TestKilledWhileAnalysing kills a server that makes an analysis 20 times, at
// random moments. What was kept then is kept in the end, and none of it is
// asked for again.
func TestKilledWhileAnalysing(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	kills := 20
	if n, err := strconv.Atoi(os.Getenv("DAYBOOK_KILLS")); err == nil {
		kills = n
	}
	var answers atomic.Int64
	p, fake := analystOf(t, 30*time.Millisecond, func(answer any) any {
		if said, ok := answer.(llmtest.Analysed); ok { // so that who asks again hears something else
			said.Reasoning = fmt.Sprintf("Answer %d.", answers.Add(1))
			return said
		}
		return answer
	})
	config := filepath.Join(p.dir, "config.toml")
	if err := os.WriteFile(config, []byte("[context_windows]\nopenai = 4000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.env["DAYBOOK_CONFIG"], p.env["DAYBOOK_ANALYSIS_AT_ONCE"] = config, "2"
	notes := map[string]string{}
	for day := range 200 {
		date := time.Date(1660, 1, 1+day, 0, 0, 0, 0, time.UTC)
		notes[date.Format("01-02-2006")+".md"] = strings.Repeat(fmt.Sprintf("On day %d I wrote of it at length, and then some more. ", day), 25)
	}
	p.journal(notes)
	random := rand.New(rand.NewPCG(1, uint64(kills)))
	id, kept := "", map[string]string{} // steps, and what they say
	committed := 0
	for n := range kills {
		cmd, url := p.servesApart()
		if id == "" {
			resp, err := http.Post(url+"/analyses", "application/json", strings.NewReader(`{"query": "What did I write?", "provider": "openai", "model": "gpt-x"}`))
			if err != nil {
				t.Fatal(err)
			}
			var a analysis.Analysis
			err = json.NewDecoder(resp.Body).Decode(&a)
			resp.Body.Close()
			if err != nil || resp.StatusCode != http.StatusAccepted {
				t.Fatalf("%s, %v", resp.Status, err)
			}
			id = a.ID
		}
		// Some calls later, however fast this machine is.
		calls := len(fake.Requests()) + random.IntN(14)
		for until := time.Now().Add(3 * time.Second); len(fake.Requests()) < calls && time.Now().Before(until); {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		for key, body := range p.stepResults() {
			if before, ok := kept[key]; ok && before != body {
				t.Errorf("kill %d: a step that was kept was asked for again", n)
			}
			kept[key] = body
		}
		committed = len(kept)
	}
	cmd, url := p.servesApart()
	var done analysis.Analysis
	within(t, 3*time.Minute, func() bool { // on a slow machine the kills came before much was done
		if err := json.Unmarshal([]byte(p.get(url+"/analyses/"+id)), &done); err != nil {
			t.Fatal(err)
		}
		return done.Status.Over()
	})
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	after := p.stepResults()
	for key, body := range kept {
		if after[key] != body {
			t.Error("a step that was kept is gone or was asked for again")
		}
	}
	if done.Status != analysis.Complete || done.Entries.Read != 200 || done.Entries.Unread != 0 || len(after) != len(done.Steps) {
		t.Errorf("%+v, %d results of %d steps", done.Overview, len(after), len(done.Steps))
	}
	// A call that was under way at a kill is made again: of two at a time at
	// most two a kill.
	calls := len(fake.Requests())
	if calls > len(done.Steps)+2*kills {
		t.Errorf("%d calls for %d steps", calls, len(done.Steps))
	}
	t.Logf("%d kills, %d steps kept at the last, %d steps, %d calls", kills, committed, len(done.Steps), calls)
	// The same question asked where nobody was killed ends the same.
	q, _ := analystOf(t, 0, nil)
	q.env["DAYBOOK_CONFIG"] = config
	q.journal(notes)
	out, errs, code := q.types("analyze", "--yes", "--json", "What did I write?")
	var whole analysis.Analysis
	if err := json.Unmarshal([]byte(out), &whole); err != nil || code != exitOK {
		t.Fatalf("code %d, %v: %s", code, err, errs)
	}
	if whole.Result.Final.Analysis != done.Result.Final.Analysis || !slices.Equal(whole.Result.Final.Excerpts, done.Result.Final.Excerpts) {
		t.Errorf("another end:\n%s\n%s", whole.Result.Final.Analysis, done.Result.Final.Analysis)
	}
	http.DefaultClient.CloseIdleConnections()
}

// servesApart starts a server in a process of its own.
func (p *person) servesApart() (*exec.Cmd, string) {
	p.t.Helper()
	program, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	log := &buffer{}
	cmd := exec.Command(program, "serve", "--addr", "127.0.0.1:0")
	cmd.Env = processEnv(p.env)
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	eventually(p.t, func() bool { return listening.MatchString(log.String()) })
	url := listening.FindStringSubmatch(log.String())[1]
	eventually(p.t, func() bool { return strings.Contains(p.get(url+"/status"), "ready") })
	return cmd, url
}

// stepResults are what is kept of steps, by their keys.
func (p *person) stepResults() map[string]string {
	p.t.Helper()
	return p.rows("SELECT key, body FROM step_results")
}
