package mcp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"daybook"
	"daybook/internal/chat"
)

type askIn struct {
	Question string `json:"question"`
	Agent    bool   `json:"agent,omitempty" jsonschema:"Have the model search by itself, in several rounds: slower, for questions with several parts"`
}

type askOut struct {
	Answer    string     `json:"answer"`
	Citations []citation `json:"citations"`
}

// citation is a passage that the answer is based on.
type citation struct {
	Number int    `json:"number" jsonschema:"As the answer cites it: [1]"`
	Date   string `json:"date"`
	Title  string `json:"title"`
	URI    string `json:"uri,omitempty"`
	// Uncertain is as in daybook.Citation.
	Uncertain []string `json:"uncertain,omitempty" jsonschema:"Words of the passage whose reading is uncertain"`
}

// ask answers a question. A program that asks for progress gets the answer as it
// comes.
func (s *Server) ask(ctx context.Context, req *mcp.CallToolRequest, in askIn) (string, askOut, error) {
	out := askOut{Citations: []citation{}}
	done, err := s.answer(ctx, req, in)
	if err != nil {
		return "", out, err
	}
	var b strings.Builder
	b.WriteString(done.Text)
	for i, c := range done.Citations {
		cited := citation{Number: c.Number, Date: c.Date.String(), Title: c.Title, Uncertain: c.Uncertain}
		if !c.Date.IsZero() {
			cited.URI = uriOf(c.Date)
		}
		out.Citations = append(out.Citations, cited)
		if i == 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "\n[%d] %s", c.Number, cited.Date)
	}
	out.Answer = done.Text
	return b.String(), out, nil
}

func (s *Server) answer(ctx context.Context, req *mcp.CallToolRequest, in askIn) (*chat.Done, error) {
	events := s.Chat.Answer(ctx, chat.Request{
		Query: in.Question, Provider: s.Model.Provider, Model: s.Model.Model, Agent: in.Agent, Outside: true,
	})
	token := req.Params.GetProgressToken()
	progress := 0.0
	for e, err := range events {
		switch {
		case err != nil:
			return nil, err
		case e.Done != nil:
			return e.Done, nil
		case token == nil:
			continue
		}
		message := cmp.Or(e.Delta, e.Waiting)
		if e.Step != nil {
			message = fmt.Sprintf("%s: %s", e.Step.Tool, e.Step.Query)
		}
		if message == "" {
			continue
		}
		progress++
		params := &mcp.ProgressNotificationParams{ProgressToken: token, Progress: progress, Message: message}
		if err := req.Session.NotifyProgress(ctx, params); err != nil {
			return nil, err
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, errors.New("the answer ended early")
}

func (s *Server) addWriting(server *mcp.Server) {
	no, closed := false, false
	addTool(s, server, &mcp.Tool{
		Name: "append_to_day",
		Annotations: &mcp.ToolAnnotations{
			Title: "Write in the journal", DestructiveHint: &no, OpenWorldHint: &closed,
		},
		Description: "Add a paragraph at the end of a day's note, or begin the note. Nothing that is there is changed.",
	}, s.appendToDay)
}

type appendIn struct {
	Text string `json:"text" jsonschema:"Markdown"`
	Date string `json:"date,omitempty" jsonschema:"The day, YYYY-MM-DD; today if missing"`
}

type appendOut struct {
	Date string `json:"date"`
	URI  string `json:"uri"`
}

func (s *Server) appendToDay(ctx context.Context, _ *mcp.CallToolRequest, in appendIn) (string, appendOut, error) {
	d, err := s.dayOrToday(in.Date)
	if err != nil {
		return "", appendOut{}, err
	}
	out := appendOut{d.String(), uriOf(d)}
	if strings.TrimSpace(in.Text) == "" {
		return "", out, daybook.Errorf(daybook.Invalid, "There is no text to write.")
	}
	// Somebody may write the note meanwhile.
	for range 3 {
		err = s.write(ctx, d, strings.TrimSpace(in.Text))
		if daybook.KindOf(err) != daybook.PreconditionFailed {
			break
		}
	}
	if err != nil {
		return "", out, err
	}
	return "Written.", out, nil
}
