package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"daybook"
	"daybook/internal/llm"
)

// Fork copies a thread up to the message before, or all of it if before is "". A
// running answer is not copied.
func (s *Service) Fork(ctx context.Context, threadID, before string) (daybook.Thread, error) {
	old, err := s.Threads.Thread(ctx, threadID)
	if err != nil {
		return old, notThere(err)
	}
	messages, err := s.Messages(ctx, threadID)
	if err != nil {
		return old, err
	}
	now := s.Now().UTC()
	fork := daybook.Thread{ID: uuid.NewString(), Title: old.Title, Tags: old.Tags, CreatedAt: now, UpdatedAt: now}
	var copies []daybook.Message
	reached := before == ""
	for _, m := range messages {
		if before != "" && m.ID == before {
			reached = true
			break
		}
		if m.Status == daybook.Pending {
			continue
		}
		m.ID, m.ThreadID = uuid.NewString(), fork.ID
		copies = append(copies, m)
	}
	if !reached {
		return fork, &daybook.Error{Kind: daybook.NotFound, Message: "No such message in this thread."}
	}
	if err := s.Threads.CreateThread(ctx, fork, copies...); err != nil {
		return fork, fmt.Errorf("save the copy of a thread: %w", err)
	}
	return fork, nil
}

// Limits for titles.
const (
	titleMessages = 4    // from the start of the thread
	titleRunes    = 2000 // of each
	titleTokens   = 1024 // likely length, including thinking
	longestTitle  = 80   // in runes
)

var titleSchema = &llm.Schema{Name: "title", JSON: json.RawMessage(
	`{"type":"object","properties":{"title":{"type":"string"}},"required":["title"],"additionalProperties":false}`)}

type titleAnswer struct {
	Title string `json:"title"`
}

// FromProse implements llm.Prose: the first line is the title.
func (a *titleAnswer) FromProse(text string) bool {
	line, _, _ := strings.Cut(text, "\n")
	_, after, labelled := strings.Cut(line, ":")
	if a.Title = line; labelled && strings.Contains(strings.ToLower(line[:len(line)-len(after)]), "title") {
		a.Title = after
	}
	return len(line) <= 4*longestTitle
}

// Title lets a model write a thread's title from its first messages, and saves it.
// If provider is empty, the default model is used; offline, the title is made from
// the first question.
func (s *Service) Title(ctx context.Context, threadID, provider, name string) (string, error) {
	thread, err := s.Threads.Thread(ctx, threadID)
	if err != nil {
		return "", notThere(err)
	}
	messages, err := s.Messages(ctx, threadID)
	if err != nil {
		return "", err
	}
	if provider == "" {
		provider, name = s.Default.Provider, s.Default.Model
	}
	model, err := s.Models.Lookup(provider, name)
	if err != nil {
		return "", err
	}
	title, err := s.titleOf(llm.WithPolicy(ctx, llm.Interactive), model, messages)
	if err != nil {
		return "", err
	}
	// A title does not move the thread to the top.
	if err := s.Threads.RenameThread(ctx, threadID, title, thread.UpdatedAt); err != nil {
		return "", notThere(err)
	}
	return title, nil
}

func (s *Service) titleOf(ctx context.Context, model Model, messages []daybook.Message) (string, error) {
	var said strings.Builder
	question := ""
	var rests []string
	first := messages[:min(titleMessages, len(messages))]
	if model.Chat != nil {
		var err error
		if first, rests, _, err = s.sendable(ctx, first, ""); err != nil {
			return "", err
		}
	}
	for _, m := range first {
		if text := strings.TrimSpace(m.Text); text != "" {
			fmt.Fprintf(&said, "%s: %s\n\n", m.Role, tame(firstRunes(text, titleRunes)))
		}
	}
	for _, m := range messages {
		text := strings.TrimSpace(m.Text)
		if question == "" && m.Role == daybook.User {
			question = text
		}
	}
	if question == "" {
		return "", daybook.Errorf(daybook.Conflict, "The thread has no question yet to make a title from.")
	}
	if model.Chat == nil || said.Len() == 0 { // all of it is private
		return titleFrom(question), nil
	}
	system, err := s.Prompts.Title()
	if err != nil {
		return "", err
	}
	answer, _, err := llm.Ask(llm.WithTask(ctx, llm.TaskTitle), model.Chat, llm.Request{
		Model: model.Ref.Model, System: system, Schema: titleSchema, LikelyOutput: titleTokens,
		Messages: []llm.Message{{Role: llm.User, Text: "<CONVERSATION>\n" + said.String() + "</CONVERSATION>"}},
		Contents: llm.Holding(rests),
	}, func(a *titleAnswer) error {
		if tidyTitle(a.Title) == "" {
			return errors.New("the title is empty")
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("ask %s for a title: %w", model.Ref, err)
	}
	return tidyTitle(answer.Title), nil
}

// tidyTitle shortens a model's title to one line without quotation marks.
func tidyTitle(title string) string {
	title = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, title)
	title = strings.Join(strings.Fields(title), " ")
	title = strings.TrimRight(strings.Trim(title, `"'“”‘’«»#*_ `), ". ")
	if short := firstRunes(title, longestTitle); short != title {
		return strings.TrimSpace(short) + "…"
	}
	return title
}

func firstRunes(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}
