package spending

import (
	"strings"

	"daybook/internal/llm"
)

// PricesOf is the day on which the known prices were looked up.
const PricesOf = "2025-11-24"

// knownCurrency is that of the known prices.
const knownCurrency = "USD"

// known are the list prices of common models at their makers, by the longest
// prefix of "provider/model". Prices of the settings win.
var known = map[string]Price{
	"openai/gpt-5": {1.25, 10}, "openai/gpt-5-mini": {0.25, 2}, "openai/gpt-5-nano": {0.05, 0.40}, "openai/gpt-5-pro": {15, 120},
	"openai/gpt-4.1": {2, 8}, "openai/gpt-4.1-mini": {0.40, 1.60}, "openai/gpt-4.1-nano": {0.10, 0.40},
	"openai/gpt-4o": {2.50, 10}, "openai/gpt-4o-mini": {0.15, 0.60}, "openai/o3": {2, 8}, "openai/o3-mini": {1.10, 4.40}, "openai/o4-mini": {1.10, 4.40},
	"openai/text-embedding-3-small": {0.02, 0}, "openai/text-embedding-3-large": {0.13, 0},

	"anthropic/claude-opus-4-5": {5, 25}, "anthropic/claude-opus-4": {15, 75}, "anthropic/claude-sonnet-4": {3, 15}, "anthropic/claude-haiku-4": {1, 5},
	"anthropic/claude-3-7-sonnet": {3, 15}, "anthropic/claude-3-5-sonnet": {3, 15}, "anthropic/claude-3-5-haiku": {0.80, 4},
	"anthropic/claude-3-opus": {15, 75}, "anthropic/claude-3-haiku": {0.25, 1.25},

	"gemini/gemini-2.5-pro": {1.25, 10}, "gemini/gemini-2.5-flash": {0.30, 2.50}, "gemini/gemini-2.5-flash-lite": {0.10, 0.40},
	"gemini/gemini-2.0-flash": {0.10, 0.40}, "gemini/gemini-2.0-flash-lite": {0.075, 0.30}, "gemini/gemini-embedding-001": {0.15, 0},
}

// Known returns the list price of a model in a currency, and false if there is
// none. What follows a known name must be a version or a date: "gpt-5-mini" is
// not "gpt-5" with a version.
func Known(ref llm.Ref, currency string) (Price, bool) {
	if currency != knownCurrency {
		return Price{}, false
	}
	name, best := ref.String(), ""
	for prefix := range known {
		if rest, ok := strings.CutPrefix(name, prefix); ok && len(prefix) > len(best) && isVersion(rest) {
			best = prefix
		}
	}
	p, ok := known[best]
	return p, ok
}

// isVersion reports whether what follows a model's name is a version of it.
func isVersion(rest string) bool {
	for part := range strings.SplitSeq(strings.TrimPrefix(rest, "-"), "-") {
		if part != "" && part != "latest" && part != "preview" && part != "exp" && strings.Trim(part, "0123456789") != "" {
			return false
		}
	}
	return rest == "" || rest[0] == '-'
}
