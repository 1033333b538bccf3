package transcribe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/vault"
	"daybook/internal/vault/edit"
)

// write writes the text into the note. It stores the text first, so that after
// a crash it is recognised as Daybook's.
func (n *note) write(ctx context.Context) error {
	if err := n.present(ctx); err != nil {
		return err
	}
	text, parts := n.text()
	written, err := store.WrittenIn(ctx, n.Store, n.path)
	if err != nil {
		return err
	}
	next := store.WrittenNote{Text: text, Before: written.Text, Parts: parts}
	if text == written.Text {
		next.Before = written.Before
	}
	if err := n.Store.WriteScans(ctx, store.ScanBatch{Written: map[string]store.WrittenNote{n.path: next}}); err != nil {
		return err
	}
	err = n.edit(ctx, n.names(), text, written)
	switch {
	case err == nil:
		n.written = true
		return n.settle(ctx, store.Written, nil)
	case errors.Is(err, edit.ErrOwners), errors.Is(err, edit.ErrCorrected), errors.Is(err, edit.ErrNotTyped):
		return n.keep(ctx, ownersWords)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return n.settle(ctx, store.Failed, fmt.Errorf("write the note: %w", err))
}

func (n *note) edit(ctx context.Context, names []string, text string, written store.WrittenNote) error {
	_, err := n.Editor.Read(ctx, n.path)
	if daybook.KindOf(err) == daybook.NotFound || errors.Is(err, fs.ErrNotExist) {
		fresh, newErr := edit.NewNote(names, "\n")
		if newErr != nil {
			return newErr
		}
		// If the note was created in the meantime, edit that one.
		if _, err = n.Editor.Create(ctx, n.path, fresh); daybook.KindOf(err) == daybook.Conflict {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	_, err = n.Editor.Edit(ctx, n.path, edit.Hash{}, func(old []byte) ([]byte, error) {
		if why, err := n.changed(old, written); err != nil || why {
			return nil, errors.Join(err, edit.ErrOwners)
		}
		with, err := edit.AddScans(old, names)
		if err != nil {
			return nil, err
		}
		ours := written.Text
		if parsed, err := n.parse(old); err == nil && plain(parsed.Text) == plain(written.Before) {
			ours = written.Before
		}
		return edit.SetTranscription(with, text, edit.Options{Title: n.title(), Ours: ours})
	})
	return err
}

// text joins the texts of the pages, in the order of the scans' names, and
// returns the range of each page.
func (n *note) text() (string, []store.PagePart) {
	var b strings.Builder
	var parts []store.PagePart
	for i, scan := range n.scans {
		for page, text := range n.texts[i] {
			if n.missing[i][page] {
				text = fmt.Sprintf("[page %d of %s is missing]", page+1, path.Base(scan.Path))
			}
			if text = edit.Escape(text); text != "" && b.Len() > 0 {
				b.WriteString("\n\n")
			}
			start := b.Len()
			b.WriteString(text)
			parts = append(parts, store.PagePart{Scan: scan.Path, Page: page + 1, Start: start, End: b.Len()})
		}
	}
	return b.String(), parts
}

// changed reports whether the user has edited the note since it was read.
func (n *note) changed(data []byte, written store.WrittenNote) (bool, error) {
	parsed, err := n.parse(data)
	if err != nil {
		return false, err
	}
	return parsed.Text != "" && !isOurs(written, parsed.Text), nil
}

func (n *note) parse(data []byte) (vault.Note, error) {
	return vault.Parse(vault.File{Kind: daybook.Daily, Path: n.path, Title: n.title()}, data)
}

// isOurs reports whether a note's text is what Daybook wrote.
func isOurs(w store.WrittenNote, text string) bool {
	text = plain(text)
	return text == plain(w.Text) || text == plain(w.Before)
}

func plain(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
}
