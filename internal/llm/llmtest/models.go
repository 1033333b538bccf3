package llmtest

import (
	"fmt"
	"net/http"
	"strings"
)

// list writes the entries of a list of models.
func list(names []string, entry string) string {
	entries := make([]string, len(names))
	for i, name := range names {
		entries[i] = strings.ReplaceAll(entry, "NAME", name)
	}
	return strings.Join(entries, ",")
}

func (openai) checkList(r *http.Request) string {
	if r.URL.Path != "/v1/models" {
		return "a GET of " + r.URL.Path
	}
	return ""
}

func (openai) models(names []string) []byte {
	return []byte(`{"object":"list","data":[` + list(names, `{"id":"NAME","object":"model","created":1,"owned_by":"me"}`) + `]}`)
}

func (anthropic) checkList(r *http.Request) string {
	if r.URL.Path != "/v1/models" || r.URL.Query().Get("limit") != "1000" {
		return "a GET of " + r.URL.Path + ", or of less than all models"
	}
	return ""
}

func (anthropic) models(names []string) []byte {
	return fmt.Appendf(nil, `{"data":[%s],"has_more":false,"first_id":%q,"last_id":%q}`,
		list(names, `{"type":"model","id":"NAME","display_name":"NAME","created_at":"2024-01-01T00:00:00Z"}`), names[0], names[len(names)-1])
}

func (gemini) checkList(r *http.Request) string {
	if r.URL.Path != "/v1beta/models" || r.URL.Query().Get("pageSize") != "1000" {
		return "a GET of " + r.URL.Path + ", or of less than all models"
	}
	return ""
}

func (gemini) models(names []string) []byte {
	return []byte(`{"models":[` + list(names, `{"name":"models/NAME","supportedGenerationMethods":["generateContent","countTokens"]}`) +
		`,{"name":"models/embedding-1","supportedGenerationMethods":["embedContent"]}]}`)
}
