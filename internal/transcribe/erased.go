package transcribe

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/vault/edit"
)

// setErasedAside skips scans whose note was deleted: another scan of that day
// must not bring their words back. They are read again only if a note shows
// such a scan or has an empty transcription.
func (n *note) setErasedAside(ctx context.Context) error {
	var rest []store.ScanState
	for _, s := range n.scans {
		if s.Stage == store.Kept && s.Error == store.NoteDeleted {
			wanted, err := n.needs(ctx, s)
			if err != nil {
				return err
			}
			if !wanted {
				s.Updated = n.began // detect edits from now on
				n.aside = append(n.aside, s)
				continue
			}
		}
		rest = append(rest, s)
	}
	n.scans = rest
	if len(n.aside) == 0 {
		return nil
	}
	return n.Store.WriteScans(ctx, store.ScanBatch{Put: n.aside})
}

// needs reports whether the note, in its current state, needs a scan's words.
func (n *note) needs(ctx context.Context, s store.ScanState) (bool, error) {
	data, err := n.Editor.Read(ctx, n.path)
	if daybook.KindOf(err) == daybook.NotFound || errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	parsed, err := n.parse(data)
	if err != nil {
		return false, err
	}
	if parsed.Text == "" {
		return true, nil
	}
	with, err := edit.AddScans(data, []string{path.Base(s.Path)})
	return err == nil && bytes.Equal(with, data), nil
}
