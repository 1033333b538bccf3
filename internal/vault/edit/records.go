package edit

import (
	"context"

	"daybook"
)

// Records returns what is kept of the note at path and not too old, the latest
// first.
func (h *History) Records(ctx context.Context, path string) ([]Record, error) {
	var all []Record
	_, err := h.find(ctx, path, func(r Record) bool {
		all = append(all, r)
		return false
	})
	if daybook.KindOf(err) == daybook.NotFound {
		err = nil
	}
	return all, err
}
