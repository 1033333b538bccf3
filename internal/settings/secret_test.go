package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretsAreNeverPrinted(t *testing.T) {
	env := map[string]string{
		"DAYBOOK_TOKEN": hidden, "OPENAI_API_KEY": hidden, "ANTHROPIC_API_KEY": hidden, "GEMINI_API_KEY": hidden, "MY_KEY": hidden,
		"DAYBOOK_LANCEDB_API_KEY": hidden, "DAYBOOK_JOURNAL": "/notes", "DAYBOOK_STORE": "postgres://somebody:" + hidden + "@db.example:5432/daybook?sslpassword=" + hidden,
	}
	src := sources(t, nil, env, "[providers.m]\nbase_url = \"https://m.example\"\napi_key_env = \"MY_KEY\"\n[providers.n]\nbase_url = \"https://n.example\"\napi_key = \""+hidden+"\"\n")
	s, err := Load(src)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"openai", "anthropic", "gemini", "m", "n"} {
		if p, ok := s.Provider(name); !ok || p.Key.Reveal() != hidden {
			t.Fatalf("%s has no key: %+v", name, p)
		}
	}
	inside := struct{ s Secret }{s.Token}
	var logged bytes.Buffer
	for _, v := range []any{s, &s, s.Token, &s.Token, s.Providers, s.Describe(), inside, &inside} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%p"} {
			fmt.Fprintf(&logged, verb+"\n", v)
		}
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		logged.Write(data)
		slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "v", v)
	}
	for _, form := range []string{hidden, fmt.Sprintf("%x", hidden), fmt.Sprintf("%d", []byte(hidden))} {
		if strings.Contains(logged.String(), form) {
			t.Errorf("a key is printed: %s", form)
		}
	}
	if got, want := line(t, s, "store").Value, "postgres://db.example:5432/daybook"; got != want || s.StorePlace() != want {
		t.Errorf("the store is shown as %s, %s", got, s.StorePlace())
	}
	if s.Journal = ""; s.StoreAddress() != "" || s.StorePlace() != s.Database() {
		t.Error("the demo journal is put among what somebody keeps")
	}
	if line(t, s, "token").Value != "set" || line(t, s, "openai_api_key").Value != "set" {
		t.Error("secrets that are set do not say so")
	}
}

func TestSecret(t *testing.T) {
	if s := newSecret(""); s.IsSet() || s.Reveal() != "" || fmt.Sprint(s) != "" || s != (Secret{}) {
		t.Errorf("an empty secret is %#v", s)
	}
	if s := newSecret("x"); !s.IsSet() || s.Reveal() != "x" || fmt.Sprint(s) != "set" {
		t.Errorf("a secret is %#v", s)
	}
}
