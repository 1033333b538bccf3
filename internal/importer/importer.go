// Package importer brings over what the service before Daybook kept: the
// vectors of its notes and its conversations, from files or from a server that
// still runs. What is there already stays as it is, so that an import can run
// any number of times and go on where it was cut.
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

// Older is the model that the older service made its vectors with, and
// olderDim their length.
var Older = llm.Ref{Provider: "gemini", Model: "gemini-embedding-001"}

const olderDim = 3072

// Store is what an import asks of a store; see store.Store for what its
// methods promise.
type Store interface {
	ingest.VectorIndex
	NoteStates(ctx context.Context) ([]store.NoteState, error)
	Entry(ctx context.Context, id string) (daybook.Entry, error)
	Passages(ctx context.Context, entryID string) ([]daybook.Passage, error)
}

// Threads is what an import asks of the conversations; see threads.Service.
type Threads interface {
	Thread(ctx context.Context, id string) (daybook.Thread, error)
	MergeThread(ctx context.Context, t daybook.Thread, messages []daybook.Message) (created bool, added int, err error)
}

// Progress says how far a part of an import is.
type Progress struct {
	Doing       string // names the part
	Done, Total int
}

// Config is what an Importer is made of. Store and Threads are needed, all else
// may be left out.
type Config struct {
	Store   Store
	Threads Threads
	// Index brings the index up to date with the journal. It is called before
	// vectors are matched with notes.
	Index func(ctx context.Context) error
	// Embedding is the model that the passages are searched by, zero where
	// there is none.
	Embedding llm.Ref
	// Model is the model that somebody says the vectors are of; zero takes
	// them for those of Older, and refuses them where that is not Embedding.
	Model llm.Ref
	// EvergreenFolder is the name of the folder of the evergreen notes.
	EvergreenFolder string
	// AnyAge takes a vector also for a note that was changed after the file of
	// the vectors was written.
	AnyAge bool
	// Token is what the older server requires; may be empty.
	Token string
	// InsecureHTTP lets conversations come unencrypted over a network.
	InsecureHTTP bool
	Progress     func(Progress)
}

// Importer imports.
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

// Import brings over what is in source: a file of vectors or of chats, which
// is told by its content, or the older server at an http or https
// address. What cannot come in is left out and reported, and so is what ended
// the reading of the source early, as the Report's Err. The error is another's
// fault: the store's, the journal's or the context's; what came in until then
// is kept and in the report.
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

// sourceError is what is wrong with a source, not with us.
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
	info, err := os.Stat(path) // before opening: that of a pipe would wait for a writer
	switch {
	case errors.Is(err, os.ErrNotExist):
		return bad(daybook.NotFound, "There is no such file.")
	case err == nil && info.IsDir():
		return bad(daybook.Invalid, "This is a folder. Name an embeddings.json or .jsonl, a chats.json, or the older server's address.")
	case err == nil && !info.Mode().IsRegular():
		return bad(daybook.Invalid, "This is no file.")
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
	lines   bool // its name says that it has a value a line
}

// from returns the input from its first byte on.
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
