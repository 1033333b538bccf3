package chat

import (
	"context"
	"fmt"
	"strings"

	"daybook"
	"daybook/internal/llm"
)

// conversation is the history before a question.
type conversation struct {
	messages []llm.Message
	rests    []string // IDs of entries whose text may be in it
	leftOut  []string // IDs of private entries whose messages are withheld
}

// history returns the messages before the question: those of the thread up to the
// one with the ID before, then those that the client sent. Messages that quote a
// private entry are left out for a model.
func (s *Service) history(ctx context.Context, req Request, model Model, before string) (*conversation, error) {
	var said []daybook.Message
	if req.ThreadID != "" {
		messages, err := s.Threads.Messages(ctx, req.ThreadID)
		if err != nil {
			return nil, fmt.Errorf("load the thread's history: %w", err)
		}
		for _, m := range messages {
			if m.ID == before {
				break
			}
			if m.Status != daybook.Pending {
				said = append(said, m)
			}
		}
	}
	for _, u := range req.History {
		said = append(said, daybook.Message{Role: u.Role, Text: u.Text})
	}
	out := &conversation{}
	if model.Chat != nil {
		var err error
		if said, out.rests, out.leftOut, err = s.sendable(ctx, said, req.Query); err != nil {
			return nil, err
		}
	}
	out.messages = joined(said, req.Query)
	return out, nil
}

// joined converts messages to a form that every provider accepts. It joins
// neighbors of the same role, and drops blank messages and blocks of entries, which
// the prompt adds itself. It also drops the last message if it is the question,
// which some clients save before they ask.
func joined(said []daybook.Message, question string) []llm.Message {
	var messages []llm.Message
	for i, u := range said {
		text := strings.TrimSpace(u.Text)
		isQuestion := i == len(said)-1 && u.Role != daybook.Assistant && text == strings.TrimSpace(question)
		if text == "" || isQuestion || isEntriesBlock(text) {
			continue
		}
		role := llm.User
		if u.Role == daybook.Assistant {
			role = llm.Assistant
		}
		if n := len(messages); n > 0 && messages[n-1].Role == role {
			messages[n-1].Text += "\n\n" + text
			continue
		}
		messages = append(messages, llm.Message{Role: role, Text: text})
	}
	return messages
}

func isEntriesBlock(text string) bool {
	return strings.HasPrefix(text, "<ENTRIES>") && strings.HasSuffix(text, "</ENTRIES>")
}
