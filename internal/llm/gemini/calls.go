package gemini

import (
	"encoding/json"

	"google.golang.org/genai"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

// collect adds the calls of a piece of an answer, where they are always
// whole. An answer that ends because its calls were wrong is refused.
func collect(calls *llmhttp.Calls, resp *genai.GenerateContentResponse) error {
	if len(resp.Candidates) == 0 {
		return nil
	}
	switch resp.Candidates[0].FinishReason {
	case genai.FinishReasonMalformedFunctionCall, genai.FinishReasonUnexpectedToolCall, genai.FinishReasonTooManyToolCalls:
		return caller.Nonsense()
	}
	if resp.Candidates[0].Content == nil {
		return nil
	}
	for _, p := range resp.Candidates[0].Content.Parts {
		if p == nil || p.FunctionCall == nil {
			continue
		}
		f := p.FunctionCall
		args, err := json.Marshal(f.Args)
		if err != nil {
			return caller.Nonsense()
		}
		if _, err := calls.Add(llm.ToolCall{ID: f.ID, Name: f.Name, Arguments: args, Signature: p.ThoughtSignature}); err != nil {
			return err
		}
	}
	return nil
}
