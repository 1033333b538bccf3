package anthropic

import (
	"encoding/base64"
	"encoding/json"

	sdk "github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/packages/param"

	"daybook/internal/llm"
)

// defaultOutput bounds an answer that sets no bound itself: Anthropic asks
// for one.
const defaultOutput = 8192

func params(req llm.Request) (sdk.MessageNewParams, error) {
	if err := req.Check(); err != nil {
		return sdk.MessageNewParams{}, err
	}
	p := sdk.MessageNewParams{Model: sdk.Model(req.Model), MaxTokens: defaultOutput}
	if req.MaxOutputTokens > 0 {
		p.MaxTokens = int64(req.MaxOutputTokens)
	}
	if req.System != "" {
		p.System = []sdk.TextBlockParam{{Text: req.System}}
	}
	if req.Schema != nil {
		var schema map[string]any
		if err := json.Unmarshal(req.Schema.JSON, &schema); err != nil {
			return p, err
		}
		p.OutputConfig = sdk.OutputConfigParam{Format: sdk.JSONOutputFormatParam{Schema: schema}}
	}
	for _, tool := range req.Tools {
		p.Tools = append(p.Tools, sdk.ToolUnionParam{OfTool: &sdk.ToolParam{
			Name: tool.Name, Description: sdk.String(tool.Description), Strict: sdk.Bool(true),
			InputSchema: param.Override[sdk.ToolInputSchemaParam](tool.Schema),
		}})
	}
	if req.NoCalls && len(req.Tools) > 0 {
		p.ToolChoice.OfNone = &sdk.ToolChoiceNoneParam{}
	}
	for _, msg := range req.Messages {
		if msg.Role == llm.Assistant {
			p.Messages = append(p.Messages, sdk.NewAssistantMessage(blocks(msg)...))
			continue
		}
		p.Messages = append(p.Messages, sdk.NewUserMessage(blocks(msg)...))
	}
	return p, nil
}

// blocks translates what a message holds. Results must come first.
func blocks(m llm.Message) []sdk.ContentBlockParamUnion {
	var out []sdk.ContentBlockParamUnion
	for _, r := range m.Results {
		block := sdk.NewToolResultBlock(r.CallID, r.Content, r.Failed)
		if r.Content == "" { // a text may not be empty
			block.OfToolResult.Content = nil
		}
		out = append(out, block)
	}
	for _, img := range m.Images {
		out = append(out, sdk.NewImageBlockBase64(img.MediaType, base64.StdEncoding.EncodeToString(img.Data)))
	}
	if m.Text != "" {
		out = append(out, sdk.NewTextBlock(m.Text))
	}
	for _, call := range m.Calls {
		out = append(out, sdk.NewToolUseBlock(call.ID, call.Arguments, call.Name))
	}
	return out
}
