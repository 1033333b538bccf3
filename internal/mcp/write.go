package mcp

import (
	"context"
	"strings"

	"daybook"
	"daybook/internal/vault/edit"
)

// write appends a paragraph to the note of a day, or creates the note. The error
// for a private day does not say that the day has a note.
func (s *Server) write(ctx context.Context, d daybook.Date, text string) error {
	found, err := s.day(ctx, d)
	if err != nil {
		return err
	}
	cannot := daybook.Errorf(daybook.Conflict, "This day cannot be written from here.")
	if len(found) == 0 {
		_, err := s.Notes.Create(ctx, d, text, edit.API)
		if daybook.KindOf(err) == daybook.Conflict {
			return cannot
		}
		return err
	}
	if len(found) > 1 || len(found[0].Dates) > 1 {
		return daybook.Errorf(daybook.Conflict, "This day has several notes, or one for several days. Write it in Daybook.")
	}
	n, err := s.Notes.Read(ctx, found[0].ID)
	if err != nil {
		return err
	}
	hidden, err := s.hidden(ctx, []daybook.Entry{n.Entry})
	if err != nil {
		return err
	}
	if hidden[n.ID] {
		return cannot
	}
	if old := strings.TrimRight(n.Text, "\n"); old != "" {
		text = old + "\n\n" + text
	}
	_, err = s.Notes.Replace(ctx, n.ID, text, n.Hash, edit.API)
	return err
}
