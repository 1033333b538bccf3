package daybook

import (
	"encoding/json"
	"time"
)

// Role says who speaks in a message.
type Role string

// The roles of stored messages.
const (
	User      Role = "user"
	Assistant Role = "assistant"
)

// MessageStatus says how far an answer got.
type MessageStatus string

// The statuses of a message. Questions are always complete.
const (
	Complete    MessageStatus = ""            // all there
	Pending     MessageStatus = "pending"     // being written by a server that is still at it
	Interrupted MessageStatus = "interrupted" // ended early; the text is what there was
)

// Thread is a conversation.
type Thread struct {
	ID        string // a UUID
	Title     string
	Tags      []string // nil where the thread has none
	CreatedAt time.Time
	UpdatedAt time.Time
	// Damaged means that the thread does not fit its checksum: only its ID is
	// set.
	Damaged bool
}

// Message is one utterance of a thread.
type Message struct {
	ID       string // a UUID
	ThreadID string
	Time     time.Time
	Role     Role
	Text     string
	Status   MessageStatus
	// Citations are the passages an answer was given, in the order of their
	// numbers; nil for questions and for messages that a client saved.
	Citations []Citation
	// Trace is how an answer came about, as package chat writes it: a JSON
	// object, or nil.
	Trace json.RawMessage
	// Damaged means that the message does not fit its checksum: it has its
	// place in the thread, and no text.
	Damaged bool
}

// Citation points from an answer to a passage of the journal. It stays
// readable after the entry is gone.
type Citation struct {
	Number  int    `json:"number"` // counts from 1, as in "[1]"
	EntryID string `json:"entry_id"`
	Date    Date   `json:"date"`
	Title   string `json:"title"`
	Path    string `json:"path"`
	Line    int    `json:"line"`
	// Start and End are byte offsets into the entry's text.
	Start int `json:"start"`
	End   int `json:"end"`
	// Page is the number of the entry's page that the passage is on, from 1,
	// and 0 for typed text.
	Page int `json:"page,omitempty"`
}

// Turn is a question and the answer a server was asked to save for it. Within
// a thread its key, chosen by the client, names it: the same key is the same
// turn.
type Turn struct {
	ThreadID string
	Key      string
	// Fingerprint is a digest of the request; a key that comes again with
	// another fingerprint is a mistake of the client.
	Fingerprint string
	Question    Message
	Answer      Message
	// Beat is when the server answering it last said that it still was.
	Beat time.Time
}
