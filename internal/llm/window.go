package llm

import (
	"strings"

	"daybook/internal/llm/tokens"
)

// windows are the documented context windows of model families, in tokens. The
// longest prefix of a model's name counts. A setting overrides them.
var windows = map[string]map[string]int{
	"openai": {
		"": 128_000, "gpt-4.1": 1_000_000, "gpt-4o": 128_000, "gpt-4-turbo": 128_000, "gpt-4": 8_192, "gpt-3.5": 16_000,
		"gpt-5": 400_000, "gpt-5.6": 1_000_000, "gpt-6": 1_000_000, "o1": 200_000, "o3": 200_000, "o4": 200_000,
	},
	"anthropic": {
		"": 200_000, "claude-fable-5": 1_000_000, "claude-opus-5": 1_000_000, "claude-sonnet-5": 1_000_000, "claude-haiku-5": 1_000_000,
	},
	"gemini": {"": 1_000_000, "gemini-1.0": 32_000},
}

// smallWindow is assumed for unknown models. Local servers silently cut prompts that
// are longer than their own setting.
const smallWindow = 8_192

// Window returns how many tokens a prompt and its answer may take together.
func Window(ref Ref) int {
	best, window := -1, smallWindow
	for prefix, n := range windows[ref.Provider] {
		if strings.HasPrefix(ref.Model, prefix) && len(prefix) > best {
			best, window = len(prefix), n
		}
	}
	return window
}

// CountTokens counts text by the o200k encoding. Other models count slightly
// differently, so leave room. Try FitsSurely first, which costs nothing.
func CountTokens(text string) int { return tokens.Count(text) }

// CountMessage counts a whole message to the named model, with the markup around it.
// It may overestimate images.
func CountMessage(model string, m Message) int { return messageTokens(m, model, CountTokens) }

// CountTools counts the tokens that tools add to a request, as CountTokens does.
func CountTools(tools []Tool) int { return toolTokens(tools, CountTokens) }

// FitsSurely reports whether every text of this many bytes fits into the tokens. No
// token is shorter than a byte.
func FitsSurely(bytes, tokens int) bool { return bytes <= tokens }
