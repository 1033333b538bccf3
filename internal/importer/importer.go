// Package importer imports the data of the service before Daybook: the vectors
// of its notes and its conversations, from files or from a running server.
// Existing data is never changed, so that an import can be repeated, or
// continued after an interruption.
package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"daybook"
	"daybook/internal/ingest"
	"daybook/internal/llm"
	"daybook/internal/store"
)

// Older is the model of the older service's vectors, and olderDim their
// dimension.
var Older = llm.Ref{Provider: "gemini", Model: "gemini-embedding-001"}

const olderDim = 3072

// Store is the part of a store that an import uses; see store.Store for the
// contracts.
type Store interface {
	ingest.VectorIndex
	NoteStates(ctx context.Context, queries ...store.NoteQuery) ([]store.NoteState, error)
	Entries(ctx context.Context, ids []string) ([]daybook.Entry, error)
	Passages(ctx context.Context, entryID string) ([]daybook.Passage, error)
}

// Threads is the part of the conversations that an import uses; see
// threads.Service.
type Threads interface {
	Thread(ctx context.Context, id string) (daybook.Thread, error)
	MergeThread(ctx context.Context, t daybook.Thread, messages []daybook.Message) (created bool, added int, err error)
}

// Progress is the progress of a part of an import.
type Progress struct {
	Doing       string // names the part
	Done, Total int
}

// Config configures an Importer. Only Store and Threads are required.
type Config struct {
	Store   Store
	Threads Threads
	// Index updates the index from the journal. It is called before vectors are
	// matched with notes.
	Index func(ctx context.Context) error
	// Embedding is the model by which the passages are searched; zero if there
	// is none.
	Embedding llm.Ref
	// Model is the model of the imported vectors, as the user says. Zero
	// assumes Older, and refuses the vectors unless that is Embedding.
	Model llm.Ref
	// EvergreenFolder is the name of the evergreen notes' folder.
	EvergreenFolder string
	// AnyAge also uses vectors of notes that were changed after the file of
	// vectors was written.
	AnyAge bool
	// Token is what the older server requires; may be empty.
	Token string
	// InsecureHTTP allows unencrypted transfer over a network.
	InsecureHTTP bool
	Progress     func(Progress)
}

// Importer imports sources into one journal.
type Importer struct {
	Config
	timeout   time.Duration // of a request to the older server
	maxThread int64         // bounds the messages of a thread in a file, in bytes of JSON
}

// New returns an Importer.
func New(c Config) *Importer {
	if c.Index == nil {
		c.Index = func(context.Context) error { return nil }
	}
	if c.Progress == nil {
		c.Progress = func(Progress) {}
	}
	return &Importer{Config: c, timeout: 2 * time.Minute, maxThread: 64 << 20}
}

// Import imports a source: a file of vectors or of chats, detected by its
// content, or the older server at an http or https address. What cannot be
// imported is left out and reported. If the source cannot be read completely,
// that is the Report's Err. The returned error is the store's, the journal's or
// the context's; what was imported until then is kept and in the report.
func (im *Importer) Import(ctx context.Context, source string) (*Report, error) {
	r := &Report{Source: source}
	var err error
	if isURL(source) {
		r.Kind, r.Source = Server, withoutSecrets(source)
		err = im.server(ctx, source, r)
	} else {
		err = im.file(ctx, source, r)
	}
	var s sourceError
	if errors.As(err, &s) {
		r.Err, err = s.err, nil
	}
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("import: %w", err)
	}
	return r, err
}

// sourceError is a problem of the source, not ours.
type sourceError struct{ err error }

func (e sourceError) Error() string { return e.err.Error() }
func (e sourceError) Unwrap() error { return e.err }

func isSource(err error) bool {
	var s sourceError
	return errors.As(err, &s)
}

func bad(kind daybook.Kind, format string, args ...any) error {
	return sourceError{daybook.Errorf(kind, format, args...)}
}

// maxFile bounds a file, in bytes.
const maxFile = 4 << 30

// file imports a file.
func (im *Importer) file(ctx context.Context, path string, r *Report) error {
	info, err := os.Stat(path) // before opening: opening a pipe would wait for a writer
	switch {
	case errors.Is(err, os.ErrNotExist):
		return bad(daybook.NotFound, "There is no such file.")
	case err == nil && info.IsDir():
		return bad(daybook.Invalid, "This is a folder. Name an embeddings.json or .jsonl, a chats.json, or the older server's address.")
	case err == nil && !info.Mode().IsRegular():
		return bad(daybook.Invalid, "This is not a regular file.")
	case err == nil && info.Size() > maxFile:
		return bad(daybook.TooLarge, "The file is larger than %d GB.", maxFile>>30)
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(path)
	}
	if err != nil {
		return sourceError{&daybook.Error{Kind: daybook.Unavailable, Message: "The file cannot be read.", Err: err}}
	}
	defer f.Close()
	in := input{f, info.Size(), info.ModTime(), strings.EqualFold(filepath.Ext(path), ".jsonl")}
	return im.read(ctx, in, r)
}

// input is an open file, or its stand-in.
type input struct {
	io.ReaderAt
	size    int64
	written time.Time
	lines   bool // its name says that it has one value per line
}

// from returns the input from its first byte.
func (in input) from() io.Reader { return newFinite(io.NewSectionReader(in, 0, in.size)) }

func (im *Importer) read(ctx context.Context, in input, r *Report) error {
	form, err := formOf(in)
	if err != nil {
		return err
	}
	if form == chatFile {
		r.Kind = Chats
		return im.chats(ctx, in, r)
	}
	r.Kind = Vectors
	return im.vectors(ctx, in, form, r)
}
