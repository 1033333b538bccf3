// Package transcribe transcribes scans: it finds new ones, has a model
// transcribe their pages, and writes the text into their notes. Every result is
// stored, so that a run can be stopped at any moment and repeated at any time.
package transcribe

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/pages"
	"daybook/internal/prompts"
	"daybook/internal/store"
	"daybook/internal/vault"
	"daybook/internal/vault/edit"
)

// Renderer renders the pages of the journal's scans; see pages.Folder.
type Renderer interface {
	Stat(path string) (fs.FileInfo, error)
	Inspect(ctx context.Context, path string) (pages.Info, error)
	Render(ctx context.Context, path string, page int, o pages.Options) ([]pages.Picture, error)
}

// Editor writes notes; see edit.Editor.
type Editor interface {
	Edit(ctx context.Context, path string, ifMatch edit.Hash, change func(old []byte) ([]byte, error)) (edit.Result, error)
	Create(ctx context.Context, path string, note []byte) (edit.Result, error)
	Read(ctx context.Context, path string) ([]byte, error)
}

// acquire takes a token; release returns it.
func acquire(ctx context.Context, tokens chan struct{}) (release func(), err error) {
	select {
	case tokens <- struct{}{}:
		return func() { <-tokens }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Config configures a Pipeline. All fields but Model, Hints, Parallel, Partial,
// Leases and Log are required.
type Config struct {
	Store    store.Scans
	Vault    *vault.Vault
	Journal  string // the folder of the daily notes
	Renderer Renderer
	Editor   Editor
	// Model is called with llm.Background as its retry policy. Without a model,
	// scans are found but not read.
	Model   llm.ChatModel
	Ref     llm.Ref // of Model
	Prompts *prompts.Set
	// Hints returns the journal's tags and names; called once per run with
	// work.
	Hints    func(context.Context) (prompts.Transcribe, error)
	Parallel int // concurrent pages; 0 means 8
	Picture  pages.Options
	// Partial writes notes even if some pages could not be read, with a marker
	// for each missing page.
	Partial bool
	// Settle is how long a scan must be unchanged before it is read: it may
	// still be being copied.
	Settle time.Duration
	Now    func() time.Time
	Log    *slog.Logger
	// Leases, if not nil, divides the work between servers: each note belongs
	// to one server at a time.
	Leases store.Leases
	// Present returns an error while the journal may have vanished: no scan is
	// forgotten and no note is written then. It may be nil.
	Present func(context.Context) error
	// Private reports whether a scan of a note is private and must not be sent to
	// a provider. It is called before each page. If nil, no scan is private.
	Private func(ctx context.Context, scan, note string) (bool, error)
	// Answers keeps what the owner said of photographs. It may be nil.
	Answers Meta
}

func (c *Config) present(ctx context.Context) error {
	if c.Present == nil {
		return nil
	}
	return c.Present(ctx)
}

// Pipeline transcribes the scans of one journal. Run must not be called
// concurrently.
type Pipeline struct {
	Config
	// asked has a token for each page that the model is reading. ahead has one
	// for each of those and for a few pages that are rendered in advance.
	asked, ahead chan struct{}

	unkept sync.Map // texts that could not be stored, by page key

	mu      sync.Mutex
	reading map[string]chan struct{} // by page key; closed when the page was read
}

// drawnAhead is how many pages are rendered in advance.
const drawnAhead = 4

// New returns a Pipeline.
func New(c Config) *Pipeline {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	n := cmp.Or(c.Parallel, 8)
	return &Pipeline{Config: c, asked: make(chan struct{}, n), ahead: make(chan struct{}, n+drawnAhead), reading: map[string]chan struct{}{}}
}

// Report is what a run did.
type Report struct {
	Scans    int               // in the folder
	Settling int               // changed just now and left for the next run
	Written  int               // notes
	Read     int               // pages, including those read before
	Failed   []store.ScanState // now or before
	Kept     []store.ScanState // left alone, with the reason
	// Photographs are pictures that the owner is asked about.
	Photographs []vault.Photographs
	Looked      bool // the folder was looked through
}

// account adds the states of scans.
func (r *Report) account(scans []store.ScanState) {
	for _, s := range scans {
		switch s.Stage {
		case store.Failed:
			r.Failed = append(r.Failed, s)
		case store.Kept:
			r.Kept = append(r.Kept, s)
		}
	}
}

// notesAtOnce is the number of concurrent notes; their pages share Parallel.
const notesAtOnce = 4

// Run processes scans that are new, changed or due for a retry. Progress may be
// nil; it is called with every new state of a scan, from several goroutines. A
// failure of a scan becomes its state. Run returns only errors of the context
// and the store, or daybook.Unavailable if the folder cannot be read.
func (p *Pipeline) Run(ctx context.Context, progress func(store.ScanState)) (Report, error) {
	notes, report, err := p.look(ctx)
	if err != nil || len(notes) == 0 || p.Model == nil {
		return report, err
	}
	err = p.work(ctx, notes, &report, progress)
	return report, err
}

// Help processes scans that another server has found, without scanning the
// folder. It requires Leases.
func (p *Pipeline) Help(ctx context.Context, progress func(store.ScanState)) (Report, error) {
	var report Report
	if p.Model == nil {
		return report, nil
	}
	states, err := p.Store.Scans(ctx)
	if err != nil {
		return report, err
	}
	report.Scans = len(states)
	byNote := map[string][]store.ScanState{}
	for _, s := range states {
		byNote[s.Note] = append(byNote[s.Note], s)
	}
	var notes [][]store.ScanState
	for _, scans := range byNote {
		if slices.ContainsFunc(scans, p.due(ctx)) {
			notes = append(notes, scans)
		}
	}
	if len(notes) == 0 {
		return report, nil
	}
	err = p.work(ctx, notes, &report, progress)
	return report, err
}

// work processes notes.
func (p *Pipeline) work(ctx context.Context, notes [][]store.ScanState, report *Report, progress func(store.ScanState)) error {
	if progress == nil {
		progress = func(store.ScanState) {}
	}
	system, err := p.systemPrompt(ctx)
	if err != nil {
		return err
	}
	ctx = llm.WithTask(llm.WithPolicy(ctx, llm.Background), llm.TaskTranscription)
	todo := newTodo(p, notes)
	var mu sync.Mutex
	group, within := errgroup.WithContext(ctx)
	for range min(notesAtOnce, len(notes)) {
		group.Go(func() error {
			for {
				taken, err := todo.take(within)
				if err != nil || taken == nil {
					return err
				}
				n := &note{Pipeline: p, path: taken.scans[0].Note, scans: taken.scans, system: system, progress: progress}
				err = n.do(taken.ctx)
				lost := taken.ctx.Err() != nil && within.Err() == nil
				taken.release()
				if lost {
					continue // another server has it now
				}
				mu.Lock()
				n.account(report)
				mu.Unlock()
				if err != nil {
					return err
				}
			}
		})
	}
	return group.Wait()
}

// systemPrompt returns the prompt with the hints of this moment.
func (p *Pipeline) systemPrompt(ctx context.Context) (string, error) {
	var hints prompts.Transcribe
	if p.Hints != nil {
		var err error
		if hints, err = p.Hints(ctx); err != nil {
			return "", err
		}
	}
	return p.Prompts.Transcribe(hints)
}

// look compares the folder with the store and returns the scans of each note
// that needs work, in name order.
func (p *Pipeline) look(ctx context.Context) (notes [][]store.ScanState, report Report, err error) {
	if err := p.present(ctx); err != nil {
		return nil, report, err
	}
	folder, err := p.Vault.Open(daybook.Daily)
	if err != nil {
		return nil, report, err
	}
	defer folder.Close()
	answers, err := Answers(ctx, p.Answers)
	if err != nil {
		return nil, report, err
	}
	listing, err := folder.Scans(ctx, answers.Pages)
	if err != nil {
		return nil, report, err
	}
	found, unread := listing.Scans, listing.Unread
	report.Photographs, report.Looked = listing.Photographs, true
	known, err := p.known(ctx)
	if err != nil {
		return nil, report, err
	}
	report.Scans = len(found)
	byNote, settling, err := p.statesOf(ctx, found, known)
	if err != nil {
		return nil, report, err
	}
	for _, n := range settling {
		report.Settling += n
	}
	if len(unread) == 0 {
		for _, scan := range found {
			delete(known, scan.Path)
		}
		gone := slices.Collect(maps.Keys(known))
		if err := p.Store.WriteScans(ctx, store.ScanBatch{Delete: gone}); err != nil {
			return nil, report, err
		}
	}
	if err := p.dropCopies(ctx, byNote, found); err != nil {
		return nil, report, err
	}
	for note, scans := range byNote {
		if settling[note] == 0 && slices.ContainsFunc(scans, p.due(ctx)) {
			inOrder(scans)
			notes = append(notes, scans)
			continue
		}
		report.account(scans)
	}
	slices.SortFunc(notes, func(a, b []store.ScanState) int { return strings.Compare(a[0].Note, b[0].Note) })
	return notes, report, nil
}

// statesOf returns the states of scans by note. Scans that may still be changing are
// only counted, in settling.
func (p *Pipeline) statesOf(ctx context.Context, found []vault.Scan, known map[string]store.ScanState) (byNote map[string][]store.ScanState, settling map[string]int, err error) {
	byNote, settling = map[string][]store.ScanState{}, map[string]int{}
	for _, scan := range found {
		if p.settling(scan) {
			settling[scan.Note]++
			continue
		}
		state, err := p.state(ctx, scan, known[scan.Path])
		if errors.Is(err, os.ErrNotExist) {
			continue // gone since the folder was read
		}
		if err != nil {
			return nil, nil, err
		}
		byNote[scan.Note] = append(byNote[scan.Note], state)
	}
	return byNote, settling, nil
}

// inOrder sorts the scans of a note by page order.
func inOrder(scans []store.ScanState) {
	slices.SortFunc(scans, func(a, b store.ScanState) int { return vault.CompareScans(a.Path, b.Path) })
}

// settling reports whether a scan may still be being written. A time in the
// future doesn't count: it comes from another clock.
func (p *Pipeline) settling(scan vault.Scan) bool {
	age := p.Now().Sub(time.Unix(0, scan.ModTime))
	return age >= 0 && age < p.Settle
}

func (p *Pipeline) known(ctx context.Context) (map[string]store.ScanState, error) {
	states, err := p.Store.Scans(ctx)
	if err != nil {
		return nil, err
	}
	byPath := make(map[string]store.ScanState, len(states))
	for _, s := range states {
		byPath[s.Path] = s
	}
	return byPath, nil
}

// state returns the state of a scan. A file that was only touched keeps its
// state; a file with new content starts over.
func (p *Pipeline) state(ctx context.Context, scan vault.Scan, before store.ScanState) (store.ScanState, error) {
	began := p.Now()
	// A file may be replaced by one with the same size and time, but its change
	// time is then later than the recorded state.
	changed := time.Unix(0, scan.ChangeTime).After(before.Updated) && !before.Updated.After(began)
	if before.Path != "" && before.Note == scan.Note && before.Size == scan.Size && before.ModTime == scan.ModTime && before.Inode == scan.Inode && !changed {
		return before, nil
	}
	hash, err := p.hash(scan.Path)
	if err != nil {
		return before, err
	}
	state := store.ScanState{Stage: store.Found}
	if before.Path != "" && before.Hash == hash {
		state = before
	}
	state.Path, state.Note, state.Hash = scan.Path, scan.Note, hash
	// A scan that waits for its note to change must not miss the change.
	if waits := state.Stage == store.Kept || state.Stage == store.Failed; !waits || !p.noteChanged(state) {
		state.Updated = began
	}
	state.Size, state.ModTime, state.Inode = scan.Size, scan.ModTime, scan.Inode
	return state, p.Store.WriteScans(ctx, store.ScanBatch{Put: []store.ScanState{state}})
}

// hash returns the hash of a scan's bytes.
func (p *Pipeline) hash(path string) (hash [32]byte, err error) {
	root, err := os.OpenRoot(p.Journal)
	if err != nil {
		return hash, fmt.Errorf("open the journal's folder: %w", err)
	}
	defer root.Close()
	f, err := root.Open(path)
	if err != nil {
		return hash, fmt.Errorf("read a scan: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return hash, fmt.Errorf("read a scan: %w", err)
	}
	h.Sum(hash[:0])
	return hash, nil
}
