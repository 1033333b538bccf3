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
	Pending     MessageStatus = "pending"     // being written by a running server
	Interrupted MessageStatus = "interrupted" // ended early; the text is incomplete
)

// Thread is a conversation.
type Thread struct {
	ID        string // a UUID
	Title     string
	Tags      []string // nil if the thread has none
	CreatedAt time.Time
	UpdatedAt time.Time
	// Damaged means that the thread does not fit its checksum: only its ID is
	// set.
	Damaged bool
}

// Message is one message of a thread.
type Message struct {
	ID       string // a UUID
	ThreadID string
	Time     time.Time
	Role     Role
	Text     string
	Status   MessageStatus
	// Citations are the passages that an answer was based on, ordered by
	// number; nil for questions and for messages that a client saved.
	Citations []Citation
	// Trace records how an answer was made, as a JSON object written by package
	// chat, or holds the metadata of a message that a client saved; see
	// Metadata. It may be nil.
	Trace json.RawMessage
	// Damaged means that the message does not fit its checksum: it has its
	// place in the thread, and no text.
	Damaged bool
}

// Citation points from an answer to a passage of the journal. It remains
// readable after the entry is deleted.
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
	// Private says that the entry was private when it was cited.
	Private bool `json:"private,omitempty"`
	// Uncertain are the words of the passage whose reading is uncertain, written
	// [word?] in the note, without these marks.
	Uncertain []string `json:"uncertain,omitempty" doc:"Words of the passage whose reading is uncertain: [word?] in the note"`
}

// Turn is a question with its answer, saved by a server. The client chooses its
// key, which identifies it within the thread: the same key is the same turn.
type Turn struct {
	ThreadID string
	Key      string
	// Fingerprint is a digest of the request. Reusing a key with another
	// fingerprint is a client error.
	Fingerprint string
	Question    Message
	Answer      Message
	// Beat is the last heartbeat of the server that is answering it.
	Beat time.Time
}
