package httpapi

import (
	"encoding/json"
	"errors"

	"daybook/internal/chat"
)

// snapshots streams an answer as the older service did: every frame has the whole
// text so far and the documents. The passages of the documents, which older
// clients do not know, are in the first and the last frame only. Frames after the
// first are therefore sent one piece late, when it is clear whether they are the
// last. Each piece of text, and the documents, are escaped once.
type snapshots struct {
	stream *eventStream
	asked  *string
	text   []byte // escaped, without quotes
	sent   int    // how much of the text was in a frame
	full   []byte // what follows the text in the first and the last frame
	short  []byte // and in those between
}

// chatFrame is a frame of the older form.
type chatFrame struct {
	Response string     `json:"response" doc:"The whole text so far"`
	Docs     []frameDoc `json:"docs" nullable:"false"`
	ThreadID *string    `json:"thread_id"`
}

// frameDoc is a docJSON whose passages may be left out.
type frameDoc struct {
	Entry    EntryJSON     `json:"entry"`
	Distance *float64      `json:"distance"`
	Passages []passageJSON `json:"passages,omitempty" nullable:"false" doc:"In the first and the last frame"`
}

func (s *snapshots) tell(e chat.Event) error {
	switch {
	case e.Turn != nil, e.Waiting != "":
		return nil // older clients know neither
	case e.Found != nil:
		return s.prepare(e.Found)
	case e.Done != nil:
		return s.end(e.Done.Text)
	}
	return s.next(e.Delta)
}

func (s *snapshots) prepare(found *chat.Found) error {
	docs := docsOf(found)
	short := make([]frameDoc, len(docs))
	for i := range docs {
		short[i] = frameDoc{Entry: docs[i].Entry, Distance: docs[i].Distance}
	}
	var err error
	if s.full, err = s.tail(docs); err == nil {
		s.short, err = s.tail(short)
	}
	return err
}

// tail is what follows the text in a frame with these documents.
func (s *snapshots) tail(docs any) ([]byte, error) {
	list, err := json.Marshal(docs)
	if err != nil {
		return nil, err
	}
	thread, err := json.Marshal(s.asked)
	if err != nil {
		return nil, err
	}
	tail := append([]byte(`","docs":`), list...)
	return append(append(append(tail, `,"thread_id":`...), thread...), '}'), nil
}

func (s *snapshots) next(delta string) error {
	if s.full == nil {
		return errors.New("an answer began before its documents")
	}
	escaped, err := json.Marshal(delta)
	if err != nil {
		return err
	}
	held := len(s.text)
	s.text = append(s.text, escaped[1:len(escaped)-1]...)
	switch {
	case !s.stream.Started():
		return s.frame(len(s.text), s.full)
	case held > s.sent:
		return s.frame(held, s.short)
	}
	return nil
}

// frame sends the text as far as a place in it.
func (s *snapshots) frame(upTo int, tail []byte) error {
	s.sent = upTo
	return s.stream.Send("", []byte(`{"response":"`), s.text[:upTo], tail)
}

// end sends the last frame, of a text that may have come without pieces, and
// ends the stream.
func (s *snapshots) end(text string) error {
	if !s.stream.Started() {
		if err := s.next(text); err != nil {
			return err
		}
	}
	if len(s.text) > s.sent {
		if err := s.frame(len(s.text), s.full); err != nil {
			return err
		}
	}
	return s.stream.Send("", []byte("[DONE]"))
}
