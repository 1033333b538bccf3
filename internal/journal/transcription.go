package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/pages"
	"daybook/internal/prompts"
	"daybook/internal/settings"
	"daybook/internal/store"
	"daybook/internal/transcribe"
	"daybook/internal/vault/edit"
)

// Transcription is the job that reads scans, with what it holds open.
type Transcription struct {
	*transcribe.Pipeline
	lock *flock.Flock
	root *os.Root
}

// Transcription sets up the job that reads scans. Without a model for it they
// are only found. Settle is as in transcribe.Config. Close it when done.
func (j *Journal) Transcription(settle time.Duration) (*Transcription, error) {
	var model llm.ChatModel
	ref, ok := j.Models.Task(llm.TaskTranscription)
	if ok {
		var err error
		if model, err = j.Models.Chat(ref); err != nil {
			return nil, err
		}
	}
	data := filepath.Dir(j.Settings.Database())
	history := j.notesConfig().NewHistory(daybook.Daily)
	journal := j.Vault.Folders()[0]
	root, err := os.OpenRoot(journal)
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Unavailable, Message: "The journal's folder, " + journal + ", cannot be opened.", Err: err}
	}
	t := &Transcription{
		lock: flock.New(filepath.Join(data, "transcribing.lock"), flock.SetPermissions(0o600)),
		root: root,
	}
	t.Pipeline = transcribe.New(transcribe.Config{
		Store: j.Store, Vault: j.Vault, Journal: journal, Renderer: j.Renderer.In(journal), Editor: edit.NewEditor(root, history.By(edit.Transcription)),
		Model: model, Ref: ref, Prompts: j.prompts, Hints: j.hints, Private: j.Guard.Scan, Parallel: j.Settings.PagesAtOnce,
		Picture: j.Picture(),
		Present: func(ctx context.Context) error { return j.Indexer.Present(ctx, daybook.Daily) },
		Partial: j.Settings.TranscriptionPartial, Settle: settle, Now: time.Now, Log: j.Log,
	})
	t.Leases = j.Leases
	return t, nil
}

// Picture is how pages are sent to be read.
func (j *Journal) Picture() pages.Options {
	return pages.Options{Longest: j.Settings.PageLongest, Split: j.Settings.PageSplit}
}

// DecodeCommand is the command with which this program starts itself to decode
// scans.
const DecodeCommand = "decode-pages"

// newRenderer returns what renders the pages of scans, in processes of this
// program. Nothing is started yet.
func newRenderer(s settings.Settings) *pages.Renderer {
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	return pages.New(pages.Config{
		Program: program, Args: []string{DecodeCommand}, Cache: filepath.Join(filepath.Dir(s.Database()), "cache"),
	})
}

// Book shows the scanned pages of entries.
func (j *Journal) Book() *transcribe.Book {
	return &transcribe.Book{Store: j.Store, Renderer: j.Renderer.In(j.Vault.Folders()[0])}
}

// pagesOf returns what tells on which page of an entry a part of its text is.
func (j *Journal) pagesOf(ctx context.Context, e *daybook.Entry) (func(start, end int) int, error) {
	placed, err := j.Book().Placed(ctx, e)
	return func(start, end int) int { return transcribe.PageOf(placed, start, end) }, err
}

// Moved reports whether the folder that notes are written into is no longer
// the journal's.
func (t *Transcription) Moved() bool {
	now, err := os.Stat(t.Journal)
	then, held := t.root.Stat(".")
	return err == nil && (held != nil || !os.SameFile(now, then))
}

// Close closes what the job holds open.
func (t *Transcription) Close() error {
	return errors.Join(t.root.Close(), t.lock.Close())
}

// ErrBusy says that another process does the job on the same data.
var ErrBusy = errors.New("another Daybook on the same data is transcribing")

// Run does the job once, unless another process is at it: no page is to be paid
// for twice.
func (t *Transcription) Run(ctx context.Context, progress func(store.ScanState)) (transcribe.Report, error) {
	if t.Leases != nil {
		return t.Run(ctx, progress)
	}
	locked, err := t.lock.TryLock()
	if err != nil {
		return transcribe.Report{}, fmt.Errorf("lock the transcribing: %w", err)
	}
	if !locked {
		return transcribe.Report{}, ErrBusy
	}
	defer func() { _ = t.lock.Unlock() }() // closing the file unlocks it too
	return t.Run(ctx, progress)
}

// hints are the tags and names of the journal as it is indexed, without those of
// private notes.
func (j *Journal) hints(ctx context.Context) (prompts.Transcribe, error) {
	entries, err := j.Store.Newest(ctx, store.Filter{}, 0)
	if err != nil {
		return prompts.Transcribe{}, err
	}
	public, _, err := j.Guard.Split(ctx, entries)
	if err != nil {
		return prompts.Transcribe{}, err
	}
	return transcribe.HintsOf(public), nil
}
