package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"daybook"
	"daybook/internal/attachments"
	"daybook/internal/notes"
)

// Attacher saves files for notes; see notes.Service.
type Attacher interface {
	Attach(ctx context.Context, day daybook.Date, name string, content io.Reader) (notes.Attached, error)
}

// Limits on the files of a request.
const (
	maxFiles     = 20
	maxFilesSize = 1 << 30
)

type filesJSON struct {
	Files []keptFileJSON `json:"files" nullable:"false"`
}

type keptFileJSON struct {
	Name  string `json:"name" doc:"As it was sent"`
	File  string `json:"file" doc:"Where it is saved, relative to the journal's folder"`
	Embed string `json:"embed" doc:"What to write into the note to embed it, as the journal's app does"`
}

const filesDoc = `A form (multipart/form-data) with a field "date" (YYYY-MM-DD) and, behind it, one or more pictures, recordings, videos or PDFs ("file")
for the note of that day. They are saved where the journal's app keeps such files, and never replace any. The note is not changed: write
the text that embeds them into it. They are not transcribed; POST /pages takes scans.`

// takesFiles describes the form.
func takesFiles(api huma.API) option {
	fields := &huma.Schema{Type: huma.TypeObject, Required: []string{"date", "file"}, Properties: map[string]*huma.Schema{
		"date": {Type: huma.TypeString, Format: "date"},
		"file": {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}}
	return func(op *huma.Operation) {
		op.Description, op.DefaultStatus, op.MaxBodyBytes, op.Errors = filesDoc, 0, 0, []int{401, 409, 413, 422, 500, 503}
		op.Responses = map[string]*huma.Response{"201": {
			Description: "Saved",
			Content:     map[string]*huma.MediaType{"application/json": {Schema: api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[filesJSON](), true, "")}},
		}}
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: fields}}}
	}
}

// addFiles saves files for the note of a day.
func (s *server) addFiles(w http.ResponseWriter, r *http.Request) {
	receiveForm(s, w, r, maxFilesSize, s.takeFiles)
}

func (s *server) takeFiles(ctx context.Context, form *multipart.Reader) (filesJSON, error) {
	out := filesJSON{Files: []keptFileJSON{}}
	var day daybook.Date
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return out, partError(err)
		}
		name := fileName(part)
		switch {
		case part.FormName() == "date" && part.FileName() == "":
			if day, err = dateField(part); err != nil {
				return out, err
			}
		case part.FileName() == "":
		case day.IsZero():
			return out, &daybook.Error{Kind: daybook.Invalid, Field: "body.date", Message: "Send date before the files."}
		case len(out.Files) == maxFiles:
			return out, &daybook.Error{Kind: daybook.Invalid, Field: "body.file", Message: fmt.Sprintf("Send at most %d files at once.", maxFiles)}
		case attachments.TypeOf(name) == "":
			return out, &daybook.Error{Kind: daybook.Invalid, Field: fmt.Sprintf("body.file[%d]", len(out.Files)), Message: "Only pictures, recordings, videos and PDFs can be added to a note."}
		default:
			kept, err := s.Attacher.Attach(ctx, day, path.Base(name), part)
			if err != nil {
				return out, formError(err)
			}
			out.Files = append(out.Files, keptFileJSON{name, kept.Path, kept.Embed})
		}
	}
	if len(out.Files) == 0 {
		return out, &daybook.Error{Kind: daybook.Invalid, Field: "body.file", Message: "The form contains no file."}
	}
	return out, nil
}
