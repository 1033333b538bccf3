package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/internal/llm/llmtest"
	"daybook/internal/llm/local"
)

// ollama starts a model server of this machine, which needs no key, and
// returns its port.
func ollama(t *testing.T, play func(llmtest.Request) llmtest.Script) (local.Port, *llmtest.Server) {
	t.Helper()
	fake := llmtest.New(play)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+llmtest.Key)
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	fake.URL = s.URL
	return local.Port{Number: s.Listener.Addr().(*net.TCPAddr).Port, Name: "ollama", Label: "Ollama"}, fake
}

// playing answers chats, and the questions that test a model.
func playing(r llmtest.Request) llmtest.Script {
	switch {
	case len(r.Tools) > 0:
		return llmtest.Script{Deltas: []string{"The weather is fine."}}
	case r.Wants("sum"):
		return llmtest.Script{Deltas: []string{`{"sum":5}`}}
	case len(r.Messages[0].Images) > 0:
		return llmtest.Script{Deltas: []string{"Red."}}
	}
	return llmtest.Reply("You swam [1].")(r)
}

type settingsAnswer struct {
	Allowed  bool
	Settings []struct {
		Name, From string
		Value      any
		Fixed      bool
	}
	Providers []struct {
		Name      string
		BaseURL   string `json:"base_url"`
		HasKey    bool   `json:"has_key"`
		KeyStored bool   `json:"key_stored"`
		Ready     bool
	}
	Detail any
}

func (s settingsAnswer) value(name string) any {
	for _, one := range s.Settings {
		if one.Name == name {
			return one.Value
		}
	}
	return nil
}

// TestAModelIsConnectedInThePage goes the way of a new user: from a server that
// runs on this machine to the first answer, without a restart.
func TestAModelIsConnectedInThePage(t *testing.T) {
	p := withAToken(t)
	p.env["XDG_CONFIG_HOME"] = ""
	p.journal(map[string]string{"2024-01-05.md": "Swam in the lake with Oda."})
	port, fake := ollama(t, playing)
	p.ports = []local.Port{port}
	if err := os.MkdirAll(filepath.Dir(p.config()), 0o700); err != nil {
		t.Fatal(err)
	}
	const mine = "# mine\ntop_k = 3 # few\n"
	if err := os.WriteFile(p.config(), []byte(mine), 0o600); err != nil {
		t.Fatal(err)
	}
	url, _, _ := p.serves()
	var found struct {
		Servers []struct {
			Name, Label string
			BaseURL     string `json:"base_url"`
			Models      []string
			Known       bool
		}
	}
	if code := p.call("GET", url+"/settings/local", nil, &found); code != 200 || len(found.Servers) != 1 || found.Servers[0].Label != "Ollama" || found.Servers[0].Known {
		t.Fatalf("%d, %+v", code, found)
	}
	server := found.Servers[0]
	var s settingsAnswer
	if code := p.call("PUT", url+"/settings/providers/"+server.Name, object{"base_url": server.BaseURL}, &s); code != 200 {
		t.Fatalf("%d, %+v", code, s)
	}
	if code := p.call("PATCH", url+"/settings", object{"changes": object{"model_chat": "ollama/m-1", "instructions": "Call me Jo.\nBe brief.", "monthly_cap": 5,
		"prices": object{"ollama/m-1": object{"input": 0.5, "output": 1}}, "context_windows": object{"ollama/m-1": 8192}}}, &s); code != 200 {
		t.Fatalf("%d, %+v", code, s)
	}
	if s.value("model_chat") != "ollama/m-1" || s.value("monthly_cap") != 5.0 || s.value("instructions") != "Call me Jo. Be brief." {
		t.Errorf("%+v", s)
	}
	var answer struct{ Response string }
	eventually(t, func() bool { return strings.Contains(p.get(url+"/search?q=lake"), "Oda") })
	if code := p.call("POST", url+"/journal_chat", object{"query": "When did I swim?", "provider": "ollama", "model": "m-1"}, &answer); code != 200 || answer.Response != "You swam [1]." {
		t.Errorf("%d, %+v", code, answer)
	}
	sent := fake.Requests()
	if last := sent[len(sent)-1]; !strings.Contains(last.System, "Call me Jo.") {
		t.Errorf("the instructions were not sent: %s", last.System)
	}
	data, err := os.ReadFile(p.config())
	if err != nil || !strings.HasPrefix(string(data), mine) || !strings.Contains(string(data), "[providers.ollama]") {
		t.Errorf("%s, %v", data, err)
	}
	var tests struct {
		Tests []struct {
			What, Message string
			OK            bool
		}
	}
	p.call("POST", url+"/settings/test", object{"provider": "ollama", "model": "m-1"}, &tests)
	well := map[string]bool{}
	for _, one := range tests.Tests {
		well[one.What] = one.OK
		if !strings.HasSuffix(one.Message, ".") {
			t.Errorf("%s says %q", one.What, one.Message)
		}
	}
	if !well["reach"] || !well["chat"] || !well["structured"] || !well["vision"] || well["tools"] {
		t.Errorf("%+v", tests)
	}
	// What is in use stays; then it goes, and the file is as it was.
	if code := p.call("DELETE", url+"/settings/providers/ollama", nil, &s); code != 409 {
		t.Errorf("removed while in use: %d", code)
	}
	p.call("PATCH", url+"/settings", object{"changes": object{"model_chat": nil, "instructions": nil, "monthly_cap": nil,
		"prices": object{"ollama/m-1": nil}, "context_windows": object{"ollama/m-1": nil}}}, &s)
	if prices, _ := s.value("prices").(map[string]any); len(prices) != 0 {
		t.Errorf("prices %v", prices)
	}
	for _, task := range []string{"model_speech", "model_transcription", "model_intent", "model_rerank"} {
		if code := p.call("PATCH", url+"/settings", object{"changes": object{task: "ollama/m-1"}}, &s); code != 200 {
			t.Fatalf("%s: %d", task, code)
		}
		if code := p.call("DELETE", url+"/settings/providers/ollama", nil, nil); code != 409 {
			t.Errorf("removed while it is %s: %d", task, code)
		}
		p.call("PATCH", url+"/settings", object{"changes": object{task: nil}}, &s)
	}
	if code := p.call("DELETE", url+"/settings/providers/ollama", nil, &s); code != 200 || s.value("model_chat") != "offline" {
		t.Errorf("%d, %+v", code, s)
	}
}

func TestKeysAreNeverSentBack(t *testing.T) {
	p := withAToken(t)
	p.env["XDG_CONFIG_HOME"] = ""
	url, log, _ := p.serves()
	var s settingsAnswer
	const key = "sk-very-secret-key"
	if code := p.call("PUT", url+"/settings/providers/openai", object{"key": key}, &s); code != 200 {
		t.Fatalf("%d, %+v", code, s)
	}
	ready := false
	for _, one := range s.Providers {
		ready = ready || one.Name == "openai" && one.Ready && one.KeyStored
	}
	if !ready {
		t.Errorf("%+v", s.Providers)
	}
	for _, path := range []string{"/settings", "/models", "/session", "/setup"} {
		if text := p.get(url + path); strings.Contains(text, key) {
			t.Errorf("%s has the key", path)
		}
	}
	if strings.Contains(log.String(), key) {
		t.Error("the log has the key")
	}
	info, err := os.Stat(filepath.Join(filepath.Dir(p.config()), "keys.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestSettingsAreRefused(t *testing.T) {
	p := withAToken(t)
	p.env["XDG_CONFIG_HOME"], p.env["DAYBOOK_MONTHLY_CAP"] = "", "7"
	url, _, _ := p.serves()
	for what, c := range map[string]struct {
		changes object
		code    int
	}{
		"no such setting": {object{"token": "x"}, 422}, "a wrong type": {object{"prices": "x"}, 422}, "a wrong value": {object{"language": "klingon"}, 422},
		"an unknown provider": {object{"model_chat": "nobody/x"}, 422}, "set in a variable": {object{"monthly_cap": 3}, 409},
	} {
		if code := p.call("PATCH", url+"/settings", object{"changes": c.changes}, nil); code != c.code {
			t.Errorf("%s: %d", what, code)
		}
	}
	for what, headers := range map[string][]string{"another host": {"Host", "journal.example.org"}, "a proxy": {"X-Forwarded-For", "192.0.2.1"}} {
		if code := p.call("PATCH", url+"/settings", object{"changes": object{"currency": "EUR"}}, nil, headers...); code < 400 {
			t.Errorf("by %s: %d", what, code)
		}
	}
	if _, err := os.Stat(p.config()); err == nil {
		t.Error("something was written")
	}
}

// TestAskByModelName finds the server of this machine that has a model.
func TestAskByModelName(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"2024-01-05.md": "Swam in the lake with Oda."})
	port, _ := ollama(t, playing)
	p.ports = []local.Port{port}
	out, errs, code := p.types("ask", "--model", "m-1", "When did I swim?")
	if code != exitOK || !strings.Contains(out, "You swam [1].") {
		t.Errorf("%d, %s%s", code, out, errs)
	}
	if _, errs, code = p.types("ask", "--model", "no-such", "When did I swim?"); code == exitOK || !strings.Contains(errs, "no-such") {
		t.Errorf("%d, %s", code, errs)
	}
}
