package httpapi

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"daybook"
	"daybook/internal/attachments"
	"daybook/internal/pages"
	"daybook/internal/vault"
)

// Attachments finds the files that notes embed; see attachments.Files.
type Attachments interface {
	Open(note, link string) (*attachments.File, error)
	Picture(ctx context.Context, file *attachments.File, longest int) (pages.Picture, error)
	AppURL(note string) string
}

type attachmentInput struct {
	EntryPath
	Condition
	Name    string `query:"name" required:"true" minLength:"1" maxLength:"1000" doc:"The file, as the note links to it"`
	Longest int    `query:"longest" minimum:"0" maximum:"4096" doc:"A JPEG or PNG of it, upright, whose longest side has at most this many pixels: of a photograph, or of a PDF's first page. 0 returns the file itself"`
}

// attachedFile describes the answers of the route.
func attachedFile(op *huma.Operation) {
	op.Responses = map[string]*huma.Response{
		"200": {Description: "The file, or a picture of it", Content: map[string]*huma.MediaType{"*/*": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}},
		"304": {Description: "The picture is the one that If-None-Match names"},
	}
}

func (s *server) showAttachment(ctx context.Context, in *attachmentInput) (*huma.StreamResponse, error) {
	file, err := s.attachment(ctx, in)
	if err != nil {
		return nil, err
	}
	if in.Longest == 0 {
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			defer file.Close()
			r, w := humago.Unwrap(hc)
			showFile(w, r, file)
		}}, nil
	}
	defer file.Close()
	state := sha256.Sum256(fmt.Appendf(nil, "%d %d %d %s", file.Info.Size(), file.Info.ModTime().UnixNano(), in.Longest, s.Version))
	var picture pages.Picture
	same, err := in.fits(state)
	if err == nil && !same {
		picture, err = s.Attachments.Picture(ctx, file, max(in.Longest, 64))
	}
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Cache-Control", "private, no-cache")
		hc.SetHeader("ETag", etagOf(state))
		if same {
			hc.SetStatus(http.StatusNotModified)
			return
		}
		hc.SetHeader("Content-Type", picture.MIME)
		_, _ = hc.BodyWriter().Write(picture.Data) // fails if the client left
	}}, nil
}

// attachment opens a file that is embedded in an entry's note.
func (s *server) attachment(ctx context.Context, in *attachmentInput) (*attachments.File, error) {
	n, err := s.Notes.Read(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(vault.Links(n.Text), in.Name) && !slices.Contains(vault.Links(n.Diary), in.Name) {
		return nil, daybook.Errorf(daybook.NotFound, "The note does not link to this file.")
	}
	return s.Attachments.Open(n.Path, in.Name)
}

// showFile serves a file or the requested range of it. Browsers show it without
// running anything in it.
func showFile(w http.ResponseWriter, r *http.Request, file *attachments.File) {
	h := w.Header()
	h.Set("Content-Type", file.Type)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Security-Policy", dataPolicy+"; sandbox")
	http.ServeContent(w, r, "", file.Info.ModTime(), file)
}
