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

// Transcription is the job that transcribes scans. Only one process does it at a
// time.
type Transcription struct {
	*transcribe.Pipeline
	lock *flock.Flock
	root *os.Root
}

// Transcription returns the job that transcribes scans. Without a model it only
// lists them. Settle is as in transcribe.Config. Close it when done.
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
		return nil, &daybook.Error{Kind: daybook.Unavailable, Message: "Cannot open the journal's folder " + journal + ".", Err: err}
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
	t.Leases, t.Answers = j.Leases, j.Store
	return t, nil
}

// Picture returns how pages are rendered for a model.
func (j *Journal) Picture() pages.Options {
	return pages.Options{Longest: j.Settings.PageLongest, Split: j.Settings.PageSplit}
}

// DecodeCommand is the command with which this program starts itself to decode
// scans.
const DecodeCommand = "decode-pages"

// newRenderer returns what renders pages in child processes of this program. It
// starts none yet.
func newRenderer(s settings.Settings) *pages.Renderer {
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	return pages.New(pages.Config{
		Program: program, Args: []string{DecodeCommand}, Cache: filepath.Join(filepath.Dir(s.Database()), "cache"),
	})
}

// Book returns the scanned pages of entries.
func (j *Journal) Book() *transcribe.Book {
	return &transcribe.Book{Store: j.Store, Renderer: j.Renderer.In(j.Vault.Folders()[0])}
}

// pagesOf returns a function that maps a range of the text of an entry to its
// page.
func (j *Journal) pagesOf(ctx context.Context, e *daybook.Entry) (func(start, end int) int, error) {
	placed, err := j.Book().Placed(ctx, e)
	return func(start, end int) int { return transcribe.PageOf(placed, start, end) }, err
}

// Moved reports whether the journal's path now leads to another folder than the
// one that is open.
func (t *Transcription) Moved() bool {
	now, err := os.Stat(t.Journal)
	then, held := t.root.Stat(".")
	if err != nil {
		return false // it is missing
	}
	return held != nil || !os.SameFile(now, then)
}

// Close releases the lock and the folder.
func (t *Transcription) Close() error {
	return errors.Join(t.root.Close(), t.lock.Close())
}

// ErrBusy means that another process is transcribing the same journal.
var ErrBusy = errors.New("another Daybook on the same data is transcribing")

// Run transcribes the scans once. It returns ErrBusy while another process does,
// so that no page is paid for twice.
func (t *Transcription) Run(ctx context.Context, progress func(store.ScanState)) (transcribe.Report, error) {
	if t.Leases != nil {
		return t.Pipeline.Run(ctx, progress)
	}
	locked, err := t.lock.TryLock()
	if err != nil {
		return transcribe.Report{}, fmt.Errorf("lock transcription: %w", err)
	}
	if !locked {
		return transcribe.Report{}, ErrBusy
	}
	defer func() { _ = t.lock.Unlock() }() // closing the file unlocks it too
	return t.Pipeline.Run(ctx, progress)
}

// hints returns tags and names of the journal, without private notes.
func (j *Journal) hints(ctx context.Context) (prompts.Transcribe, error) {
	entries, err := j.Store.Newest(ctx, store.Filter{}, 0)
	if err != nil {
		return prompts.Transcribe{}, err
	}
	public, _, err := j.Guard.Split(ctx, entries)
	if err != nil {
		return prompts.Transcribe{}, err
	}
	hints := transcribe.HintsOf(public)
	hints.Corrected, err = j.Glossary.Hints(ctx)
	return hints, err
}
