package journal

import (
	"testing"

	"daybook/internal/llm"
	"daybook/internal/settings"
)

// Whoever sets a model of this machine means to send no question elsewhere for
// it.
func TestFormerModelServesSearches(t *testing.T) {
	s := settings.Settings{Providers: []settings.Provider{
		{Name: "openai"}, {Name: "gemini"}, {Name: "here", BaseURL: "http://127.0.0.1:11434/v1"},
	}}
	ref := func(provider string) llm.Ref { return llm.Ref{Provider: provider, Model: "m"} }
	for _, c := range []struct {
		before, set string
		may         bool
	}{
		{"openai", "gemini", true}, {"builtin", "openai", true}, {"here", "openai", true}, {"here", "builtin", true},
		{"openai", "builtin", false}, {"openai", "here", false},
	} {
		if got := mayAsk(s, ref(c.before), ref(c.set)); got != c.may {
			t.Errorf("from %s to %s: %t", c.before, c.set, got)
		}
	}
	s.Chat = settings.Model{Provider: "openai", Model: "gpt"}
	if !mayAsk(s, ref("openai"), ref("builtin")) {
		t.Error("a provider that is set for the chat is not asked")
	}
}
