package transcribe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/vault"
	"daybook/internal/vault/edit"
)

// note is the work on one note and its scans.
type note struct {
	*Pipeline
	path     string
	system   string
	progress func(store.ScanState)
	began    time.Time

	mu      sync.Mutex // guards what follows
	scans   []store.ScanState
	aside   []store.ScanState // scans to skip
	texts   [][]string        // of each scan's pages that were read
	missing [][]bool
	read    int
	written bool
}

// do processes the note's scans as far as possible. It returns only errors that
// should end the whole run.
func (n *note) do(ctx context.Context) error {
	n.began = n.Now()
	if err := n.setErasedAside(ctx); err != nil {
		return n.settle(ctx, store.Failed, err)
	}
	if len(n.scans) == 0 {
		return nil
	}
	if withheld, err := n.private(ctx); err != nil || withheld {
		return err
	}
	if _, err := os.Lstat(filepath.Join(n.Journal, filepath.FromSlash(vault.Placeholder(n.path)))); err == nil {
		return n.keep(ctx, elsewhere)
	}
	reason, err := n.ownersOwn(ctx)
	if err != nil {
		return n.settle(ctx, store.Failed, err)
	}
	if reason != "" {
		return n.keep(ctx, reason)
	}
	if _, err := edit.NewNote(n.names(), "\n"); err != nil { // fail before paying for anything
		return n.settle(ctx, store.Failed, err)
	}
	n.texts, n.missing = make([][]string, len(n.scans)), make([][]bool, len(n.scans))
	group, within := errgroup.WithContext(ctx)
	for i := range n.scans {
		group.Go(func() error { return n.transcribe(within, i) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if withheld, err := n.private(ctx); err != nil || withheld {
		return err
	}
	enough := n.Partial || n.complete()
	if !enough || n.scansChanged() {
		return nil
	}
	return n.write(ctx)
}

// private leaves the note alone if one of its scans is private, and reports
// whether it does.
func (n *note) private(ctx context.Context) (bool, error) {
	for _, s := range n.scans {
		withheld, err := n.withheld(ctx, s)
		if err != nil {
			return true, n.settle(ctx, store.Failed, err)
		}
		if withheld {
			return true, n.keep(ctx, store.NotePrivate)
		}
	}
	return false, nil
}

// scansChanged reports whether a scan was removed or replaced while its pages
// were read. Its text must not be written then; the next run starts over.
func (n *note) scansChanged() bool {
	return slices.ContainsFunc(n.scans, func(s store.ScanState) bool {
		info, err := n.Renderer.Stat(s.Path)
		if err != nil {
			return errors.Is(err, fs.ErrNotExist)
		}
		if info.Size() == s.Size && info.ModTime().UnixNano() == s.ModTime {
			return false
		}
		hash, err := n.hash(s.Path) // it may only have been touched, or seen through another mount
		if err != nil {
			return errors.Is(err, fs.ErrNotExist)
		}
		return hash != s.Hash
	})
}

// The reasons for leaving scans alone, with what the user can do.
const (
	ownersWords = "The note already has typed text, which stays as it is. To have the words of the scan written into the note, add the heading ### Transcription with nothing below it."
	elsewhere   = "The note is in the cloud and not on this machine. The scan is transcribed once the note is here."
	saysRead    = "The note says that its scans are transcribed. To have them read again, remove transcription from its front matter and the text below ### Transcription."
)

// ownersOwn returns why the note must be left alone: it has text that Daybook
// did not write, or says that its scans were already read. It returns "" for
// other notes.
func (n *note) ownersOwn(ctx context.Context) (string, error) {
	data, err := n.Editor.Read(ctx, n.path)
	if daybook.KindOf(err) == daybook.NotFound || errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	parsed, err := vault.Parse(vault.File{Kind: daybook.Daily, Path: n.path, Title: n.title()}, data)
	if err != nil {
		return "", err
	}
	written, err := store.WrittenIn(ctx, n.Store, n.path)
	if err != nil {
		return "", err
	}
	switch {
	case parsed.Text != "" && isOurs(written, parsed.Text):
		return "", nil
	case parsed.FrontMatter.Transcribed:
		return saysRead, nil
	case parsed.Text != "":
		return ownersWords, nil
	}
	return "", nil
}

// names returns the names under which the note embeds its scans.
func (n *note) names() []string {
	var names []string
	for _, s := range n.scans {
		names = append(names, path.Base(s.Path))
	}
	return names
}

func (n *note) title() string { return path.Base(vault.Stem(n.path)) }

// transcribe reads the pages of a scan.
func (n *note) transcribe(ctx context.Context, i int) error {
	n.mu.Lock()
	scan := n.scans[i]
	n.mu.Unlock()
	if scan.Pages == 0 {
		info, err := n.Renderer.Inspect(ctx, scan.Path)
		if err != nil {
			return n.fail(ctx, i, err)
		}
		scan.Pages = info.Pages
	}
	scan.Done = 0
	// This publishes the number of pages before the first one is read, and
	// reveals a failing store before a page is paid for.
	if err := n.Store.WriteScans(ctx, store.ScanBatch{Put: []store.ScanState{scan}}); err != nil {
		return err
	}
	n.progress(scan)
	state, texts, failures, err := n.readPages(ctx, scan)
	if err != nil {
		return err
	}
	missing := make([]bool, scan.Pages)
	var first error
	for page, err := range failures {
		if missing[page] = err != nil; err != nil && first == nil {
			first = fmt.Errorf("page %d of %d: %w", page+1, scan.Pages, err)
		}
	}
	n.mu.Lock()
	n.scans[i], n.texts[i], n.missing[i] = state, texts, missing
	n.mu.Unlock()
	if first != nil {
		return n.fail(ctx, i, first)
	}
	return n.advance(ctx, i, store.Transcribed, "")
}

// readPages reads all pages of a scan. It returns the scan's new state, and the
// text or the failure of each page. The error ends the whole run.
func (n *note) readPages(ctx context.Context, scan store.ScanState) (state store.ScanState, texts []string, failures []error, err error) {
	texts, failures = make([]string, scan.Pages), make([]error, scan.Pages)
	state = scan // published while the pages are read
	group, within := errgroup.WithContext(ctx)
	for page := range scan.Pages {
		group.Go(func() error {
			release, err := acquire(within, n.ahead)
			if err != nil {
				return err
			}
			defer release()
			texts[page], failures[page] = n.page(within, scan, page+1, n.system)
			if failures[page] != nil {
				return within.Err() // the other pages go on
			}
			n.mu.Lock()
			defer n.mu.Unlock()
			n.read++
			state.Done++
			state.Updated = n.Now()
			n.progress(state)
			return n.Store.WriteScans(within, store.ScanBatch{Put: []store.ScanState{state}})
		})
	}
	err = group.Wait()
	return state, texts, failures, err
}

func (n *note) advance(ctx context.Context, i int, stage store.Stage, reason string) error {
	n.mu.Lock()
	n.scans[i].Stage, n.scans[i].Error, n.scans[i].Updated = stage, reason, n.Now()
	if stage == store.Kept { // detect edits from then on
		n.scans[i].Updated = n.began
	}
	state := n.scans[i]
	n.mu.Unlock()
	n.progress(state)
	return n.Store.WriteScans(ctx, store.ScanBatch{Put: []store.ScanState{state}})
}

// keep marks all scans of the note as left alone.
func (n *note) keep(ctx context.Context, reason string) error {
	for i := range n.scans {
		if n.scans[i].Stage == store.Written {
			continue
		}
		if err := n.advance(ctx, i, store.Kept, reason); err != nil {
			return err
		}
	}
	return nil
}

// noteChanged reports whether the note of a scan that was left alone or failed
// has changed since: it may now accept the text, or be readable. If the clock
// was set back since, it may have changed. If the note was deleted, its scan is
// not read into another note.
func (p *Pipeline) noteChanged(s store.ScanState) bool {
	changed, err := vault.Changed(filepath.Join(p.Journal, filepath.FromSlash(s.Note)))
	clockSetBack := s.Updated.After(p.Now())
	mayDiffer := clockSetBack || changed.After(s.Updated)
	return err == nil && mayDiffer
}

// settle stores the stage of all transcribed scans of the note.
func (n *note) settle(ctx context.Context, stage store.Stage, err error) error {
	for i := range n.scans {
		if stage == store.Failed {
			if err := n.fail(ctx, i, err); err != nil {
				return err
			}
			continue
		}
		if n.scans[i].Stage == store.Failed { // a page is missing: the change of the note was ours
			if err := n.advance(ctx, i, store.Failed, n.scans[i].Error); err != nil {
				return err
			}
		}
		if n.scans[i].Stage != store.Transcribed {
			continue
		}
		if err := n.advance(ctx, i, stage, ""); err != nil {
			return err
		}
	}
	return nil
}

func (n *note) complete() bool {
	for _, s := range n.scans {
		if s.Stage == store.Failed {
			return false
		}
	}
	return true
}

// account adds the results for the note to a report.
func (n *note) account(r *Report) {
	r.Read += n.read
	if n.written {
		r.Written++
	}
	r.account(n.scans)
	r.account(n.aside)
}
