package spending

import (
	"testing"

	"daybook/internal/llm"
)

func TestKnownPrices(t *testing.T) {
	for name, want := range map[string]float64{
		"openai/gpt-5-mini": 0.25, "openai/gpt-5-mini-2025-08-07": 0.25, "openai/gpt-5": 1.25, "openai/gpt-5-codex": 0, "openai/gpt-55": 0,
		"anthropic/claude-sonnet-4-5": 3, "anthropic/claude-opus-4-5-20251101": 5, "anthropic/claude-opus-4-1": 15, "anthropic/claude-3-5-haiku-latest": 0.80,
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
