package ingest

import (
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"runtime"
	"sort"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/text"
	"daybook/internal/vault"
)

// A chunk is what is read and applied together: so many notes, and not many
// more bytes, which bounds the memory of a run.
const (
	chunkNotes = 256
	chunkBytes = 8 << 20
)

// readAll reads what has to be read, a chunk in parallel, while the store
// takes the chunk before it.
func (r *run) readAll(ctx context.Context) error {
	total := len(r.todo)
	group, ctx := errgroup.WithContext(ctx)
	batches := make(chan store.Batch)
	group.Go(func() error {
		for b := range batches {
			if err := r.index.Apply(ctx, b); err != nil {
				return wrap("write notes to the index", err)
			}
		}
		return nil
	})
	group.Go(func() error {
		defer close(batches)
		r.tell(0, total)
		for done := 0; done < total; {
			n := chunkSize(r.todo[done:])
			outcomes := r.readChunk(ctx, r.todo[done:done+n])
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if r.some {
				if err := r.relate(ctx, outcomes); err != nil {
					return err
				}
			}
			select {
			case batches <- r.batch(ctx, outcomes):
			case <-ctx.Done():
				return ctx.Err()
			}
			done += n
			r.tell(done, total)
		}
		return nil
	})
	return group.Wait()
}

func (r *run) tell(done, total int) {
	if r.progress != nil {
		r.progress(Progress{done, total})
	}
}

// chunkSize returns how many of the files, which are not empty, make a chunk.
func chunkSize(files []vault.File) int {
	var bytes int64
	for i, f := range files {
		bytes += f.Size
		tooLarge := i > 0 && bytes > chunkBytes
		if tooLarge || i == chunkNotes {
			return i
		}
	}
	return len(files)
}

// outcome is what became of a note's file.
type outcome struct {
	file  vault.File
	note  store.Note // without IDs
	words int
	// touched says that the bytes are those that the index knows; of note the
	// state alone is set.
	touched bool
	flaw    string // of a note that was not read as usual
	err     error
}

// readChunk reads files on all cores and returns their outcomes in order,
// which say nothing once ctx is done.
func (r *run) readChunk(ctx context.Context, files []vault.File) []outcome {
	outcomes := make([]outcome, len(files))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range files {
		group.Go(func() error {
			if ctx.Err() == nil {
				outcomes[i] = r.read(f)
			}
			return nil
		})
	}
	_ = group.Wait() // no function returns an error
	return outcomes
}

// read reads one note.
func (r *run) read(f vault.File) outcome {
	data, now, err := r.folders[f.Kind].Read(f)
	o := outcome{file: now, err: err}
	if err != nil {
		return o
	}
	o.note.State = store.NoteState{
		Kind: now.Kind, Path: now.Path,
		Size: now.Size, ModTime: now.ModTime, ChangeTime: now.ChangeTime, Inode: now.Inode, Hash: sha256.Sum256(data),
	}
	// The time of an evergreen note is its date, and so a part of the entry.
	s, known := r.states[noteKey{f.Kind, f.Path}]
	sameDate := f.Kind == daybook.Daily || s.ModTime == now.ModTime
	if known && !r.reread && s.Hash == o.note.State.Hash && sameDate {
		o.note.State.EntryID = s.EntryID
		o.touched = true
		return o
	}
	parsed := vault.Read(now, data)
	o.flaw = strings.Join(parsed.Flaws, "; ")
	o.note.Entry = entryOf(now, parsed)
	o.note.Entry.Private = r.vault.Private(parsed, data)
	tokens := r.analyzer.Tokens(parsed.Diary)
	o.note.Passages = passages(o.note.Entry, r.analyzer, tokens, parsed.Line)
	o.words = len(tokens)
	return o
}

func entryOf(f vault.File, n vault.Note) daybook.Entry {
	dates := f.Dates
	if f.Kind == daybook.Evergreen {
		dates = []daybook.Date{daybook.DateOf(time.Unix(0, f.ModTime))}
	}
	return daybook.Entry{
		Kind: f.Kind, Path: f.Path, Title: f.Title, Dates: dates,
		Text: n.Diary, TextLine: n.Line(0), Tags: n.Tags,
	}
}

// Passages cuts an entry that comes from elsewhere into passages, as a note of
// the vault is.
func Passages(e daybook.Entry, analyzer *text.Analyzer) []store.IndexedPassage {
	line := func(offset int) int { return e.TextLine + strings.Count(e.Text[:offset], "\n") }
	return passages(e, analyzer, analyzer.Tokens(e.Text), line)
}

// passages returns an entry's passages. Tokens are the tokens of its text, and line
// returns the line of the file that a byte of the text is on.
func passages(e daybook.Entry, analyzer *text.Analyzer, tokens []text.Token, line func(offset int) int) []store.IndexedPassage {
	var list []store.IndexedPassage
	doubts := text.Doubts(e.Text)
	for i, s := range vault.Split(e.Text) {
		first := sort.Search(len(tokens), func(i int) bool { return tokens[i].Start >= s.Start })
		end := sort.Search(len(tokens), func(i int) bool { return tokens[i].Start >= s.End })
		list = append(list, store.IndexedPassage{
			Passage: daybook.Passage{Index: i, Start: s.Start, End: s.End, Line: line(s.Start), Text: e.Text[s.Start:s.End]},
			Terms:   analyzer.Indexed(e.Text, tokens[first:end], doubts),
		})
	}
	return list
}

// batch turns the outcomes of a chunk into changes of the index, and counts
// them.
func (r *run) batch(ctx context.Context, outcomes []outcome) store.Batch {
	var b store.Batch
	for i := range outcomes {
		o := &outcomes[i]
		switch {
		case errors.Is(o.err, fs.ErrNotExist):
			// Gone since it was listed: for the next run.
		case o.err != nil:
			b.Touch = append(b.Touch, r.failed(o)...)
		case o.touched:
			r.report.Read++
			b.Touch = append(b.Touch, o.note.State)
		default:
			r.identify(ctx, &o.note)
			r.setFlaw(noteKey{o.file.Kind, o.file.Path}, o.flaw)
			b.Put = append(b.Put, o.note)
			r.report.Read++
			r.report.Indexed++
			r.report.Passages += len(o.note.Passages)
			r.report.Words += o.words
		}
	}
	return b
}

// failed reports a note that could not be read. One that should have been
// indexed by new rules is marked in the index as not up to date: it is read again
// as soon as it can be.
func (r *run) failed(o *outcome) []store.NoteState {
	r.report.Failed = append(r.report.Failed, Failure{o.file.Kind, o.file.Path, o.err})
	if o.file.Linked { // the index does not know its other names
		r.links[store.NoteName{Kind: o.file.Kind, Path: o.file.Path}] = true
	}
	s, known := r.states[noteKey{o.file.Kind, o.file.Path}]
	if !known || !r.reread {
		return nil
	}
	s.ModTime, s.Hash = 0, [32]byte{}
	return []store.NoteState{s}
}
