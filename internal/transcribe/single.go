package transcribe

import (
	"context"

	"daybook/internal/llm"
	"daybook/internal/store"
)

// Single reads pages that are not in the journal yet, such as those of a
// notebook that is being photographed. It is safe for concurrent use.
type Single struct{ pipeline *Pipeline }

// NewSingle returns a Single. Of the Config it needs Store, Renderer and Prompts;
// the scans' paths are the Renderer's. Hints is called for each page, and Private
// with an empty note.
func NewSingle(c Config) *Single { return &Single{New(c)} }

// Ready reports whether a model is set.
func (s *Single) Ready() bool { return s.pipeline.Model != nil }

// Read returns the words of a page of a scan, counted from 1. They are stored, so
// that the same bytes are paid for once, here or by a Pipeline.
func (s *Single) Read(ctx context.Context, scan string, hash [32]byte, page int) (string, error) {
	system, err := s.pipeline.systemPrompt(ctx)
	if err != nil {
		return "", err
	}
	ctx = llm.WithTask(llm.WithPolicy(ctx, llm.Background), llm.TaskTranscription)
	return s.pipeline.page(ctx, store.ScanState{Path: scan, Hash: hash}, page, system)
}

// Keep stores the words of a page, so that a Pipeline that finds the same bytes
// in the journal does not ask for them again.
func (s *Single) Keep(ctx context.Context, hash [32]byte, page int, text string) error {
	if !s.Ready() {
		return nil
	}
	p := s.pipeline
	return p.Store.WriteScans(ctx, store.ScanBatch{Pages: []store.PageText{{Key: key(p.Ref, p.Picture, hash, page), Scan: hash, Text: text}}})
}

// Forget erases the words of a scan.
func (s *Single) Forget(ctx context.Context, hash [32]byte) error {
	return s.pipeline.Store.WriteScans(ctx, store.ScanBatch{ForgetScans: [][32]byte{hash}})
}

// Reason returns why a page was not read, as shown to the user, and whether that
// may be the page's own fault.
func Reason(err error) (reason string, page bool) { return reasonOf(err), ofScan(err) }
