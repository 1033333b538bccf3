// Package ingest keeps the index in step with the vault. It reads what
// changed, splits it into passages, and has those embedded that want a vector.
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

// Index is what an Indexer asks of a store; see store.Index for what its
// methods promise.
type Index interface {
	NoteStates(ctx context.Context, queries ...store.NoteQuery) ([]store.NoteState, error)
	Apply(ctx context.Context, b store.Batch) error
	Meta(ctx context.Context) (map[string]string, error)
}

// Indexer brings an index up to date with a vault. Runs of one Indexer wait
// for one another.
type Indexer struct {
	// Shared says that the index is also kept by Daybooks elsewhere, which may
	// see a folder that this one does not: one without any note says nothing
	// then. Set it before the first Run.
	Shared bool
	// Renamed is told of each note that kept its entry under another path; nil for
	// nobody. A rename may be told of twice. Set it before the first Run.
	Renamed func(ctx context.Context, kind daybook.EntryKind, from, to string)

	vault    *vault.Vault
	analyzer *text.Analyzer
	index    Index

	running sync.Mutex
	// compared says that a run of this Indexer compared the whole vault with
	// the index, and links are the notes that it found which may change with
	// another file: symbolic links, and hard links that could not be read. Both
	// are guarded by running.
	compared bool
	links    map[store.NoteName]bool
	// unreported is what Present did since the last report; running guards it.
	unreported Report

	presence
}

// New returns an Indexer that reads v by the rules of a and keeps ix.
func New(v *vault.Vault, a *text.Analyzer, ix Index) *Indexer {
	return &Indexer{vault: v, analyzer: a, index: ix}
}

// Progress says how many of the notes that have to be opened were read.
type Progress struct{ Done, Total int }

// Failure is a note that could not be read, or a folder with the notes in it.
// What the index holds of it was left as it was. Err holds no journal text.
type Failure struct {
	Kind daybook.EntryKind
	Path string // as in daybook.Entry
	Err  error
}

// Kept says that notes were not found and are kept in the index all the same,
// because their folder could not be listed (daybook.Unavailable), or because
// most of them are gone (daybook.Conflict).
type Kept struct {
	Kind  daybook.EntryKind
	Notes int // that were not found
	Known int // in the index
	Err   error
}

// Report is what a run did.
type Report struct {
	Entries   int // in the index now; not counted by Sync
	Unchanged int // notes that were not opened
	Read      int // notes that were opened
	Indexed   int // of those, the ones that went into the index
	Renamed   int // of those, the ones that kept the ID of another path
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

// fingerprintKey is where the index says what it was made with.
const fingerprintKey = "ingest.fingerprint"

// fingerprint says what an entry depends on besides its note. An index with
// another one is made anew.
func (x *Indexer) fingerprint() string {
	return fmt.Sprintf("analyzer %d %s, notes %d, names %q, private %q",
		text.Version, x.analyzer.Language(), vault.ParserVersion, x.vault.Naming(), strings.Join(x.vault.PrivateTags(), "|"))
}

// Current reports whether every note in the index was read by the rules that
// hold now.
func (x *Indexer) Current(ctx context.Context) (bool, error) {
	made, err := store.MetaOf(ctx, x.index, fingerprintKey)
	return made == x.fingerprint(), wrap("learn what the index was made with", err)
}

// Run brings the index up to date. It opens the notes whose size, times or
// inode changed, and indexes those whose bytes did. A note that cannot be read
// is reported and left as it is in the index, and the rest goes on; so are
// notes that may not really be gone (see Kept). Progress, which may be nil, is
// called now and then from one goroutine at a time.
//
// The error is daybook.Unavailable when the journal's folder cannot be
// listed; nothing is changed then. Else it is the store's or the context's,
// and what was done until then is in the index and in the report.
func (x *Indexer) Run(ctx context.Context, progress func(Progress)) (Report, error) {
	x.running.Lock()
	defer x.running.Unlock()
	return x.reported(x.run(ctx, &run{progress: progress}, (*run).all))
}

// reported adds to a report what Present did before; the lock is held.
func (x *Indexer) reported(r Report, err error) (Report, error) {
	r.add(x.unreported)
	x.unreported = Report{}
	return r, err
}

// add adds what an earlier run did.
func (r *Report) add(o Report) {
	r.Read, r.Indexed, r.Renamed, r.Deleted = r.Read+o.Read, r.Indexed+o.Indexed, r.Renamed+o.Renamed, r.Deleted+o.Deleted
	r.Passages, r.Words = r.Passages+o.Passages, r.Words+o.Words
}

// AcceptMissing is a Run that also deletes from the index the notes that Run
// would keep because most are missing: their owner says that they are gone for
// good.
func (x *Indexer) AcceptMissing(ctx context.Context, progress func(Progress)) (Report, error) {
	x.running.Lock()
	defer x.running.Unlock()
	return x.run(ctx, &run{progress: progress, accept: true}, (*run).all)
}

// Deleted is a Run after the owner has deleted a note, which is not kept in the
// index however many others are missing.
func (x *Indexer) Deleted(ctx context.Context, note store.NoteName) (Report, error) {
	x.running.Lock()
	defer x.running.Unlock()
	deleted := noteKey{note.Kind, note.Path}
	// Another run may have found it gone before this one.
	x.notLost(func(key noteKey) bool { return key == deleted })
	return x.run(ctx, &run{deleted: deleted}, (*run).all)
}

// run does one run; the lock is held.
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
