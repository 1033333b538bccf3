package httpapi

import (
	"context"
	"time"
	"unicode/utf8"

	"daybook"
	"daybook/internal/notes"
	"daybook/internal/vault/edit"
)

// VersionJSON is a version of a note.
type VersionJSON struct {
	Version string    `json:"version" doc:"Names the version among those of its note"`
	At      time.Time `json:"at" doc:"When it was written"`
	Size    int       `json:"size" doc:"Size of the note in bytes"`
	Cause   string    `json:"cause" enum:"page,api,transcription,merge,restore,undo,delete,other program,unknown" doc:"What wrote it: the page, another client of the API, a transcription, a merge of two versions, a restored version, an undo, a deletion of the note, another program, or Daybook before causes were recorded"`
	ETag    *string   `json:"etag" doc:"ETag of the note's bytes. Null if the note was deleted"`
	Current bool      `json:"current" doc:"The note has these bytes now"`
}

func versionOf(v edit.Version, now notes.Hash) VersionJSON {
	out := VersionJSON{Version: v.ID, At: v.Time, Size: v.Size, Cause: string(v.Cause), Current: v.Hash == now && !v.Gone()}
	if tag := etagOf(v.Hash); tag != "" {
		out.ETag = &tag
	}
	return out
}

// Versions returns the versions of a note as GET /entries/{id}/history does.
func Versions(h notes.History) []VersionJSON {
	out := make([]VersionJSON, len(h.Versions))
	for i, v := range h.Versions {
		out[i] = versionOf(v, h.Now)
	}
	return out
}

type listVersionsInput struct {
	EntryPath
	All bool `query:"all" doc:"Also list the individual saves of a sitting that are still stored"`
}

func (s *server) listVersions(ctx context.Context, in *listVersionsInput) (*body[[]VersionJSON], error) {
	h, err := s.Notes.HistoryOf(ctx, in.ID, in.All)
	if err != nil {
		return nil, err
	}
	return reply(Versions(h))
}

// VersionPath is the part of a path that names a version. It is exported for
// huma.
type VersionPath struct {
	EntryPath
	Version string `path:"version" maxLength:"100" doc:"As the list names it, or the hash of the note's bytes, which is its ETag without the quotation marks"`
}

// VersionTextJSON is a version with its text.
type VersionTextJSON struct {
	VersionJSON
	Text   string  `json:"text" doc:"The diary in the note"`
	Source *string `json:"source" doc:"The whole file; null if the note was deleted or is not UTF-8"`
}

// VersionText returns a version as GET /entries/{id}/history/{version} does.
func VersionText(v notes.VersionText) VersionTextJSON {
	out := VersionTextJSON{VersionJSON: versionOf(v.Version, v.Now), Text: v.Text}
	if source := string(v.Source); v.Source != nil && utf8.ValidString(source) {
		out.Source = &source
	}
	return out
}

type versionOutput struct {
	ETag string `header:"ETag"`
	Body VersionTextJSON
}

func (s *server) getVersion(ctx context.Context, in *VersionPath) (*versionOutput, error) {
	v, err := s.Notes.VersionOf(ctx, in.ID, in.Version)
	if err != nil {
		return nil, err
	}
	return &versionOutput{etagOf(v.Hash), VersionText(v)}, nil
}

type restoreInput struct {
	VersionPath
	IfMatch string `header:"If-Match" doc:"The ETag of the note as it was read, or * for whatever it is. Without it the answer is 428, unless the note was deleted"`
}

func (s *server) restoreVersion(ctx context.Context, in *restoreInput) (*noteOutput, error) {
	hash, err := s.match(ctx, Writing{in.EntryPath, in.IfMatch})
	if daybook.KindOf(err) == daybook.PreconditionRequired && s.isDeleted(ctx, in.ID) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	n, err := s.Notes.Restore(ctx, in.ID, in.Version, hash)
	return s.noteOutput(ctx, n, err)
}

// isDeleted reports whether a note is missing but has versions.
func (s *server) isDeleted(ctx context.Context, id string) bool {
	if _, err := s.Notes.Read(ctx, id); daybook.KindOf(err) != daybook.NotFound {
		return false
	}
	_, err := s.Notes.HistoryOf(ctx, id, false)
	return err == nil
}

type acceptInput struct {
	Writing
	Body *acceptBody
}

type acceptBody struct {
	Cause string `json:"cause,omitempty" enum:"api,page" default:"api" doc:"The cause that the history shows for this version"`
}

func (s *server) acceptNote(ctx context.Context, in *acceptInput) (*noteOutput, error) {
	hash, err := s.match(ctx, in.Writing)
	if err != nil {
		return nil, err
	}
	cause := edit.API
	if in.Body != nil {
		cause = causeOf(in.Body.Cause)
	}
	n, err := s.Notes.Accept(ctx, in.ID, hash, cause)
	return s.noteOutput(ctx, n, err)
}

// causeOf parses the cause in a request.
func causeOf(name string) edit.Cause {
	if name == "" {
		return edit.API
	}
	return edit.Cause(name)
}

// DeletedJSON is a note that has versions but no file.
type DeletedJSON struct {
	ID    string         `json:"id" doc:"Leads to its versions, below /entries"`
	Type  string         `json:"type" enum:"daily,evergreen"`
	Path  string         `json:"path"`
	Title string         `json:"title"`
	Dates []daybook.Date `json:"dates" nullable:"false" doc:"The days of a daily note"`
	VersionJSON
}

// MissingNotes lists notes as GET /deleted does.
func MissingNotes(list []notes.MissingNote) []DeletedJSON {
	out := make([]DeletedJSON, len(list))
	for i, n := range list {
		dates := n.Dates
		if dates == nil {
			dates = []daybook.Date{}
		}
		out[i] = DeletedJSON{n.ID, string(n.Kind), n.Path, n.Title, dates, versionOf(n.Version, notes.Hash{})}
	}
	return out
}

type listDeletedInput struct {
	Date string `query:"date" doc:"Only notes of this day, YYYY-MM-DD"`
}

func (s *server) listDeleted(ctx context.Context, in *listDeletedInput) (*body[[]DeletedJSON], error) {
	var day daybook.Date
	if in.Date != "" {
		var err error
		if day, err = daybook.ParseDate(in.Date); err != nil {
			return nil, &daybook.Error{Kind: daybook.Invalid, Field: "query.date", Message: "Enter an existing date as YYYY-MM-DD."}
		}
	}
	list, err := s.Notes.Missing(ctx, day)
	if err != nil {
		return nil, err
	}
	return reply(MissingNotes(list))
}
