package journal

import (
	"context"
	"path/filepath"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/notebook"
	"daybook/internal/notes"
	"daybook/internal/transcribe"
)

// OpenNotebooks returns the service that takes the pages of paper notebooks. It
// keeps them in the data folder until they are in the journal. Close it when
// done.
func (j *Journal) OpenNotebooks(service *notes.Service) (*notebook.Service, error) {
	dir := filepath.Join(filepath.Dir(j.Settings.Database()), "notebooks")
	folder := j.Renderer.In(dir)
	config := transcribe.Config{
		Store: j.Store, Renderer: folder, Prompts: j.prompts, Hints: j.hints, Parallel: j.Settings.PagesAtOnce, Picture: j.Picture(), Now: j.Now, Log: j.Log,
	}
	if ref, ok := j.Models.Task(llm.TaskTranscription); ok {
		model, err := j.Models.Chat(ref)
		if err != nil {
			return nil, err
		}
		config.Model, config.Ref = model, ref
	}
	var books *notebook.Service
	config.Private = func(ctx context.Context, file, note string) (bool, error) { return books.Private(ctx, file, note) }
	books = notebook.New(notebook.Config{
		Dir: dir, Renderer: folder, Reader: transcribe.NewSingle(config), Journal: service, Now: j.Now, MonthFirst: j.Settings.MonthFirst, AtOnce: j.Settings.PagesAtOnce,
		Today: func() daybook.Date { return daybook.DateOf(j.Now()) }, Reason: transcribe.Reason, Log: j.Log,
	})
	return books, nil
}
