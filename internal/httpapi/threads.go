package httpapi

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"daybook"
	"daybook/internal/chat"
)

// timestamp is ISO 8601 in UTC, to the microsecond.
const timestamp = "2006-01-02T15:04:05.000000Z"

type threadJSON struct {
	ThreadID  string   `json:"thread_id"`
	Title     string   `json:"title"`
	Tags      []string `json:"tags" nullable:"false"`
	CreatedAt string   `json:"created_at"`
	UpdatedAt string   `json:"updated_at"`

	Damaged bool `json:"damaged,omitempty" doc:"The conversation is damaged on disk: its title, tags and times are not what was saved"`

	Match *threadMatch `json:"match,omitempty" doc:"In a search: the message that has the words; missing if only the title has them"`
}

type threadMatch struct {
	MessageID string   `json:"message_id"`
	Role      string   `json:"role" enum:"user,assistant"`
	Excerpt   string   `json:"excerpt"`
	Spans     [][2]int `json:"spans" nullable:"false" doc:"Where the words are in the excerpt, in Unicode code points"`
}

func threadJSONOf(t daybook.Thread) threadJSON {
	out := threadJSON{
		ThreadID: t.ID, Title: t.Title, Tags: list(t.Tags),
		CreatedAt: t.CreatedAt.UTC().Format(timestamp), UpdatedAt: t.UpdatedAt.UTC().Format(timestamp),
	}
	if t.Damaged {
		out.Title, out.Damaged = "Damaged conversation", true
	}
	return out
}

type messageJSON struct {
	MessageID string `json:"message_id"`
	ThreadID  string `json:"thread_id"`
	Timestamp string `json:"timestamp"`
	Role      string `json:"role" enum:"user,assistant"`
	Content   string `json:"content"`
	Metadata  any    `json:"metadata" doc:"As sent by the client that saved the message: an object or null"`

	Status    string             `json:"status,omitempty" enum:"pending,interrupted,complete" doc:"The status of an answer; missing for a question"`
	Citations []daybook.Citation `json:"citations,omitempty" nullable:"false"`
	Trace     *traceJSON         `json:"trace,omitempty" doc:"How the answer was produced"`
	Damaged   bool               `json:"damaged,omitempty" doc:"The message is damaged on disk: content says so, in place of what was saved"`
}

// damagedMessage replaces a message that is damaged on disk, also for clients
// that do not know the field.
const damagedMessage = "This message is damaged on disk and is not shown. Restore it from a backup; “daybook check” says more."

// traceJSON describes how an answer was made.
type traceJSON struct {
	Provider   string          `json:"provider" doc:"The provider of the model that answered; offline if there was none"`
	Model      string          `json:"model"`
	Intent     string          `json:"intent" enum:"recent,vector,none"`
	Looks      []iterationJSON `json:"looks" nullable:"false" doc:"An agent's searches of the journal"`
	Mentions   *mentionsJSON   `json:"mentions,omitempty"`
	Notices    []string        `json:"notices" nullable:"false"`
	Quotations []quotationJSON `json:"quotations" nullable:"false"`
	Usage      usageJSON       `json:"usage"`
}

// traceJSONOf returns the trace of an answer, nil if it has no readable one.
func traceJSONOf(m daybook.Message) *traceJSON {
	t, err := chat.TraceOf(m)
	if t == nil || err != nil {
		return nil
	}
	out := &traceJSON{
		Provider: t.Provider, Model: t.Model, Intent: string(t.Intent), Looks: []iterationJSON{},
		Mentions: mentionsOf(t.Mentions), Notices: list(t.Notices), Quotations: quotationsOf(t.Quotations), Usage: usageOf(t.Usage),
	}
	for i := range t.Steps {
		out.Looks = append(out.Looks, iterationOf(&t.Steps[i]))
	}
	return out
}

func messageJSONOf(m daybook.Message) messageJSON {
	status := string(m.Status)
	if m.Role == daybook.Assistant && m.Status == daybook.Complete {
		status = "complete"
	}
	if m.Damaged {
		return messageJSON{
			MessageID: m.ID, ThreadID: m.ThreadID, Timestamp: m.Time.UTC().Format(timestamp),
			Role: string(daybook.Assistant), Content: damagedMessage, Status: string(daybook.Interrupted), Damaged: true,
		}
	}
	return messageJSON{
		MessageID: m.ID, ThreadID: m.ThreadID, Timestamp: m.Time.UTC().Format(timestamp),
		Role: string(m.Role), Content: m.Text, Status: status, Citations: m.Citations, Trace: traceJSONOf(m), Metadata: metadataOf(m),
	}
}

// metadataOf returns nil instead of an empty json.RawMessage.
func metadataOf(m daybook.Message) any {
	if metadata := m.Metadata(); metadata != nil {
		return metadata
	}
	return nil
}

// noThread is the error that clients expect for a missing thread.
func noThread(err error) error {
	if daybook.KindOf(err) == daybook.NotFound {
		return &daybook.Error{Kind: daybook.NotFound, Message: "Thread not found", Err: err}
	}
	return err
}

// roleOf returns the role in a request; an unknown one is the user.
func roleOf(name string) daybook.Role {
	if name == string(daybook.Assistant) {
		return daybook.Assistant
	}
	return daybook.User
}

type said struct {
	Message string `json:"message"`
}

// ThreadPath is the part of a path that names a thread. It is exported because
// huma only sees fields of exported structs.
type ThreadPath struct {
	ThreadID string `path:"thread_id"`
}

type createThreadInput struct {
	Body *struct {
		Title          *string `json:"title,omitempty" nullable:"true" maxLength:"1000"`
		InitialMessage *string `json:"initial_message,omitempty" nullable:"true"`
	} `required:"false"`
}

type createdThread struct {
	ThreadID  string `json:"thread_id"`
	CreatedAt string `json:"created_at"`
}

func (s *server) createThread(ctx context.Context, in *createThreadInput) (*body[createdThread], error) {
	now := s.Now()
	thread := daybook.Thread{
		ID: uuid.NewString(), Title: "Chat " + now.Format("2006-01-02 15:04"), CreatedAt: now.UTC(), UpdatedAt: now.UTC(),
	}
	var messages []daybook.Message
	if in.Body != nil {
		if title := strings.TrimSpace(value(in.Body.Title)); title != "" {
			thread.Title = title
		}
		if text := value(in.Body.InitialMessage); text != "" {
			messages = append(messages, newMessage(thread.ID, daybook.User, text, now))
		}
	}
	if err := s.Threads.CreateThread(ctx, thread, messages...); err != nil {
		return nil, err
	}
	return reply(createdThread{thread.ID, thread.CreatedAt.Format(timestamp)})
}

func newMessage(threadID string, role daybook.Role, text string, now time.Time) daybook.Message {
	return daybook.Message{ID: uuid.NewString(), ThreadID: threadID, Time: now.UTC(), Role: role, Text: text}
}

type listThreadsInput struct {
	Q string `query:"q" maxLength:"200" doc:"Words, or parts of them, that are all in the title or in one message; 200 threads at most"`
}

func (s *server) listThreads(ctx context.Context, in *listThreadsInput) (*body[[]threadJSON], error) {
	if strings.TrimSpace(in.Q) != "" {
		return s.findThreads(ctx, in.Q)
	}
	threads, err := s.Threads.Threads(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]threadJSON, len(threads))
	for i, t := range threads {
		out[i] = threadJSONOf(t)
	}
	return reply(out)
}

func (s *server) findThreads(ctx context.Context, q string) (*body[[]threadJSON], error) {
	hits, err := s.Chat.FindThreads(ctx, q)
	if err != nil {
		return nil, err
	}
	out := make([]threadJSON, len(hits))
	for i, h := range hits {
		out[i] = threadJSONOf(h.Thread)
		if m := h.Match; m != nil {
			at := codePoints{text: m.Excerpt}
			spans := make([][2]int, len(m.Marks))
			for n, mark := range m.Marks {
				spans[n] = [2]int{at.count(mark[0]), at.count(mark[1])}
			}
			out[i].Match = &threadMatch{m.MessageID, string(m.Role), m.Excerpt, spans}
		}
	}
	return reply(out)
}

func (s *server) getThread(ctx context.Context, in *ThreadPath) (*body[threadJSON], error) {
	t, err := s.Threads.Thread(ctx, in.ThreadID)
	if err != nil {
		return nil, noThread(err)
	}
	return reply(threadJSONOf(t))
}

type renameThreadInput struct {
	ThreadPath
	Body struct {
		Title string `json:"title" minLength:"1" maxLength:"1000"`
	}
}

func (s *server) renameThread(ctx context.Context, in *renameThreadInput) (*body[said], error) {
	if err := s.Threads.RenameThread(ctx, in.ThreadID, in.Body.Title, s.Now().UTC()); err != nil {
		return nil, noThread(err)
	}
	return reply(said{"Thread title updated successfully"})
}

func (s *server) deleteThread(ctx context.Context, in *ThreadPath) (*body[said], error) {
	if err := s.Chat.Delete(ctx, in.ThreadID); err != nil {
		return nil, noThread(err)
	}
	return reply(said{"Thread deleted successfully"})
}

func (s *server) listMessages(ctx context.Context, in *ThreadPath) (*body[[]messageJSON], error) {
	messages, err := s.Chat.Messages(ctx, in.ThreadID)
	if err != nil {
		return nil, err
	}
	out := make([]messageJSON, len(messages))
	for i, m := range messages {
		out[i] = messageJSONOf(m)
	}
	return reply(out)
}

type addMessageInput struct {
	ThreadPath
	Body struct {
		Role     string         `json:"role" doc:"user or assistant; anything else counts as user"`
		Content  string         `json:"content"`
		Metadata map[string]any `json:"metadata,omitempty" nullable:"true" doc:"Kept with the message and returned unchanged"`
	}
}

func (s *server) addMessage(ctx context.Context, in *addMessageInput) (*body[messageJSON], error) {
	m := newMessage(in.ThreadID, roleOf(in.Body.Role), in.Body.Content, s.Now())
	if err := m.SetMetadata(in.Body.Metadata); err != nil {
		return nil, err
	}
	if err := s.Threads.AddMessage(ctx, m); err != nil {
		return nil, noThread(err)
	}
	return reply(messageJSONOf(m))
}
