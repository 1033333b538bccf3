package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/internal/llm/local"
)

type browsersAnswer struct {
	Browsers []struct {
		ID, Agent string
		Current   bool
	}
}

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// Browsers are listed by what they are, and any can be signed out.
func TestBrowsersAreSignedOut(t *testing.T) {
	p := newPerson(t)
	token := p.withGeneratedToken()
	url, _, _ := p.serves()
	here := p.logsIn(url, token, "User-Agent", firefox)
	there := p.logsIn(url, token, "User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1")
	list := func(cookie string) (out browsersAnswer) {
		status, body, _ := p.visits("", http.MethodGet, url+"/session/browsers", "", "Cookie", cookie)
		if err := json.Unmarshal([]byte(body), &out); status != http.StatusOK || err != nil {
			t.Fatalf("%d %s", status, body)
		}
		return out
	}
	got := list(here).Browsers
	if len(got) != 2 || got[0].Agent != "Safari on iPhone" || got[0].Current || got[1].Agent != "Firefox on Linux" || !got[1].Current {
		t.Fatalf("%+v", got)
	}
	if status, _, _ := p.visits("", http.MethodDelete, url+"/session/browsers/"+got[0].ID, "", "Cookie", here); status == http.StatusNoContent {
		t.Error("signed out without an origin") // a page of another site could
	}
	if status, body, _ := p.visits("", http.MethodDelete, url+"/session/browsers/"+got[0].ID, "", "Cookie", here, "Origin", url); status/100 != 2 {
		t.Fatalf("%d %s", status, body)
	}
	if status, _, _ := p.visits("", http.MethodGet, url+"/threads", "", "Cookie", there); status != http.StatusUnauthorized {
		t.Errorf("the other browser is still let in: %d", status)
	}
	if left := list(here).Browsers; len(left) != 1 || !left[0].Current {
		t.Errorf("left: %+v", left)
	}
	for _, id := range []string{got[0].ID, strings.Repeat("0", 64), "..%2Ftoken", "x"} {
		if status, _, _ := p.visits("", http.MethodDelete, url+"/session/browsers/"+id, "", "Cookie", here, "Origin", url); status/100 != 4 {
			t.Errorf("%s: %d", id, status)
		}
	}
}

// The token is shown, and replaced without signing out who asks.
func TestTokenIsReplacedInThePage(t *testing.T) {
	p := newPerson(t)
	token := p.withGeneratedToken()
	url, _, _ := p.serves()
	here, there := p.logsIn(url, token, "User-Agent", firefox), p.logsIn(url, token)
	post := func(body string, headers ...string) (string, http.Header, int) {
		status, text, header := p.visits("", http.MethodPost, url+"/settings/token", body, append([]string{"Cookie", here, "Origin", url, "User-Agent", firefox}, headers...)...)
		var out struct{ Token string }
		_ = json.Unmarshal([]byte(text), &out)
		return out.Token, header, status
	}
	if shown, _, status := post(`{}`); status != http.StatusOK || shown != token {
		t.Fatalf("%d, shown %d characters", status, len(shown))
	}
	if _, _, status := post(`{"replace":true}`, "X-Forwarded-For", "192.0.2.1"); status < 400 {
		t.Error("replaced from elsewhere")
	}
	fresh, header, status := post(`{"replace":true}`)
	if status != http.StatusOK || fresh == token || len(fresh) != 64 {
		t.Fatalf("%d, %d characters", status, len(fresh))
	}
	next, _, _ := strings.Cut(header.Get("Set-Cookie"), ";")
	for cookie, want := range map[string]int{next: http.StatusOK, here: http.StatusUnauthorized, there: http.StatusUnauthorized} {
		if status, _, _ := p.visits("", http.MethodGet, url+"/threads", "", "Cookie", cookie); status != want {
			t.Errorf("status %d, want %d", status, want)
		}
	}
	if status, _, _ := p.visits(fresh, http.MethodGet, url+"/threads", ""); status != http.StatusOK {
		t.Errorf("the new token: %d", status)
	}
	var list browsersAnswer
	_, body, _ := p.visits("", http.MethodGet, url+"/session/browsers", "", "Cookie", next)
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list.Browsers) != 1 || !list.Browsers[0].Current || list.Browsers[0].Agent != "Firefox on Linux" {
		t.Errorf("%s", body)
	}
}

// A token that is set elsewhere is not replaced here.
func TestTokenOfTheSettingsStays(t *testing.T) {
	p := withAToken(t)
	url, _, _ := p.serves()
	if code := p.call("POST", url+"/settings/token", object{"replace": true}, nil); code != http.StatusConflict {
		t.Errorf("%d", code)
	}
}

// A prompt is seen, edited, used at once, and reset; a wrong one is refused.
func TestPromptsAreEdited(t *testing.T) {
	p := withAToken(t)
	p.journal(map[string]string{"2024-01-05.md": "Swam in the lake with Oda."})
	port, fake := ollama(t, playing)
	p.ports = []local.Port{port}
	url, _, _ := p.serves()
	type answer struct {
		Folder  string
		Prompts []struct {
			Name, Title, Text, Builtin string
			Edited                     bool
		}
	}
	var got answer
	if code := p.call("GET", url+"/settings/prompts", nil, &got); code != 200 || len(got.Prompts) < 10 || got.Prompts[0].Name != "chat" || got.Prompts[0].Edited || got.Prompts[0].Text != got.Prompts[0].Builtin {
		t.Fatalf("%d %+v", code, got)
	}
	for text, code := range map[string]int{"{{.Today": 422, "{{.Tomorrow}}": 422, " ": 422, strings.Repeat("a", 70_000): 422} {
		if got := p.call("PUT", url+"/settings/prompts/chat", object{"text": text}, nil); got != code {
			t.Errorf("%.20q: %d", text, got)
		}
	}
	if code := p.call("PUT", url+"/settings/prompts/..%2Fx", object{"text": "x"}, nil); code != 404 {
		t.Errorf("another name: %d", code)
	}
	const mine = "Answer like a sailor. Today is {{.Today}}.\n"
	if code := p.call("PUT", url+"/settings/prompts/chat", object{"text": mine}, &got); code != 200 || !got.Prompts[0].Edited || got.Prompts[0].Text != mine {
		t.Fatalf("%d %+v", code, got.Prompts[0])
	}
	if data, err := os.ReadFile(filepath.Join(got.Folder, "chat.md")); err != nil || string(data) != mine {
		t.Errorf("the file has %q, %v", data, err)
	}
	p.call("PUT", url+"/settings/providers/ollama", object{"base_url": fmt.Sprintf("http://127.0.0.1:%d/v1", port.Number)}, nil)
	eventually(t, func() bool { return strings.Contains(p.get(url+"/search?q=lake"), "Oda") })
	if code := p.call("POST", url+"/journal_chat", object{"query": "When did I swim?", "provider": "ollama", "model": "m-1"}, nil); code != 200 {
		t.Fatal(code)
	}
	if sent := fake.Requests(); !strings.HasPrefix(sent[len(sent)-1].System, "Answer like a sailor. Today is") {
		t.Errorf("sent %.80q", sent[len(sent)-1].System)
	}
	if code := p.call("DELETE", url+"/settings/prompts/chat", nil, &got); code != 200 || got.Prompts[0].Edited || got.Prompts[0].Text == mine {
		t.Errorf("reset: %d %+v", code, got.Prompts[0])
	}
	if _, err := os.Stat(filepath.Join(got.Folder, "chat.md")); !os.IsNotExist(err) {
		t.Errorf("the file is left: %v", err)
	}
}
