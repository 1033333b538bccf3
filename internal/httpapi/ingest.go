package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"daybook/internal/store"
)

// Ingest keeps what is served in step with the journal.
type Ingest interface {
	// Status says how far everything is; Changed is closed when that changes.
	Status(ctx context.Context) (IngestStatus, error)
	Changed() <-chan struct{}
	// Again has the journal looked at now, and what failed tried again.
	Again(ctx context.Context) error
	// ReadAgain has a page of a scan, counted from 1, read again.
	ReadAgain(ctx context.Context, scan string, page int) error
}

// IngestStatus is how far the journal is read, transcribed and embedded.
type IngestStatus struct {
	Reading, Transcribing, Embedding bool // what runs now

	Entries, Passages, Embedded int
	EmbeddingModel              string // "" for none
	Scans                       []store.ScanState
}

type ingestJSON struct {
	Running  []string       `json:"running" nullable:"false" doc:"What runs now: reading, transcribing, embedding"`
	Entries  int            `json:"entries" doc:"In the index"`
	Passages int            `json:"passages"`
	Embedded int            `json:"passages_embedded"`
	Model    *string        `json:"embedding_model" doc:"Null where no embedding model is set"`
	Stages   map[string]int `json:"stages" doc:"How many scans are at each stage: found, transcribed, written, kept, failed"`
	Pages    pagesJSON      `json:"pages"`
	Scans    []scanJSON     `json:"scans" nullable:"false" doc:"Those that are not written, by file"`
}

type pagesJSON struct {
	Done  int `json:"done"`
	Total int `json:"total" doc:"Of the scans whose pages were counted"`
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
		Running: []string{}, Entries: status.Entries, Passages: status.Passages, Embedded: status.Embedded,
		Stages: map[string]int{}, Scans: []scanJSON{},
	}
	for _, job := range []struct {
		name string
		runs bool
	}{{"reading", status.Reading}, {"transcribing", status.Transcribing}, {"embedding", status.Embedding}} {
		if job.runs {
			out.Running = append(out.Running, job.name)
		}
	}
	if status.EmbeddingModel != "" {
		out.Model = &status.EmbeddingModel
	}
	for _, scan := range status.Scans {
		out.Stages[string(scan.Stage)]++
		out.Pages.Done, out.Pages.Total = out.Pages.Done+scan.Done, out.Pages.Total+scan.Pages
		if scan.Stage == store.Written {
			continue
		}
		j := scanJSON{
			File: scan.Path, Note: scan.Note, Stage: string(scan.Stage), Pages: scan.Pages, Done: scan.Done,
			Attempts: scan.Attempts, UpdatedAt: scan.Updated,
		}
		if scan.Error != "" {
			j.Error = &scan.Error
		}
		out.Scans = append(out.Scans, j)
	}
	return out, nil
}

// ingestAgain answers before the work is done, with how far it is.
func (s *server) ingestAgain(ctx context.Context, _ *struct{}) (*body[ingestJSON], error) {
	if err := s.Ingest.Again(ctx); err != nil {
		return nil, err
	}
	return s.ingest(ctx, nil)
}

// tellEvery is how often a stream tells of changes at most.
const tellEvery = 250 * time.Millisecond

func (s *server) registerIngestStream(api huma.API) {
	op := huma.Operation{
		OperationID: "ingest_stream", Method: http.MethodGet, Path: "/ingest/stream",
		Summary:     "Watch how far the journal is read, transcribed and embedded",
		Description: `Events "status", each as GET /ingest answers it: one at once, and one whenever something changes, until the client leaves.`,
		Responses:   streamResponse(),
	}
	huma.Register(api, op, func(context.Context, *struct{}) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			r, w := humago.Unwrap(hc)
			stream := newEventStream(w, s.Heartbeat)
			defer stream.Close()
			if err := s.tellIngest(r.Context(), stream); err != nil {
				s.failStream(r.Context(), w, stream, err)
			}
		}}, nil
	})
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
