package httpapi

import (
	"net/http"
	"strings"

	"daybook"
	"daybook/internal/openaiapi"
)

// openaiPath is the beginning of the paths for programs that speak OpenAI's API.
const openaiPath = "/v1/"

// openai returns the routes for these programs.
func (s *server) openai() map[string]http.HandlerFunc {
	return openaiapi.Routes(openaiapi.Config{
		Chat: s.Chat, Model: s.Default, Now: s.Now, Log: s.Log, BasePath: s.BasePath,
		Status: func(kind daybook.Kind) int { return statuses[kind] },
		Stream: func(w http.ResponseWriter) openaiapi.Stream { return newEventStream(w, s.Heartbeat) },
	})
}

// withOpenAI adds the error in OpenAI's form for paths of that API.
func withOpenAI(r *http.Request, e *errorBody, err error) *errorBody {
	if strings.HasPrefix(r.URL.Path, openaiPath) {
		as := openaiapi.ErrorOf(err)
		e.OpenAI = &as
	}
	return e
}
