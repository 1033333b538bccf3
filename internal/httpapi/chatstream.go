package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"daybook"
	"daybook/internal/chat"
)

const chatStreamDoc = `Frames "data: {json}", each a ChatResponse with the whole text so far, ended by "data: [DONE]".

With "stream": "deltas" in the request, named events instead: with "save": true "turn" (where question and answer are kept) as the
first, "docs" (the retrieved documents), "delta" ({"text"}, to be
joined), and "done" (the ChatResponse without docs) as the end.

In both, what fails before the first frame is an HTTP status; what fails later is an event "error" with {"error", "detail"},
after which the stream closes. A stream that ends in neither way was cut.`

const agentStreamDoc = `The model looks into the journal itself, in at most five rounds, and then answers. Offline, and with a model that cannot call
tools, it is one search.

Named events: with "save": true "turn" (where question and answer are kept) as the first, "search_iteration" for each look, "docs" (the retrieved documents, once), "delta" ({"text"}, to be joined), and
"chat_response" (a ChatResponse) as the end. What fails before the first event is an HTTP status; what fails later is an event "error"
with {"error", "detail"}, after which the stream closes. A stream that ends in neither way was cut. The key "stream" is not looked at.`

func (s *server) registerChatStreams(api huma.API) {
	s.registerStream(api, "chat_stream", "/journal_chat/stream", "Ask the journal and watch the answer come", chatStreamDoc,
		func(stream *eventStream, in *chatInput) teller {
			if value(in.Body.Stream) == "deltas" {
				return &deltas{stream: stream, asked: in.Body.ThreadID}
			}
			return &snapshots{stream: stream, asked: in.Body.ThreadID}
		}, chatInput.request)
	s.registerStream(api, "agent_stream", "/journal_chat_agent/stream", "Have a model look into the journal and watch it answer", agentStreamDoc,
		func(stream *eventStream, in *chatInput) teller {
			return &agentEvents{deltas: deltas{stream: stream, asked: in.Body.ThreadID}}
		}, chatInput.agentRequest)
}

func (s *server) registerStream(api huma.API, id, path, summary, doc string, form func(*eventStream, *chatInput) teller, request func(chatInput) chat.Request) {
	op := huma.Operation{
		OperationID: id, Method: http.MethodPost, Path: path, Summary: summary, Description: doc, MaxBodyBytes: maxBody,
		Responses: streamResponse(),
	}
	huma.Register(api, op, func(_ context.Context, in *chatInput) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			r, w := humago.Unwrap(hc)
			stream := newEventStream(w, s.Heartbeat)
			defer stream.Close()
			s.tellAnswer(r.Context(), w, stream, form(stream, in), s.Chat.Answer(r.Context(), request(*in)))
		}}, nil
	})
}

func streamResponse() map[string]*huma.Response {
	return map[string]*huma.Response{"200": {
		Description: "An event stream",
		Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
}

// tellAnswer tells an answer as events. Nothing is written before the first
// event is there, so that a failure until then is an HTTP status.
func (s *server) tellAnswer(ctx context.Context, w http.ResponseWriter, stream *eventStream, tell teller, events iter.Seq2[chat.Event, error]) {
	for e, err := range events {
		if err == nil {
			err = tell.tell(e)
		}
		if err != nil {
			s.failStream(ctx, w, stream, err)
			return
		}
	}
}

// failStream ends a stream with an error, in whichever way is still open.
func (s *server) failStream(ctx context.Context, w http.ResponseWriter, stream *eventStream, err error) {
	if why := ended(ctx); why != nil {
		err = why
	} else if left(ctx) || stream.Broken() {
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
	data, _ := json.Marshal(map[string]string{"error": message, "detail": message})
	_ = stream.Send("error", data)
}

// teller writes the events of an answer in one of the stream's forms.
type teller interface{ tell(e chat.Event) error }

// deltas tells an answer as named events.
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
		return d.send("docs", map[string]any{
			"docs": docsOf(e.Found), "intent": e.Found.Intent, "mentions": mentionsOf(e.Found.Mentions), "notices": list(e.Found.Notices), "thread_id": d.asked,
			"private_left_out": e.Found.PrivateLeftOut,
		})
	case e.Done != nil:
		r := responseOf(d.found, e.Done, nil, d.asked)
		return d.send("done", map[string]any{
			"response": r.Response, "thread_id": r.ThreadID, "message_id": r.MessageID,
			"notices": r.Notices, "citations": r.Citations, "usage": r.Usage,
			"quotations": r.Quotations, "private_left_out": r.PrivateLeftOut, "nothing_found": r.NothingFound,
		})
	}
	return d.send("delta", struct {
		Text string `json:"text"`
	}{e.Delta})
}

func (d *deltas) send(name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return d.stream.Send(name, data)
}

// snapshots tells an answer as the older service did: every frame has the
// whole text so far. The text is escaped once, piece by piece, and the
// documents once.
type snapshots struct {
	stream *eventStream
	asked  *string
	text   []byte // escaped, without quotes
	tail   []byte // what follows the text in each frame
}

func (s *snapshots) tell(e chat.Event) error {
	switch {
	case e.Turn != nil:
		return nil // older clients know nothing of it
	case e.Found != nil:
		return s.prepare(e.Found)
	case e.Done != nil:
		if !s.stream.Started() {
			if err := s.next(e.Done.Text); err != nil {
				return err
			}
		}
		return s.stream.Send("", []byte("[DONE]"))
	}
	return s.next(e.Delta)
}

func (s *snapshots) prepare(found *chat.Found) error {
	docs, err := json.Marshal(docsOf(found))
	if err != nil {
		return err
	}
	thread, err := json.Marshal(s.asked)
	if err != nil {
		return err
	}
	s.tail = append(append(append(append([]byte(`","docs":`), docs...), `,"thread_id":`...), thread...), '}')
	return nil
}

func (s *snapshots) next(delta string) error {
	if s.tail == nil {
		return errors.New("an answer began without what it rests on")
	}
	escaped, err := json.Marshal(delta)
	if err != nil {
		return err
	}
	s.text = append(s.text, escaped[1:len(escaped)-1]...)
	return s.stream.Send("", []byte(`{"response":"`), s.text, s.tail)
}
