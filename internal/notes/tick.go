package notes

import (
	"bytes"
	"context"
	"regexp"

	"daybook"
	"daybook/internal/vault"
	"daybook/internal/vault/edit"
)

// task matches a task's line up to its box, and the box. Apps use characters in
// it for more states than done and not done.
var task = regexp.MustCompile(`^[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[([ -~])\](?:[ \t]|\r?$)`)

// Tick marks a task as done or not done, which changes one byte of the note.
// The task is on the line of an entry's Diary that contains the byte at offset.
// A line without a task is daybook.Invalid, and a task in another state, such as
// "[/]" or "[-]", is daybook.Conflict; other errors are as for Replace.
func (s *Service) Tick(ctx context.Context, id string, offset int, done bool, ifMatch Hash, cause edit.Cause) (Note, error) {
	return s.edit(ctx, id, ifMatch, cause, func(e daybook.Entry, old []byte) ([]byte, error) {
		if _, flaw := vault.Decode(old); flaw != "" {
			return nil, daybook.Errorf(daybook.Conflict, "Daybook does not write to this note: it %s.", flaw)
		}
		n := vault.Read(fileOf(e), old)
		if offset < 0 || offset >= len(n.Diary) {
			return nil, errNoTask
		}
		start := lineStart(old, n.Line(offset))
		line, _, _ := bytes.Cut(old[start:], []byte("\n"))
		m := task.FindSubmatchIndex(line)
		if m == nil {
			return nil, errNoTask
		}
		box := byte(' ')
		if done {
			box = 'x'
		}
		now := bytes.Clone(old)
		is := now[start+m[2]]
		if is != ' ' && is != 'x' && is != 'X' {
			return nil, errOtherState
		}
		if done != (is != ' ') {
			now[start+m[2]] = box
		}
		return now, nil
	})
}

var errNoTask = &daybook.Error{Kind: daybook.Invalid, Field: "body.at", Message: "There is no task on this line of the note."}

var errOtherState = &daybook.Error{Kind: daybook.Conflict, Field: "body.at", Message: "This task is in a state of its own. Change the sign in its box by editing the note."}

// lineStart returns the start of a line of a text. The first line is 1.
func lineStart(data []byte, line int) int {
	at := 0
	for ; line > 1; line-- {
		i := bytes.IndexByte(data[at:], '\n')
		if i < 0 {
			return len(data)
		}
		at += i + 1
	}
	return at
}
