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

// setErasedAside takes those scans out of the note's work whose words somebody
// erased with the note that they were in: a further scan of that day is no reason
// to bring them back. A note that shows such a scan, or that has room for words
// and none, is.
func (n *note) setErasedAside(ctx context.Context) error {
	var rest []store.ScanState
	for _, s := range n.scans {
		if s.Stage == store.Kept && s.Error == store.NoteDeleted {
			wanted, err := n.wants(ctx, s)
			if err != nil {
				return err
			}
			if !wanted {
				s.Updated = n.began // an edit from now on is seen
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
	return n.Store.PutScans(ctx, n.aside...)
}

// wants reports whether the note, as it is now, wants a scan's words.
func (n *note) wants(ctx context.Context, s store.ScanState) (bool, error) {
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
