// Package web is the page: the app in this folder, as npm builds it into dist
// (make build). A program that was built without it has no page.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// FS has the files of the page as they are served: index.html and what it
// loads. Without Built there is nothing in it to serve.
func FS() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name is valid
	}
	return files
}

// Built reports whether this program has the page.
func Built() bool {
	_, err := fs.Stat(dist, "dist/index.html")
	return err == nil
}
