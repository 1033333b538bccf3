package private

import (
	"context"

	"daybook"
	"daybook/internal/llm"
)

var _ llm.Guard = (*Guard)(nil)

// Allow refuses a call that does not declare its content, that contains an
// entry or page which is private now, or whose text quotes a private note.
func (g *Guard) Allow(ctx context.Context, out llm.Outgoing) error {
	if !out.Contents.Said() {
		return daybook.Errorf(daybook.Internal, "A %s request does not say what of the journal is in it, and was not sent.", out.Task)
	}
	private, err := g.Among(ctx, out.Contents.Entries)
	if err != nil {
		return err
	}
	if len(private) > 0 {
		return llm.ErrWithheld
	}
	for _, p := range out.Contents.Pages {
		withheld, err := g.Scan(ctx, p.Scan, p.Note)
		if err != nil {
			return err
		}
		if withheld {
			return llm.ErrWithheld
		}
	}
	for _, said := range out.Texts {
		quoted, err := g.quotes(ctx, said, surely, out.Contents.Typed)
		if err != nil {
			return err
		}
		if len(quoted) > 0 {
			return llm.ErrWithheld
		}
	}
	return nil
}
