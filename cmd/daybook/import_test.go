package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/llm/llmtest"
)

// keeps writes a file of the older service beside the person's journal.
func (p *person) keeps(name, text string) string {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

const olderChats = `{"threads": [{"thread_id": "7d444840-9dc0-11d1-b245-5ffdce74fad2", "title": "Lakes", "tags": null,
	"created_at": "2024-05-01T10:00:00.123456", "updated_at": "2024-05-01T10:00:09"}],
 "messages": [{"message_id": "7d444840-9dc0-11d1-b245-5ffdce74fad3", "thread_id": "7d444840-9dc0-11d1-b245-5ffdce74fad2",
	"timestamp": "2024-05-01T10:00:01", "role": "user", "content": "Who SWAM?"},
	{"message_id": "7d444840-9dc0-11d1-b245-5ffdce74fad4", "thread_id": "7d444840-9dc0-11d1-b245-5ffdce74fad2",
	"timestamp": "never", "role": "user", "content": "Who SWAM?"}]}`

// olderVectors gives each note a vector as long as Gemini's.
func olderVectors(names ...string) string {
	var b strings.Builder
	for i, name := range names {
		fmt.Fprintf(&b, "{\"path\": %q, \"embedding\": [%d%s]}\n", name, i+1, strings.Repeat(", 0.25", 3071))
	}
	return b.String()
}

func TestImportCommand(t *testing.T) {
	fake := llmtest.Start(t, func(llmtest.Request) llmtest.Script { return llmtest.Script{Dim: 3072} })
	p := newPerson(t)
	p.journal(map[string]string{
		"01-05-2024.md": "Swam in the lake with Oda.", "01-06-2024.md": "Rested.", "01-07-2024.md": strings.Repeat("All day on the ferry. ", 100),
	})
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "gemini/gemini-embedding-001"
	p.env["GEMINI_API_KEY"], p.env["GOOGLE_GEMINI_BASE_URL"] = llmtest.Key, fake.BaseURL("gemini")
	p.env["DAYBOOK_PRICES"] = "gemini/gemini-embedding-001=150:0"
	vectors := p.keeps("embeddings.jsonl", olderVectors("01-05-2024.md", "01-06-2024.md", "01-07-2024.md", "09-09-1999.md"))
	chats := p.keeps("chats.json", olderChats)
	out, errs, code := p.types("import", vectors, chats)
	want := vectors + `
  imported       2 vectors, of gemini/gemini-embedding-001, 3072 numbers each
  left out       1 vector: of notes with several passages here, each with its own vector; those are embedded again (01-07-2024.md)
  left out       1 vector: no note here has this name (09-09-1999.md)
  to embed       7 passages, about 549 tokens, in the background, for about 0.09 USD
` + chats + `
  imported       1 thread
  imported       1 message
  left out       1 message: with an invalid time (messages[1])
`
	if code != exitOK || out != want || errs != "" {
		t.Errorf("code %d\n%s%s\nwant:\n%s", code, out, errs, want)
	}
	if len(fake.Requests()) > 0 {
		t.Error("a model was asked")
	}
	if out, errs, code := p.types("index"); code != exitOK {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	for _, r := range fake.Requests() {
		for _, text := range r.Inputs {
			if !strings.Contains(text, "ferry") {
				t.Errorf("%q was embedded again", text)
			}
		}
	}
	out, errs, code = p.types("import", "--json", vectors, chats)
	var report struct {
		Sources []struct {
			Kind              string
			Read              bool
			Vectors, Messages struct {
				Imported     int
				AlreadyThere int `json:"already_there"`
			}
			LeftOut []struct{ What, Reason string } `json:"left_out"`
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != exitOK || len(report.Sources) != 2 {
		t.Fatalf("code %d, %v\n%s%s", code, err, out, errs)
	}
	v, c := report.Sources[0], report.Sources[1]
	if v.Kind != "vectors" || !v.Read || v.Vectors.Imported != 0 || v.Vectors.AlreadyThere != 2 || len(v.LeftOut) != 2 ||
		c.Kind != "chats" || c.Messages.AlreadyThere != 1 || c.Messages.Imported != 0 {
		t.Errorf("once more:\n%s", out)
	}
	if strings.Contains(out+errs, "SWAM") {
		t.Errorf("what was said is shown:\n%s", out)
	}
}

// A vector is never kept in a space that nobody searches without saying so.
func TestImportForAnotherModel(t *testing.T) {
	p := newPerson(t)
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "none"
	p.journal(map[string]string{"01-05-2024.md": "Swam in the lake with Oda."})
	vectors := p.keeps("e.jsonl", olderVectors("01-05-2024.md"))
	out, errs, code := p.types("import", vectors)
	if code != exitOK || !strings.Contains(out, "imported       0 vectors") || !strings.Contains(out, "there is no embedding model") || !strings.Contains(out, "--model") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	out, errs, code = p.types("import", "--model", "google-ai/gemini-embedding-001", vectors)
	if code != exitOK || !strings.Contains(out, "imported       1 vector, of gemini/gemini-embedding-001") || !strings.Contains(out, "are not used until model_embedding") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
}

// The older server is here played by Daybook itself, which speaks its API.
func TestImportFromAServer(t *testing.T) {
	const token = "a-token-of-enough-length"
	old := newPerson(t)
	old.withToken(token)
	chats := old.keeps("chats.json", olderChats)
	if out, errs, code := old.types("import", chats); code != exitOK {
		t.Fatalf("code %d\n%s%s", code, out, errs)
	}
	url, _, stop := old.serves()
	defer stop()
	p := newPerson(t)
	out, errs, code := p.types("import", url)
	if code != exitFailure || !strings.Contains(out, "DAYBOOK_IMPORT_TOKEN") || !strings.Contains(errs, "1 source could not be read") {
		t.Errorf("without a token: code %d\n%s%s", code, out, errs)
	}
	p.env["DAYBOOK_IMPORT_TOKEN"] = token
	for _, want := range []string{"imported       1 thread", "already there  1 thread"} {
		out, errs, code = p.types("import", url)
		if code != exitOK || !strings.Contains(out, want) {
			t.Errorf("code %d, want %q\n%s%s", code, want, out, errs)
		}
	}
	if strings.Contains(out+errs, token) {
		t.Error("the token is shown")
	}
	out, _, _ = p.types("check")
	if !strings.Contains(out, "1 thread, 1 message") {
		t.Errorf("check:\n%s", out)
	}
}

func TestImportMistakes(t *testing.T) {
	p := newPerson(t)
	chats := p.keeps("chats.json", olderChats)
	nothing := filepath.Join(p.dir, "nosuch.json")
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{}, exitUsage, "requires at least 1 arg"},
		{[]string{"--model", "gemini", chats}, exitUsage, "--model must be provider/model"},
		{[]string{nothing}, exitFailure, "There is no such file."},
		{[]string{p.dir}, exitFailure, "This folder contains the journal"},
		{[]string{p.keeps("prose.json", "Dear diary")}, exitFailure, "not JSON"},
		{[]string{"http://u:hunter2@127.0.0.1:1/"}, exitFailure, "without a user"},
		{[]string{"http://diary.example.org/"}, exitFailure, "unencrypted"},
		// What can be read is imported all the same.
		{[]string{nothing, chats}, exitFailure, "imported       1 thread"},
		{[]string{p.keeps("cut.json", olderChats[:len(olderChats)-100])}, exitOK, "It is cut off. Everything before that was imported."},
	} {
		out, errs, code := p.types(append([]string{"import"}, c.args...)...)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("%q: code %d, want %d and %q\n%s%s", c.args, code, c.code, c.says, out, errs)
		}
		if strings.Contains(out+errs, "hunter2") || strings.Contains(out+errs, "diary\"") {
			t.Errorf("%q: shows too much\n%s%s", c.args, out, errs)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

// A thread that was exported as JSON comes in again elsewhere, as it was.
func TestExportedThreadIsImported(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"01-05-2024.md": "Swam in the lake with Oda."})
	url, _, _ := p.serves()
	var answer struct {
		ThreadID string `json:"thread_id"`
	}
	if status := p.call("POST", url+"/journal_chat", object{"query": "Who swam?", "provider": "offline", "model": "", "save": true}, &answer); status != http.StatusOK {
		t.Fatal(status)
	}
	file := filepath.Join(p.dir, "thread.json")
	if err := os.WriteFile(file, []byte(p.get(url+"/threads/"+answer.ThreadID+"/export?format=json")), 0o600); err != nil {
		t.Fatal(err)
	}
	messages := p.get(url + "/threads/" + answer.ThreadID + "/messages")
	q := newPerson(t)
	q.journal(map[string]string{"01-05-2024.md": "Swam in the lake with Oda."})
	if out, errs, code := q.types("import", file); code != exitOK {
		t.Fatalf("code %d\n%s%s", code, out, errs)
	}
	url, _, _ = q.serves()
	var was, is []struct {
		ID        string `json:"message_id"`
		Role      string
		Content   string
		Citations []daybook.Citation
	}
	if err := errors.Join(json.Unmarshal([]byte(messages), &was), json.Unmarshal([]byte(q.get(url+"/threads/"+answer.ThreadID+"/messages")), &is)); err != nil || len(was) != 2 || len(was[1].Citations) == 0 || !reflect.DeepEqual(was, is) {
		t.Errorf("%+v became %+v, %v", was, is, err)
	}
}
