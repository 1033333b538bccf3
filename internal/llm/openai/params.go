package openai

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/shared"

	"daybook/internal/llm"
)

// params translates a request.
func (m *client) params(req llm.Request) (sdk.ChatCompletionNewParams, error) {
	if err := req.Check(); err != nil {
		return sdk.ChatCompletionNewParams{}, err
	}
	p := sdk.ChatCompletionNewParams{
		Model:         req.Model,
		StreamOptions: sdk.ChatCompletionStreamOptionsParam{IncludeUsage: param.NewOpt(true)},
	}
	system := req.System
	switch {
	case req.Schema == nil:
	case m.plainJSON:
		system += "\n\nAnswer with one JSON value of this JSON Schema and nothing else:\n" + string(req.Schema.JSON)
	default:
		p.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
				Name: req.Schema.Name, Schema: req.Schema.JSON, Strict: param.NewOpt(true),
			},
		}
	}
	if system != "" {
		p.Messages = append(p.Messages, sdk.SystemMessage(strings.TrimSpace(system)))
	}
	for _, msg := range req.Messages {
		p.Messages = append(p.Messages, messages(msg)...)
	}
	switch {
	case req.MaxOutputTokens == 0:
	case m.official: // its newer models refuse the older name
		p.MaxCompletionTokens = param.NewOpt(int64(req.MaxOutputTokens))
	default: // others know the older name alone
		p.MaxTokens = param.NewOpt(int64(req.MaxOutputTokens))
	}
	return p, m.offer(&p, req)
}

// offer adds the tools. Only OpenAI itself is told to call none of them:
// others know no such choice, so they are not told of the tools either.
func (m *client) offer(p *sdk.ChatCompletionNewParams, req llm.Request) error {
	if req.NoCalls && !m.official {
		return nil
	}
	for _, tool := range req.Tools {
		f := shared.FunctionDefinitionParam{Name: tool.Name, Description: param.NewOpt(tool.Description)}
		if err := json.Unmarshal(tool.Schema, &f.Parameters); err != nil {
			return fmt.Errorf("read the schema of the tool %s: %w", tool.Name, err)
		}
		if !m.plainJSON {
			f.Strict = param.NewOpt(true)
		}
		p.Tools = append(p.Tools, sdk.ChatCompletionFunctionTool(f))
	}
	if req.NoCalls && len(req.Tools) > 0 {
		p.ToolChoice.OfAuto = param.NewOpt(string(sdk.ChatCompletionToolChoiceOptionAutoNone))
	}
	return nil
}

// messages translates a message, of which each result is one by itself here.
func messages(m llm.Message) []sdk.ChatCompletionMessageParamUnion {
	if m.Role == llm.Assistant {
		return []sdk.ChatCompletionMessageParamUnion{assistant(m)}
	}
	var out []sdk.ChatCompletionMessageParamUnion
	for _, r := range m.Results {
		content := r.Content
		if r.Failed { // there is no field for it
			content = "Error: " + content
		}
		out = append(out, sdk.ToolMessage(content, r.CallID))
	}
	switch {
	case len(m.Images) > 0:
		out = append(out, sdk.UserMessage(parts(m)))
	case m.Text != "" || len(out) == 0:
		out = append(out, sdk.UserMessage(m.Text))
	}
	return out
}

func assistant(m llm.Message) sdk.ChatCompletionMessageParamUnion {
	if len(m.Calls) == 0 {
		return sdk.AssistantMessage(m.Text)
	}
	var out sdk.ChatCompletionAssistantMessageParam
	if m.Text != "" {
		out.Content.OfString = param.NewOpt(m.Text)
	}
	for _, call := range m.Calls {
		out.ToolCalls = append(out.ToolCalls, sdk.ChatCompletionMessageToolCallUnionParam{
			OfFunction: &sdk.ChatCompletionMessageFunctionToolCallParam{
				ID:       call.ID,
				Function: sdk.ChatCompletionMessageFunctionToolCallFunctionParam{Name: call.Name, Arguments: string(call.Arguments)},
			},
		})
	}
	return sdk.ChatCompletionMessageParamUnion{OfAssistant: &out}
}

func parts(m llm.Message) []sdk.ChatCompletionContentPartUnionParam {
	var parts []sdk.ChatCompletionContentPartUnionParam
	for _, img := range m.Images {
		parts = append(parts, sdk.ImageContentPart(sdk.ChatCompletionContentPartImageImageURLParam{
			URL: "data:" + img.MediaType + ";base64," + base64.StdEncoding.EncodeToString(img.Data),
		}))
	}
	if m.Text != "" {
		parts = append(parts, sdk.TextContentPart(m.Text))
	}
	return parts
}
