package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"daybook"
	"daybook/internal/httpapi"
	"daybook/internal/llm"
	"daybook/internal/pages"
	"daybook/internal/prompts"
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
func (a *app) transcription(settle time.Duration) (*transcription, error) {
	var model llm.ChatModel
	ref, ok := a.models.Task(llm.TaskTranscription)
	if ok {
		var err error
		if model, err = a.models.Chat(ref); err != nil {
			return nil, err
		}
	}
	renderer, err := a.renderer()
	if err != nil {
		return nil, err
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
		Store: a.store, Vault: a.vault, Journal: journal, Renderer: renderer.In(journal), Editor: edit.NewEditor(root, history.By(edit.Transcription)),
		Model: model, Ref: ref, Prompts: a.prompts, Hints: a.hints, Private: a.guard.Scan, Parallel: a.settings.PagesAtOnce,
		Picture: a.picture(),
		Present: func(ctx context.Context) error { return a.indexer.Present(ctx, daybook.Daily) },
		Partial: a.settings.TranscriptionPartial, Settle: settle, Now: time.Now, Log: a.log,
	})
	t.Leases, _ = a.store.(store.Leases)
	return t, nil
}

// picture is how pages are sent to be read.
func (a *app) picture() pages.Options {
	return pages.Options{Longest: a.settings.PageLongest, Split: a.settings.PageSplit}
}

// newRenderer makes what draws pages, in processes of this program.
func (a *app) newRenderer() (*pages.Renderer, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	a.drawn = pages.New(pages.Config{
		Program: program, Args: []string{pagesCommand}, Cache: filepath.Join(filepath.Dir(a.settings.Database()), "cache"),
	})
	return a.drawn, nil
}

// book shows the pages of entries; nil where they cannot be drawn.
func (a *app) book() httpapi.Book {
	book, err := a.openBook()
	if err != nil {
		a.log.Error("pages cannot be shown", "err", err)
		return nil
	}
	return book
}

func (a *app) openBook() (*transcribe.Book, error) {
	renderer, err := a.renderer()
	if err != nil {
		return nil, err
	}
	return &transcribe.Book{Store: a.store, Renderer: renderer.In(a.vault.Folders()[0])}, nil
}

// pagesOf returns what tells on which page of an entry a part of its text is.
func (a *app) pagesOf(ctx context.Context, e *daybook.Entry) (func(start, end int) int, error) {
	book, err := a.openBook()
	if err != nil {
		return nil, err
	}
	placed, err := book.Placed(ctx, e)
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
func (a *app) hints(ctx context.Context) (prompts.Transcribe, error) {
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

// transcribe reads scans, and logs what there is to say. It reports whether some
// are still being copied, and why none were read.
func (a *app) transcribe(ctx context.Context, read func(context.Context, func(store.ScanState)) (transcribe.Report, error), progress func(store.ScanState)) (settling bool, err error) {
	if ctx.Err() != nil {
		return false, nil
	}
	report, err := read(ctx, progress)
	switch {
	case errors.Is(err, errElsewhere), ctx.Err() != nil:
		return false, nil
	case daybook.KindOf(err) == daybook.Unavailable: // the status says why
		a.log.Warn("scans are not transcribed now", "err", err)
	case err != nil:
		a.log.Error("transcribe the scans", "err", err)
	}
	if report.Read > 0 || report.Written > 0 {
		a.log.Info("transcribed scans", "pages", report.Read, "notes", report.Written, "failed", len(report.Failed))
	}
	return report.Settling > 0, err
}

// runTranscription reads the scans that are new with a progress bar.
func (a *app) runTranscription(ctx context.Context) (transcribe.Report, error) {
	job, err := a.transcription(0) // what is there when somebody asks is meant
	if err != nil {
		return transcribe.Report{}, err
	}
	defer job.Close()
	show := newProgress(a.world, "Transcribing")
	show.least = 1 // a page takes seconds
	defer show.done()
	var mu sync.Mutex
	scans := map[string]store.ScanState{}
	if err := transcribe.Retry(ctx, a.store, ""); err != nil { // who asks does not want to wait
		return transcribe.Report{}, err
	}
	report, err := job.run(ctx, func(s store.ScanState) {
		mu.Lock()
		defer mu.Unlock()
		scans[s.Path] = s
		done, all := 0, 0
		for _, s := range scans {
			done, all = done+s.Done, all+s.Pages
		}
		show.update(done, all)
	})
	if errors.Is(err, errElsewhere) {
		fmt.Fprintln(a.world.stderr, "daybook: another Daybook on the same data is transcribing; the scans are left to it")
		return report, nil
	}
	return report, err
}
