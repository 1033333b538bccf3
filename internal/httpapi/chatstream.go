package httpapi

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"

	"daybook"
	"daybook/internal/chat"
)

const chatStreamDoc = `Frames "data: {json}", each a ChatResponse with the whole text so far, ended by "data: [DONE]". The passages of the documents are in the
first and the last frame only.

With "stream": "deltas" in the request, named events instead: with "save": true "turn" (where question and answer are kept) as the
first, "docs" (the retrieved documents), "waiting" ({"why"}, if the model says nothing for a while), "delta" ({"text"}, to be
joined), and "done" (the ChatResponse without docs) as the end.

In both, what fails before the first frame is an HTTP status; what fails later is an event "error" with {"error", "detail"},
after which the stream closes. A stream without such an end was cut off.`

const agentStreamDoc = `The model searches the journal itself, in at most five rounds, and then answers. Offline, or with a model that cannot call
tools, there is one search.

Named events: with "save": true "turn" (where question and answer are kept) as the first, "search_iteration" for each search, "docs" (the retrieved documents, once), "waiting" ({"why"}, if the model says nothing for a while), "delta" ({"text"}, to be joined), and
"chat_response" (a ChatResponse) as the end. What fails before the first event is an HTTP status; what fails later is an event "error"
with {"error", "detail"}, after which the stream closes. A stream without such an end was cut off. The field "stream" is ignored.`

// chatStream streams an answer, in the form that the client asks for.
func (s *server) chatStream(ctx context.Context, events *eventStream, in *chatInput) error {
	var tell teller = &snapshots{stream: events, asked: in.Body.ThreadID}
	if value(in.Body.Stream) == "deltas" {
		tell = &deltas{stream: events, asked: in.Body.ThreadID}
	}
	return s.tellAnswer(tell, s.Chat.Answer(ctx, in.request()))
}

// agentStream streams the answer of an agent.
func (s *server) agentStream(ctx context.Context, events *eventStream, in *chatInput) error {
	tell := &agentEvents{deltas: deltas{stream: events, asked: in.Body.ThreadID}}
	return s.tellAnswer(tell, s.Chat.Answer(ctx, in.agentRequest()))
}

// tellAnswer streams an answer as events. It writes nothing before the first
// event, so that an earlier failure becomes an HTTP status.
func (s *server) tellAnswer(tell teller, events iter.Seq2[chat.Event, error]) error {
	for e, err := range events {
		if err == nil {
			err = tell.tell(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// failStream ends a stream with an error, in whichever way is still open.
func (s *server) failStream(ctx context.Context, w http.ResponseWriter, stream *eventStream, err error) {
	if why := ended(ctx); why != nil {
		err = why
	} else if left(ctx) || stream.broken() {
		return
	}
	if !stream.Started() {
		s.refuse(w, err)
		return
	}
	message := daybook.PublicMessage(err)
	if daybook.KindOf(err) == daybook.Internal {
		s.Log.Error("a stream failed", "err", err)
	}
	data, _ := json.Marshal(failEvent{message, message}) // two strings
	_ = stream.Send("error", data)
}

// teller writes the events of an answer in one of the stream's forms.
type teller interface{ tell(e chat.Event) error }

// deltas streams an answer as named events.
type deltas struct {
	stream *eventStream
	asked  *string
	found  *chat.Found
}

func (d *deltas) tell(e chat.Event) error {
	switch {
	case e.Turn != nil:
		return d.send("turn", turnJSONOf(e.Turn))
	case e.Found != nil:
		// The entries are not held for as long as the answer takes.
		d.found = &chat.Found{Intent: e.Found.Intent, Notices: e.Found.Notices, Nothing: e.Found.Nothing}
		return d.send("docs", docsEvent{
			Docs: docsOf(e.Found), Intent: string(e.Found.Intent), Mentions: mentionsOf(e.Found.Mentions), Notices: list(e.Found.Notices), ThreadID: d.asked,
			PrivateLeftOut: e.Found.PrivateLeftOut,
		})
	case e.Waiting != "":
		return d.send("waiting", waitingEvent{e.Waiting})
	case e.Done != nil:
		r := responseOf(d.found, e.Done, nil, d.asked)
		return d.send("done", doneEvent{
			Response: r.Response, ThreadID: r.ThreadID, MessageID: r.MessageID, Notices: r.Notices, Citations: r.Citations, Usage: r.Usage,
			Quotations: r.Quotations, PrivateLeftOut: r.PrivateLeftOut, NothingFound: r.NothingFound,
		})
	}
	return d.send("delta", deltaEvent{e.Delta})
}

func (d *deltas) send(name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return d.stream.Send(name, data)
}
