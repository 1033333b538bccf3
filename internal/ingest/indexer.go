// Package ingest keeps the index in step with the vault. It reads changed
// notes, splits them into passages, and embeds passages that lack a vector.
package ingest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/text"
	"daybook/internal/vault"
)

// Index is the part of a store that an Indexer uses; see store.Index for the
// contracts.
type Index interface {
	NoteStates(ctx context.Context, queries ...store.NoteQuery) ([]store.NoteState, error)
	Apply(ctx context.Context, b store.Batch) error
	Meta(ctx context.Context) (map[string]string, error)
}

// Indexer updates an index from a vault. It does one run at a time.
type Indexer struct {
	// Shared means that Daybooks on other machines update the same index and
	// may see a folder that this one does not: a folder without any notes then
	// means nothing. Set it before the first Run.
	Shared bool
	// Renamed is called for each note that kept its entry under another path;
	// it may be nil. It may be called twice for one rename. Set it before the
	// first Run.
	Renamed func(ctx context.Context, kind daybook.EntryKind, from, to string)

	vault    *vault.Vault
	analyzer *text.Analyzer
	index    Index

	running sync.Mutex
	// compared means that a run of this Indexer compared the whole vault with
	// the index. Links are the notes found by it that may change with another
	// file: symbolic links, and hard links that could not be read. Both are
	// guarded by running.
	compared bool
	links    map[store.NoteName]bool
	// unreported is what Present did since the last report, guarded by running.
	unreported Report

	presence
}

// New returns an Indexer that reads v with the analyzer a into ix.
func New(v *vault.Vault, a *text.Analyzer, ix Index) *Indexer {
	return &Indexer{vault: v, analyzer: a, index: ix}
}

// Progress is the number of notes opened so far, of those to open.
type Progress struct{ Done, Total int }

// Failure is a note, or a folder with notes, that could not be read. The index
// keeps what it had. Err contains no journal text.
type Failure struct {
	Kind daybook.EntryKind
	Path string // as in daybook.Entry
	Err  error
}

// Kept means that notes were not found and are kept in the index nevertheless,
// because their folder could not be listed (daybook.Unavailable) or because
// most of them are missing (daybook.Conflict).
type Kept struct {
	Kind  daybook.EntryKind
	Notes int // not found
	Known int // in the index
	Err   error
}

// Report is the result of a run.
type Report struct {
	Entries   int // in the index now; not counted by Sync
	Unchanged int // notes that were not opened
	Read      int // notes that were opened
	Indexed   int // of the read ones, those that changed in the index
	Renamed   int // of the indexed ones, those that kept the ID of another path
	Deleted   int
	Passages  int // in the notes that were indexed
	Words     int // in the notes that were indexed
	Skipped   []vault.Skip
	Failed    []Failure // by kind and path
	Flawed    []Flaw    // by kind and path: every note in the index that has one
	Kept      []Kept
	Whole     bool // everything was compared, not only some paths
	Duration  time.Duration
}

// fingerprintKey is the key under which the index stores its fingerprint.
const fingerprintKey = "ingest.fingerprint"

// fingerprint identifies what an entry depends on besides its note. If it
// changes, all notes are read again.
func (x *Indexer) fingerprint() string {
	return fmt.Sprintf("analyzer %d %s, notes %d, names %q, private %q",
		text.Version, x.analyzer.Language(), vault.ParserVersion, x.vault.Naming(), strings.Join(x.vault.PrivateTags(), "|"))
}

// Current reports whether every note in the index was read by the current
// rules.
func (x *Indexer) Current(ctx context.Context) (bool, error) {
	made, err := store.MetaOf(ctx, x.index, fingerprintKey)
	return made == x.fingerprint(), wrap("learn what the index was made with", err)
}

// Run updates the index. It opens the notes whose size, times or inode changed,
// and indexes those whose bytes did. A note that cannot be read is reported and
// left unchanged in the index, and so are notes that may not really be deleted
// (see Kept). Progress, which may be nil, is called from one goroutine at a
// time.
//
// The error is daybook.Unavailable if the journal's folder cannot be listed;
// nothing is changed then. Otherwise it is the store's or the context's, and
// what was done until then is in the index and in the report.
func (x *Indexer) Run(ctx context.Context, progress func(Progress)) (Report, error) {
	x.running.Lock()
	defer x.running.Unlock()
	return x.reported(x.run(ctx, &run{progress: progress}, (*run).all))
}

// reported adds what Present did before to a report. The lock is held.
func (x *Indexer) reported(r Report, err error) (Report, error) {
	r.add(x.unreported)
	x.unreported = Report{}
	return r, err
}

// add adds the results of an earlier run.
func (r *Report) add(o Report) {
	r.Read, r.Indexed, r.Renamed, r.Deleted = r.Read+o.Read, r.Indexed+o.Indexed, r.Renamed+o.Renamed, r.Deleted+o.Deleted
	r.Passages, r.Words = r.Passages+o.Passages, r.Words+o.Words
}

// AcceptMissing is a Run that also deletes from the index the notes that Run
// would keep because most are missing: their owner says that they are deleted.
func (x *Indexer) AcceptMissing(ctx context.Context, progress func(Progress)) (Report, error) {
	x.running.Lock()
	defer x.running.Unlock()
	return x.run(ctx, &run{progress: progress, accept: true}, (*run).all)
}

// Deleted is a Run after the owner deleted a note. That note is not kept in the
// index, however many others are missing.
func (x *Indexer) Deleted(ctx context.Context, note store.NoteName) (Report, error) {
	x.running.Lock()
	defer x.running.Unlock()
	deleted := noteKey{note.Kind, note.Path}
	// Another run may have noticed before this one.
	x.notLost(func(key noteKey) bool { return key == deleted })
	return x.run(ctx, &run{deleted: deleted}, (*run).all)
}

// run does one run. The lock is held.
func (x *Indexer) run(ctx context.Context, r *run, do func(*run, context.Context) error) (Report, error) {
	begin := time.Now()
	r.Indexer, r.folders = x, map[daybook.EntryKind]*vault.Folder{}
	r.present, r.unreadable, r.links = map[daybook.EntryKind][]string{}, map[daybook.EntryKind]int{}, map[store.NoteName]bool{}
	defer r.close()
	err := do(r, ctx)
	r.sortReport()
	r.report.Whole = !r.some
	if !r.some && ctx.Err() == nil {
		x.mu.Lock()
		x.kept = r.report.Kept
		x.mu.Unlock()
	}
	r.report.Duration = time.Since(begin)
	return r.report, err
}
