package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"daybook"
	"daybook/internal/notes"
	"daybook/internal/vault"
)

// Recordings stores recordings made in the page; see notes.Service.
type Recordings interface {
	AddRecording(ctx context.Context, r notes.Recording) (notes.Note, string, error)
	AddWords(ctx context.Context, id, name, words string) (notes.Note, error)
}

// Speech transcribes an entry's recording. It refuses private ones.
type Speech interface {
	// Ready reports whether a model is configured.
	Ready() bool
	Transcribe(ctx context.Context, entry, name string, data []byte) (string, error)
}

type recordedJSON struct {
	Entry string `json:"entry" doc:"The ID of the entry that has the recording"`
	Name  string `json:"name" doc:"As the note embeds it"`
	Date  string `json:"date"`
	Reads bool   `json:"reads" doc:"POST /entries/{id}/recordings/transcribe can write its words into the note: a model is set, and the note is not private"`
}

const recordingDoc = `The body is the recording: WebM, Ogg, M4A, MP3, WAV or FLAC, of at most 100 MB. When the answer is 201 it is on disk, beside the other
attachments, and embedded in the note of its day. It is not sent to a model. The same bytes with the same time can be sent again.`

// recordingUpload describes the upload of a recording.
func recordingUpload(api huma.API) option {
	return func(op *huma.Operation) {
		op.Description, op.DefaultStatus, op.MaxBodyBytes, op.Errors = recordingDoc, 0, 0, []int{401, 409, 413, 422, 500, 503}
		op.Parameters = []*huma.Param{
			{Name: "at", In: "query", Required: true, Description: "When it was started, in local time: YYYY-MM-DDTHH:MM:SS. It goes into the note of this day", Schema: &huma.Schema{Type: huma.TypeString}},
			{Name: "private", In: "query", Description: "Put it into a private note, which no model sees", Schema: &huma.Schema{Type: huma.TypeBoolean}},
		}
		schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[recordedJSON](), true, "")
		op.Responses = map[string]*huma.Response{"201": {Description: "Saved", Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}}
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}}
	}
}

// addRecording accepts a recording.
func (s *server) addRecording(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadWithin)) // without it, it is merely slower to be refused
	at, err := time.Parse("2006-01-02T15:04:05", r.URL.Query().Get("at"))
	if err != nil || !daybook.DateOf(at).Valid() {
		s.refuse(w, &daybook.Error{Kind: daybook.Invalid, Field: "query.at", Message: "at must be a time such as 2024-06-04T18:30:00."})
		return
	}
	private := r.URL.Query().Get("private")
	if !slices.Contains([]string{"", "true", "false"}, private) {
		s.refuse(w, &daybook.Error{Kind: daybook.Invalid, Field: "query.private", Message: "private must be true or false."})
		return
	}
	sent := &sentBody{ReadCloser: r.Body}
	data, err := io.ReadAll(io.LimitReader(sent, notes.MaxRecording+1))
	var n notes.Note
	var name string
	if err == nil {
		n, name, err = s.Recordings.AddRecording(r.Context(), notes.Recording{Date: daybook.DateOf(at), At: at, Private: private == "true", Data: data})
	}
	if err != nil && sent.err != nil && daybook.KindOf(err) == daybook.Internal {
		err = errLeft
	}
	if err != nil {
		s.write(w, s.requestError(r.Context(), err))
		return
	}
	reads := private != "true" && !n.Private && s.Speech != nil && s.Speech.Ready()
	s.respond(w, http.StatusCreated, recordedJSON{Entry: n.ID, Name: name, Date: daybook.DateOf(at).String(), Reads: reads})
}

type transcribeRecordingInput struct {
	EntryPath
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"200" doc:"As the note embeds it"`
	}
}

// sound reads the recording that a note embeds.
func (s *server) sound(note, name string) ([]byte, error) {
	if s.Attachments == nil {
		return nil, daybook.Errorf(daybook.NotFound, "Recording not found in this note.")
	}
	file, err := s.Attachments.Open(note, name)
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.NotFound, Message: "The recording's file is missing.", Err: err}
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, notes.MaxRecording+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read a recording: %w", err)
	case len(data) > notes.MaxRecording:
		return nil, daybook.Errorf(daybook.TooLarge, "The recording is larger than %d MB.", notes.MaxRecording>>20)
	case notes.SoundType(data) == "":
		return nil, daybook.Errorf(daybook.Invalid, "The file is not a recording.")
	}
	return data, nil
}

// transcribeRecording writes the text of a recording into its note. Repeating
// it does not write the text twice.
func (s *server) transcribeRecording(ctx context.Context, in *transcribeRecordingInput) (*noteOutput, error) {
	n, err := s.Notes.Read(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	// A link is not enough: it may lead to the recording of a private note.
	if !slices.Contains(vault.Embeds(n.Text), in.Body.Name) {
		return nil, daybook.Errorf(daybook.NotFound, "Recording not found in this note.")
	}
	if s.Speech == nil || !s.Speech.Ready() {
		return nil, daybook.Errorf(daybook.Conflict, "No model is set for recordings. Set model_speech.")
	}
	data, err := s.sound(n.Path, in.Body.Name)
	if err != nil {
		return nil, err
	}
	words, err := s.Speech.Transcribe(ctx, n.ID, in.Body.Name, data)
	if err != nil {
		return nil, err
	}
	if words == "" {
		return nil, &daybook.Error{Kind: daybook.Upstream, Message: "No speech was found in the recording.", Err: errors.New("empty transcription")}
	}
	n, err = s.Recordings.AddWords(ctx, n.ID, in.Body.Name, words)
	return s.noteOutput(ctx, n, err)
}
