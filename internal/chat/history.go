package chat

import (
	"context"
	"fmt"
	"strings"

	"daybook"
	"daybook/internal/llm"
)

// history returns what was said before the question: the thread's messages up
// to the one with the ID before, then those the client sent along.
func (s *Service) history(ctx context.Context, req Request, before string) ([]llm.Message, error) {
	var said []Utterance
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
				said = append(said, Utterance{m.Role, m.Text})
			}
		}
	}
	return conversation(append(said, req.History...), req.Query), nil
}

// conversation turns utterances into messages that every provider takes:
// neighbours of one role are joined, blank ones are dropped, and so is what
// is itself a block of entries (the prompt brings its own). A last utterance
// that is the question itself, saved by a client before it asked, is not
// said twice.
func conversation(said []Utterance, question string) []llm.Message {
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
