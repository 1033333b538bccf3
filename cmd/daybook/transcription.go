package main

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

// transcription is the job that reads scans, with what it holds open.
type transcription struct {
	*transcribe.Pipeline
	lock *flock.Flock
	root *os.Root
}

// transcription sets up the job that reads scans. Without a model for it they
// are only found. Settle is as in transcribe.Config. Close it when done.
func (a *journal) transcription(settle time.Duration) (*transcription, error) {
	var model llm.ChatModel
	ref, ok := a.models.Task(llm.TaskTranscription)
	if ok {
		var err error
		if model, err = a.models.Chat(ref); err != nil {
			return nil, err
		}
	}
	data := filepath.Dir(a.settings.Database())
	history := a.notesConfig().NewHistory(daybook.Daily)
	journal := a.vault.Folders()[0]
	root, err := os.OpenRoot(journal)
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Unavailable, Message: "The journal's folder, " + journal + ", cannot be opened.", Err: err}
	}
	t := &transcription{
		lock: flock.New(filepath.Join(data, "transcribing.lock"), flock.SetPermissions(0o600)),
		root: root,
	}
	t.Pipeline = transcribe.New(transcribe.Config{
		Store: a.store, Vault: a.vault, Journal: journal, Renderer: a.renderer.In(journal), Editor: edit.NewEditor(root, history.By(edit.Transcription)),
		Model: model, Ref: ref, Prompts: a.prompts, Hints: a.hints, Private: a.guard.Scan, Parallel: a.settings.PagesAtOnce,
		Picture: a.picture(),
		Present: func(ctx context.Context) error { return a.indexer.Present(ctx, daybook.Daily) },
		Partial: a.settings.TranscriptionPartial, Settle: settle, Now: time.Now, Log: a.log,
	})
	t.Leases = a.leases
	return t, nil
}

// picture is how pages are sent to be read.
func (a *journal) picture() pages.Options {
	return pages.Options{Longest: a.settings.PageLongest, Split: a.settings.PageSplit}
}

// pagesCommand is the command with which this program starts itself to decode
// scans.
const pagesCommand = "decode-pages"

// newRenderer returns what renders the pages of scans, in processes of this
// program. Nothing is started yet.
func newRenderer(s settings.Settings) *pages.Renderer {
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	return pages.New(pages.Config{
		Program: program, Args: []string{pagesCommand}, Cache: filepath.Join(filepath.Dir(s.Database()), "cache"),
	})
}

// book shows the scanned pages of entries.
func (a *journal) book() *transcribe.Book {
	return &transcribe.Book{Store: a.store, Renderer: a.renderer.In(a.vault.Folders()[0])}
}

// pagesOf returns what tells on which page of an entry a part of its text is.
func (a *journal) pagesOf(ctx context.Context, e *daybook.Entry) (func(start, end int) int, error) {
	placed, err := a.book().Placed(ctx, e)
	return func(start, end int) int { return transcribe.PageOf(placed, start, end) }, err
}

// elsewhere reports whether the folder that notes are written into is no longer
// the journal's.
func (t *transcription) elsewhere() bool {
	now, err := os.Stat(t.Journal)
	then, held := t.root.Stat(".")
	return err == nil && (held != nil || !os.SameFile(now, then))
}

// Close closes what the job holds open.
func (t *transcription) Close() error {
	return errors.Join(t.root.Close(), t.lock.Close())
}

// errElsewhere says that another process does the job on the same data.
var errElsewhere = errors.New("another Daybook on the same data is transcribing")

// run does the job once, unless another process is at it: no page is to be paid
// for twice.
func (t *transcription) run(ctx context.Context, progress func(store.ScanState)) (transcribe.Report, error) {
	if t.Leases != nil {
		return t.Run(ctx, progress)
	}
	locked, err := t.lock.TryLock()
	if err != nil {
		return transcribe.Report{}, fmt.Errorf("lock the transcribing: %w", err)
	}
	if !locked {
		return transcribe.Report{}, errElsewhere
	}
	defer func() { _ = t.lock.Unlock() }() // closing the file unlocks it too
	return t.Run(ctx, progress)
}

// hints are the tags and names of the journal as it is indexed, without those of
// private notes.
func (a *journal) hints(ctx context.Context) (prompts.Transcribe, error) {
	entries, err := a.store.Newest(ctx, store.Filter{}, 0)
	if err != nil {
		return prompts.Transcribe{}, err
	}
	public, _, err := a.guard.Split(ctx, entries)
	if err != nil {
		return prompts.Transcribe{}, err
	}
	return transcribe.HintsOf(public), nil
}
