package httpapi

import (
	"context"
	"encoding/json"
	"time"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/store"
	"daybook/internal/vault"
)

// Ingest keeps the index up to date with the journal.
type Ingest interface {
	// Status returns the progress; Changed returns a channel that is closed
	// when it changes.
	Status(ctx context.Context) (IngestStatus, error)
	Changed() <-chan struct{}
	// Again scans the journal now and retries what failed.
	Again(ctx context.Context) error
	// AcceptMissing removes missing notes, which their owner deleted, from the
	// index. Notes is how many the owner was shown, 0 for any number; if more
	// are missing, the error is daybook.Conflict.
	AcceptMissing(ctx context.Context, notes int) error
	// AnswerPhotographs stores whether the photographs in a folder of the
	// journal are pages of the diary; nil asks again.
	AnswerPhotographs(ctx context.Context, folder string, pages *bool) error
	// ReadAgain transcribes a page of a scan again. The first page is 1.
	ReadAgain(ctx context.Context, scan string, page int) error
}

// IngestStatus is the progress of reading, transcribing and embedding.
type IngestStatus struct {
	Reading, Transcribing, Embedding bool // running now

	Entries, Passages, Embedded int
	// Withheld counts the private passages, which the embedding model does not
	// receive.
	Withheld       int
	EmbeddingModel string // the configured one; may be empty
	// ServingModel is the model whose vectors serve searches: the former one
	// until the vectors of EmbeddingModel are complete. It may be empty.
	ServingModel   string
	EmbeddingError string // why passages lack vectors; may be empty
	// TranscriptionError is why no scans are transcribed; may be empty.
	TranscriptionError string
	// Waiting is what calls for pages and passages wait for; may be zero.
	Waiting llm.Wait
	Unread  []Unread
	// Skipped counts the journal's files that are not read as notes, except
	// weekly, monthly and yearly ones. SkippedSome are some of them.
	Skipped     int
	SkippedSome []vault.Skip
	// Flawed are notes that were read, but not completely as usual.
	Flawed []Unread
	// Photographs are folders of pictures that are named after days and may be
	// pages of the diary. Folders already answered for come last.
	Photographs []Photographs
	// Missing are notes that were not found and are kept in the index. While
	// there are any, notes cannot be written.
	Missing []Missing
	Scans   []store.ScanState
	// Warnings are sentences for the user about the state of the data.
	Warnings []string
}

// Photographs are pictures in a folder that may be pages of the diary.
type Photographs struct {
	vault.Photographs
	Pages *bool // the owner's answer; nil if there is none yet
}

// Missing are known notes of a kind that were not found.
type Missing struct {
	Kind           daybook.EntryKind
	Missing, Known int
	Error          string // a sentence for the user
}

// Unread is a note, or a folder with notes, that could not be read.
type Unread struct {
	Kind        daybook.EntryKind
	Path, Error string
}

type ingestJSON struct {
	Running  []string       `json:"running" nullable:"false" doc:"What runs now: reading, transcribing, embedding"`
	Entries  int            `json:"entries" doc:"In the index"`
	Passages int            `json:"passages"`
	Embedded int            `json:"passages_embedded" doc:"With the model that is set"`
	Withheld int            `json:"passages_withheld" doc:"Passages of private notes, which are not sent to a provider's model; some may have a vector from before they were marked"`
	Model    *string        `json:"embedding_model" doc:"Null where no embedding model is set"`
	Serving  *string        `json:"serving_model" doc:"Whose vectors serve searches: until those of embedding_model are complete, the model's before it. Null for searches by words alone"`
	Why      *string        `json:"embedding_error" doc:"Why passages could not be embedded; tried again at the next change, and every half minute"`
	Held     *string        `json:"transcription_error" doc:"Why scans are not read at all, as when the disk is full; tried again at the next change, and every half minute"`
	Waiting  *waitingJSON   `json:"waiting" doc:"What pages and passages wait for; null for nothing"`
	Notes    []unreadJSON   `json:"notes" nullable:"false" doc:"Those that could not be read, and folders; what is indexed of them is what they said before"`
	Skipped  skippedJSON    `json:"skipped" doc:"Files of the journal that are not read as notes, such as those not named after a day"`
	Flawed   flawedJSON     `json:"flawed" doc:"Notes that were read, but not as usual, such as one whose front matter is not YAML"`
	Photos   []photosJSON   `json:"photographs" nullable:"false" doc:"Folders with pictures that are named after days and may be photographs or pages of the diary. They are not sent to a model before the owner says that they are pages: POST /ingest/photographs"`
	Missing  *missingJSON   `json:"journal_missing" doc:"Not null while the journal cannot be read or most of its notes are missing. Until they are back, or are accepted as deleted, the index is kept and notes are not written"`
	Stages   map[string]int `json:"stages" doc:"How many scans are at each stage: found, transcribed, written, kept, failed"`
	Pages    pagesJSON      `json:"pages"`
	Scans    []scanJSON     `json:"scans" nullable:"false" doc:"Those that are not written, by file"`
	Warnings []string       `json:"warnings" nullable:"false" doc:"Sentences about the data that a person should know, as when conversations are missing"`
}

type skippedJSON struct {
	Files    int               `json:"files" doc:"How many"`
	Examples []skippedFileJSON `json:"examples" nullable:"false" maxItems:"20"`
}

type flawedJSON struct {
	Notes    int               `json:"notes" doc:"How many"`
	Examples []skippedFileJSON `json:"examples" nullable:"false" maxItems:"20"`
}

type skippedFileJSON struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

type photosJSON struct {
	Folder   string  `json:"folder" doc:"Relative to the journal's folder, which is \".\""`
	Pictures int     `json:"pictures" doc:"How many; 0 where it was answered"`
	Example  *string `json:"example" doc:"One of them"`
	Pages    *bool   `json:"pages" doc:"What the owner said: they are pages, or they are not. Null before that"`
}

type missingJSON struct {
	Missing int                 `json:"missing" doc:"How many known notes were not found"`
	Known   int                 `json:"known"`
	Error   string              `json:"error"`
	Kinds   []missingOfKindJSON `json:"kinds" nullable:"false"`
}

type missingOfKindJSON struct {
	Kind    string `json:"kind" enum:"daily,evergreen"`
	Missing int    `json:"missing"`
	Known   int    `json:"known"`
	Error   string `json:"error"`
}

func missingOf(list []Missing) *missingJSON {
	if len(list) == 0 {
		return nil
	}
	out := &missingJSON{Error: list[0].Error}
	for _, m := range list {
		out.Missing, out.Known = out.Missing+m.Missing, out.Known+m.Known
		out.Kinds = append(out.Kinds, missingOfKindJSON{string(m.Kind), m.Missing, m.Known, m.Error})
	}
	return out
}

type unreadJSON struct {
	File  string `json:"file"`
	Kind  string `json:"kind"`
	Error string `json:"error"`
}

type waitingJSON struct {
	Why   string    `json:"why"`
	Until time.Time `json:"until" doc:"As far as is known"`
}

type pagesJSON struct {
	Done  int `json:"done"`
	Total int `json:"total" doc:"Total for the scans whose pages were counted"`
}

type scanJSON struct {
	File      string    `json:"file"`
	Note      string    `json:"note"`
	Stage     string    `json:"stage" enum:"found,transcribed,kept,failed"`
	Pages     int       `json:"pages" doc:"0 while they are not counted"`
	Done      int       `json:"done" doc:"Pages transcribed"`
	Error     *string   `json:"error" doc:"Why it failed, or is left alone"`
	Attempts  int       `json:"attempts" doc:"That failed"`
	UpdatedAt time.Time `json:"updated_at"`
}

func (s *server) ingest(ctx context.Context, _ *struct{}) (*body[ingestJSON], error) {
	out, err := s.ingestStatus(ctx)
	if err != nil {
		return nil, err
	}
	return reply(out)
}

func (s *server) ingestStatus(ctx context.Context) (ingestJSON, error) {
	status, err := s.Ingest.Status(ctx)
	if err != nil {
		return ingestJSON{}, err
	}
	out := ingestJSON{
		Running: []string{}, Entries: status.Entries, Passages: status.Passages, Embedded: status.Embedded, Withheld: status.Withheld,
		Model: given(status.EmbeddingModel), Serving: given(status.ServingModel), Why: given(status.EmbeddingError), Held: given(status.TranscriptionError),
		Notes: []unreadJSON{}, Photos: []photosJSON{}, Stages: map[string]int{}, Scans: []scanJSON{}, Warnings: list(status.Warnings),
	}
	out.Missing = missingOf(status.Missing)
	out.Skipped = skippedJSON{status.Skipped, []skippedFileJSON{}}
	for _, f := range status.SkippedSome {
		out.Skipped.Examples = append(out.Skipped.Examples, skippedFileJSON{f.Path, f.Reason})
	}
	for _, p := range status.Photographs {
		out.Photos = append(out.Photos, photosJSON{p.Folder, p.Pictures, given(p.Example), p.Pages})
	}
	out.Flawed = flawedJSON{len(status.Flawed), []skippedFileJSON{}}
	for _, f := range status.Flawed[:min(len(status.Flawed), 20)] {
		out.Flawed.Examples = append(out.Flawed.Examples, skippedFileJSON{f.Path, f.Error})
	}
	if w := status.Waiting; !w.Until.IsZero() {
		out.Waiting = &waitingJSON{w.Why(), w.Until.UTC()}
	}
	for _, n := range status.Unread {
		out.Notes = append(out.Notes, unreadJSON{File: n.Path, Kind: string(n.Kind), Error: n.Error})
	}
	for _, job := range []struct {
		name string
		runs bool
	}{{"reading", status.Reading}, {"transcribing", status.Transcribing}, {"embedding", status.Embedding}} {
		if job.runs {
			out.Running = append(out.Running, job.name)
		}
	}
	for _, scan := range status.Scans {
		out.Stages[string(scan.Stage)]++
		out.Pages.Done, out.Pages.Total = out.Pages.Done+scan.Done, out.Pages.Total+scan.Pages
		if scan.Stage == store.Written {
			continue
		}
		out.Scans = append(out.Scans, scanJSON{
			File: scan.Path, Note: scan.Note, Stage: string(scan.Stage), Pages: scan.Pages, Done: scan.Done,
			Error: given(scan.Error), Attempts: scan.Attempts, UpdatedAt: scan.Updated,
		})
	}
	return out, nil
}

// given returns a text, nil if it is empty.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// ingestAgain responds with the progress before the work is done.
func (s *server) ingestAgain(ctx context.Context, _ *struct{}) (*body[ingestJSON], error) {
	if err := s.Ingest.Again(ctx); err != nil {
		return nil, err
	}
	return s.ingest(ctx, nil)
}

type photographsInput struct {
	Body struct {
		Folder string `json:"folder" maxLength:"1000" doc:"As GET /ingest names it"`
		Pages  *bool  `json:"pages" nullable:"true" doc:"True if the pictures are pages of the diary, which are then transcribed; false if they are not. Null asks again"`
	}
}

// answerPhotographs stores the owner's answer about a folder, and responds as
// GET /ingest does.
func (s *server) answerPhotographs(ctx context.Context, in *photographsInput) (*body[ingestJSON], error) {
	if err := s.Ingest.AnswerPhotographs(ctx, in.Body.Folder, in.Body.Pages); err != nil {
		return nil, err
	}
	return s.ingest(ctx, nil)
}

type acceptMissingInput struct {
	Body *struct {
		Missing *wholeNumber `json:"missing,omitempty" nullable:"true" minimum:"0" doc:"How many missing notes you know of: if more are missing by now, nothing is deleted. 0 accepts any number"`
	} `required:"false"`
}

// acceptMissing removes missing notes from the index, and responds as GET
// /ingest does.
func (s *server) acceptMissing(ctx context.Context, in *acceptMissingInput) (*body[ingestJSON], error) {
	known := 0
	if in.Body != nil {
		known = int(value(in.Body.Missing))
	}
	if err := s.Ingest.AcceptMissing(ctx, known); err != nil {
		return nil, err
	}
	return s.ingest(ctx, nil)
}

// tellEvery is the minimum interval between events of a stream.
const tellEvery = 250 * time.Millisecond

const ingestStreamDoc = `Events "status", each as returned by GET /ingest: one at once, and one whenever something changes, until the client disconnects.`

// ingestStream streams the status whenever it changes.
func (s *server) ingestStream(ctx context.Context, events *eventStream, _ *struct{}) error {
	return s.tellIngest(ctx, events)
}

func (s *server) tellIngest(ctx context.Context, stream *eventStream) error {
	for {
		changed := s.Ingest.Changed()
		status, err := s.ingestStatus(ctx)
		if err != nil {
			return err
		}
		data, err := json.Marshal(status)
		if err != nil {
			return err
		}
		if err := stream.Send("status", data); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case <-time.After(tellEvery):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
