package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
)

// An empty value is refused where a query allows only some, and so are too many.
func TestStrictQuery(t *testing.T) {
	w := newWorld(t, options{})
	thread := get[object](w, http.MethodPost, "/threads", object{"title": "Bees"})["thread_id"].(string)
	for path, want := range map[string]string{
		"/threads/" + thread + "/export?format=":         "query",
		"/threads/" + thread + "/export":                 "",
		"/threads/" + thread + "/export?format=json":     "",
		"/timeline?q=bees&by=":                           "query",
		"/entries?limit=":                                "query",
		"/search?q=bees&k=":                              "query",
		"/entries?tag=" + strings.Repeat("&tag=", 20):    "query",
		"/entries?tag=" + strings.Repeat("&tag=", 19):    "",
		"/entries?limit=5&tag=%23reading&nothing=at-all": "",
	} {
		status, body := w.do(http.MethodGet, path, nil)
		if want != "" && (status != http.StatusUnprocessableEntity || !strings.Contains(body, want)) || want == "" && status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}
