package httpapi

import (
	"context"
	"net/http"

	"daybook/internal/chat"
)

const liveStreamDoc = `An answer requested with "save": true, from its beginning: the part so far at once, the rest as it comes. Disconnecting
does not end it.

Named events: "turn" (where it is kept), "search_iteration" for each search by an agent, while it is running, "docs" (the
retrieved documents), "waiting" ({"why"}, if the model says nothing for a while), "delta" ({"text"}, to be joined), and "done" (the ChatResponse without docs) as the end; or "error" ({"error",
"detail"}) as the end of one that was stopped, failed or was interrupted; its message is then marked as interrupted.`

// turnJSON says where a saved turn is kept.
type turnJSON struct {
	ThreadID   string `json:"thread_id"`
	QuestionID string `json:"question_id"`
	AnswerID   string `json:"answer_id"`
	Key        string `json:"key"`
}

func turnJSONOf(t *chat.TurnRef) turnJSON {
	return turnJSON{t.ThreadID, t.QuestionID, t.AnswerID, t.Key}
}

// liveEvents streams a saved answer, with an agent's looks if there are any.
type liveEvents struct{ deltas }

func (l *liveEvents) tell(e chat.Event) error {
	if e.Step != nil {
		return l.step(e.Step)
	}
	return l.deltas.tell(e)
}

// messagePath is the part of a path that names a message.
type messagePath struct {
	ThreadPath
	MessageID string `path:"message_id"`
}

// messageStream streams a saved answer from its beginning.
func (s *server) messageStream(ctx context.Context, events *eventStream, in *messagePath) error {
	return s.tellAnswer(&liveEvents{deltas{stream: events, asked: &in.ThreadID}}, s.Chat.Follow(ctx, in.ThreadID, in.MessageID))
}

type stoppedJSON struct {
	Message messageJSON `json:"message"`
}

func (s *server) stopMessage(ctx context.Context, in *messagePath) (*body[stoppedJSON], error) {
	m, err := s.Chat.Stop(ctx, in.ThreadID, in.MessageID)
	if err != nil {
		return nil, err
	}
	return reply(stoppedJSON{messageJSONOf(m)})
}

type forkInput struct {
	ThreadPath
	Body struct {
		Before *string `json:"before" required:"false" nullable:"true" doc:"The first message that is not copied; null copies all"`
	}
}

func (s *server) forkThread(ctx context.Context, in *forkInput) (*body[createdThread], error) {
	t, err := s.Chat.Fork(ctx, in.ThreadID, value(in.Body.Before))
	if err != nil {
		return nil, err
	}
	return reply(createdThread{t.ID, t.CreatedAt.Format(timestamp)})
}

type titleInput struct {
	ThreadPath
	Body *struct {
		Provider *string `json:"provider,omitempty" nullable:"true" doc:"Without one, the model set for chats"`
		Model    *string `json:"model,omitempty" nullable:"true"`
	} `required:"false"`
}

type titleJSON struct {
	Title string `json:"title"`
}

func (s *server) titleThread(ctx context.Context, in *titleInput) (*body[titleJSON], error) {
	provider, model := "", ""
	if in.Body != nil {
		provider, model = value(in.Body.Provider), value(in.Body.Model)
	}
	title, err := s.Chat.Title(ctx, in.ThreadID, provider, model)
	if err != nil {
		return nil, err
	}
	return reply(titleJSON{title})
}

// generateTitle is titleThread with the errors of the older service.
func (s *server) generateTitle(ctx context.Context, in *titleInput) (*body[titleJSON], error) {
	if _, err := s.Threads.Thread(ctx, in.ThreadID); err != nil {
		return nil, noThread(err)
	}
	messages, err := s.Chat.Messages(ctx, in.ThreadID)
	if err != nil {
		return nil, err
	}
	if len(messages) == 0 {
		return nil, &errorBody{status: http.StatusBadRequest, Detail: "Thread has no messages"}
	}
	return s.titleThread(ctx, in)
}
