package prompts

import (
	"strings"
	"testing"
	"testing/fstest"

	"daybook"
)

func TestBuiltinPrompts(t *testing.T) {
	s, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	chat, err := s.Chat(Chat{Today: "Friday, 1 March 2024"})
	if err != nil || !strings.Contains(chat, "Today is Friday, 1 March 2024.") || strings.Contains(chat, "newest") {
		t.Errorf("chat prompt: %v\n%s", err, chat)
	}
	recent, err := s.Chat(Chat{Today: "x", Recent: true})
	if err != nil || !strings.Contains(recent, "newest day first") {
		t.Errorf("the prompt for recent entries does not say so: %v", err)
	}
	if intent, err := s.Intent(); err != nil || !strings.Contains(intent, `"recent"`) {
		t.Errorf("intent prompt: %v", err)
	}
}

func TestOverride(t *testing.T) {
	s, err := Load(fstest.MapFS{"chat.md": {Data: []byte("Be brief. {{.Today}}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if chat, _ := s.Chat(Chat{Today: "now"}); chat != "Be brief. now" {
		t.Errorf("chat = %q", chat)
	}
	if intent, _ := s.Intent(); intent == "" {
		t.Error("the prompt that was not overridden is gone")
	}
}

func TestOverrideRefused(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"unknown name":  {"chatt.md": {Data: []byte("x")}},
		"bad template":  {"chat.md": {Data: []byte("{{.Today")}},
		"unknown field": {"chat.md": {Data: []byte("{{.Tomorrow}}")}},
		"empty":         {"intent.md": {Data: []byte(" \n")}},
		"too large":     {"intent.md": {Data: make([]byte, maxSize+1)}},
	} {
		if _, err := Load(files); daybook.KindOf(err) != daybook.Invalid {
			t.Errorf("%s: error %v, want an Invalid one", name, err)
		}
	}
}
