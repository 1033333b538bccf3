package spending

import (
	"testing"

	"daybook/internal/llm"
)

func TestKnownPrices(t *testing.T) {
	for name, want := range map[string]float64{
		"openai/gpt-5-mini": 0.25, "openai/gpt-5-mini-2025-08-07": 0.25, "openai/gpt-5": 1.25, "openai/gpt-5-codex": 0, "openai/gpt-55": 0,
		"anthropic/claude-sonnet-4-5": 3, "anthropic/claude-opus-4-5-20251101": 5, "anthropic/claude-opus-4-1": 15, "anthropic/claude-opus-4-9": 0, "anthropic/claude-opus-4-20250514": 15, "anthropic/claude-opus-5-5": 4, "anthropic/claude-sonnet-5-5-20260928": 2,
		"openai/gpt-6-luna": 0.10, "openai/gpt-6.1-sol": 2, "openai/gpt-6.2-sol": 0, "openai/gpt-4o-2024-11-20": 2.5, "gemini/gemini-3.8-flash": 1.5, "gemini/gemini-2.5-flash-preview-09-2025": 0.30, "gemini/gemini-2.0-flash-001": 0.10, "gemini/gemini-3.1-pro-preview": 2, "anthropic/claude-3-5-haiku-latest": 0.80,
		"gemini/gemini-2.5-flash": 0.30, "gemini/gemini-2.5-flash-lite": 0.10, "ollama/llama3.2": 0, "router/openai/gpt-5": 0,
	} {
		ref, err := llm.ParseRef(name)
		if err != nil {
			t.Fatal(err)
		}
		if p, ok := Known(ref, "USD"); p.Input != want || ok != (want > 0) {
			t.Errorf("%s costs %v", name, p)
		}
		if _, ok := Known(ref, "EUR"); ok {
			t.Errorf("%s costs something in another currency", name)
		}
	}
}

func TestAmountIsRoundedUp(t *testing.T) {
	for amount, want := range map[float64]string{0: "0.00", 0.0035: "0.01", 0.01: "0.01", 1.5: "1.50", 2.001: "2.01", 0.07: "0.07"} {
		if got := Amount(amount); got != want {
			t.Errorf("%v is %s, want %s", amount, got, want)
		}
	}
}

// A long prompt costs more as a whole.
func TestLongPromptsCostMore(t *testing.T) {
	p, ok := Known(llm.Ref{Provider: "anthropic", Model: "claude-haiku-5-5"}, "USD")
	if short, long := p.of(llm.Usage{InputTokens: 100_000, OutputTokens: 1000}), p.of(llm.Usage{InputTokens: 100_001, OutputTokens: 1000}); !ok || short != 0.0105 || long < 0.0525 {
		t.Errorf("%v, %v", short, long)
	}
}
