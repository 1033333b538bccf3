package importer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"daybook"
	"daybook/internal/ingest"
	"daybook/internal/llm"
	"daybook/internal/store"
)

// Why a vector does not belong to a passage. Passages left out are embedded
// again by serve and index.
const (
	manyPassages = "of notes with several passages here, each with its own vector; those are embedded again"
	noPassage    = "of notes without a text"
	changedSince = "of notes changed after the file was written, which may have other text now; --any-age uses them"
)

// reuseBatch is how many vectors are stored at a time.
const reuseBatch = 64

// slack is how much later than the file a note may have been written: the older
// service wrote its mark into a note after it had embedded it.
const slack = 24 * 3600 * 1e9

// page is how many passages without a vector are loaded at a time.
const page = 1000

// vectors reuses the vectors of a file. They are of whole notes, while ours are
// of passages. One is usable only if the note is a single passage with all of
// its text.
func (im *Importer) vectors(ctx context.Context, in input, form form, r *Report) error {
	u := &reuse{Importer: im, in: in, form: form, report: r}
	r.Model = im.Model
	switch {
	case !im.Model.IsZero() && im.Model != im.Embedding:
		r.Notes = append(r.Notes, fmt.Sprintf("The vectors of %s are not used until model_embedding is set to it.", im.Model))
	case im.Model.IsZero() && im.Embedding == Older:
		r.Model = Older
	case im.Model.IsZero():
		return u.refuse(ctx)
	}
	if err := im.Index(ctx); err != nil {
		return err
	}
	var err error
	if u.notes, err = loadNotes(ctx, im.Store, im.EvergreenFolder); err != nil {
		return err
	}
	// The second reading finds the same faults in the file.
	if err := u.look(ctx); err != nil && !isSource(err) {
		return err
	}
	if err := u.learn(ctx); err != nil {
		return err
	}
	err = u.reuse(ctx)
	if err == nil || isSource(err) {
		if err := u.flush(ctx); err != nil {
			return err
		}
		if err := u.rest(ctx); err != nil {
			return err
		}
	}
	return err
}

// bytesPerToken is the approximate length of a token in most languages. Models
// cut texts by tokens.
const bytesPerToken = 4

// rest counts what the model still has to embed. Private notes get no vectors
// from a provider.
func (u *reuse) rest(ctx context.Context) error {
	size := 0
	for after := int64(0); ; {
		list, err := u.Store.WithoutVector(ctx, u.space, true, after, page)
		if err != nil {
			return fmt.Errorf("look for passages without a vector: %w", err)
		}
		if len(list) == 0 {
			u.report.Rest.Tokens = (size + bytesPerToken - 1) / bytesPerToken
			return nil
		}
		for _, p := range list {
			size += len(p.Text)
		}
		u.report.Rest.Passages += len(list)
		after = list[len(list)-1].ID
	}
}

// reuse is one import of vectors.
type reuse struct {
	*Importer
	in      input
	form    form
	report  *Report
	notes   *notes
	lengths map[int]int // how many vectors seem to have each length
	total   int
	space   store.Space
	missing map[int64]bool  // passages without a vector
	done    map[string]bool // texts that got one in this import
	page    []store.PassageText
	vectors [][]float32
}

// refuse counts vectors that may be another model's.
func (u *reuse) refuse(ctx context.Context) error {
	set := "there is no embedding model"
	if !u.Embedding.IsZero() {
		set = "the embedding model is " + u.Embedding.String()
	}
	reason := fmt.Sprintf("assumed to be of %s, but %s: they would not be used; set their model with --model", Older, set)
	return eachVector(ctx, u.in, u.form, func(it item) error {
		if it.fault != "" {
			u.report.leave(Vector, it.fault, it.place(u.form))
			return nil
		}
		u.report.met++
		u.report.leave(Vector, reason, "")
		return nil
	})
}

// look finds the last vector of each note.
func (u *reuse) look(ctx context.Context) error {
	u.lengths = map[int]int{}
	var read int
	return eachVector(ctx, u.in, u.form, func(it item) error {
		u.total++
		if it.path != "" {
			u.notes.claim(it)
		}
		if n := dimOf(it.raw); it.fault == "" && n <= maxDim {
			u.lengths[n]++
		}
		read += len(it.path) + len(it.raw)
		u.Progress(Progress{"Reading (MB)", read >> 20, int(u.in.size >> 20)})
		return nil
	})
}

// learn determines the dimension that the vectors must have, and loads which
// passages have none.
func (u *reuse) learn(ctx context.Context) (err error) {
	if u.space, err = ingest.SpaceOf(ctx, u.Store, u.report.Model); err != nil {
		return err
	}
	switch {
	case u.space.Dim > 0: // like the model's other vectors
	case u.report.Model == Older:
		u.space.Dim = olderDim
	default: // like most of the file's
		for n, times := range u.lengths {
			if cmp.Or(times-u.lengths[u.space.Dim], n-u.space.Dim) > 0 {
				u.space.Dim = n
			}
		}
	}
	u.report.Dim = u.space.Dim
	u.missing, u.done = map[int64]bool{}, map[string]bool{}
	for after := int64(0); ; {
		list, err := u.Store.WithoutVector(ctx, u.space, false, after, page)
		if err != nil {
			return fmt.Errorf("look for passages without a vector: %w", err)
		}
		if len(list) == 0 {
			return nil
		}
		for _, p := range list {
			u.missing[p.ID] = true
		}
		after = list[len(list)-1].ID
	}
}

// reuse reads the file again and stores the vectors that fit.
func (u *reuse) reuse(ctx context.Context) error {
	gone := 0
	return eachVector(ctx, u.in, u.form, func(it item) error {
		gone++
		u.Progress(Progress{"Reusing the vectors", gone, u.total})
		if it.fault == "" {
			u.report.met++
		}
		reason, err := u.one(ctx, it)
		if err != nil {
			return err
		}
		if reason != "" {
			u.report.leave(Vector, reason, it.place(u.form))
		}
		if len(u.page) < reuseBatch {
			return nil
		}
		return u.flush(ctx)
	})
}

// one takes a vector, or returns why it can't.
func (u *reuse) one(ctx context.Context, it item) (reason string, err error) {
	if it.fault != "" {
		return it.fault, nil
	}
	v, fault := parseVector(it.raw, u.space.Dim)
	if fault != "" {
		return fault, nil
	}
	note, reason := u.notes.take(it)
	if reason != "" {
		return reason, nil
	}
	p, reason, err := u.passage(ctx, note.state)
	if err != nil || reason != "" {
		return reason, err
	}
	switch {
	case !u.missing[p.ID]:
		u.report.Vectors.There++
	case u.done[p.Text]: // another note has the same text
		u.report.Vectors.In++
	case !u.AnyAge && note.state.ModTime > u.in.written.UnixNano()+slack:
		return changedSince, nil
	default:
		u.done[p.Text] = true
		u.page = append(u.page, store.PassageText{ID: p.ID, Text: p.Text})
		u.vectors = append(u.vectors, v)
	}
	return "", nil
}

// passage returns the passage that has all of a note's text.
func (u *reuse) passage(ctx context.Context, s store.NoteState) (p daybook.Passage, reason string, err error) {
	passages, err := u.Store.Passages(ctx, s.EntryID)
	if err != nil {
		return p, "", fmt.Errorf("load a note's passages: %w", err)
	}
	switch len(passages) {
	case 0:
		return p, noPassage, nil
	case 1:
	default:
		return p, manyPassages, nil
	}
	entry, err := store.EntryOf(ctx, u.Store, s.EntryID)
	if daybook.KindOf(err) == daybook.NotFound {
		return p, noNote, nil // deleted in the meantime
	}
	if err != nil {
		return p, "", fmt.Errorf("load a note: %w", err)
	}
	// Space around a text makes no difference to a model.
	if strings.TrimSpace(entry.Text) != passages[0].Text {
		return p, manyPassages, nil
	}
	return passages[0], "", nil
}

// flush stores the vectors taken so far. It runs the usual embedding job, so
// that the index then knows which model its vectors are from.
func (u *reuse) flush(ctx context.Context) error {
	if len(u.page) == 0 {
		return nil
	}
	sort.Sort(byID(*u))
	g := &given{u.Store, u.page, u.vectors}
	job := ingest.Embedding{Index: g, Embedder: g, Model: u.report.Model, Batch: len(u.page), Parallel: 1}
	if _, err := job.Run(ctx, nil); err != nil {
		return err
	}
	u.report.Vectors.In += len(u.page)
	u.page, u.vectors = nil, nil
	return nil
}

// byID sorts the page and its vectors by ID, the order in which an index lists
// passages.
type byID reuse

func (u byID) Len() int           { return len(u.page) }
func (u byID) Less(i, j int) bool { return u.page[i].ID < u.page[j].ID }
func (u byID) Swap(i, j int) {
	u.page[i], u.page[j] = u.page[j], u.page[i]
	u.vectors[i], u.vectors[j] = u.vectors[j], u.vectors[i]
}

// given is an index whose passages without a vector are those of one page, and
// a model that has already embedded them.
type given struct {
	ingest.VectorIndex
	page    []store.PassageText
	vectors [][]float32
}

// WithoutVector returns the page's passages until they have vectors.
func (g *given) WithoutVector(_ context.Context, _ store.Space, _ bool, after int64, limit int) ([]store.PassageText, error) {
	first := slices.IndexFunc(g.page, func(p store.PassageText) bool { return p.ID > after })
	if first < 0 {
		return nil, nil
	}
	return g.page[first:min(len(g.page), first+limit)], nil
}

// PutVectors stores the vectors of the page, which is passed as a whole.
func (g *given) PutVectors(ctx context.Context, space store.Space, vectors []store.PassageVector) error {
	g.page = nil
	return g.VectorIndex.PutVectors(ctx, space, vectors)
}

// Embed implements llm.Embedder. It is called with the page, in its order.
func (g *given) Embed(context.Context, llm.EmbedRequest) (llm.Embeddings, error) {
	return llm.Embeddings{Vectors: g.vectors}, nil
}
