package llm

import (
	"strings"
	"sync"

	"github.com/tiktoken-go/tokenizer"
)

// windows are the context windows of model families, in tokens, by the
// longest prefix of the model's name, as their makers document them. A
// setting overrides them.
var windows = map[string]map[string]int{
	"openai": {
		"": 128_000, "gpt-4.1": 1_000_000, "gpt-4o": 128_000, "gpt-4-turbo": 128_000, "gpt-4": 8_192, "gpt-3.5": 16_000,
		"gpt-5": 400_000, "o1": 200_000, "o3": 200_000, "o4": 200_000,
	},
	"anthropic": {"": 200_000},
	"gemini":    {"": 1_000_000, "gemini-1.0": 32_000},
}

// smallWindow is assumed of models that nothing is known about: a local
// server cuts what is longer than its own setting without a word.
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

var codec = sync.OnceValues(func() (tokenizer.Codec, error) { return tokenizer.Get(tokenizer.O200kBase) })

// CountTokens counts text by the o200k encoding. Other models count a little
// differently: leave room. It reads 2 to 3 MB a second, so ask FitsSurely
// first.
func CountTokens(text string) int {
	c, err := codec()
	if err != nil {
		return len(text)
	}
	n, err := c.Count(text)
	if err != nil {
		return len(text) // no token is shorter than a byte
	}
	return n
}

// CountMessage counts all of a message to a model of this name, as CountTokens
// does, with the frame around it. Of images it may count too many.
func CountMessage(model string, m Message) int { return messageTokens(m, model, CountTokens) }

// CountTools counts what tools add to a request, as CountTokens does.
func CountTools(tools []Tool) int { return toolTokens(tools, CountTokens) }

// FitsSurely reports whether a text of so many bytes fits into so many tokens
// whatever it says: no token is shorter than a byte.
func FitsSurely(bytes, tokens int) bool { return bytes <= tokens }
