package gemini

import (
	"encoding/json"
	"fmt"

	"google.golang.org/genai"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

func params(req llm.Request) ([]*genai.Content, *genai.GenerateContentConfig, error) {
	if err := req.Check(); err != nil {
		return nil, nil, err
	}
	config := &genai.GenerateContentConfig{MaxOutputTokens: int32(min(req.MaxOutputTokens, 1<<30))}
	if req.System != "" {
		config.SystemInstruction = genai.NewContentFromText(req.System, genai.RoleUser)
	}
	if req.Schema != nil {
		var schema any
		if err := json.Unmarshal(req.Schema.JSON, &schema); err != nil {
			return nil, nil, fmt.Errorf("read the schema of a request: %w", err)
		}
		config.ResponseMIMEType = "application/json"
		config.ResponseJsonSchema = schema
	}
	if err := offer(config, req); err != nil {
		return nil, nil, err
	}
	var contents []*genai.Content
	for _, msg := range req.Messages {
		role := genai.Role(genai.RoleUser)
		if msg.Role == llm.Assistant {
			role = genai.RoleModel
		}
		parts, err := parts(msg)
		if err != nil {
			return nil, nil, err
		}
		contents = append(contents, genai.NewContentFromParts(parts, role))
	}
	return contents, config, nil
}

// offer adds the tools.
func offer(config *genai.GenerateContentConfig, req llm.Request) error {
	if len(req.Tools) == 0 {
		return nil
	}
	var tool genai.Tool
	for _, t := range req.Tools {
		var schema any
		if err := json.Unmarshal(t.Schema, &schema); err != nil {
			return fmt.Errorf("read the schema of the tool %s: %w", t.Name, err)
		}
		tool.FunctionDeclarations = append(tool.FunctionDeclarations, &genai.FunctionDeclaration{
			Name: t.Name, Description: t.Description, ParametersJsonSchema: schema,
		})
	}
	config.Tools = []*genai.Tool{&tool}
	if req.NoCalls {
		config.ToolConfig = &genai.ToolConfig{
			FunctionCallingConfig: &genai.FunctionCallingConfig{Mode: genai.FunctionCallingConfigModeNone},
		}
	}
	return nil
}

// parts translates what a message holds.
func parts(m llm.Message) ([]*genai.Part, error) {
	var out []*genai.Part
	for _, r := range m.Results {
		key := "output"
		if r.Failed {
			key = "error"
		}
		out = append(out, &genai.Part{FunctionResponse: &genai.FunctionResponse{
			ID: idOf(r.CallID), Name: r.Name, Response: map[string]any{key: r.Content},
		}})
	}
	for _, img := range m.Images {
		out = append(out, genai.NewPartFromBytes(img.Data, img.MediaType))
	}
	if m.Text != "" {
		out = append(out, genai.NewPartFromText(m.Text))
	}
	for _, call := range m.Calls {
		var args map[string]any
		if err := json.Unmarshal(call.Arguments, &args); err != nil {
			return nil, fmt.Errorf("read the arguments of a call of %s: %w", call.Name, err)
		}
		out = append(out, &genai.Part{
			FunctionCall:     &genai.FunctionCall{ID: idOf(call.ID), Name: call.Name, Args: args},
			ThoughtSignature: call.Signature,
		})
	}
	return out, nil
}

// idOf returns the id of a call as Gemini knows it.
func idOf(id string) string {
	if llmhttp.MadeUp(id) {
		return ""
	}
	return id
}
