package httpapi

import (
	"context"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/notes"
	"daybook/internal/search"
	"daybook/internal/store"
	"daybook/internal/vault"
	"daybook/internal/vault/edit"
)

// Notes reads and writes the journal; see notes.Service.
type Notes interface {
	Read(ctx context.Context, id string) (notes.Note, error)
	List(ctx context.Context, f store.Filter, limit int, whole bool) ([]notes.Note, error)
	Create(ctx context.Context, date daybook.Date, text string, cause edit.Cause) (notes.Note, error)
	Replace(ctx context.Context, id, text string, ifMatch notes.Hash, cause edit.Cause) (notes.Note, error)
	Correct(ctx context.Context, id, text string, ifMatch notes.Hash, cause edit.Cause) (notes.Note, error)
	Delete(ctx context.Context, id string, ifMatch notes.Hash) error
	Tick(ctx context.Context, id string, offset int, done bool, ifMatch notes.Hash, cause edit.Cause) (notes.Note, error)

	HistoryOf(ctx context.Context, id string, all bool) (notes.History, error)
	VersionOf(ctx context.Context, id, version string) (notes.VersionText, error)
	Restore(ctx context.Context, id, version string, ifMatch notes.Hash) (notes.Note, error)
	Accept(ctx context.Context, id string, ifMatch notes.Hash, cause edit.Cause) (notes.Note, error)
	Missing(ctx context.Context, day daybook.Date) ([]notes.MissingNote, error)
}

// NoteJSON is an entry with the state of its note.
type NoteJSON struct {
	EntryJSON
	Diary string     `json:"diary" doc:"The entry's text as it is read, searched and cited: what was typed and then what was transcribed, without comments, queries and an app's own properties. Passages and pages are parts of it. text is what a write replaces"`
	ETag  *string    `json:"etag" doc:"What a write takes as If-Match. Null where the note cannot be read at the moment, and in lists without text"`
	Pages []pageJSON `json:"pages" nullable:"false"`
	App   *string    `json:"app_url" doc:"Opens the note in Obsidian; null where it is not in a vault of Obsidian's"`
	// Replaced is exported for huma.
	Replaced *VersionJSON `json:"replaced" doc:"The version that was saved here last, if another program has replaced it by one that lacks some of its words; else null. Writing the note, or POST /entries/{id}/history, settles it"`
}

// listedJSON is NoteJSON with an optional text.
type listedJSON struct {
	NoteJSON
	Text    *string `json:"text" doc:"Null if it was not requested"`
	Excerpt string  `json:"excerpt" doc:"Its first words as plain text; empty if its text was not requested"`
	Picture *string `json:"picture" doc:"The first picture that it embeds, as the name in GET /entries/{id}/file; null if there is none or its text was not requested"`
}

// NoteJSON returns an entry, with its pages if it has a text.
func (s *server) noteJSON(ctx context.Context, n *notes.Note) (NoteJSON, error) {
	out := NoteJSON{EntryJSON: entryOf(&n.Entry), Diary: n.Diary, Pages: []pageJSON{}}
	if tag := etagOf(n.Hash); tag != "" {
		out.ETag = &tag
	}
	if s.Attachments != nil && n.Kind == daybook.Daily {
		out.App = given(s.Attachments.AppURL(n.Path))
	}
	if n.Replaced != nil {
		v := versionOf(*n.Replaced, n.Hash)
		out.Replaced = &v
	}
	if n.Diary == "" && n.Hash == (notes.Hash{}) { // its text was not asked for
		return out, nil
	}
	read := n.Entry
	read.Text = n.Diary
	var err error
	out.Pages, err = s.pagesOf(ctx, &read)
	return out, err
}

// etagOf returns the entity tag of a note's bytes, "" without a note.
func etagOf(h notes.Hash) string {
	if h == (notes.Hash{}) {
		return ""
	}
	return `"` + h.String() + `"`
}

type listEntriesInput struct {
	Date  string   `query:"date" doc:"Every entry of this day, YYYY-MM-DD, with text"`
	From  string   `query:"from" doc:"First day, YYYY-MM-DD"`
	To    string   `query:"to" doc:"Last day, YYYY-MM-DD"`
	Limit int      `query:"limit" default:"50" minimum:"1" maximum:"1000" doc:"How many entries, without a date"`
	Tag   []string `query:"tag,explode" maxItems:"20" doc:"The entry has all of these tags"`
	Type  string   `query:"type" enum:"daily,evergreen" doc:"daily: notes of a day. evergreen: notes without a day"`
	Text  bool     `query:"text" doc:"With text"`
}

func (s *server) listEntries(ctx context.Context, in *listEntriesInput) (*body[[]listedJSON], error) {
	asked := Search{From: in.From, To: in.To, Tags: in.Tag, Type: in.Type}
	limit, whole := in.Limit, in.Text
	if in.Date != "" {
		if in.From != "" || in.To != "" {
			return nil, &daybook.Error{Kind: daybook.Invalid, Field: "query.date", Message: "Give either date, or from and to."}
		}
		if _, err := daybook.ParseDate(in.Date); err != nil {
			return nil, &daybook.Error{Kind: daybook.Invalid, Field: "query.date", Message: "Enter an existing date as YYYY-MM-DD."}
		}
		asked.From, asked.To = in.Date, in.Date
		limit, whole = 0, true
	}
	filter, err := asked.Filter()
	if err != nil {
		return nil, err
	}
	found, err := s.Notes.List(ctx, filter, limit, whole)
	if err != nil {
		return nil, err
	}
	out := make([]listedJSON, len(found))
	for i := range found {
		if out[i].NoteJSON, err = s.noteJSON(ctx, &found[i]); err != nil {
			return nil, err
		}
		if whole {
			out[i].Text = &out[i].NoteJSON.Text
			out[i].Excerpt, _ = search.Excerpt(found[i].Diary, nil)
			out[i].Picture = given(vault.FirstPicture(found[i].Diary))
		}
	}
	return reply(out)
}

// EntryPath is the part of a path that names an entry. It is exported because
// huma only sees fields of exported structs.
type EntryPath struct {
	ID string `path:"id" maxLength:"200"`
}

// noteOutput is the response with an entry.
type noteOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Body   *NoteJSON
}

func (s *server) noteOutput(ctx context.Context, n notes.Note, err error) (*noteOutput, error) {
	if err != nil {
		return nil, err
	}
	out, err := s.noteJSON(ctx, &n)
	return &noteOutput{Status: http.StatusOK, ETag: etagOf(n.Hash), Body: &out}, err
}

type getEntryInput struct {
	EntryPath
	IfNoneMatch string `header:"If-None-Match" doc:"An ETag: the answer is 304 without a body if the note still has it"`
}

func (s *server) getEntry(ctx context.Context, in *getEntryInput) (*noteOutput, error) {
	n, err := s.Notes.Read(ctx, in.ID)
	out, err := s.noteOutput(ctx, n, err)
	if err != nil || in.IfNoneMatch == "" {
		return out, err
	}
	tags, err := readTags(in.IfNoneMatch, "header.If-None-Match")
	if err != nil {
		return nil, err
	}
	if out.ETag != "" && tags.match(n.Hash) {
		out.Status, out.Body = http.StatusNotModified, nil
	}
	return out, nil
}

type createEntryInput struct {
	IfNoneMatch string `header:"If-None-Match" enum:"*" doc:"May say that there must be no note yet, which holds without it"`
	Body        struct {
		Date  string `json:"date" doc:"YYYY-MM-DD"`
		Text  string `json:"text" doc:"Markdown"`
		Cause string `json:"cause,omitempty" enum:"api,page,merge" default:"api" doc:"The cause that the note's history shows. Saves by the page in one sitting become one version"`
	}
}

type createdOutput struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     NoteJSON
}

func (s *server) createEntry(ctx context.Context, in *createEntryInput) (*createdOutput, error) {
	date, err := daybook.ParseDate(in.Body.Date)
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Invalid, Field: "body.date", Message: "Enter an existing date as YYYY-MM-DD."}
	}
	n, err := s.Notes.Create(ctx, date, in.Body.Text, causeOf(in.Body.Cause))
	if err != nil {
		return nil, err
	}
	out, err := s.noteJSON(ctx, &n)
	return &createdOutput{etagOf(n.Hash), "/entries/" + n.ID, out}, err
}

// Writing holds the headers that say on which version of a note a write is
// based. It is exported for huma.
type Writing struct {
	EntryPath
	IfMatch string `header:"If-Match" doc:"The ETag of the note as it was read, or * for whatever it is. Without it the answer is 428"`
}

type writeEntryInput struct {
	Writing
	Body struct {
		Text  string `json:"text" doc:"Markdown"`
		Cause string `json:"cause,omitempty" enum:"api,page,merge" default:"api" doc:"The cause that the note's history shows. Saves by the page in one sitting become one version"`
	}
}

func (s *server) replaceEntry(ctx context.Context, in *writeEntryInput) (*noteOutput, error) {
	hash, err := s.match(ctx, in.Writing)
	if err != nil {
		return nil, err
	}
	n, err := s.Notes.Replace(ctx, in.ID, in.Body.Text, hash, causeOf(in.Body.Cause))
	return s.noteOutput(ctx, n, err)
}

func (s *server) correctEntry(ctx context.Context, in *writeEntryInput) (*noteOutput, error) {
	hash, err := s.match(ctx, in.Writing)
	if err != nil {
		return nil, err
	}
	n, err := s.Notes.Correct(ctx, in.ID, in.Body.Text, hash, causeOf(in.Body.Cause))
	return s.noteOutput(ctx, n, err)
}

func (s *server) deleteEntry(ctx context.Context, in *Writing) (*body[said], error) {
	hash, err := s.match(ctx, *in)
	if err != nil {
		return nil, err
	}
	if err := s.Notes.Delete(ctx, in.ID, hash); err != nil {
		return nil, err
	}
	return reply(said{"Entry deleted successfully"})
}

type tickInput struct {
	Writing
	Body struct {
		At    int    `json:"at" minimum:"0" doc:"A place on the task's line in the entry's diary, in Unicode code points"`
		Done  bool   `json:"done"`
		Cause string `json:"cause,omitempty" enum:"api,page,merge" default:"api" doc:"The cause that the note's history shows"`
	}
}

func (s *server) tickTask(ctx context.Context, in *tickInput) (*noteOutput, error) {
	hash, err := s.match(ctx, in.Writing)
	if err != nil {
		return nil, err
	}
	n, err := s.Notes.Read(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if hash == (notes.Hash{}) {
		hash = n.Hash // the position is in this version
	}
	n, err = s.Notes.Tick(ctx, in.ID, offsetOf(n.Diary, in.Body.At), in.Body.Done, hash, causeOf(in.Body.Cause))
	return s.noteOutput(ctx, n, err)
}

// offsetOf returns the byte offset of a code point in a text.
func offsetOf(text string, points int) int {
	for i := range text {
		if points == 0 {
			return i
		}
		points--
	}
	return len(text)
}

var errNotThatEntry = daybook.Errorf(daybook.PreconditionFailed, "The entry has changed since you read it.")

// match returns the hash that the note must have, zero for any.
func (s *server) match(ctx context.Context, in Writing) (notes.Hash, error) {
	if in.IfMatch == "" {
		return notes.Hash{}, daybook.Errorf(daybook.PreconditionRequired, "The If-Match header is required. Send the ETag of the entry that you edited.")
	}
	tags, err := readTags(in.IfMatch, "header.If-Match")
	switch {
	case err != nil || tags.any:
		return notes.Hash{}, err
	case len(tags.hashes) == 1:
		return tags.hashes[0], nil
	}
	n, err := s.Notes.Read(ctx, in.ID)
	if err != nil {
		return notes.Hash{}, err
	}
	if !slices.Contains(tags.hashes, n.Hash) {
		return notes.Hash{}, errNotThatEntry
	}
	return n.Hash, nil
}

// entityTags are the tags in a condition that may be a note's. Weak ones never
// match for a write.
type entityTags struct {
	hashes, weak []notes.Hash
	any          bool
}

// match reports whether one of the tags, weak or not, is of these bytes.
func (t entityTags) match(hash notes.Hash) bool {
	return t.any || slices.Contains(t.hashes, hash) || slices.Contains(t.weak, hash)
}

// readTags parses the list of entity tags in a header. Invalid ones are a
// daybook.Invalid error.
func readTags(list, field string) (tags entityTags, err error) {
	if strings.TrimSpace(list) == "*" {
		return entityTags{any: true}, nil
	}
	for rest := strings.Trim(list, " \t,"); rest != ""; {
		quoted, weak := strings.CutPrefix(rest, "W/")
		end := strings.IndexByte(strings.TrimPrefix(quoted, `"`), '"')
		if !strings.HasPrefix(quoted, `"`) || end < 0 {
			return tags, &daybook.Error{Kind: daybook.Invalid, Field: field, Message: `An ETag is in quotation marks: "…"; or send *.`}
		}
		tag := quoted[1 : end+1]
		rest = strings.TrimLeft(quoted[end+2:], " \t")
		if rest != "" && rest[0] != ',' {
			return tags, &daybook.Error{Kind: daybook.Invalid, Field: field, Message: "Separate ETags with commas."}
		}
		rest = strings.TrimLeft(rest, " \t,")
		sum, err := hex.DecodeString(tag)
		if err != nil || len(sum) != len(notes.Hash{}) || notes.Hash(sum) == (notes.Hash{}) {
			continue // not one of ours
		}
		if weak {
			tags.weak = append(tags.weak, notes.Hash(sum))
		} else {
			tags.hashes = append(tags.hashes, notes.Hash(sum))
		}
	}
	return tags, nil
}
