package httpapi

import (
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// requestOnly returns the names of the schemas that occur in bodies of requests
// but not in responses.
func requestOnly(doc *huma.OpenAPI, schemas map[string]*huma.Schema) map[string]bool {
	asked, answered := map[string]bool{}, map[string]bool{}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			if op.RequestBody != nil {
				addContent(asked, schemas, op.RequestBody.Content)
			}
			for _, r := range op.Responses {
				addContent(answered, schemas, r.Content)
			}
		}
	}
	maps.DeleteFunc(asked, func(name string, _ bool) bool { return answered[name] })
	return asked
}

func addContent(to map[string]bool, schemas map[string]*huma.Schema, content map[string]*huma.MediaType) {
	for _, c := range content {
		addSchemas(to, schemas, c.Schema)
	}
}

// addSchemas adds the names of the schemas that s refers to.
func addSchemas(to map[string]bool, schemas map[string]*huma.Schema, s *huma.Schema) {
	if s == nil {
		return
	}
	if name, ok := strings.CutPrefix(s.Ref, schemaRef); ok && !to[name] {
		to[name] = true
		addSchemas(to, schemas, schemas[name])
	}
	addSchemas(to, schemas, s.Items)
	for _, list := range [][]*huma.Schema{s.OneOf, s.AnyOf, s.AllOf, slices.Collect(maps.Values(s.Properties))} {
		for _, inner := range list {
			addSchemas(to, schemas, inner)
		}
	}
}

// describeOptional says that optional fields of a request may also be null:
// huma treats these the same.
func describeOptional(s *huma.Schema) {
	for name, p := range s.Properties {
		if p.Type != "" && !slices.Contains(s.Required, name) {
			p.Nullable = true
		}
	}
}
