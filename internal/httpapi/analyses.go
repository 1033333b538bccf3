package httpapi

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"daybook"
	"daybook/internal/analysis"
)

// Analyses reads the whole journal for a question; see analysis.Service.
type Analyses interface {
	Start(ctx context.Context, req analysis.Request) (analysis.Analysis, error)
	Estimate(ctx context.Context, req analysis.Request) (analysis.Estimate, error)
	List(ctx context.Context) ([]analysis.Overview, error)
	Get(ctx context.Context, id string) (analysis.Analysis, error)
	Watch(ctx context.Context, id string) iter.Seq2[analysis.Event, error]
	Cancel(ctx context.Context, id string) (analysis.Analysis, error)
	Delete(ctx context.Context, id string) error
}

const analysisStreamDoc = `Named events: "plan" (the Analysis with its steps, first), "step" (a Step, whenever its status changes), "waiting" ({"why", "until"},
while waiting for a budget or a provider), "delta" ({"text"} of the final analysis, to be joined; with "again": true it begins
anew), and "done" (the Analysis) as the end, whatever its status. What fails before the first event is an HTTP status; later, an event
"error". Disconnecting does not cancel the analysis.`

// AnalysisRequest is the contract's ChatRequest, followed by our own fields. Only
// query, provider and model of the former are used. It is exported because huma
// only sees fields of exported structs.
type AnalysisRequest struct {
	Query    string `json:"query" maxLength:"20000"`
	Provider string `json:"provider" doc:"openai, anthropic, gemini, an endpoint named in the settings, or offline, which counts without a model"`
	Model    string `json:"model"`

	From  *string  `json:"from,omitempty" nullable:"true" doc:"First day, YYYY-MM-DD"`
	To    *string  `json:"to,omitempty" nullable:"true" doc:"Last day, YYYY-MM-DD"`
	Tags  []string `json:"tags,omitempty" nullable:"true" maxItems:"50" doc:"Only entries that have all of these tags"`
	Focus *string  `json:"focus,omitempty" nullable:"true" maxLength:"20000" doc:"What to focus on"`
}

type analysisInput struct{ Body AnalysisRequest }

func (in *analysisInput) request() (analysis.Request, error) {
	b := &in.Body
	req := analysis.Request{Query: b.Query, Provider: b.Provider, Model: b.Model, Tags: b.Tags, Focus: value(b.Focus)}
	var err error
	if req.From, err = optionalDay(b.From, "from"); err == nil {
		req.To, err = optionalDay(b.To, "to")
	}
	return req, err
}

// optionalDay parses a day that may be missing or empty.
func optionalDay(s *string, field string) (daybook.Date, error) {
	if value(s) == "" {
		return daybook.Date{}, nil
	}
	d, err := daybook.ParseDate(*s)
	if err != nil {
		return d, &daybook.Error{Kind: daybook.Invalid, Field: "body." + field, Message: "Enter an existing date as YYYY-MM-DD."}
	}
	return d, nil
}

type periodJSON struct {
	From string  `json:"from"`
	To   string  `json:"to"`
	Name *string `json:"name,omitempty" nullable:"true" maxLength:"200"`
}

type compareInput struct {
	Body struct {
		Query    string       `json:"query" maxLength:"20000"`
		Provider string       `json:"provider"`
		Model    string       `json:"model"`
		Tags     []string     `json:"tags,omitempty" nullable:"true" maxItems:"50"`
		Focus    *string      `json:"focus,omitempty" nullable:"true" maxLength:"20000"`
		Periods  []periodJSON `json:"periods" minItems:"2" maxItems:"12" nullable:"false"`
	}
}

func (in *compareInput) request() (analysis.Request, error) {
	b := &in.Body
	periods, err := periodsOf(b.Periods)
	return analysis.Request{Query: b.Query, Provider: b.Provider, Model: b.Model, Tags: b.Tags, Focus: value(b.Focus), Periods: periods}, err
}

func periodsOf(list []periodJSON) ([]analysis.Period, error) {
	var periods []analysis.Period
	for _, p := range list {
		from, err := optionalDay(&p.From, "periods.from")
		if err != nil {
			return nil, err
		}
		to, err := optionalDay(&p.To, "periods.to")
		if err != nil {
			return nil, err
		}
		periods = append(periods, analysis.Period{From: from, To: to, Name: value(p.Name)})
	}
	return periods, nil
}

// estimateInput is the body of a request for an analysis or a comparison.
type estimateInput struct {
	Body struct {
		AnalysisRequest
		Periods []periodJSON `json:"periods,omitempty" nullable:"true" maxItems:"12" doc:"The periods of a comparison, as in POST /analyses/compare"`
	}
}

func (in *estimateInput) request() (analysis.Request, error) {
	years := analysisInput{in.Body.AnalysisRequest}
	req, err := years.request()
	if err == nil {
		req.Periods, err = periodsOf(in.Body.Periods)
	}
	return req, err
}

// analysisPath is the part of a path that names an analysis.
type analysisPath struct {
	ID string `path:"id"`
}

func (s *server) startAnalysis(ctx context.Context, in *analysisInput) (*body[analysis.Analysis], error) {
	req, err := in.request()
	if err != nil {
		return nil, err
	}
	a, err := s.Analyses.Start(ctx, req)
	return &body[analysis.Analysis]{a}, err
}

func (s *server) comparePeriods(ctx context.Context, in *compareInput) (*body[analysis.Analysis], error) {
	req, err := in.request()
	if err != nil {
		return nil, err
	}
	a, err := s.Analyses.Start(ctx, req)
	return &body[analysis.Analysis]{a}, err
}

func (s *server) estimateAnalysis(ctx context.Context, in *estimateInput) (*body[analysis.Estimate], error) {
	req, err := in.request()
	if err != nil {
		return nil, err
	}
	e, err := s.Analyses.Estimate(ctx, req)
	return &body[analysis.Estimate]{e}, err
}

func (s *server) listAnalyses(ctx context.Context, _ *struct{}) (*body[[]analysis.Overview], error) {
	list, err := s.Analyses.List(ctx)
	return &body[[]analysis.Overview]{list}, err
}

func (s *server) getAnalysis(ctx context.Context, in *analysisPath) (*body[analysis.Analysis], error) {
	a, err := s.Analyses.Get(ctx, in.ID)
	return &body[analysis.Analysis]{a}, err
}

func (s *server) cancelAnalysis(ctx context.Context, in *analysisPath) (*body[analysis.Analysis], error) {
	a, err := s.Analyses.Cancel(ctx, in.ID)
	return &body[analysis.Analysis]{a}, err
}

func (s *server) deleteAnalysis(ctx context.Context, in *analysisPath) (*body[said], error) {
	if err := s.Analyses.Delete(ctx, in.ID); err != nil {
		return nil, err
	}
	return reply(said{"Analysis deleted successfully"})
}

// yearJSON is a year as the contract has it; our own fields come last.
type yearJSON struct {
	Year       int                  `json:"year"`
	Reasoning  string               `json:"reasoning"`
	Analysis   string               `json:"analysis"`
	Excerpts   []string             `json:"excerpts" nullable:"false" doc:"Only excerpts that are word for word in the entries"`
	Quotations []analysis.Quotation `json:"quotations" nullable:"false"`
}

// comprehensiveJSON is the contract's answer; our own fields come last.
type comprehensiveJSON struct {
	Query     string        `json:"query"`
	Provider  string        `json:"provider"`
	Model     string        `json:"model"`
	Timestamp string        `json:"timestamp"`
	Years     []yearJSON    `json:"year_analyses" nullable:"false"`
	Final     analysis.Part `json:"final_analysis"`

	ID      string           `json:"analysis_id" doc:"GET /analyses/{id} with this ID returns the steps"`
	Status  analysis.Status  `json:"status" doc:"partial means that something is missing in the result; error says what"`
	Error   *string          `json:"error"`
	Entries analysis.Account `json:"entries"`
	Usage   analysis.Usage   `json:"usage"`
	Report  any              `json:"report,omitempty" doc:"The counts, if the provider is offline"`
}

// comprehensiveAnalysis waits for the end. The analysis continues if the client
// leaves, and the same request finds it again.
func (s *server) comprehensiveAnalysis(ctx context.Context, in *analysisInput) (*body[comprehensiveJSON], error) {
	req, err := in.request()
	if err != nil {
		return nil, err
	}
	a, err := s.Analyses.Start(ctx, req)
	if err != nil {
		return nil, err
	}
	for e, err := range s.Analyses.Watch(ctx, a.ID) {
		if err != nil {
			return nil, err
		}
		if e.Done != nil {
			return comprehensive(e.Done)
		}
	}
	return nil, daybook.Errorf(daybook.Unavailable, "The analysis continues when Daybook starts again.")
}

func isEmpty(r *analysis.Result) bool {
	if r == nil {
		return true
	}
	return r.Final == nil && len(r.YearAnalyses) == 0
}

func comprehensive(a *analysis.Analysis) (*body[comprehensiveJSON], error) {
	if isEmpty(a.Result) {
		kind := daybook.Upstream
		if a.Progress.Steps <= 1 { // there was nothing to plan a step for
			kind = daybook.NotFound
		}
		return nil, daybook.Errorf(kind, "%s", or(value(a.Error), "The analysis was cancelled before there was a result."))
	}
	out := comprehensiveJSON{
		Query: a.Query, Provider: a.Provider, Model: a.Model, Timestamp: a.UpdatedAt.UTC().Format(time.RFC3339Nano), Years: []yearJSON{},
		Final: analysis.Part{Excerpts: []string{}, Quotations: []analysis.Quotation{}},
		ID:    a.ID, Status: a.Status, Error: a.Error, Entries: a.Entries, Usage: a.Usage, Report: a.Result.Report,
	}
	for _, y := range a.Result.YearAnalyses {
		out.Years = append(out.Years, yearJSON{y.Year, y.Reasoning, y.Analysis, y.Excerpts, y.Quotations})
	}
	if a.Result.Final != nil {
		out.Final = *a.Result.Final
	}
	return reply(out)
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// startedAnalysisStream starts an analysis and streams its events.
func (s *server) startedAnalysisStream(ctx context.Context, events *eventStream, in *analysisInput) error {
	req, err := in.request()
	if err != nil {
		return err
	}
	a, err := s.Analyses.Start(ctx, req)
	if err != nil {
		return err
	}
	return s.tellAnalysis(ctx, events, a.ID)
}

// analysisStream streams the events of an analysis.
func (s *server) analysisStream(ctx context.Context, events *eventStream, in *analysisPath) error {
	return s.tellAnalysis(ctx, events, in.ID)
}

// tellAnalysis streams the events of an analysis until its end.
func (s *server) tellAnalysis(ctx context.Context, stream *eventStream, id string) error {
	for e, err := range s.Analyses.Watch(ctx, id) {
		if err != nil {
			return err
		}
		name, v := "", any(nil)
		switch {
		case e.Plan != nil:
			name, v = "plan", e.Plan
		case e.Step != nil:
			name, v = "step", e.Step
		case e.Wait != nil:
			name, v = "waiting", e.Wait
		case e.Delta != nil:
			name, v = "delta", e.Delta
		case e.Done != nil:
			name, v = "done", e.Done
		}
		data, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if err := stream.Send(name, data); err != nil {
			return err
		}
	}
	return nil
}
