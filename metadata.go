package daybook

import "encoding/json"

// clientTrace is what Message.Trace holds for a message that a client saved
// with metadata of its own.
type clientTrace struct {
	Metadata json.RawMessage `json:"metadata"`
}

// Metadata returns the JSON object that a client saved with the message, nil
// for none.
func (m Message) Metadata() json.RawMessage {
	var t clientTrace
	if m.Trace == nil || json.Unmarshal(m.Trace, &t) != nil || string(t.Metadata) == "null" {
		return nil
	}
	return t.Metadata
}

// SetMetadata sets the metadata of a message that a client saves. A nil map
// leaves the message as it is.
func (m *Message) SetMetadata(metadata map[string]any) error {
	if metadata == nil {
		return nil
	}
	object, err := json.Marshal(metadata)
	if err != nil {
		return err
	}
	m.Trace, err = json.Marshal(clientTrace{object})
	return err
}
