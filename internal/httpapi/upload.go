package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"daybook"
	"daybook/internal/notes"
)

// Uploads saves scans in the journal; see notes.Service.
type Uploads interface {
	Receive(ctx context.Context, look notes.Inspector, name string, date daybook.Date, content io.Reader) (*notes.Upload, error)
	Keep(ctx context.Context, u *notes.Upload) (notes.KeptScan, error)
	TakeBack(k notes.KeptScan) error
}

// Limits on an upload.
const (
	maxUploads   = 50
	uploadWithin = 15 * time.Minute // for a phone on a slow connection
)

type uploadJSON struct {
	Scans []uploadedJSON `json:"scans" nullable:"false"`
}

type uploadedJSON struct {
	Name     string `json:"name" doc:"As it was sent"`
	File     string `json:"file" doc:"Where it is saved, relative to the journal's folder"`
	Note     string `json:"note" doc:"The note that it belongs to, which may not exist yet"`
	Date     string `json:"date"`
	DateFrom string `json:"date_from" enum:"given,name,exif" doc:"Where the date comes from: exif is the camera's clock, which may be wrong"`
	Type     string `json:"type"`
	Pages    int    `json:"pages"`
}

const uploadDoc = `A form (multipart/form-data) with one or more files, and a field "date" (YYYY-MM-DD) for those behind it and, where it is
the first, also for those before it; without one a file's own name says its day, or its camera. All of them are kept, or none; the
"loc" of an error then says which file is at fault, ["body", "file", 1] for the second. They are transcribed in the background:
GET /ingest tells how far they are.`

// uploads describes the upload form.
func uploads(api huma.API) option {
	return formOf(uploadDoc, api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[uploadJSON](), true, ""))
}

func formOf(doc string, answer *huma.Schema) option {
	fields := &huma.Schema{Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{
		"date": {Type: huma.TypeString, Format: "date"},
		"file": {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}}
	return func(op *huma.Operation) {
		op.Description, op.DefaultStatus, op.MaxBodyBytes, op.Errors = doc, 0, 0, []int{401, 413, 422, 500, 503}
		op.Responses = map[string]*huma.Response{"201": {
			Description: "Saved",
			Content:     map[string]*huma.MediaType{"application/json": {Schema: answer}},
		}}
		op.RequestBody = &huma.RequestBody{
			Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: fields}},
		}
	}
}

func (s *server) upload(w http.ResponseWriter, r *http.Request) {
	receiveForm(s, w, r, maxUploads*notes.MaxScan, s.takeScans)
}

// receiveForm handles an upload of up to limit bytes with take.
func receiveForm[T any](s *server, w http.ResponseWriter, r *http.Request, limit int64, take func(context.Context, *multipart.Reader) (T, error)) {
	// An upload may be larger and take longer than other requests.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(uploadWithin)) // without it, it is merely slower to be refused
	sent := &sentBody{ReadCloser: r.Body}
	r.Body = http.MaxBytesReader(w, sent, limit)
	form, err := r.MultipartReader()
	if err != nil {
		s.refuse(w, &daybook.Error{Kind: daybook.Invalid, Field: "body", Message: "Send files as a form (multipart/form-data)."})
		return
	}
	out, err := take(r.Context(), form)
	if err != nil && sent.err != nil && daybook.KindOf(err) == daybook.Internal {
		err = errLeft
	}
	if err != nil {
		s.write(w, s.requestError(r.Context(), err))
		return
	}
	s.respond(w, http.StatusCreated, out)
}

// sentBody remembers why reading the body failed: the client left or was too
// slow.
type sentBody struct {
	io.ReadCloser
	err error
}

func (b *sentBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

// takeScans receives all files before it saves the first.
func (s *server) takeScans(ctx context.Context, form *multipart.Reader) (uploadJSON, error) {
	out := uploadJSON{Scans: []uploadedJSON{}}
	received, err := s.receive(ctx, form)
	defer discard(received)
	if err != nil {
		return out, err
	}
	for i, u := range received {
		if err := u.Dated(); err != nil {
			return out, fileError(err, i)
		}
	}
	err = s.keepScans(ctx, received, &out)
	return out, err
}

func discard(received []*notes.Upload) {
	for _, u := range received {
		u.Discard()
	}
}

// receive reads the files of a form and its date. The caller must discard the
// result, also after an error.
func (s *server) receive(ctx context.Context, form *multipart.Reader) (received []*notes.Upload, _ error) {
	var date daybook.Date
	for files := 0; ; {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return received, partError(err)
		}
		switch {
		case part.FormName() == "date" && part.FileName() == "":
			first := date.IsZero()
			if date, err = dateField(part); err != nil {
				return received, err
			}
			for _, u := range received {
				if first && !date.IsZero() {
					u.Give(date)
				}
			}
		case part.FileName() == "":
		case len(received) == maxUploads:
			return received, &daybook.Error{Kind: daybook.Invalid, Field: "body.file", Message: fmt.Sprintf("At most %d scans can be sent at once.", maxUploads)}
		default:
			u, err := s.Uploads.Receive(ctx, s.Inspector, fileName(part), date, part)
			if err != nil {
				return received, fileError(formError(err), files)
			}
			files++
			received = append(received, u)
		}
	}
	if len(received) == 0 {
		return nil, &daybook.Error{Kind: daybook.Invalid, Field: "body.file", Message: "The form contains no file."}
	}
	return received, nil
}

// keepScans saves all scans or none.
func (s *server) keepScans(ctx context.Context, received []*notes.Upload, out *uploadJSON) error {
	var all []notes.KeptScan
	for _, u := range received {
		kept, err := s.Uploads.Keep(ctx, u)
		if err != nil {
			for _, k := range all {
				err = errors.Join(err, s.Uploads.TakeBack(k))
			}
			return err
		}
		all = append(all, kept)
		out.Scans = append(out.Scans, uploadedJSON{
			Name: u.Name, File: kept.Path, Note: kept.Note, Date: u.Date.String(), DateFrom: u.DateFrom, Type: u.Info.Type, Pages: u.Info.Pages,
		})
	}
	return nil
}

// fileName returns the name of a file as it was sent. Part.FileName would drop
// the folders of a name, which we refuse instead.
func fileName(part *multipart.Part) string {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return part.FileName()
	}
	return params["filename"]
}

// formError converts an error about a form into a sentence for the user.
func formError(err error) error {
	var tooLarge *http.MaxBytesError
	malformed := errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, multipart.ErrMessageTooLarge)
	switch {
	case errors.As(err, &tooLarge):
		return &daybook.Error{Kind: daybook.TooLarge, Message: "The scans are too large together. Send fewer at a time.", Err: err}
	case malformed && daybook.KindOf(err) == daybook.Internal:
		return &daybook.Error{Kind: daybook.Invalid, Field: "body", Message: "The form is incomplete or invalid.", Err: err}
	}
	return err
}

// partError is formError for the data between files. A parser's message may
// quote it and is dropped.
func partError(err error) error {
	err = formError(err)
	var network net.Error
	if daybook.KindOf(err) != daybook.Internal || errors.As(err, &network) {
		return err
	}
	return &daybook.Error{Kind: daybook.Invalid, Field: "body", Message: "The form is invalid: a file has a wrong header, or a name contains control characters."}
}

// fileError adds the number of the file in the form, counting from 0.
func fileError(err error, n int) error {
	var known *daybook.Error
	if !errors.As(err, &known) || known.Field != "body.file" {
		return err
	}
	at := *known
	at.Field = fmt.Sprintf("body.file[%d]", n)
	return &at
}

// dateField parses a day, which may be empty.
func dateField(part io.Reader) (daybook.Date, error) {
	text, err := io.ReadAll(io.LimitReader(part, 100))
	if err != nil {
		return daybook.Date{}, formError(err)
	}
	if len(text) == 0 {
		return daybook.Date{}, nil
	}
	d, err := daybook.ParseDate(string(text))
	if err != nil {
		return d, &daybook.Error{Kind: daybook.Invalid, Field: "body.date", Message: "Enter an existing date as YYYY-MM-DD."}
	}
	return d, nil
}
