package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"path"
	"strings"

	"daybook/internal/llm"
)

// Transcribe implements llm.Speech by POST /audio/transcriptions.
func (m *client) Transcribe(ctx context.Context, req llm.SpeechRequest) (string, llm.Usage, error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "recording"+path.Ext(req.Name)) // its own name may say what it is about
	if err == nil {
		_, err = part.Write(req.Data)
	}
	if err == nil {
		err = w.WriteField("model", req.Model)
	}
	if err == nil {
		err = w.WriteField("response_format", "json")
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return "", llm.Usage{}, err
	}
	body, err := m.PostForm(ctx, "/audio/transcriptions", w.FormDataContentType(), form.Bytes())
	if err != nil {
		return "", llm.Usage{}, m.Public(ctx, err)
	}
	var out struct {
		Text  *string         `json:"text"`
		Usage json.RawMessage `json:"usage"`
	}
	if err := json.Unmarshal(body, &out); err != nil || out.Text == nil {
		return "", llm.Usage{}, m.Public(ctx, m.Unreadable(body))
	}
	var used struct {
		Input  int `json:"input_tokens"`
		Output int `json:"output_tokens"`
	}
	_ = json.Unmarshal(out.Usage, &used) // some servers don't say
	return strings.TrimSpace(*out.Text), llm.Usage{InputTokens: used.Input, OutputTokens: used.Output}, nil
}
