package server

import (
	"errors"
	"path/filepath"

	"daybook"
	"daybook/internal/httpapi"
	"daybook/internal/journal"
	"daybook/internal/prompts"
	"daybook/internal/session"
)

// Prompts implements httpapi.Settings.
func (srv *Server) Prompts() (string, []httpapi.Prompt, error) {
	folder := journal.PromptsFolder(srv.current.Load().journal.Settings)
	list := []httpapi.Prompt{}
	for _, p := range prompts.All {
		text, edited, err := folder.Text(p)
		if err != nil {
			return "", nil, err
		}
		list = append(list, httpapi.Prompt{Name: p.Name, Title: p.Title, Text: text, Builtin: p.Builtin(), Edited: edited})
	}
	return filepath.Clean(string(folder)), list, nil
}

// SavePrompt implements httpapi.Settings.
func (srv *Server) SavePrompt(name, text string) error {
	for _, p := range prompts.All {
		if p.Name != name {
			continue
		}
		undo, err := journal.PromptsFolder(srv.current.Load().journal.Settings).Save(p, text)
		var e *daybook.Error
		if errors.As(err, &e) && e.Kind == daybook.Invalid {
			return &daybook.Error{Kind: daybook.Invalid, Field: "body.text", Message: promptProblem(e)}
		}
		if err != nil {
			return err
		}
		if err := srv.apply(); err != nil {
			return errors.Join(err, undo())
		}
		return nil
	}
	return daybook.Errorf(daybook.NotFound, "There is no such prompt.")
}

// promptProblem says what is wrong with a prompt that somebody has just written,
// whose own words it may therefore have.
func promptProblem(e *daybook.Error) string {
	message := "This cannot be used: " + e.Message
	if e.Err != nil {
		message += ": " + e.Err.Error()
	}
	return message + "."
}

// Token implements httpapi.Tokens.
func (srv *Server) Token(replace bool) (string, error) {
	if !replace {
		return Token(srv.initial)
	}
	if srv.initial.Token.IsSet() {
		return "", daybook.Errorf(daybook.Conflict, "The token is set by %s. Change it there.", srv.initial.Origin("token"))
	}
	token, err := session.NewToken(srv.initial.Data)
	if err != nil {
		return "", err
	}
	srv.access.Replace(token)
	srv.log.Info("the token was replaced; browsers must sign in again")
	return token, nil
}
