package httpapi

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"daybook"
	"daybook/internal/notebook"
	"daybook/internal/pages"
)

// Notebooks accepts pages of paper notebooks; see notebook.Service.
type Notebooks interface {
	List(ctx context.Context) ([]notebook.View, error)
	Get(ctx context.Context, id string) (notebook.View, error)
	Put(ctx context.Context, id string, about notebook.About) (notebook.View, error)
	Delete(ctx context.Context, id string) error
	Add(ctx context.Context, u notebook.Upload) (notebook.Added, error)
	Edit(ctx context.Context, id, page string, c notebook.Change) (notebook.View, error)
	Remove(ctx context.Context, id, page string) (notebook.View, error)
	Retry(ctx context.Context, id string) (notebook.View, error)
	Confirm(ctx context.Context, id string, version int) (notebook.View, error)
	Image(ctx context.Context, id, page string, longest int) (pages.Picture, error)
}

// NotebookJSON is a notebook without its pages. It is exported for huma.
type NotebookJSON struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Private bool   `json:"private" doc:"Its pages are never sent to a model, and its notes will be private"`
	Stage   string `json:"stage" enum:"open,writing,done" doc:"open takes pages; writing is confirmed, and its pages are being put into the journal; done is remembered for 30 days"`
	Created string `json:"created" format:"date-time"`
	Version int    `json:"version" doc:"Changes with the list of pages. POST /notebooks/{id}/confirm takes it"`
	Count   int    `json:"count" doc:"How many pages it has"`
	Waiting int    `json:"waiting" doc:"Pages not read yet"`
	Failed  int    `json:"failed" doc:"Pages that could not be read and will be tried again"`
	Reads   bool   `json:"reads" doc:"A model for reading pages is set"`
}

// notebookPagesJSON is a notebook with its pages.
type notebookPagesJSON struct {
	NotebookJSON
	Pages []notebookPageJSON `json:"pages" nullable:"false"`
}

type notebookPageJSON struct {
	ID       string   `json:"id"`
	Number   int      `json:"number" doc:"From 1, in the order of the notebook"`
	File     string   `json:"file" doc:"The key of its file"`
	Name     string   `json:"name" doc:"The name of its file, as sent"`
	Stage    string   `json:"stage" enum:"waiting,reading,read,failed,unread,private" doc:"unread: no model for reading pages is set; private: it is never sent to one"`
	Error    string   `json:"error" doc:"Why it could not be read; otherwise empty"`
	Words    string   `json:"words" doc:"The first words that were read"`
	Blank    bool     `json:"blank" doc:"It was read, and has no words"`
	Dates    []string `json:"dates" nullable:"false" doc:"Its days, YYYY-MM-DD, in order; empty if unknown. A page with several goes into one note for all of them"`
	DateFrom string   `json:"date_from" enum:"page,continued,given,unknown" doc:"page: written on it; continued: it continues the page before; given: by PATCH"`
	Doubts   []string `json:"doubts" nullable:"false" doc:"Why the dates should be checked: no_date, no_year, weekday, earlier, gap, future, not_real, day_or_month, only_weekday, unclear, too_many_days"`
	Written  string   `json:"written" doc:"The date as it is written on the page"`
	Image    string   `json:"image" doc:"The path of its picture"`
	Note     string   `json:"note" doc:"Its note in the journal, once it is there"`
	Scan     string   `json:"scan" doc:"Its scan in the journal, once it is there"`
}

func notebookOf(v *notebook.View) NotebookJSON {
	return NotebookJSON{ID: v.ID, Name: v.Name, Private: v.Private, Stage: string(v.Stage), Created: v.Created, Version: v.Version, Count: len(v.Pages), Waiting: v.Waiting, Failed: v.Failed, Reads: v.Reads}
}

func notebookPagesOf(v *notebook.View) *notebookPagesJSON {
	out := &notebookPagesJSON{NotebookJSON: notebookOf(v), Pages: make([]notebookPageJSON, len(v.Pages))}
	for i := range v.Pages {
		p := &v.Pages[i]
		page := notebookPageJSON{ID: p.ID, Number: p.Number, File: p.File, Name: p.Name, Stage: string(p.Stage), Error: p.Error, Words: p.Words, Blank: p.Blank,
			Dates: []string{}, DateFrom: string(p.Source), Doubts: []string{}, Written: p.Text, Note: p.Note, Scan: p.Scan, Image: fmt.Sprintf("/notebooks/%s/pages/%s/image", v.ID, p.ID)}
		for _, d := range p.Dates {
			page.Dates = append(page.Dates, d.String())
		}
		for _, d := range p.Doubts {
			page.Doubts = append(page.Doubts, string(d))
		}
		out.Pages[i] = page
	}
	return out
}

// NotebookPath is the part of a path that names a notebook. It is exported for
// huma.
type NotebookPath struct {
	ID string `path:"id" maxLength:"64" doc:"Chosen by the client: 8 to 64 letters, digits and underscores"`
}

// NotebookPagePath names a page of a notebook.
type NotebookPagePath struct {
	NotebookPath
	Page string `path:"page" maxLength:"80"`
}

func (s *server) listNotebooks(ctx context.Context, _ *struct{}) (*body[[]NotebookJSON], error) {
	list, err := s.Notebooks.List(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]NotebookJSON, len(list))
	for i := range list {
		out[i] = notebookOf(&list[i])
	}
	return reply(out)
}

func notebookReply(v notebook.View, err error) (*body[*notebookPagesJSON], error) {
	if err != nil {
		return nil, err
	}
	return reply(notebookPagesOf(&v))
}

func (s *server) getNotebook(ctx context.Context, in *NotebookPath) (*body[*notebookPagesJSON], error) {
	return notebookReply(s.Notebooks.Get(ctx, in.ID))
}

type putNotebookInput struct {
	NotebookPath
	Body struct {
		Name    string `json:"name,omitempty" maxLength:"200"`
		Private bool   `json:"private,omitempty" nullable:"true" doc:"Its pages are never sent to a model, and their notes will be private. What was read before is forgotten"`
	}
}

func (s *server) putNotebook(ctx context.Context, in *putNotebookInput) (*body[*notebookPagesJSON], error) {
	return notebookReply(s.Notebooks.Put(ctx, in.ID, notebook.About{Name: in.Body.Name, Private: in.Body.Private}))
}

func (s *server) deleteNotebook(ctx context.Context, in *NotebookPath) (*struct{}, error) {
	return nil, s.Notebooks.Delete(ctx, in.ID)
}

func (s *server) retryNotebook(ctx context.Context, in *NotebookPath) (*body[*notebookPagesJSON], error) {
	return notebookReply(s.Notebooks.Retry(ctx, in.ID))
}

type confirmNotebookInput struct {
	NotebookPath
	Body struct {
		Version int `json:"version" doc:"The version of the list that the person saw"`
	}
}

func (s *server) confirmNotebook(ctx context.Context, in *confirmNotebookInput) (*body[*notebookPagesJSON], error) {
	return notebookReply(s.Notebooks.Confirm(ctx, in.ID, in.Body.Version))
}

type editNotebookPageInput struct {
	NotebookPagePath
	Body struct {
		Dates    *[]string `json:"dates,omitempty" maxItems:"10" doc:"YYYY-MM-DD; an empty list uses the date written on the page. The dates of the pages after it follow"`
		Position *int      `json:"position,omitempty" minimum:"0" maximum:"1000000000" doc:"The position of its file"`
	}
}

func (s *server) editNotebookPage(ctx context.Context, in *editNotebookPageInput) (*body[*notebookPagesJSON], error) {
	change := notebook.Change{Position: in.Body.Position}
	if in.Body.Dates != nil {
		days := []daybook.Date{}
		for i, text := range *in.Body.Dates {
			d, err := daybook.ParseDate(text)
			if err != nil {
				return nil, &daybook.Error{Kind: daybook.Invalid, Field: fmt.Sprintf("body.dates[%d]", i), Message: "Enter an existing date as YYYY-MM-DD."}
			}
			days = append(days, d)
		}
		change.Dates = &days
	}
	return notebookReply(s.Notebooks.Edit(ctx, in.ID, in.Page, change))
}

func (s *server) removeNotebookPage(ctx context.Context, in *NotebookPagePath) (*body[*notebookPagesJSON], error) {
	return notebookReply(s.Notebooks.Remove(ctx, in.ID, in.Page))
}

type notebookImageInput struct {
	NotebookPagePath
	Longest int `query:"longest" default:"1600" minimum:"64" maximum:"4096" doc:"The longest side of the picture, in pixels"`
}

// notebookImage serves the picture of a page. Its bytes never change.
func (s *server) notebookImage(ctx context.Context, in *notebookImageInput) (*pageImage, error) {
	picture, err := s.Notebooks.Image(ctx, in.ID, in.Page, in.Longest)
	if err != nil {
		return nil, err
	}
	return &pageImage{Status: http.StatusOK, CacheControl: "private, max-age=3600", ContentType: picture.MIME, Body: picture.Data}, nil
}

// addedJSON is the result for an uploaded file.
type addedJSON struct {
	File  string   `json:"file" doc:"The key of the file with these bytes: another key if the notebook already had them under it"`
	Pages []string `json:"pages" nullable:"false" doc:"The IDs of its pages"`
	Again bool     `json:"again" doc:"The notebook already had it"`
}

const notebookFileDoc = `The body is the file: a photograph, a scan or a PDF, of at most 50 MB. When the answer is 201 it is on disk. The same key and the same
bytes can be sent any number of times, so a client that got no answer can repeat the call; the answer is then 200.`

// notebookFile describes the upload of a file.
func notebookFile(api huma.API) option {
	text := func(name, in, doc string, required bool) *huma.Param {
		return &huma.Param{Name: name, In: in, Description: doc, Required: required, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	return func(op *huma.Operation) {
		op.Description, op.DefaultStatus, op.MaxBodyBytes, op.Errors = notebookFileDoc, 0, 0, []int{401, 404, 409, 413, 422, 500, 503}
		op.Parameters = []*huma.Param{
			text("id", "path", "", true), text("key", "path", "Chosen by the client: 8 to 64 letters, digits and underscores", true),
			text("name", "query", "The file's name", false),
			{Name: "position", In: "query", Description: "Orders the files; pages follow in the order of their files", Schema: &huma.Schema{Type: huma.TypeInteger}},
		}
		schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[addedJSON](), true, "")
		content := map[string]*huma.MediaType{"application/json": {Schema: schema}}
		op.Responses = map[string]*huma.Response{"201": {Description: "Saved", Content: content}, "200": {Description: "Already saved", Content: content}}
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}}
	}
}

// addNotebookFile accepts a file, which may take longer than other requests.
func (s *server) addNotebookFile(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(uploadWithin)) // without it, it is merely slower to be refused
	sent := &sentBody{ReadCloser: r.Body}
	position, err := strconv.Atoi(r.URL.Query().Get("position"))
	if err != nil && r.URL.Query().Has("position") {
		s.refuse(w, &daybook.Error{Kind: daybook.Invalid, Field: "query.position", Message: "position must be a whole number."})
		return
	}
	added, err := s.Notebooks.Add(r.Context(), notebook.Upload{
		Notebook: r.PathValue("id"), Key: r.PathValue("key"), Name: r.URL.Query().Get("name"), Position: position,
		Content: io.LimitReader(sent, notebook.MaxFile+1),
	})
	if err != nil && sent.err != nil && daybook.KindOf(err) == daybook.Internal {
		err = errLeft
	}
	if err != nil {
		s.write(w, s.requestError(r.Context(), err))
		return
	}
	status := http.StatusCreated
	if added.Again {
		status = http.StatusOK
	}
	s.respond(w, status, addedJSON{File: added.Key, Pages: added.Pages, Again: added.Again})
}
