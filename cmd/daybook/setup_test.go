package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook/internal/llm/llmtest"
)

// withAToken is a person whose servers require a token.
func withAToken(t *testing.T) *person {
	p := newPerson(t)
	p.withToken("a-token-of-some-length")
	return p
}

// call sends JSON with the person's token, where they have one, and decodes the
// answer.
func (p *person) call(method, url string, body, into any, headers ...string) int {
	p.t.Helper()
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			p.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(p.t.Context(), method, url, bytes.NewReader(data))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token := p.env["DAYBOOK_TOKEN"]; token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			p.t.Fatalf("%s %s: %d %s", method, url, resp.StatusCode, text)
		}
	}
	return resp.StatusCode
}

type object = map[string]any

type setupAnswer struct {
	Journal *string
	Demo    bool
	Allowed bool
	Why     *string
	Detail  any
}

// folder makes a folder of notes in the person's home.
func (p *person) folder(name string, notes map[string]string) string {
	p.t.Helper()
	folder := filepath.Join(p.dir, name)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		p.t.Fatal(err)
	}
	for name, text := range notes {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	return folder
}

func (p *person) config() string { return filepath.Join(p.dir, ".config", "daybook", "config.toml") }

// comesToFind waits until a search finds a note of the given title.
func (p *person) comesToFind(url, words, title string) {
	p.t.Helper()
	eventually(p.t, func() bool { return strings.Contains(p.get(url+"/search?q="+words), title) })
}

func TestFirstRunStartsAJournal(t *testing.T) {
	p := withAToken(t)
	url, log, stop := p.serves()
	defer stop()
	fresh := filepath.Join(p.dir, "Journal")
	var check struct {
		Exists, Creatable bool
		Message           string
	}
	if p.call("POST", url+"/setup/check", object{"path": "~/Journal"}, &check); check.Exists || !check.Creatable {
		t.Errorf("a folder that can be created: %+v", check)
	}
	if p.call("POST", url+"/setup/check", object{"path": "~/a/b"}, &check); check.Creatable {
		t.Errorf("below a folder that is missing: %+v", check)
	}
	var s setupAnswer
	for _, refused := range []object{{"journal": "~/Journal"}, {"journal": "~/a/b", "create": true}} {
		if status := p.call("PUT", url+"/setup", refused, &s); status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", refused, status)
		}
	}
	if _, err := os.Stat(fresh); !os.IsNotExist(err) {
		t.Fatalf("made without being asked: %v", err)
	}
	if status := p.call("PUT", url+"/setup", object{"journal": "~/Journal", "create": true}, &s); status != http.StatusOK || s.Journal == nil || *s.Journal != fresh {
		t.Fatalf("%d %+v\n%s", status, s, log)
	}
	if status := p.call("POST", url+"/entries", object{"date": "2024-01-05", "text": "The first page."}, nil); status != http.StatusCreated {
		t.Errorf("the first note: %d", status)
	}
	if found, err := filepath.Glob(filepath.Join(fresh, "*.md")); err != nil || len(found) != 1 {
		t.Errorf("in the new folder: %v, %v", found, err)
	}
	if status := p.call("PUT", url+"/setup", object{"journal": "~/Journal", "create": true}, &s); status != http.StatusOK {
		t.Errorf("a folder that is there: %d", status)
	}
}

func TestFirstRunChoosesAJournal(t *testing.T) {
	p := withAToken(t)
	p.env["XDG_CONFIG_HOME"] = ""
	first := p.folder("first", map[string]string{"2024-01-05.md": "Swam in the lake with Oda.", "2024-01-06.md": "Baked bread."})
	second := p.folder("second", map[string]string{"01-07-2024.md": "Walked to the windmill.", "list.md": "x"})
	url, log, stop := p.serves()

	var s setupAnswer
	if p.call("GET", url+"/setup", nil, &s); !s.Demo || !s.Allowed || s.Journal != nil || s.Why != nil {
		t.Fatalf("at first: %+v", s)
	}
	if text := p.get(url + "/session"); !strings.Contains(text, `"setup":true`) || !strings.Contains(text, `"demo":true`) {
		t.Errorf("the session: %s", text)
	}
	var check struct {
		Exists, Folder, Readable bool
		Notes, Other             int
		First, Last              *string
		DateFormats              []string `json:"date_formats"`
		Message                  string
	}
	if p.call("POST", url+"/setup/check", object{"path": "~/first"}, &check); check.Notes != 2 || *check.First != "2024-01-05" || *check.Last != "2024-01-06" ||
		len(check.DateFormats) != 1 || check.DateFormats[0] != "YYYY-MM-DD" || check.Message != "2 notes, from 5 January 2024 to 6 January 2024." {
		t.Errorf("%+v", check)
	}
	for path, says := range map[string]string{
		"": "Enter the path", "journal": "full path", filepath.Join(p.dir, "nowhere"): "does not exist yet", filepath.Join(p.dir, "no", "where"): "does not exist.", filepath.Join(first, "2024-01-05.md"): "a file",
		p.dir + "/x\x00y": "does not exist", "~other/x": "full path",
	} {
		check.Notes, check.Readable = 0, false
		if p.call("POST", url+"/setup/check", object{"path": path}, &check); check.Readable || !strings.Contains(check.Message, says) {
			t.Errorf("%q: %+v", path, check)
		}
		if status := p.call("PUT", url+"/setup", object{"journal": path}, &s); path != "" && status != http.StatusUnprocessableEntity {
			t.Errorf("%q was chosen: %d", path, status)
		}
	}

	p.comesToFind(url, "barometer", "barometer")
	if status := p.call("PUT", url+"/setup", object{"journal": "~/first", "date_formats": []string{"YYYY-MM-DD"}}, &s); status != http.StatusOK || s.Demo || *s.Journal != first {
		t.Fatalf("%d %+v\n%s", status, s, log)
	}
	p.comesToFind(url, "lake", "2024-01-05")
	if text := p.get(url + "/search?q=barometer"); strings.Contains(text, "barometer\"") {
		t.Errorf("the demo is found still: %s", text)
	}
	data, err := os.ReadFile(p.config())
	if err != nil || string(data) != "journal = '"+first+"'\ndate_formats = ['YYYY-MM-DD']\n" {
		t.Errorf("%q, %v", data, err)
	}
	if info, err := os.Stat(p.config()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}

	// Another, with other formats and what else stands in the file.
	if err := os.WriteFile(p.config(), []byte("# mine\njournal = '"+first+"' # the old one\ntop_k = 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status := p.call("PUT", url+"/setup", object{"journal": second}, &s); status != http.StatusOK || *s.Journal != second {
		t.Fatalf("%d %+v\n%s", status, s, log)
	}
	p.comesToFind(url, "windmill", "01-07-2024")
	if text := p.get(url + "/search?q=lake"); strings.Contains(text, "2024-01-05") {
		t.Errorf("the first journal is found still: %s", text)
	}
	if data, _ := os.ReadFile(p.config()); string(data) != "# mine\njournal = '"+second+"' # the old one\ntop_k = 3\n" {
		t.Errorf("%q", data)
	}

	// And back to the demo, whose notes are named as they are.
	if status := p.call("PUT", url+"/setup", object{"journal": nil}, &s); status != http.StatusOK || !s.Demo || s.Journal != nil {
		t.Fatalf("%d %+v\n%s", status, s, log)
	}
	p.comesToFind(url, "barometer", "barometer")
	stop()
	url, _, _ = p.serves()
	if p.call("GET", url+"/setup", nil, &s); !s.Demo {
		t.Errorf("after a restart: %+v", s)
	}
}

func TestWhoMayNotChooseTheJournal(t *testing.T) {
	p := withAToken(t)
	mine := p.folder("mine", map[string]string{"01-05-2024.md": "Swam."})
	url, _, stop := p.serves("--cors-origins", "http://localhost:5173")
	for _, header := range [][]string{
		{"X-Forwarded-For", "203.0.113.7"}, {"Forwarded", "for=203.0.113.7"}, {"Via", "1.1 proxy"}, {"X-Real-Ip", "127.0.0.1"}, {"Host", "192.168.1.7"},
		{"Origin", "http://localhost:5173"},
	} {
		var s setupAnswer
		if p.call("GET", url+"/setup", nil, &s, header...); s.Allowed || s.Why == nil {
			t.Errorf("%q: %+v", header, s)
		}
		if status := p.call("PUT", url+"/setup", object{"journal": mine}, nil, header...); status != http.StatusForbidden {
			t.Errorf("%q chose: %d", header, status)
		}
		if status := p.call("POST", url+"/setup/check", object{"path": mine}, nil, header...); status != http.StatusForbidden {
			t.Errorf("%q looked: %d", header, status)
		}
	}
	stop()
	for name, how := range map[string]struct {
		args []string
		env  string
	}{
		"a flag": {args: []string{"--journal", mine}}, "the environment": {env: "DAYBOOK_JOURNAL"}, "other names": {args: []string{"--allowed-hosts", "diary.home"}},
	} {
		q := withAToken(t)
		if how.env != "" {
			q.env[how.env] = mine
		}
		url, _, stop := q.serves(how.args...)
		var s setupAnswer
		if q.call("GET", url+"/setup", nil, &s); s.Allowed || s.Why == nil {
			t.Errorf("%s: %+v", name, s)
		}
		if status := q.call("PUT", url+"/setup", object{"journal": mine}, nil); status != http.StatusForbidden {
			t.Errorf("%s: %d", name, status)
		}
		if _, err := os.Stat(q.config()); err == nil {
			t.Errorf("%s: the settings were written", name)
		}
		stop()
	}
}

// What fails leaves what was served, and the file as it was.
func TestFailedChoiceChangesNothing(t *testing.T) {
	p := withAToken(t)
	mine := p.folder("mine", map[string]string{"01-05-2024.md": "Swam in the lake."})
	other := p.folder("other", nil)
	p.folder(".config/daybook", map[string]string{"config.toml": "journal = '" + mine + "'\n"})
	url, log, _ := p.serves()
	p.comesToFind(url, "lake", "01-05-2024")
	const broken = "top_k = \"many\"\n"
	if err := os.WriteFile(p.config(), []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	var s setupAnswer
	if status := p.call("PUT", url+"/setup", object{"journal": other}, &s); status != http.StatusUnprocessableEntity {
		t.Errorf("%d %+v", status, s)
	}
	if err := os.WriteFile(p.config(), []byte("prompts = '"+filepath.Join(p.dir, "nowhere")+"'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status := p.call("PUT", url+"/setup", object{"journal": other}, &s); status != http.StatusUnprocessableEntity {
		t.Errorf("%d %+v", status, s)
	}
	if data, _ := os.ReadFile(p.config()); strings.Contains(string(data), "other") {
		t.Errorf("the file is %q", data)
	}
	// It is served still, and kept in step.
	if err := os.WriteFile(filepath.Join(mine, "01-06-2024.md"), []byte("Saw a heron."), 0o600); err != nil {
		t.Fatal(err)
	}
	p.comesToFind(url, "heron", "01-06-2024")
	if strings.Contains(log.String(), "panic") {
		t.Error(log)
	}
}

// Who asks while another journal takes over is answered by one of them.
func TestChooseJournalDuringAnswer(t *testing.T) {
	fake := llmtest.Start(t, func(r llmtest.Request) llmtest.Script {
		s := llmtest.Reply("You swam in the lake before breakfast, and it was cold [1].")(r)
		s.Every = 50 * time.Millisecond
		return s
	})
	p := withAToken(t)
	p.env["OPENAI_API_KEY"], p.env["OPENAI_BASE_URL"] = llmtest.Key, fake.BaseURL("openai")
	a := p.folder("a", map[string]string{"01-05-2024.md": "Swam in the lake with Oda."})
	b := p.folder("b", map[string]string{"01-05-2024.md": "Swam in the sea with Nell."})
	url, log, stop := p.serves()
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				status, body, _ := p.visits(p.env["DAYBOOK_TOKEN"], http.MethodPost, url+"/journal_chat", `{"query":"Who swam?","provider":"openai","model":"m"}`)
				if status != http.StatusOK || !strings.Contains(body, "before breakfast") {
					t.Errorf("%d %s", status, body)
				}
			}
		})
	}
	for _, journal := range []any{a, b, nil, a} {
		time.Sleep(200 * time.Millisecond)
		if status := p.call("PUT", url+"/setup", object{"journal": journal}, nil); status != http.StatusOK {
			t.Errorf("%v: %d\n%s", journal, status, log)
		}
	}
	close(done)
	wg.Wait()
	if code := stop(); code != exitInterrupted && code != exitOK {
		t.Errorf("it ends with %d:\n%s", code, log)
	}
}
