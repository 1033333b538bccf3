package chat

import (
	"context"
	"time"

	"daybook"
)

// stopWithin is how long another server may take to end an answer of its.
const stopWithin = 5 * time.Second

// What servers tell each other of an answer: that more of it was saved, and
// that it is to end.
func savedTopic(answerID string) string { return "saved " + answerID }
func stopTopic(answerID string) string  { return "stop " + answerID }

// tell tells other servers, where there may be some. That they are not told
// costs them a moment: they look by themselves.
func (s *Service) tell(ctx context.Context, topic string) {
	if s.News != nil {
		if err := s.News.Tell(ctx, topic); err != nil && ctx.Err() == nil {
			s.Log.Warn("tell the other servers of an answer", "err", err)
		}
	}
}

// hear returns what other servers tell; nothing ever, where there are none.
func (s *Service) hear(topic string) (news <-chan bool, stop func()) {
	if s.News == nil {
		return nil, func() {}
	}
	return s.News.Hear(topic)
}

// stopWhenTold ends a run when another server says so, until the run ends.
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

// stopElsewhere has another server end an answer, and returns it as it is kept
// then.
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
