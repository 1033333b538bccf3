package importer

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"daybook"
)

// Reasons why a thread or a message is left out.
const (
	wrongForm   = "in an unknown form"
	badID       = "with an id that is not a UUID"
	badTime     = "with an invalid time"
	badRole     = "with a role other than user or assistant"
	beingSaid   = "still being written there"
	sameID      = "with an id that came before"
	noThread    = "of a thread that neither the source nor this journal has"
	otherThread = "of a thread other than the requested one"
)

// parseThread parses a thread in the API's form, or returns what is wrong.
func parseThread(raw json.RawMessage) (t daybook.Thread, fault string) {
	var v struct {
		ID      string   `json:"thread_id"`
		Title   *string  `json:"title"`
		Tags    []string `json:"tags"`
		Created string   `json:"created_at"`
		Updated string   `json:"updated_at"`
	}
	if json.Unmarshal(raw, &v) != nil {
		return t, wrongForm
	}
	created, ok1 := parseTime(v.Created)
	updated, ok2 := parseTime(v.Updated)
	switch {
	case !isUUID(v.ID):
		return t, badID
	case !ok1 || !ok2:
		return t, badTime
	}
	t = daybook.Thread{ID: v.ID, Tags: v.Tags, CreatedAt: created, UpdatedAt: updated}
	if v.Title != nil {
		t.Title = *v.Title
	}
	if t.Title == "" { // the service's name for untitled ones
		t.Title = "Chat " + created.Format("2006-01-02 15:04")
	}
	return t, ""
}

// parseMessage parses a message in the API's form, or returns what is wrong.
// Its thread's ID may be anything.
func parseMessage(raw json.RawMessage) (m daybook.Message, fault string) {
	var v struct {
		ID      string       `json:"message_id"`
		Thread  string       `json:"thread_id"`
		Time    string       `json:"timestamp"`
		Role    daybook.Role `json:"role"`
		Content *string      `json:"content"`
		// From a newer server:
		Status    daybook.MessageStatus `json:"status"`
		Citations []daybook.Citation    `json:"citations"`
		Metadata  map[string]any        `json:"metadata"`
	}
	if json.Unmarshal(raw, &v) != nil {
		return m, wrongForm
	}
	if v.Status == "complete" { // the API's word for an answer's status
		v.Status = daybook.Complete
	}
	at, ok := parseTime(v.Time)
	ended := v.Status == daybook.Complete || v.Status == daybook.Interrupted
	switch {
	case !isUUID(v.ID):
		return m, badID
	case v.Role != daybook.User && v.Role != daybook.Assistant:
		return m, badRole
	case !ok:
		return m, badTime
	case v.Status == daybook.Pending:
		return m, beingSaid
	case v.Content == nil, !ended:
		return m, wrongForm
	}
	for _, c := range v.Citations {
		if c.Number < 1 || c.Start < 0 || c.End < c.Start || c.Line < 0 || c.Page < 0 {
			return m, wrongForm
		}
	}
	m = daybook.Message{ID: v.ID, ThreadID: v.Thread, Time: at, Role: v.Role, Text: *v.Content, Status: v.Status, Citations: v.Citations}
	if m.SetMetadata(v.Metadata) != nil {
		return m, wrongForm
	}
	return m, ""
}

// isUUID reports whether s is a UUID in the usual form: clients would see other
// forms as other IDs.
func isUUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }

// parseTime parses an ISO 8601 time, in UTC unless it has a zone. Times before
// 1970 are wrong.
func parseTime(s string) (time.Time, bool) {
	s = strings.Replace(s, " ", "T", 1)
	for _, layout := range []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			t = t.UTC().Truncate(time.Microsecond)
			return t, t.Year() >= 1970 && t.Year() <= 9999
		}
	}
	return time.Time{}, false
}
