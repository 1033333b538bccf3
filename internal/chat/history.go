package chat

import (
	"context"
	"fmt"
	"strings"

	"daybook"
	"daybook/internal/llm"
)

// conversation is what was said before a question.
type conversation struct {
	messages []llm.Message
	rests    []string // the IDs of the entries that it can have words of
	leftOut  []string // the IDs of the private entries for which some of it is missing
}

// history returns what was said before the question: the thread's messages up
// to the one with the ID before, then those the client sent along. For a model,
// what quotes a private entry is missing.
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

// joined turns what was said into messages that every provider takes:
// neighbours of one role are joined, blank ones are dropped, and so is what
// is itself a block of entries (the prompt brings its own). A last message
// that is the question itself, saved by a client before it asked, is not
// said twice.
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
