package settings

import (
	"reflect"
	"slices"
	"testing"
)

func TestKeysAloneSetNoTask(t *testing.T) {
	s, err := Load(sources(t, nil, map[string]string{"OPENAI_API_KEY": "a", "ANTHROPIC_API_KEY": "b", "GEMINI_API_KEY": "c"}, ""))
	if err != nil {
		t.Fatal(err)
	}
	if s.Chat != (Model{Provider: "offline"}) || !s.Intent.IsZero() || s.Embedding != (Model{Provider: BuiltIn}) || !s.Transcription.IsZero() {
		t.Errorf("a key alone sends something out: %+v", s)
	}
	if len(s.Providers) != 3 {
		t.Errorf("a request cannot name them all: %+v", s.Providers)
	}
}

func TestProviders(t *testing.T) {
	env := map[string]string{
		"OPENAI_BASE_URL": "http://192.168.1.5:8080/v1", "ANTHROPIC_BASE_URL": "https://proxy.example.org",
		"GOOGLE_API_KEY": "first", "GEMINI_API_KEY": "second", "GOOGLE_GEMINI_BASE_URL": "http://[::1]:9",
		"ROUTER_KEY":         "  from the environment  "[2:6],
		"DAYBOOK_MODEL_CHAT": "ollama/hf.co/some/model:7b", "DAYBOOK_MODEL_EMBEDDING": "google-ai/gemini-embedding-001",
		"DAYBOOK_MODEL_INTENT": "openai/anything",
	}
	s, err := Load(sources(t, nil, env, `
[providers.ollama]
base_url = "http://host.docker.internal:11434/v1"
json_schema = false
[providers.router]
base_url = "https://router.example.org/v1"
api_key_env = "ROUTER_KEY"
[providers.later]
base_url = "https://later.example.org/v1"
api_key_env = "NOT_SET"
[budgets.gemini]
requests_per_minute = 10
[budgets."google-ai/gemini-embedding-001"]
tokens_per_minute = 30000
[context_windows]
"ollama/hf.co/some/model:7b" = 4096
router = 100000
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Provider{
		{"gemini", Gemini, "http://[::1]:9", Secret{}, true, false},
		{"ollama", OpenAI, "http://host.docker.internal:11434/v1", Secret{}, false, false},
		{"openai", OpenAI, "http://192.168.1.5:8080/v1", Secret{}, true, false},
		{"router", OpenAI, "https://router.example.org/v1", Secret{}, true, false},
	}
	keys := map[string]string{}
	got := slices.Clone(s.Providers)
	for i, p := range got {
		keys[p.Name] = p.Key.Reveal()
		got[i].Key = Secret{}
	}
	if !slices.Equal(got, want) {
		t.Errorf("providers: %+v", got)
	}
	if !reflect.DeepEqual(keys, map[string]string{"gemini": "first", "ollama": "", "openai": "", "router": "from"}) {
		t.Errorf("keys: %v", keys)
	}
	if s.Chat != (Model{"ollama", "hf.co/some/model:7b"}) || s.Embedding != (Model{"gemini", "gemini-embedding-001"}) {
		t.Errorf("models: %v, %v", s.Chat, s.Embedding)
	}
	if p, ok := s.Provider("google-ai"); !ok || p.Name != "gemini" {
		t.Errorf("google-ai is %+v", p)
	}
	if _, ok := s.Provider("anthropic"); ok {
		t.Error("anthropic can be used without a key")
	}
	if n, ok := s.ContextWindow(s.Chat); n != 4096 || !ok {
		t.Errorf("context window of a model: %d, %t", n, ok)
	}
	if n, ok := s.ContextWindow(Model{"router", "x"}); n != 100000 || !ok {
		t.Errorf("context window of a provider: %d, %t", n, ok)
	}
	if n, ok := s.ContextWindow(Model{"openai", "x"}); ok {
		t.Errorf("context window of nothing: %d", n)
	}
	if l := line(t, s, "providers"); l.Value != "later https://later.example.org/v1 (NOT_SET is not set), ollama http://host.docker.internal:11434/v1, router https://router.example.org/v1 (key set)" {
		t.Errorf("providers are shown as %s", l.Value)
	}
}

func TestAnthropicHasNoEmbeddings(t *testing.T) {
	env := map[string]string{"ANTHROPIC_API_KEY": "k", "DAYBOOK_MODEL_EMBEDDING": "anthropic/x"}
	if _, err := Load(sources(t, nil, env, "")); err == nil {
		t.Error("taken")
	}
}

func TestInsecureHTTP(t *testing.T) {
	env := map[string]string{"OPENAI_BASE_URL": "http://models.example.org", "DAYBOOK_INSECURE_HTTP": "true"}
	if _, err := Load(sources(t, nil, env, "")); err != nil {
		t.Error(err)
	}
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "10.1.2.3": true, "172.16.0.1": true, "192.168.0.1": true, "169.254.1.1": true, "::1": true,
		"fd00::1": true, "fe80::1": true, "ollama": true, "printer.local": true, "x.internal": true,
		"8.8.8.8": false, "172.32.0.1": false, "2001:db8::1": false, "example.org": false, "local.example.org": false, "localhost.example.org": false, "0.0.0.0": false,
		"::ffff:8.8.8.8": false, "::ffff:10.0.0.1": true, "0x08080808": false, "134744072": false,
	} {
		if got := (&loader{}).private(host); got != want {
			t.Errorf("private(%s) = %t", host, got)
		}
	}
}
