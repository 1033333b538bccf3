package httpapi

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"daybook"
)

// describe completes the OpenAPI document once all routes are registered. It
// changes copies: requests are validated by the schemas that huma made, whose
// messages clients know.
func (s *server) describe(api huma.API) {
	doc := api.OpenAPI()
	registry := doc.Components.Schemas
	copies := map[string]*huma.Schema{}
	for name, schema := range registry.Map() {
		copies[name] = cloneSchema(schema)
		if t := registry.TypeFromRef(schemaRef + name); t != nil {
			describeFields(copies[name], t)
		}
		describeNamed(name, copies[name])
	}
	copies["Error"] = cloneSchema((&errorBody{}).Schema(registry))
	for name := range requestOnly(doc, copies) {
		describeOptional(copies[name])
	}
	doc.Components.Schemas = described{registry, copies}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				describeOperation(doc, op)
			}
		}
	}
}

const schemaRef = "#/components/schemas/"

// described is a registry with the schemas of the document.
type described struct {
	huma.Registry
	schemas map[string]*huma.Schema
}

func (d described) Map() map[string]*huma.Schema { return d.schemas }
func (d described) MarshalJSON() ([]byte, error) { return json.Marshal(d.schemas) }

// MarshalYAML is the same as in huma's own registry.
func (d described) MarshalYAML() (any, error) { return d.schemas, nil }

// cloneSchema copies a schema and everything below it, and corrects what huma
// says about integers and pairs.
func cloneSchema(s *huma.Schema) *huma.Schema {
	if s == nil {
		return nil
	}
	c := *s
	c.Items, c.Not = cloneSchema(s.Items), cloneSchema(s.Not)
	c.Properties = nil
	if s.Properties != nil {
		c.Properties = make(map[string]*huma.Schema, len(s.Properties))
		for name, p := range s.Properties {
			c.Properties[name] = cloneSchema(p)
		}
	}
	c.OneOf, c.AnyOf, c.AllOf = cloneSchemas(s.OneOf), cloneSchemas(s.AnyOf), cloneSchemas(s.AllOf)
	if c.Type == "" && c.Format == wholeFormat {
		c.Type = huma.TypeInteger
	}
	if c.Type == huma.TypeArray && c.MinItems != nil && c.MaxItems != nil && *c.MinItems == *c.MaxItems {
		c.Nullable = false // a Go array
	}
	return &c
}

func cloneSchemas(list []*huma.Schema) []*huma.Schema {
	var out []*huma.Schema
	for _, s := range list {
		out = append(out, cloneSchema(s))
	}
	return out
}

// describeFields adds what huma does not derive from a Go type: that a pointer
// to a struct can be null, and the format of days.
func describeFields(s *huma.Schema, t reflect.Type) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			describeFields(s, f.Type)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		p := s.Properties[name]
		if p == nil {
			continue
		}
		switch {
		case p.Ref != "" && f.Type.Kind() == reflect.Pointer && !strings.Contains(options, "omitempty"):
			s.Properties[name] = &huma.Schema{
				Description: p.Description, AnyOf: []*huma.Schema{{Ref: p.Ref}, {Type: "null"}},
			}
		case isDate(f.Type):
			p.Format = formatDate
		case f.Type.Kind() == reflect.Slice && isDate(f.Type.Elem()):
			p.Items.Format = formatDate
		}
	}
}

func isDate(t reflect.Type) bool {
	return t == reflect.TypeFor[daybook.Date]() || t == reflect.TypeFor[*daybook.Date]()
}

const (
	formatDate = "date"
	formatTime = "date-time"
)

// The properties that a Go type does not describe fully, by schema.
var (
	// datesOf are strings that are days.
	datesOf = map[string][]string{
		"EntryJSON": {"date", "dates"}, "NoteJSON": {"date", "dates"}, "ListedJSON": {"date", "dates"}, "ResultJSON": {"date", "dates"},
		"TwinJSON": {"date"}, "RangeJSON": {"from", "to"}, "MentionsJSON": {"days"}, "SetupCheckJSON": {"first", "last"},
		"UploadedJSON": {"date"}, "CreateEntryInputBody": {"date"},
	}
	// openDates are days or "".
	openDates = map[string][]string{
		"Citation": {"date"}, "Period": {"from", "to"}, "PeriodPart": {"from", "to"}, "PeriodJSON": {"from", "to"},
		"AnalysisRequest": {"from", "to"}, "EstimateInputBody": {"from", "to"},
	}
	// timesOf are strings that are times.
	timesOf = map[string][]string{
		"ThreadJSON": {"created_at", "updated_at"}, "CreatedThread": {"created_at"}, "MessageJSON": {"timestamp"}, "ComprehensiveJSON": {"timestamp"},
	}
	// filled are texts that must not be blank.
	filled = map[string][]string{
		"ChatRequest": {"query"}, "AnalysisRequest": {"query"}, "EstimateInputBody": {"query"}, "CompareInputBody": {"query"}, "CreateEntryInputBody": {"text"},
	}
)

func describeNamed(name string, s *huma.Schema) {
	for _, p := range propertiesOf(s, datesOf[name]) {
		p.Format = formatDate
	}
	for _, p := range propertiesOf(s, timesOf[name]) {
		p.Format = formatTime
	}
	for _, p := range propertiesOf(s, filled[name]) {
		p.Pattern = `\S`
	}
	for _, property := range openDates[name] {
		if p := s.Properties[property]; p != nil {
			s.Properties[property] = openDate(p)
		}
	}
}

// propertiesOf returns the schemas of properties, or those of their items for
// lists.
func propertiesOf(s *huma.Schema, names []string) []*huma.Schema {
	var out []*huma.Schema
	for _, name := range names {
		p := s.Properties[name]
		if p != nil && p.Items != nil {
			p = p.Items
		}
		if p != nil {
			out = append(out, p)
		}
	}
	return out
}

// openDate is a day or "".
func openDate(p *huma.Schema) *huma.Schema {
	c := &huma.Schema{Description: p.Description, AnyOf: []*huma.Schema{
		{Type: huma.TypeString, Format: formatDate}, {Type: huma.TypeString, MaxLength: new(int)},
	}}
	if p.Nullable {
		c.AnyOf = append(c.AnyOf, &huma.Schema{Type: "null"})
	}
	return c
}

// The parameters that a Go type does not describe fully, by name.
var (
	dateParams = []string{"date", "from", "to", "since", "until"}
	tagHeaders = []string{"If-Match", "If-None-Match"}
)

// tagPattern matches a list of entity tags, or *.
const tagPattern = `^(\*|(W/)?"[!#-~]*"( ?, ?(W/)?"[!#-~]*")*)$`

// ifMatchOptional are the operations that work without If-Match too.
var ifMatchOptional = []string{"restore_version"}

func describeOperation(doc *huma.OpenAPI, op *huma.Operation) {
	for i, p := range op.Parameters {
		c := *p
		c.Schema = cloneSchema(p.Schema)
		switch {
		case slices.Contains(dateParams, p.Name) && p.In == "path":
			c.Schema.Format = formatDate
		case slices.Contains(dateParams, p.Name):
			c.Schema = openDate(c.Schema) // may be empty
		case slices.Contains(tagHeaders, p.Name) && c.Schema.Enum == nil:
			c.Schema.Pattern = tagPattern
			if p.Name == "If-None-Match" {
				c.Schema.Pattern = "^$|" + tagPattern
			}
			c.Required = p.Name == "If-Match" && !slices.Contains(ifMatchOptional, op.OperationID)
		case p.Name == "q" && p.Required:
			c.Schema.Pattern = `\S`
		case p.In == "query" && c.Schema.Enum != nil && c.Schema.Default == nil && !p.Required:
			c.Schema.Enum = append(slices.Clone(c.Schema.Enum), "") // an empty one is none
		}
		op.Parameters[i] = &c
	}
	for status, r := range op.Responses {
		describeResponse(status, r)
	}
	delete(op.Responses, "default")
	for _, status := range failuresOf(doc, op) {
		op.Responses[strconv.Itoa(status)] = failure(status)
	}
}

func describeResponse(status string, r *huma.Response) {
	if etag := r.Headers["ETag"]; etag != nil {
		etag.Schema = &huma.Schema{Type: huma.TypeString, Pattern: `^"[0-9a-f]+"$`}
		etag.Description = "What If-Match and If-None-Match take"
	}
	if status == "200" || status == "201" || status == "202" {
		for kind, content := range r.Content {
			c := *content
			c.Schema = cloneSchema(content.Schema)
			r.Content[kind] = &c
		}
	}
}

// asksProvider are the operations that wait for a model.
var asksProvider = []string{"chat", "chat_stream", "agent_stream", "comprehensive_analysis", "comprehensive_analysis_stream", "title_thread", "generate_title"}

// failuresOf lists the error statuses that an operation may return.
func failuresOf(doc *huma.OpenAPI, op *huma.Operation) []int {
	statuses := map[int]bool{
		http.StatusForbidden: true, http.StatusUnprocessableEntity: true, http.StatusTooManyRequests: true,
		http.StatusRequestHeaderFieldsTooLarge: true, http.StatusInternalServerError: true, http.StatusServiceUnavailable: true,
	}
	open := op.Security != nil && len(op.Security) == 0
	if !open || op.OperationID == "login" {
		statuses[http.StatusUnauthorized] = true
	}
	if op.RequestBody != nil {
		statuses[http.StatusRequestEntityTooLarge] = true
	}
	named := strings.Contains(op.Path, "{") && op.OperationID != "get_day" && op.OperationID != "list_messages"
	if named || strings.HasSuffix(op.OperationID, "_stream") || op.OperationID == "chat" {
		statuses[http.StatusNotFound] = true
	}
	for _, p := range op.Parameters {
		if p.Name == "If-Match" {
			statuses[http.StatusPreconditionFailed], statuses[http.StatusPreconditionRequired], statuses[http.StatusConflict] = true, true, true
		}
	}
	if slices.Contains(asksProvider, op.OperationID) {
		statuses[http.StatusConflict], statuses[http.StatusBadGateway], statuses[http.StatusGatewayTimeout] = true, true, true
	}
	for _, status := range op.Errors {
		statuses[status] = true
	}
	return slices.Sorted(maps.Keys(statuses))
}

// failure describes an error. If the headers of a request are too large, the
// server responds with plain text before it knows the route.
func failure(status int) *huma.Response {
	r := &huma.Response{Description: http.StatusText(status)}
	if status == http.StatusRequestHeaderFieldsTooLarge {
		r.Content = map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}}}
		return r
	}
	r.Content = map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Ref: schemaRef + "Error"}}}
	if status == http.StatusTooManyRequests {
		r.Headers = map[string]*huma.Param{"Retry-After": {
			Description: "Seconds to wait", Schema: &huma.Schema{Type: huma.TypeInteger},
		}}
	}
	return r
}
