package httpapi

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// What only a browser on this computer may do, such as seeing the token, is refused
// to what came through a proxy here, or was made by another page.
func TestNear(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*http.Request)
		want   bool
	}{
		"this computer":           {func(*http.Request) {}, true},
		"its page":                {func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:8000") }, true},
		"over IPv6":               {func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:5000", "[::1]:8000" }, true},
		"a proxy with a header":   {func(r *http.Request) { r.Header.Set("X-Forwarded-For", "127.0.0.1") }, false},
		"a proxy without headers": {func(r *http.Request) { r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.0", 1, 0 }, false},
		"another name":            {func(r *http.Request) { r.Host = "diary.example" }, false},
		"another computer":        {func(r *http.Request) { r.RemoteAddr = "192.0.2.1:5000" }, false},
		"another page":            {func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:9000") }, false},
		"no origin":               {func(r *http.Request) { r.Header.Set("Origin", "null") }, false},
	} {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8000/settings/token", nil)
		r.RemoteAddr = "127.0.0.1:5000"
		c.change(r)
		if got := near(r); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
