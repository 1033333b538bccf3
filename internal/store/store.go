// Package store defines what a store keeps and how to query it: entries and
// their passages, vectors, threads, messages and turns. Each backend is a
// folder below it that implements [Store] and passes the suite in storetest.
// Rules live above the stores: a store only keeps and finds.
package store

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"daybook"
)

// NoteState describes a note's file, so that a change shows without opening it.
type NoteState struct {
	Kind    daybook.EntryKind
	Path    string // as in daybook.Entry; Kind and Path name a note
	EntryID string
	Size    int64
	ModTime int64 // Unix nanoseconds
	// ChangeTime is when the file's bytes or metadata last changed, in Unix
	// nanoseconds; 0 if the system does not report it. Unlike ModTime, programs
	// cannot set it.
	ChangeTime int64
	Inode      uint64
	Hash       [32]byte // SHA-256 of the file's bytes when it was last read
}

// NoteName names a note.
type NoteName struct {
	Kind daybook.EntryKind
	Path string // as in daybook.Entry
}

// NoteQuery asks for the notes that match any of its fields.
type NoteQuery struct {
	Names    []NoteName
	EntryIDs []string
	Hashes   [][32]byte
	Inodes   []uint64 // 0 matches nothing
}

// Joined returns the query that matches what any of several does.
func Joined(queries []NoteQuery) (q NoteQuery) {
	for _, one := range queries {
		q.Names, q.EntryIDs = append(q.Names, one.Names...), append(q.EntryIDs, one.EntryIDs...)
		q.Hashes, q.Inodes = append(q.Hashes, one.Hashes...), append(q.Inodes, one.Inodes...)
	}
	return q
}

// IndexedPassage is a passage with its search terms: the analyzed words of
// internal/text, in text order, joined by single spaces.
type IndexedPassage struct {
	daybook.Passage
	Terms string
}

// Note is an entry with its passages, as it is indexed.
type Note struct {
	State    NoteState
	Entry    daybook.Entry
	Passages []IndexedPassage // the store assigns their IDs
}

// Batch is a set of changes to the index that becomes visible all at once or
// not at all.
type Batch struct {
	Put   []Note      // replaces the entry with the same ID, passages too
	Touch []NoteState // same text, but another size, time or inode
	// Private are the IDs of entries that are private from now on although
	// their notes could not be read. Notes in Put say so themselves.
	Private []string
	Delete  []string // entry IDs; unknown ones are ignored
	// Meta are values to store by key: what the index was made with.
	Meta map[string]string
	// Erase are spaces whose vectors are erased, in steps, after all other
	// changes. If it is interrupted it can be repeated.
	Erase []Space
}

// ChangesEntries reports whether b changes anything but Meta and vectors.
func (b *Batch) ChangesEntries() bool {
	return len(b.Put)+len(b.Touch)+len(b.Private)+len(b.Delete) > 0
}

// SetMeta returns the batch that stores one value of Meta.
func SetMeta(key, value string) Batch { return Batch{Meta: map[string]string{key: value}} }

// Filter narrows a search or a listing. The zero value matches everything.
type Filter struct {
	// Days matches entries with a day in any of the ranges; nil matches any
	// day.
	Days     []daybook.DateRange
	Kind     daybook.EntryKind // "" matches any
	Tags     []string          // the entry has all of these or tags below them; case is ignored
	EntryIDs []string          // nil matches any
	// Public excludes private entries; Private excludes all others.
	Public, Private bool
}

// IsOpen reports whether f matches everything.
func (f Filter) IsOpen() bool {
	return f.Days == nil && f.Kind == "" && len(f.Tags) == 0 && f.EntryIDs == nil && !f.Public && !f.Private
}

// WordQuery searches for passages by analyzed terms. Any is scored (BM25); All,
// None and Phrases restrict the matches. At least one of Any, All and Phrases
// is required. Terms are data, never query syntax.
type WordQuery struct {
	Any []string
	// Weights are the weights of terms in Any; the default is 1.
	Weights map[string]float64
	All     []string
	None    []string
	Phrases [][]string // consecutive terms
}

// Check returns a daybook.Invalid error if q asks for no term.
func (q WordQuery) Check() error {
	if len(q.Any)+len(q.All)+len(q.Phrases) == 0 {
		return daybook.Errorf(daybook.Invalid, "There is no word to search for.")
	}
	return nil
}

// Scored returns the lists of terms that contribute to a passage's score.
func (q WordQuery) Scored() [][]string { return append([][]string{q.Any, q.All}, q.Phrases...) }

// Vocabulary is every term in the index, sorted by its bytes, with the number
// of passages that contain it. It is immutable.
type Vocabulary struct {
	Terms    []string
	Counts   []int // as many as Terms
	Passages int   // in the index
}

// Count returns how many passages a term occurs in.
func (v *Vocabulary) Count(term string) int {
	if i, ok := slices.BinarySearch(v.Terms, term); ok {
		return v.Counts[i]
	}
	return 0
}

// Without returns v without some passages; each has the terms of one.
func (v *Vocabulary) Without(passages iter.Seq[string]) *Vocabulary {
	gone, n := map[string]int{}, 0
	for terms := range passages {
		n++
		for _, term := range distinct(terms) {
			gone[term]++
		}
	}
	if n == 0 {
		return v
	}
	out := &Vocabulary{Passages: max(0, v.Passages-n)}
	for i, term := range v.Terms {
		if count := v.Counts[i] - gone[term]; count > 0 {
			out.Terms, out.Counts = append(out.Terms, term), append(out.Counts, count)
		}
	}
	return out
}

// distinct returns the different terms of a passage.
func distinct(terms string) []string {
	list := strings.Fields(terms)
	slices.Sort(list)
	return slices.Compact(list)
}

// Hit is a passage found by a search, without its text: few of the many hits
// are shown, and Index.Passages returns those. A higher Score is better; scores
// of different kinds of search are not comparable.
type Hit struct {
	Passage daybook.Passage
	Score   float64
	// Distance is the cosine distance (0 to 2) in a vector search, and 0 in a
	// search by words.
	Distance float64
}

// Space identifies vectors that can be compared: they are of one model and have one
// dimension.
type Space struct {
	Model string // as provider/model
	Dim   int
}

// PassageText is a passage that needs a vector.
type PassageText struct {
	ID      int64
	EntryID string
	Text    string
}

// PassageVector is the vector of a passage. Its length must not be zero and
// need not be 1.
type PassageVector struct {
	ID     int64
	Vector []float32
}

// Stats counts what a store holds.
type Stats struct {
	Entries, Passages, Threads, Messages int
	// Private counts private entries, and PrivatePassages their passages.
	Private, PrivatePassages int
	// Vectors counts the passages that have a vector in each space.
	Vectors map[Space]int
}

// Index stores the entries of the vault and searches them.
type Index interface {
	// NoteStates returns the states of the notes that match any of the queries,
	// each once and in no order, without reading the whole index. Without
	// queries it returns every note.
	NoteStates(ctx context.Context, queries ...NoteQuery) ([]NoteState, error)
	// Apply makes the changes of b. A passage whose text did not change keeps
	// its vectors, also if it moves to another entry in the same batch. Vectors
	// of texts that no longer exist are erased.
	Apply(ctx context.Context, b Batch) error
	// Entries returns the entries with the given IDs in that order, without
	// those that do not exist.
	Entries(ctx context.Context, ids []string) ([]daybook.Entry, error)
	// Newest returns up to limit entries that match f, all if limit is 0. They
	// are sorted by their first day, newest first, then by path.
	Newest(ctx context.Context, f Filter, limit int) ([]daybook.Entry, error)
	// Span returns the first and the last day of the daily entries; both are
	// zero if there are none.
	Span(ctx context.Context) (daybook.DateRange, error)
	// Passages returns an entry's passages in text order.
	Passages(ctx context.Context, entryID string) ([]daybook.Passage, error)
	// SearchWords returns the best k passages, best first. If f is public, their
	// scores are those of an index without private entries.
	SearchWords(ctx context.Context, q WordQuery, f Filter, k int) ([]Hit, error)
	// Vocabulary returns the index's terms, or those of public entries with their
	// numbers alone. The value stays the same as long as the index does not
	// change.
	Vocabulary(ctx context.Context, public bool) (*Vocabulary, error)
	// SearchVectors returns the k passages nearest to query by cosine distance,
	// nearest first, among those with a vector in space. This is exact, unless
	// the backend documents a size above which it uses an index that may miss
	// one in fifty. After those come up to more other near passages, whose
	// distances and order may be off by a thousandth or two. A query whose
	// length is not space.Dim is daybook.Invalid.
	SearchVectors(ctx context.Context, space Space, query []float32, f Filter, k, more int) ([]Hit, error)
	// WithoutVector returns up to limit passages without a vector in space,
	// ordered by ID, starting after the ID after. Public excludes passages of
	// private entries.
	WithoutVector(ctx context.Context, space Space, public bool, after int64, limit int) ([]PassageText, error)
	// PutVectors stores vectors. Those of passages that were deleted are
	// dropped; one whose length is not space.Dim fails the whole call.
	PutVectors(ctx context.Context, space Space, vectors []PassageVector) error
	// Meta returns the values stored by Batch.Meta.
	Meta(ctx context.Context) (map[string]string, error)
	Stats(ctx context.Context) (Stats, error)
	// Generation returns a value that changes with every change to an entry or
	// a scan, by any process, and only then.
	Generation(ctx context.Context) (string, error)
}

// Stage is the progress of a scan.
type Stage string

// The stages of a scan.
const (
	Found       Stage = "found"       // it is to be transcribed
	Transcribed Stage = "transcribed" // every page is, and its note is to be written
	Written     Stage = "written"     // its text is in its note
	Kept        Stage = "kept"        // it is left alone: Error says why
	Failed      Stage = "failed"      // Error says why, and which page
)

// NoteDeleted is the Error of a scan that is Kept because its note was deleted.
const NoteDeleted = "Its note was deleted."

// NotePrivate is the Error of a scan that is Kept because it is private.
const NotePrivate = "Its note is private, and no provider is sent its pages."

// ScanState is the state of a scan.
type ScanState struct {
	Path, Note string // as in vault.Scan
	Size       int64
	ModTime    int64 // Unix nanoseconds
	Inode      uint64
	Hash       [32]byte // SHA-256 of the file's bytes
	Pages      int      // 0 until they are counted
	Done       int      // transcribed pages
	Stage      Stage
	Error      string // a sentence for the user; may be empty
	Attempts   int    // failed ones since the file changed
	Updated    time.Time
}

// PagePart is the range of a scanned page's words in a text, in bytes.
type PagePart struct {
	Scan       string
	Page       int // from 1
	Start, End int
}

// WrittenNote is the text last written into a note.
type WrittenNote struct {
	Text   string
	Before string // the text before that, which may still be there after a crash
	Parts  []PagePart
}

// PageText is the transcription of a scanned page.
type PageText struct {
	Key  string   // of the model and of what it was asked to read
	Scan [32]byte // the hash of the scan's bytes
	Text string
}

// ScanBatch is a set of changes to scans that is made all at once or not at
// all.
type ScanBatch struct {
	Put    []ScanState
	Delete []string   // paths; unknown ones are ignored
	Pages  []PageText // transcriptions to store by key
	// ForgetPages are keys of pages, and ForgetScans hashes of files. Their
	// transcriptions are erased before Pages are stored.
	ForgetPages []string
	ForgetScans [][32]byte
	Written     map[string]WrittenNote // by note
}

// Scans stores the progress of scans, the transcriptions of their pages, and
// what was written into notes. Paths are the vault's.
type Scans interface {
	// Scans returns the scans of the given notes, or all without arguments,
	// sorted by path.
	Scans(ctx context.Context, notes ...string) ([]ScanState, error)
	WriteScans(ctx context.Context, b ScanBatch) error
	// PageTexts calls f with the known transcriptions of the pages with the
	// given keys, or with all if keys is nil, by key. An error from f ends it
	// and is returned.
	PageTexts(ctx context.Context, keys []string, f func(PageText) error) error
	// WrittenNotes returns what was last written into the given notes, or into
	// all without arguments. Notes into which nothing was written are left out.
	WrittenNotes(ctx context.Context, notes ...string) (map[string]WrittenNote, error)
}

// Transfer lists what the other interfaces store but cannot list, so that
// everything can be copied to another store.
type Transfer interface {
	// NotesOf returns notes as they were stored, except for the IDs of their
	// passages, in the order of the given IDs and without those that do not
	// exist.
	NotesOf(ctx context.Context, ids []string) ([]Note, error)
	// VectorsOf returns the vectors in space of the passages that have one,
	// normalized to length 1, in the given order. PutVectors stores a vector of
	// length 1 bit by bit.
	VectorsOf(ctx context.Context, space Space, passages []int64) ([]PassageVector, error)
}

// Store keeps everything of one journal. It is safe for concurrent use, also by
// several processes if the backend's documentation says so. Unknown IDs are
// daybook.NotFound errors unless a method says otherwise.
type Store interface {
	Index
	Threads
	Scans
	Analyses
	Usage
	Ledger
	Transfer
	// Capabilities returns what this backend can do that others cannot.
	Capabilities() Capabilities
	Close() error
}
