package spending

import (
	"regexp"
	"strings"

	"daybook/internal/llm"
)

// PricesOf is the day on which the known prices were looked up.
const PricesOf = "2026-10-07"

// knownCurrency is the currency of the known prices.
const knownCurrency = "USD"

// known are the list prices of common models by their makers, by
// "provider/model" without a version. Prices in the settings take precedence.
// For an announced increase, the higher price is listed.
var known = map[string]Price{
	"openai/gpt-6-astra": long(10, 50, 272_000, 20, 75), "openai/gpt-6-sol": long(2, 10, 272_000, 4, 15), "openai/gpt-6.1-sol": long(2, 10, 272_000, 4, 15),
	"openai/gpt-6.1-terra": long(1, 5, 272_000, 2, 7.50), "openai/gpt-6-luna": long(0.10, 0.50, 272_000, 0.20, 0.75),
	"openai/gpt-5.6-sol": long(4, 20, 272_000, 8, 30), "openai/gpt-5.6-terra": long(2, 12, 272_000, 4, 18), "openai/gpt-5.6-luna": long(0.20, 1.20, 200_000, 0.40, 1.80),
	"openai/gpt-5.5": long(5, 30, 272_000, 10, 45), "openai/gpt-5.5-pro": flat(30, 180),
	"openai/gpt-5.4": long(2.50, 15, 272_000, 5, 22.50), "openai/gpt-5.4-mini": flat(0.75, 4.50), "openai/gpt-5.4-nano": flat(0.20, 1.25),
	"openai/gpt-5.2": flat(1.75, 14), "openai/gpt-5.1": flat(1.25, 10),
	"openai/gpt-5": flat(1.25, 10), "openai/gpt-5-mini": flat(0.25, 2), "openai/gpt-5-nano": flat(0.05, 0.40), "openai/gpt-5-pro": flat(15, 120),
	"openai/gpt-4.1": flat(2, 8), "openai/gpt-4.1-mini": flat(0.40, 1.60), "openai/gpt-4.1-nano": flat(0.10, 0.40),
	"openai/gpt-4o": flat(2.50, 10), "openai/gpt-4o-mini": flat(0.15, 0.60), "openai/o3": flat(2, 8), "openai/o3-mini": flat(1.10, 4.40), "openai/o4-mini": flat(1.10, 4.40),
	"openai/text-embedding-3-small": flat(0.02, 0), "openai/text-embedding-3-large": flat(0.13, 0),

	"anthropic/claude-fable-5": flat(10, 50), "anthropic/claude-fable-5-1": flat(10, 50),
	"anthropic/claude-opus-5-5": flat(4, 20), "anthropic/claude-opus-5": flat(5, 25), "anthropic/claude-sonnet-5-5": flat(2, 10), "anthropic/claude-sonnet-5": flat(2, 10),
	"anthropic/claude-haiku-5-5": long(0.10, 0.50, 100_000, 0.50, 2.50),
	"anthropic/claude-opus-4-8":  flat(5, 25), "anthropic/claude-opus-4-7": flat(5, 25), "anthropic/claude-opus-4-6": flat(5, 25), "anthropic/claude-opus-4-5": flat(5, 25),
	"anthropic/claude-opus-4-1": flat(15, 75), "anthropic/claude-opus-4-0": flat(15, 75), "anthropic/claude-opus-4": flat(15, 75),
	"anthropic/claude-sonnet-4-6": flat(3, 15), "anthropic/claude-sonnet-4-5": flat(3, 15), "anthropic/claude-sonnet-4-0": flat(3, 15), "anthropic/claude-sonnet-4": flat(3, 15),
	"anthropic/claude-haiku-4-5": flat(1, 5), "anthropic/claude-3-7-sonnet": flat(3, 15), "anthropic/claude-3-5-sonnet": flat(3, 15),
	"anthropic/claude-3-5-haiku": flat(0.80, 4), "anthropic/claude-3-opus": flat(15, 75), "anthropic/claude-3-haiku": flat(0.25, 1.25),

	// Half of it until the end of 2026.
	"gemini/gemini-3.8-flash": flat(1.50, 7.50), "gemini/gemini-3.7-flash": flat(1.50, 7.50), "gemini/gemini-3.6-flash": flat(1.50, 7.50),
	"gemini/gemini-3.5-flash": flat(1.50, 9), "gemini/gemini-3.5-flash-lite": flat(0.30, 2.50), "gemini/gemini-3-flash": flat(0.50, 3),
	"gemini/gemini-3.1-pro": long(2, 12, 200_000, 4, 18), "gemini/gemini-2.5-pro": long(1.25, 10, 200_000, 2.50, 15),
	"gemini/gemini-2.5-flash": flat(0.30, 2.50), "gemini/gemini-2.5-flash-lite": flat(0.10, 0.40),
	"gemini/gemini-2.0-flash": flat(0.10, 0.40), "gemini/gemini-2.0-flash-lite": flat(0.075, 0.30),
	"gemini/gemini-embedding-001": flat(0.15, 0), "gemini/gemini-embedding-2": flat(0.20, 0),
}

func flat(input, output float64) Price { return Price{Input: input, Output: output} }

// long is a different price for prompts above some number of tokens.
func long(input, output float64, above int, longInput, longOutput float64) Price {
	return Price{Input: input, Output: output, Above: above, LongInput: longInput, LongOutput: longOutput}
}

// version matches what may follow a model's name without making it another
// model: dates, builds and previews. A single digit makes another model:
// claude-opus-4-5 costs a third of claude-opus-4.
var version = regexp.MustCompile(`^(-(\d{8}|\d{6}|\d{3,4}|\d{4}-\d{2}-\d{2}|\d{2}-\d{2}|\d{2}-\d{4}|latest|preview|exp))*$`)

// Known returns the list price of a model in a currency, and false if it is
// unknown. Only a version or a date may follow a known name: "gpt-5-mini" is
// not a version of "gpt-5".
func Known(ref llm.Ref, currency string) (Price, bool) {
	if currency != knownCurrency {
		return Price{}, false
	}
	name, best := ref.String(), ""
	for prefix := range known {
		if rest, ok := strings.CutPrefix(name, prefix); ok && len(prefix) > len(best) && version.MatchString(rest) {
			best = prefix
		}
	}
	p, ok := known[best]
	return p, ok
}
