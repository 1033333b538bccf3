package notes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"daybook"
	"daybook/internal/vault/edit"
)

// Attached is a file that a note may embed.
type Attached struct {
	Path  string // below the journal
	Embed string // the text that embeds the file in a note
}

// Attach saves a file for the note of a day in the folder that the journal's
// app uses for such files. Embed is in the form of that app. The note is not
// changed and need not exist. A name that cannot be used in a link is changed.
// No file is ever replaced or stored twice. Other writers only wait once all of
// content has arrived, since the connection may be slow.
func (s *Service) Attach(ctx context.Context, day daybook.Date, name string, content io.Reader) (Attached, error) {
	received, err := s.receive(content, "file-*", maxAttachment, errAttachmentSize)
	if err != nil {
		return Attached{}, err
	}
	defer func() {
		received.Close()
		_ = os.Remove(received.Name()) // it lies in our own folder, which Tidy empties
	}()
	end, err := s.begin(ctx)
	if err != nil {
		return Attached{}, err
	}
	defer end()
	listing, err := s.list(ctx)
	if err != nil {
		return Attached{}, err
	}
	note, ok := noteOf(listing.Files, day)
	if !ok {
		if note, err = s.place(listing.Files, day); err != nil {
			return Attached{}, err
		}
	}
	root, err := os.OpenRoot(s.folders[daybook.Daily])
	if err != nil {
		return Attached{}, &daybook.Error{Kind: daybook.Unavailable, Message: "The journal's folder cannot be opened.", Err: err}
	}
	defer root.Close()
	dir, markdown := s.vault.Attach(note.Path)
	if err := edit.MakeFolder(root, dir); err != nil {
		return Attached{}, err
	}
	kept, _, err := keepFile(root, dir, s.linkable(name), received)
	if err != nil {
		return Attached{}, err
	}
	a := Attached{path.Join(dir, kept), "![[" + kept + "]]"}
	if markdown {
		from, err := filepath.Rel(filepath.FromSlash(path.Dir(note.Path)), filepath.FromSlash(a.Path))
		if err != nil {
			from = a.Path
		}
		a.Embed = "![](" + (&url.URL{Path: filepath.ToSlash(from)}).EscapedPath() + ")"
	}
	return a, nil
}

// receive writes a file being sent to the folder of uploads, by a name with the
// pattern. The caller closes and removes it. The error is tooLarge if it has more
// than most bytes; errors of content are wrapped.
func (s *Service) receive(content io.Reader, pattern string, most int64, tooLarge error) (*os.File, error) {
	if err := os.MkdirAll(s.uploads, 0o700); err != nil {
		return nil, edit.Wrap("make the folder for uploads", err)
	}
	file, err := os.CreateTemp(s.uploads, pattern)
	if err != nil {
		return nil, edit.Wrap("store the upload", err)
	}
	n, err := io.Copy(file, io.LimitReader(content, most+1))
	var disk *fs.PathError
	switch {
	case errors.As(err, &disk):
		err = edit.Wrap("store the upload", err)
	case err != nil:
		err = fmt.Errorf("receive a file: %w", err)
	case n > most:
		err = tooLarge
	default:
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return nil, errors.Join(err, os.Remove(file.Name()))
	}
	return file, nil
}

// linkable returns a name for a file that can be used in a link and is not the
// name of a day's scan.
func (s *Service) linkable(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`\/:*?"<>|[]#^`, r) {
			return '-'
		}
		return r
	}, strings.TrimSpace(name))
	ext := path.Ext(name)
	stem := strings.TrimSpace(strings.TrimLeft(strings.TrimSuffix(name, ext), "."))
	if len(stem) > maxName-20 {
		stem = strings.ToValidUTF8(stem[:maxName-20], "")
	}
	if stem == "" || len(s.vault.DatesOf(stem)) > 0 {
		stem = strings.TrimSpace("Photo " + stem)
	}
	return stem + ext
}
