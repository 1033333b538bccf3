package sqlite

import (
	"encoding/json"
	"fmt"
	"time"

	"daybook"
)

// scanMessage reads a row of messageColumns, with citations and trace if whole.
// Of a message that does not fit its checksum nothing is returned but that.
func scanMessage(row scanner, whole bool) (daybook.Message, error) {
	var n, id, thread, at, role, text, status, citations, trace any
	var sound bool
	if err := row.Scan(&n, &id, &thread, &at, &role, &text, &status, &citations, &trace, &sound); err != nil {
		return daybook.Message{}, err
	}
	if !sound {
		return daybook.Message{ID: fmt.Sprintf("damaged-%v", n), Role: daybook.Assistant, Damaged: true}, nil
	}
	micro, _ := at.(int64) // the columns have the types that they were written with
	m := daybook.Message{
		ID: str(id), ThreadID: str(thread), Time: time.UnixMicro(micro).UTC(),
		Role: daybook.Role(str(role)), Text: str(text), Status: daybook.MessageStatus(str(status)),
	}
	if !whole {
		return m, nil
	}
	if citations != nil {
		if err := json.Unmarshal([]byte(str(citations)), &m.Citations); err != nil {
			return m, fmt.Errorf("read the citations of a message: %w", err)
		}
	}
	if trace != nil {
		m.Trace = json.RawMessage(str(trace))
	}
	return m, nil
}

// dateDamaged gives damaged messages the time of one beside them, so that they
// keep their place.
func dateDamaged(messages []daybook.Message) {
	for i := 1; i < len(messages); i++ {
		if messages[i].Damaged {
			messages[i].Time = messages[i-1].Time
		}
	}
	for i := len(messages) - 2; i >= 0; i-- {
		if messages[i].Time.IsZero() {
			messages[i].Time = messages[i+1].Time
		}
	}
}

// str returns a column's text.
func str(column any) string {
	switch v := column.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return ""
}

// damaged is the error for a row that does not fit its checksum.
func damaged(what string) error {
	return daybook.Errorf(daybook.Unavailable, "%s is damaged on disk. Restore it from a backup; “daybook check” says more.", what)
}

func missingMessages(n int) error {
	what := "A message of this conversation is"
	if n > 1 {
		what = fmt.Sprintf("%d messages of this conversation are", n)
	}
	return daybook.Errorf(daybook.Unavailable, "%s missing: the data file is damaged. Restore it from a backup; “daybook check” says more.", what)
}

// threadSound is whether a row of threads fits its checksum.
const threadSound = "sum IS daybook_sum(id, title, tags, created_at, updated_at, messages)"

const threadColumns = "SELECT id, title, tags, created_at, updated_at, " + threadSound + " FROM threads "

func scanThread(row scanner) (daybook.Thread, error) {
	var t daybook.Thread
	var id, title, tags, created, updated any
	var sound bool
	if err := row.Scan(&id, &title, &tags, &created, &updated, &sound); err != nil {
		return t, err
	}
	t.ID = str(id)
	if !sound {
		t.Damaged = true
		return t, nil
	}
	c, _ := created.(int64)
	u, _ := updated.(int64)
	t.Title, t.CreatedAt, t.UpdatedAt = str(title), time.UnixMicro(c).UTC(), time.UnixMicro(u).UTC()
	if tags != nil {
		if err := json.Unmarshal([]byte(str(tags)), &t.Tags); err != nil {
			return t, fmt.Errorf("read the tags of a thread: %w", err)
		}
	}
	return t, nil
}
