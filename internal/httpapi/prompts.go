package httpapi

import (
	"context"
)

// Prompt is the instruction to a model for a task.
type Prompt struct {
	Name    string `json:"name"`
	Title   string `json:"title" doc:"What it is for"`
	Text    string `json:"text"`
	Builtin string `json:"builtin" doc:"The text that comes with Daybook"`
	Edited  bool   `json:"edited" doc:"The text is another"`
}

type promptsJSON struct {
	Folder  string   `json:"folder" doc:"Where edited prompts are kept, as Markdown files"`
	Prompts []Prompt `json:"prompts" nullable:"false"`
}

type promptInput struct {
	Name string `path:"name" maxLength:"40"`
	Body struct {
		Text string `json:"text" maxLength:"65536" doc:"A Go template with the fields that the built-in text has"`
	}
}

type promptName struct {
	Name string `path:"name" maxLength:"40"`
}

func (s *server) prompts(context.Context, *struct{}) (*body[promptsJSON], error) {
	folder, list, err := s.Settings.Prompts()
	if err != nil {
		return nil, err
	}
	return reply(promptsJSON{folder, list})
}

func (s *server) promptSave(ctx context.Context, in *promptInput) (*body[promptsJSON], error) {
	if err := s.maySet(ctx); err != nil {
		return nil, err
	}
	if err := s.Settings.SavePrompt(in.Name, in.Body.Text); err != nil {
		return nil, err
	}
	return s.prompts(ctx, nil)
}

func (s *server) promptReset(ctx context.Context, in *promptName) (*body[promptsJSON], error) {
	if err := s.maySet(ctx); err != nil {
		return nil, err
	}
	if err := s.Settings.SavePrompt(in.Name, ""); err != nil {
		return nil, err
	}
	return s.prompts(ctx, nil)
}
