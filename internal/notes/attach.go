package notes

import (
	"context"
	"io"
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
	Embed string // what a note has to have to embed it
}

// Attach keeps a file for the note of a day where the journal's app keeps such
// files; Embed is in the form that the app writes. The note is not changed, and
// need not exist. A name that cannot be in a link is changed. No file is ever
// replaced, and one that is there already is not kept twice.
func (s *Service) Attach(ctx context.Context, day daybook.Date, name string, content io.Reader) (Attached, error) {
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
	kept, _, err := keepFile(root, dir, s.linkable(name), content)
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

// linkable returns a name for a file that can be in a link, and that is not the
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
