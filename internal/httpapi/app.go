package httpapi

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"daybook"
)

// appFiles are the files of the page by path, such as "/" and
// "/assets/index-1a2b.js". It is empty if the page was not built.
type appFiles map[string]*asset

// asset is a file of the page, with its compressed forms.
type asset struct {
	mime    string
	cache   string
	etag    string // without quotes
	data    []byte
	brotli  []byte        // nil if it was not built
	gzipped func() []byte // nil if that saves nothing
}

// mimes are the types of the page's files. The system's table is not used: it
// may be missing or wrong.
var mimes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".json": "application/json", ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml", ".png": "image/png",
	".ico": "image/x-icon", ".webp": "image/webp", ".jpg": "image/jpeg", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8",
	".wasm": "application/wasm",
}

// Files with a hash in their names never change; others must be revalidated.
const (
	forever = "public, max-age=31536000, immutable"
	again   = "no-cache"
)

// appPath is the path below which the app has its own paths, all served by one
// file.
const appPath = "/app/"

// loadApp reads the files of the page, which is served below base. Files may be
// nil.
func loadApp(files fs.FS, base string) (appFiles, error) {
	app := appFiles{}
	if files == nil {
		return app, nil
	}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		ext := path.Ext(name)
		if err != nil || d.IsDir() || strings.HasPrefix(path.Base(name), ".") || mimes[ext] == "" {
			return err
		}
		a := &asset{mime: mimes[ext], cache: again}
		if a.data, err = fs.ReadFile(files, name); err != nil {
			return err
		}
		a.brotli, _ = fs.ReadFile(files, name+".br") // there need not be one
		if name == "index.html" && base != "" {
			// Everything else of the page finds its files from its own address.
			a.data, a.brotli = bytes.ReplaceAll(a.data, []byte(`="/`), []byte(`="`+base+`/`)), nil
		}
		if strings.HasPrefix(name, "assets/") {
			a.cache = forever
		}
		sum := sha256.Sum256(a.data)
		a.etag = base64.RawURLEncoding.EncodeToString(sum[:12])
		a.gzipped = sync.OnceValue(func() []byte { return compress(a.data) })
		app["/"+name] = a
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	if index := app["/index.html"]; index != nil {
		app["/"] = index
	}
	return app, nil
}

// compress returns nil if that would not make data smaller.
func compress(data []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	_, _ = w.Write(data) // into memory
	if err := w.Close(); err != nil || b.Len() >= len(data) {
		return nil
	}
	return b.Bytes()
}

// built reports whether there is a page to serve.
func (a appFiles) built() bool { return a["/"] != nil }

// has reports whether a path belongs to the page.
func (a appFiles) has(name string) bool {
	if path.Clean(name) != strings.TrimSuffix(name, "/") && name != "/" {
		return false // a different path after cleaning
	}
	return name == "/" || name == strings.TrimSuffix(appPath, "/") || a[name] != nil ||
		strings.HasPrefix(name, appPath) || strings.HasPrefix(name, "/assets/") || strings.HasPrefix(name, "/icons/")
}

// app serves the app's one file for every path of the app.
func (s *server) app(w http.ResponseWriter, r *http.Request) {
	if s.files.built() {
		s.files["/"].serve(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if r.URL.Path != "/" {
		w.WriteHeader(http.StatusNotFound)
	}
	_, _ = w.Write([]byte("Daybook " + s.Version + `

This Daybook was built without its page. “make build” in its sources, with Node.js and npm installed, builds both.

Its API is all here. Its description is at /docs, and in OpenAPI 3.1 at /openapi.json.
`))
}

func (s *server) asset(w http.ResponseWriter, r *http.Request) {
	a := s.files[r.URL.Path]
	if a == nil {
		s.refuse(w, daybook.Errorf(daybook.NotFound, "Not Found"))
		return
	}
	a.serve(w, r)
}

// serve sends a file in the smallest form that the browser accepts.
func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.mime)
	h.Set("Cache-Control", a.cache)
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Add("Vary", "Accept-Encoding")
	accepts := r.Header.Get("Accept-Encoding")
	data, etag := a.data, a.etag
	switch {
	case a.brotli != nil && takes(accepts, "br"):
		data, etag = a.brotli, etag+"-br"
		h.Set("Content-Encoding", "br")
	case takes(accepts, "gzip"):
		if gzipped := a.gzipped(); gzipped != nil {
			data, etag = gzipped, etag+"-gz"
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("ETag", `"`+etag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// takes reports whether an Accept-Encoding header accepts a coding.
func takes(accepts, coding string) bool {
	for part := range strings.SplitSeq(accepts, ",") {
		name, params, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		q, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return !ok || err != nil || weight > 0
	}
	return false
}
