// Package store says what a store keeps and how it is asked: entries and
// their passages, vectors, threads, messages and turns. A backend is a folder
// below it that implements [Store] and passes the suite in storetest. Rules
// live above the stores: a store keeps and finds.
package store

import (
	"context"
	"slices"
	"time"

	"daybook"
)

// NoteState is what is known of a note's file without opening it, and the
// hash of what stood in it when it was last read.
type NoteState struct {
	Kind    daybook.EntryKind
	Path    string // as in daybook.Entry; Kind and Path name a note
	EntryID string
	Size    int64
	ModTime int64 // Unix nanoseconds
	// ChangeTime is when the file's bytes or its metadata last changed, in Unix
	// nanoseconds; 0 if the system does not tell. Unlike ModTime, programs
	// cannot set it.
	ChangeTime int64
	Inode      uint64
	Hash       [32]byte // SHA-256 of the file's bytes
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

// Joined returns the query that matches what one of several does.
func Joined(queries []NoteQuery) (q NoteQuery) {
	for _, one := range queries {
		q.Names, q.EntryIDs = append(q.Names, one.Names...), append(q.EntryIDs, one.EntryIDs...)
		q.Hashes, q.Inodes = append(q.Hashes, one.Hashes...), append(q.Inodes, one.Inodes...)
	}
	return q
}

// IndexedPassage is a passage with the terms it is found by: the analysed
// words of internal/text, in text order, joined by single spaces.
type IndexedPassage struct {
	daybook.Passage
	Terms string
}

// Note is an entry as it goes into the index.
type Note struct {
	State    NoteState
	Entry    daybook.Entry
	Passages []IndexedPassage // their IDs are given by the store
}

// Batch is a set of changes to the index that becomes visible at once, or not
// at all.
type Batch struct {
	Put   []Note      // replaces the entry with the same ID, passages too
	Touch []NoteState // the same text, another size, time or inode
	// Private are the IDs of entries that are private from now on, although
	// their notes could not be read. Put says so of each that was read.
	Private []string
	Delete  []string // entry IDs; unknown ones are passed over
	// Meta are values to keep, by key. They hold what the index was made with.
	Meta map[string]string
	// Erase are spaces whose vectors are erased, after all else and bit by bit.
	// Stopped before its end it can be done again.
	Erase []Space
}

// ChangesEntries reports whether b changes anything but Meta and vectors.
func (b *Batch) ChangesEntries() bool {
	return len(b.Put)+len(b.Touch)+len(b.Private)+len(b.Delete) > 0
}

// SetMeta is the batch that keeps one value of Meta.
func SetMeta(key, value string) Batch { return Batch{Meta: map[string]string{key: value}} }

// Filter narrows a search or a listing. Its zero value lets everything in.
type Filter struct {
	// Days are when the entry is from: any of its days is in any of the
	// ranges. Nil is any day.
	Days     []daybook.DateRange
	Kind     daybook.EntryKind // "" is any
	Tags     []string          // the entry has all of them, or tags below them, without regard to case
	EntryIDs []string          // nil is any
	// Public leaves out the entries that are private, Private all others.
	Public, Private bool
}

// IsOpen reports whether f lets everything in.
func (f Filter) IsOpen() bool {
	return f.Days == nil && f.Kind == "" && len(f.Tags) == 0 && f.EntryIDs == nil && !f.Public && !f.Private
}

// WordQuery asks for passages by analysed terms. Any is scored (BM25); All,
// None and Phrases decide what is in. At least one of Any, All and Phrases is
// not empty. Terms are data, never query syntax.
type WordQuery struct {
	Any []string
	// Weights are what terms of Any count for, where it is not 1.
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

// Scored returns the lists of terms that score a passage, where it is in.
func (q WordQuery) Scored() [][]string { return append([][]string{q.Any, q.All}, q.Phrases...) }

// Vocabulary is every term that occurs in the index, sorted by its bytes, with
// the number of passages that contain it. It is not changed after it was
// returned.
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

// Hit is a passage that a search found, without its text: of the many that a
// search goes through few are shown, and Index.Passages has those. Score is
// better when higher; scores of different ways of searching do not compare.
type Hit struct {
	Passage daybook.Passage
	Score   float64
	// Distance is the cosine distance (0 to 2) of a vector search, and 0 for
	// a search by words.
	Distance float64
}

// Space names the vectors that may be compared with each other: those of one
// model and dimension.
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

// PassageVector is the vector of a passage, of any length but zero; it need
// not be normalised.
type PassageVector struct {
	ID     int64
	Vector []float32
}

// Stats counts what a store holds.
type Stats struct {
	Entries, Passages, Threads, Messages int
	// Private counts the entries that are private, PrivatePassages theirs.
	Private, PrivatePassages int
	// Vectors counts the passages that have a vector, by space.
	Vectors map[Space]int
}

// Index keeps what was read of the vault, and finds it again.
type Index interface {
	// NoteStates returns the states of the notes that match one of the queries,
	// each once and in no order, without reading the whole index; or of every
	// note in the index if there is no query.
	NoteStates(ctx context.Context, queries ...NoteQuery) ([]NoteState, error)
	// Apply makes the changes of b. A passage whose text did not change keeps
	// its vectors, also when it moved to another entry in the same batch;
	// vectors of texts that are nowhere left are erased.
	Apply(ctx context.Context, b Batch) error
	// Entries returns the entries with the given IDs in that order, leaving
	// out those that do not exist.
	Entries(ctx context.Context, ids []string) ([]daybook.Entry, error)
	// Newest returns the entries that pass f, by their first day, newest
	// first and then by path; at most limit, all for 0.
	Newest(ctx context.Context, f Filter, limit int) ([]daybook.Entry, error)
	// Span returns the first and the last day of the daily entries; both are
	// zero when there are none.
	Span(ctx context.Context) (daybook.DateRange, error)
	// Passages returns an entry's passages in text order.
	Passages(ctx context.Context, entryID string) ([]daybook.Passage, error)
	// SearchWords returns the best k passages, best first.
	SearchWords(ctx context.Context, q WordQuery, f Filter, k int) ([]Hit, error)
	// Vocabulary returns the index's terms: the same value for as long as the
	// index does not change.
	Vocabulary(ctx context.Context) (*Vocabulary, error)
	// SearchVectors returns the k passages nearest to query by cosine
	// distance, nearest first, among those that have a vector in space. It is
	// exact, unless the backend says from what size on it asks an index that
	// may miss one in fifty. Behind those it returns at most more others that are near too:
	// their distances may be off by a thousandth or two, and so may their
	// order. A query of another length than space.Dim is daybook.Invalid.
	SearchVectors(ctx context.Context, space Space, query []float32, f Filter, k, more int) ([]Hit, error)
	// WithoutVector returns at most limit passages that have no vector in
	// space, in the order of their IDs, beginning after the ID after. Public
	// leaves out those of private entries.
	WithoutVector(ctx context.Context, space Space, public bool, after int64, limit int) ([]PassageText, error)
	// PutVectors keeps vectors. Those of passages that are gone meanwhile are
	// dropped; one of another length than space.Dim fails the whole call.
	PutVectors(ctx context.Context, space Space, vectors []PassageVector) error
	// Meta returns what the index was made with, as Batch.Meta keeps it.
	Meta(ctx context.Context) (map[string]string, error)
	Stats(ctx context.Context) (Stats, error)
	// Generation returns a value that is another one after every change to an
	// entry or a scan, by whatever process, and the same one until then.
	Generation(ctx context.Context) (string, error)
}

// Stage is how far a scan has come.
type Stage string

// The stages of a scan.
const (
	Found       Stage = "found"       // it is to be transcribed
	Transcribed Stage = "transcribed" // every page is, and its note is to be written
	Written     Stage = "written"     // its text is in its note
	Kept        Stage = "kept"        // it is left alone: Error says why
	Failed      Stage = "failed"      // Error says why, and which page
)

// NoteDeleted is why a scan is Kept whose note was erased.
const NoteDeleted = "Its note was deleted."

// NotePrivate is why a scan is Kept that no provider may be sent.
const NotePrivate = "Its note is private, and no provider is sent its pages."

// ScanState is what is known of a scan.
type ScanState struct {
	Path, Note string // as in vault.Scan
	Size       int64
	ModTime    int64 // Unix nanoseconds
	Inode      uint64
	Hash       [32]byte // SHA-256 of the file's bytes
	Pages      int      // 0 while they were not counted
	Done       int      // of them, transcribed
	Stage      Stage
	Error      string // a sentence for a person, "" for none
	Attempts   int    // that failed, since the file changed
	Updated    time.Time
}

// PagePart is the place of a scanned page's words in a text, as byte
// offsets.
type PagePart struct {
	Scan       string
	Page       int // from 1
	Start, End int
}

// WrittenNote is what was written into a note last.
type WrittenNote struct {
	Text   string
	Before string // what was written before that, which a crash may have left there
	Parts  []PagePart
}

// PageText is what a scanned page says.
type PageText struct {
	Key  string   // of the model and of what was to be read
	Scan [32]byte // the hash of the scan's bytes
	Text string
}

// ScanBatch is a set of changes to scans that is made at once, or not at all.
type ScanBatch struct {
	Put    []ScanState
	Delete []string   // paths; unknown ones are passed over
	Pages  []PageText // what pages say, by key
	// ForgetPages are the keys of pages, and ForgetScans the hashes of files,
	// whose texts are erased; those of Pages are kept after that.
	ForgetPages []string
	ForgetScans [][32]byte
	Written     map[string]WrittenNote // by note
}

// Scans keeps how far the scans have come, what their pages say, and what was
// written of them. Paths are the vault's.
type Scans interface {
	// Scans returns the scans of notes, or all without any, by path.
	Scans(ctx context.Context, notes ...string) ([]ScanState, error)
	WriteScans(ctx context.Context, b ScanBatch) error
	// PageTexts calls f with what the pages with the given keys say, as far as
	// it is known, or with all for nil, by key. An error of f ends it, and is
	// returned.
	PageTexts(ctx context.Context, keys []string, f func(PageText) error) error
	// WrittenNotes returns what was written into notes last, or into all
	// without any. A note that nothing was written into is left out.
	WrittenNotes(ctx context.Context, notes ...string) (map[string]WrittenNote, error)
}

// Transfer lists what the other interfaces keep and do not list, so that
// everything can be copied from one store to another.
type Transfer interface {
	// NotesOf returns notes as they went in, but for the IDs of their
	// passages, in the order of the IDs given, leaving out those that do not
	// exist.
	NotesOf(ctx context.Context, ids []string) ([]Note, error)
	// VectorsOf returns the vectors in space, of length 1, of those passages
	// that have one, in the order given. PutVectors keeps a vector of length 1
	// as it is, to the last bit.
	VectorsOf(ctx context.Context, space Space, passages []int64) ([]PassageVector, error)
}

// Store keeps everything of one journal. It is safe for concurrent use, by
// several processes too where the backend's documentation says so. Unknown
// IDs are daybook.NotFound errors unless a method says otherwise.
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
	// Purge takes off the disk what was deleted before, as far as the backend
	// can; daybook.Unavailable means later.
	Purge(ctx context.Context) error
	Close() error
}
