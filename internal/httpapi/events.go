package httpapi

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"daybook"
	"daybook/internal/analysis"
)

// event describes an event of a stream: its name, "" for a frame without one,
// and the type of its data as JSON; nil means that the data is [DONE].
type event struct {
	name string
	data reflect.Type
	doc  string
}

// docsEvent is what an answer rests on.
type docsEvent struct {
	Docs     []docJSON     `json:"docs" nullable:"false"`
	Intent   string        `json:"intent" enum:"recent,vector,none"`
	Mentions *mentionsJSON `json:"mentions"`
	Notices  []string      `json:"notices" nullable:"false"`
	ThreadID *string       `json:"thread_id"`

	PrivateLeftOut int `json:"private_left_out"`
}

// deltaEvent is a piece of the answer.
type deltaEvent struct {
	Text string `json:"text"`
}

// waitingEvent says that the model has said nothing for a while.
type waitingEvent struct {
	Why string `json:"why"`
}

// doneEvent is a ChatResponse without the documents.
type doneEvent struct {
	Response   string             `json:"response"`
	ThreadID   *string            `json:"thread_id"`
	MessageID  string             `json:"message_id"`
	Notices    []string           `json:"notices" nullable:"false"`
	Citations  []daybook.Citation `json:"citations" nullable:"false"`
	Usage      usageJSON          `json:"usage"`
	Quotations []quotationJSON    `json:"quotations" nullable:"false"`

	NothingFound   bool `json:"nothing_found" doc:"The search found nothing about the question; the docs are only the nearest"`
	PrivateLeftOut int  `json:"private_left_out"`
}

// failEvent ends a stream that failed after its first event. Both fields have
// the same sentence: clients differ in which one they read.
type failEvent struct {
	Error  string `json:"error"`
	Detail string `json:"detail"`
}

// The events of the streams. Each list is the order in which they come.
var (
	turnEvent    = event{"turn", reflect.TypeFor[turnJSON](), "Where question and answer are saved; with save only"}
	foundEvent   = event{"docs", reflect.TypeFor[docsEvent](), "What the answer is based on, once"}
	silentEvent  = event{"waiting", reflect.TypeFor[waitingEvent](), "The model has said nothing for a while"}
	textEvent    = event{"delta", reflect.TypeFor[deltaEvent](), "A piece of the answer; join them"}
	stepEvent    = event{"search_iteration", reflect.TypeFor[iterationJSON](), "A search by the model"}
	endEvent     = event{"done", reflect.TypeFor[doneEvent](), "The end of the answer"}
	failedEvent  = event{"error", reflect.TypeFor[failEvent](), "The stream failed and ends"}
	frameEvent   = event{"", reflect.TypeFor[chatFrame](), "The whole text so far; the older form"}
	closingEvent = event{"", nil, "[DONE]: the end of the older form"}

	chatEvents           = []event{frameEvent, closingEvent, turnEvent, foundEvent, silentEvent, textEvent, endEvent, failedEvent}
	agentEventsDescribed = []event{turnEvent, stepEvent, foundEvent, silentEvent, textEvent, {"chat_response", reflect.TypeFor[chatResponse](), "The end: the whole answer"}, failedEvent}
	followEvents         = []event{turnEvent, stepEvent, foundEvent, silentEvent, textEvent, endEvent, failedEvent}

	analysisEvents = []event{
		{"plan", reflect.TypeFor[analysis.Analysis](), "The analysis with its steps"},
		{"step", reflect.TypeFor[analysis.Step](), "A step whose status has changed"},
		{"waiting", reflect.TypeFor[analysis.Wait](), "A budget or a provider makes it wait"},
		{"delta", reflect.TypeFor[analysis.Delta](), "A piece of the final analysis"},
		{"done", reflect.TypeFor[analysis.Analysis](), "The end"},
		failedEvent,
	}
	ingestEvents = []event{{"status", reflect.TypeFor[ingestJSON](), "As GET /ingest answers"}, failedEvent}
)

// streamResponse describes an event stream. A tool that reads events finds each
// of them in the schema; one that reads the whole body has a string.
func streamResponse(api huma.API, name string, events []event) map[string]*huma.Response {
	registry := api.OpenAPI().Components.Schemas
	if registry.Map()[name] == nil {
		list := &huma.Schema{}
		for _, e := range events {
			list.AnyOf = append(list.AnyOf, e.schema(registry))
		}
		registry.Map()[name] = list
	}
	text := &huma.Schema{Type: huma.TypeString, Description: "The stream as text"}
	return map[string]*huma.Response{"200": {
		Description: "An event stream",
		Content: map[string]*huma.MediaType{"text/event-stream": {
			Schema: &huma.Schema{AnyOf: []*huma.Schema{text, {Ref: schemaRef + name}}},
		}},
	}}
}

func (e event) schema(registry huma.Registry) *huma.Schema {
	data := &huma.Schema{Type: huma.TypeString}
	if e.data == nil {
		data.Enum = []any{"[DONE]"}
	} else {
		data.Extensions = map[string]any{"contentMediaType": "application/json", "contentSchema": registry.Schema(e.data, true, e.name)}
	}
	s := &huma.Schema{
		Type: huma.TypeObject, Description: e.doc, Properties: map[string]*huma.Schema{"data": data}, Required: []string{"data"},
	}
	if e.name != "" {
		s.Properties["event"] = &huma.Schema{Type: huma.TypeString, Enum: []any{e.name}}
		s.Required = []string{"event", "data"}
	}
	return s
}
