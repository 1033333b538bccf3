package chat

import (
	"context"
	"time"

	"daybook"
)

// stopWithin is how long to wait for another server to stop an answer.
const stopWithin = 5 * time.Second

// Servers notify each other that more of an answer was saved, or that it must stop.
func savedTopic(answerID string) string { return "saved " + answerID }
func stopTopic(answerID string) string  { return "stop " + answerID }

// tell notifies other servers, if there can be any. If that fails, they find out by
// polling.
func (s *Service) tell(ctx context.Context, topic string) {
	if s.News != nil {
		if err := s.News.Tell(ctx, topic); err != nil && ctx.Err() == nil {
			s.Log.Warn("notify other servers of an answer", "err", err)
		}
	}
}

// hear returns the notifications of other servers; a nil channel if there are none.
func (s *Service) hear(topic string) (news <-chan bool, stop func()) {
	if s.News == nil {
		return nil, func() {}
	}
	return s.News.Hear(topic)
}

// stopWhenTold stops a run when another server asks for it.
func (s *Service) stopWhenTold(r *run) {
	news, deaf := s.hear(stopTopic(r.turn.AnswerID))
	if news == nil {
		return
	}
	go func() {
		defer deaf()
		for {
			select {
			case <-r.ctx.Done():
				return
			case told := <-news:
				if told {
					r.cancel(errStopped)
				}
			}
		}
	}()
}

// stopElsewhere makes another server stop an answer, and returns the saved part.
func (s *Service) stopElsewhere(ctx context.Context, answer daybook.Message) (daybook.Message, error) {
	if s.News == nil {
		return answer, errElsewhere
	}
	news, deaf := s.hear(savedTopic(answer.ID))
	defer deaf()
	s.tell(ctx, stopTopic(answer.ID))
	end := time.After(stopWithin)
	for {
		select {
		case <-ctx.Done():
			return answer, ctx.Err()
		case <-end:
			return answer, errElsewhere
		case <-news:
		case <-time.After(pollEvery):
		}
		now, _, err := s.find(ctx, answer.ThreadID, answer.ID)
		if err != nil || now.Status != daybook.Pending {
			return now, err
		}
	}
}
