package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/swaggest/swgui/v5emb"
)

var (
	inlineScript = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
	inlineStyle  = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
)

// docs serves the API's documentation. The page has inline scripts and styles,
// which its policy allows by their hashes. Its addresses begin with base.
func docs(base string) http.Handler {
	const place = "/docs/"
	var made written
	v5emb.New("Daybook", base+"/openapi.json", base+place).ServeHTTP(&made, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: base + place}})
	files := v5emb.New("Daybook", base+"/openapi.json", place)
	index := made.Bytes()
	policy := "default-src 'none'; script-src 'self'" + hashes(inlineScript, index) + "; style-src 'self'" + hashes(inlineStyle, index) +
		"; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		if r.URL.Path != place {
			files.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(index)
	})
}

// written keeps the body of a response.
type written struct{ bytes.Buffer }

func (*written) Header() http.Header { return http.Header{} }
func (*written) WriteHeader(int)     {}

// hashes are the policy sources that allow the inline parts of a page.
func hashes(inline *regexp.Regexp, page []byte) string {
	var b strings.Builder
	for _, m := range inline.FindAllSubmatch(page, -1) {
		// A browser hashes the content after normalizing its line ends.
		sum := sha256.Sum256(bytes.ReplaceAll(m[1], []byte("\r\n"), []byte("\n")))
		b.WriteString(" 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'")
	}
	return b.String()
}
