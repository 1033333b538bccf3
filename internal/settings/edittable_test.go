package settings

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEditTables(t *testing.T) {
	add := Change{[]string{"providers", "ollama"}, "base_url", "http://127.0.0.1:11434/v1"}
	price := Change{[]string{"prices", "openai/gpt-x"}, "input", 0.25}
	for _, c := range []struct {
		name, before string
		changes      []Change
		after        string
	}{
		{"empty", "", []Change{add}, "[providers.ollama]\nbase_url = 'http://127.0.0.1:11434/v1'\n"},
		{"behind others", "top_k = 3 # few\n", []Change{add, price}, "top_k = 3 # few\n\n[providers.ollama]\nbase_url = 'http://127.0.0.1:11434/v1'\n\n[prices.\"openai/gpt-x\"]\ninput = 0.25\n"},
		{"there", "[providers.ollama] # mine\nbase_url = \"old\" # where\n# end\n[x]\n", []Change{add},
			"[providers.ollama] # mine\nbase_url = 'http://127.0.0.1:11434/v1' # where\n# end\n[x]\n"},
		{"another key", "[providers.ollama]\njson_schema = false\n\n[budgets.openai]\ntokens_per_minute = 1\n", []Change{add},
			"[providers.ollama]\njson_schema = false\nbase_url = 'http://127.0.0.1:11434/v1'\n\n[budgets.openai]\ntokens_per_minute = 1\n"},
		{"Windows", "\ufeff[a]\r\nb = 1\r\n", []Change{add}, "\ufeff[a]\r\nb = 1\r\n\r\n[providers.ollama]\r\nbase_url = 'http://127.0.0.1:11434/v1'\r\n"},
		{"removed", "# top\n[a]\nb = 1\n[providers.ollama]\nbase_url = \"x\"\n[c]\nd = 2", []Change{{[]string{"providers", "ollama"}, "", nil}}, "# top\n[a]\nb = 1\n[c]\nd = 2"},
		{"removed with what is inside", "[a.b]\nc = 1\n[a.b.d]\ne = 1\n[a.f]\ng = 1\n", []Change{{[]string{"a", "b"}, "", nil}}, "[a.f]\ng = 1\n"},
		{"a value removed", "[a]\nb = 1 # x\nc = 2\n", []Change{{[]string{"a"}, "b", nil}}, "[a]\nc = 2\n"},
		{"a setting removed", "# top\nmonthly_cap = 5\ntop_k = 3\n[a]\n", []Change{{nil, "monthly_cap", nil}}, "# top\ntop_k = 3\n[a]\n"},
		{"nothing to remove", "top_k = 3\n", []Change{{[]string{"a"}, "b", nil}, {nil, "x", nil}, {[]string{"a"}, "", nil}}, "top_k = 3\n"},
		{"a number", "monthly_cap = 5\n", []Change{{nil, "monthly_cap", 7.5}}, "monthly_cap = 7.5\n"},
	} {
		e, err := sources(t, nil, nil, c.before).Edit(c.changes...)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if string(e.after) != c.after {
			t.Errorf("%s:\n%q\nwant\n%q", c.name, e.after, c.after)
		}
	}
}

// TestEditLeavesWhatItCannotChange refuses tables that are written in a way
// that an edit would have to write anew.
func TestEditLeavesWhatItCannotChange(t *testing.T) {
	for _, before := range []string{"providers = { ollama = { base_url = \"x\" } }\n", "providers.ollama.base_url = \"x\"\n"} {
		_, err := sources(t, nil, nil, before).Edit(Change{[]string{"providers", "ollama"}, "base_url", "y"})
		if err == nil || !strings.Contains(err.Error(), "by hand") {
			t.Errorf("%s: %v", before, err)
		}
	}
}

// TestEditToNothing loads what an edit leaves, which may be an empty file.
func TestEditToNothing(t *testing.T) {
	src := sources(t, nil, nil, "[prices.\"openai/x\"]\ninput = 1\n")
	e, err := src.Edit(Change{[]string{"prices", "openai/x"}, "", nil})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := e.Load(src); err != nil || len(s.Prices) != 0 {
		t.Errorf("%v, %v", s.Prices, err)
	}
}

// TestEnvironmentAlone sets up everything of models in variables.
func TestEnvironmentAlone(t *testing.T) {
	s, err := Load(sources(t, nil, map[string]string{
		"DAYBOOK_PROVIDERS": "ollama=http://host.docker.internal:11434/v1, my-router = https://router.example.org/v1", "MY_ROUTER_API_KEY": "k",
		"DAYBOOK_PRICES": "my-router/a:free=0:0,openai/gpt-x=0.25:2", "DAYBOOK_BUDGETS": "ollama=1000, my-router/x=:60,openai=5:6",
		"DAYBOOK_CONTEXT_WINDOWS": "ollama/llama3.2:3b=8192", "DAYBOOK_MODEL_CHAT": "ollama/llama3.2:3b",
	}, ""))
	if err != nil {
		t.Fatal(err)
	}
	router, _ := s.Provider("my-router")
	window, _ := s.ContextWindow(s.Chat)
	if len(s.Providers) != 2 || router.Key.Reveal() != "k" || window != 8192 || s.Prices["openai/gpt-x"] != (Price{0.25, 2}) ||
		s.Budgets["my-router/x"].RequestsPerMinute != 60 || s.Budgets["ollama"].TokensPerMinute != 1000 || s.Budgets["openai"] != (Budget{6, 5}) {
		t.Errorf("%+v", s)
	}
	for name, value := range map[string]string{
		"DAYBOOK_PROVIDERS": "ollama", "DAYBOOK_PRICES": "openai=secret", "DAYBOOK_BUDGETS": "openai=many", "DAYBOOK_CONTEXT_WINDOWS": "nobody=5",
	} {
		if _, err := Load(sources(t, nil, map[string]string{name: value}, "")); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// memory is a keychain.
type memory map[string]string

func (m memory) Get(name string) (string, error) {
	if s, ok := m[name]; ok {
		return s, nil
	}
	return "", errors.New("not found")
}
func (m memory) Set(name, secret string) error { m[name] = secret; return nil }
func (m memory) Delete(name string) error      { delete(m, name); return nil }

func TestStoredKeys(t *testing.T) {
	for _, chain := range []memory{nil, {}} {
		src := sources(t, nil, nil, "[providers.router]\nbase_url = \"https://router.example.org/v1\"\n")
		if chain != nil {
			src.Keychain = chain
		}
		for name, key := range map[string]string{"openai": "sk-openai", "router": "sk-router"} {
			if err := src.StoreKey(name, key); err != nil {
				t.Fatal(err)
			}
		}
		s, err := Load(src)
		if err != nil {
			t.Fatal(err)
		}
		openai, _ := s.Provider("openai")
		router, _ := s.Provider("router")
		if openai.Key.Reveal() != "sk-openai" || !openai.KeyStored || router.Key.Reveal() != "sk-router" {
			t.Errorf("%v, %v", openai, router)
		}
		path := filepath.Join(src.Home, ".config/daybook", keysFile)
		data, err := os.ReadFile(path)
		if err != nil || strings.Contains(string(data), "sk-") != (chain == nil) {
			t.Errorf("keychain %v: the file has %s, %v", chain, data, err)
		}
		if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v", info.Mode())
		}
		if err := src.StoreKey("openai", ""); err != nil {
			t.Fatal(err)
		}
		if s, err = Load(src); err != nil || len(s.Providers) != 1 || chain != nil && len(chain) != 1 {
			t.Errorf("%v, %v", s.Providers, err)
		}
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(src); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("a file that others can read: %v", err)
		}
	}
}
