package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daybook"
	"daybook/internal/importer"
	"daybook/internal/llm"
)

type importFlags struct {
	model        string
	anyAge, json bool
	dryRun       bool
}

func newImport(w world, open opener) *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import FILE|FOLDER|ADDRESS…",
		Short: "Bring over a journal from another app, or vectors and chats",
		Long: `Bring over a journal from another app, into notes named as yours are: Day One's zip
or JSON, jrnl's JSON, a text file with a heading for each day, or a folder of text
files named after days. Pictures and recordings come along. With --dry-run it only
says what the file is.

Or bring over what the service before Daybook kept: an embeddings.json or .jsonl, a
chats.json, or, from a server that still runs, its threads and messages. What is
here already is left as it is: an import can run again at any time.

Vectors cost no call. The older service has one for each note, Daybook one for
each passage: a vector is reused where the note is one passage, and unchanged
since. They are taken to be of ` + importer.Older.String() + `, and come in where that
is the embedding model, or under the name that --model says.

A server that wants a token is sent the one in DAYBOOK_IMPORT_TOKEN.`,
		Example: `  daybook import --dry-run "Day One.zip"
  daybook import "Day One.zip"
  daybook import ~/Documents/Diary
  daybook import old/embeddings.jsonl old/chats.json
  daybook import http://127.0.0.1:8001
  daybook import --model ollama/nomic-embed-text vectors.json
  daybook import --json chats.json | jq '.sources[].left_out'`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			var model llm.Ref
			if f.model != "" {
				var err error
				if model, err = llm.ParseRef(f.model); err != nil {
					return usageError{cmd.CommandPath(), fmt.Errorf("--model must be provider/model, such as %s", importer.Older)}
				}
			}
			a, err := open(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			return a.runImport(cmd.Context(), args, model, f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.model, "model", "", "what the vectors are of, as provider/model")
	flags.BoolVar(&f.anyAge, "any-age", false, "take vectors also for notes that changed after the file was written")
	flags.BoolVar(&f.dryRun, "dry-run", false, "say what a journal is, and write nothing")
	flags.BoolVar(&f.json, "json", false, "print what was done as one JSON object")
	return cmd
}

// runImport imports source by source, and says at the end, or where it ends
// early, what became of each.
func (a *app) runImport(ctx context.Context, sources []string, model llm.Ref, f importFlags) error {
	show := &importProgress{world: a.world}
	im := importer.New(a.importConfig(model, f.anyAge, show))
	var reports []*importer.Report
	var failed error
	unread := 0
	for _, source := range sources {
		var report *importer.Report
		if report, failed = a.importDiary(ctx, source, f, show); report == nil && failed == nil {
			report, failed = im.Import(ctx, source)
		}
		show.done()
		reports = append(reports, report)
		if report.Unread() {
			unread++
		}
		if failed != nil {
			break
		}
	}
	if err := a.sayImports(reports, f.json); err != nil {
		return err
	}
	if failed == nil && unread > 0 {
		// The report has the reason.
		failed = daybook.Errorf(daybook.Unavailable, "%s could not be read", counted(unread, "source"))
	}
	return failed
}

func (a *app) importConfig(model llm.Ref, anyAge bool, show *importProgress) importer.Config {
	_, embedding, _ := a.models.Embedder()
	indexed := false
	c := importer.Config{
		Store: a.store, Embedding: embedding, Model: model, AnyAge: anyAge,
		Token: a.world.getenv("DAYBOOK_IMPORT_TOKEN"), InsecureHTTP: a.settings.InsecureHTTP,
		Index: func(ctx context.Context) error {
			if indexed {
				return nil
			}
			indexed = true
			return a.refresh(ctx)
		},
		Progress: show.update,
	}
	if a.settings.Evergreen != "" {
		c.EvergreenFolder = filepath.Base(a.settings.Evergreen)
	}
	return c
}

// importProgress shows a bar for each part of an import.
type importProgress struct {
	world world
	bar   *progress
	last  time.Time
}

// redraw is how often a bar moves.
const redraw = 100 * time.Millisecond

func (p *importProgress) update(at importer.Progress) {
	if now := time.Now(); now.Sub(p.last) > redraw {
		p.last = now
		if p.bar == nil || p.bar.label != at.Doing {
			p.done()
			p.bar = newProgress(p.world, at.Doing)
		}
		p.bar.update(at.Done, at.Total)
	}
}

func (p *importProgress) done() {
	if p.bar != nil {
		p.bar.done()
		p.bar = nil
	}
}

func (a *app) sayImports(reports []*importer.Report, asJSON bool) error {
	if asJSON {
		return printImports(a.world.stdout, reports)
	}
	var b strings.Builder
	for _, r := range reports {
		b.WriteString(a.style.imported(r))
	}
	if _, err := io.WriteString(a.world.stdout, b.String()); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	return nil
}

// shownPlaces is how many places of what was left out are printed.
const shownPlaces = 3

// imported says in lines what became of a source.
func (s style) imported(r *importer.Report) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-14s %s\n", name, s.plain(fmt.Sprintf(format, args...)))
	}
	fmt.Fprintf(&b, "%s\n", s.bold(s.plain(r.Source)))
	for _, c := range []struct {
		kind  importer.Kind
		thing importer.Thing
		importer.Count
	}{
		{importer.Vectors, importer.Vector, r.Vectors}, {"", importer.Thread, r.Threads}, {"", importer.Message, r.Messages},
		{importer.Diary, importer.Note, r.Entries}, {importer.Diary, importer.File, r.Files},
	} {
		kind := r.Kind
		if kind == importer.Chats || kind == importer.Server {
			kind = ""
		}
		if c.kind != kind || r.Kind == "" {
			continue
		}
		into := ""
		if c.thing == importer.Vector && c.In > 0 {
			into = fmt.Sprintf(", of %s, %d numbers each", r.Model, r.Dim)
		}
		line("imported", "%s%s", counted(c.In, string(c.thing)), into)
		if c.There > 0 {
			line("already there", "%s", counted(c.There, string(c.thing)))
		}
	}
	for _, l := range r.Left {
		line("left out", "%s: %s%s", counted(l.Count, string(l.Thing)), l.Reason, somePlaces(l))
	}
	for _, note := range r.Notes {
		line("note", "%s", note)
	}
	switch {
	case r.Unread():
		line("not read", "%s", daybook.PublicMessage(r.Err))
	case r.Err != nil:
		line("ended early", "%s What stands before that was imported.", daybook.PublicMessage(r.Err))
	}
	return b.String()
}

// somePlaces names where the first of what was left out stand.
func somePlaces(l *importer.Left) string {
	shown := l.Places[:min(len(l.Places), shownPlaces)]
	if len(shown) == 0 {
		return ""
	}
	more := ""
	if l.Count > len(shown) {
		more = ", …"
	}
	return " (" + strings.Join(shown, ", ") + more + ")"
}

func printImports(w io.Writer, reports []*importer.Report) error {
	type source struct {
		Source   string           `json:"source"`
		Kind     importer.Kind    `json:"kind"`
		Model    string           `json:"model,omitempty"`
		Dim      int              `json:"dimension,omitempty"`
		Vectors  importer.Count   `json:"vectors"`
		Threads  importer.Count   `json:"threads"`
		Messages importer.Count   `json:"messages"`
		Entries  importer.Count   `json:"entries"`
		Files    importer.Count   `json:"files"`
		LeftOut  []*importer.Left `json:"left_out"`
		Notes    []string         `json:"notes"`
		Error    string           `json:"error,omitempty"`
		Read     bool             `json:"read"`
	}
	out := struct {
		Sources []source `json:"sources"`
	}{[]source{}}
	for _, r := range reports {
		s := source{
			Source: r.Source, Kind: r.Kind, Dim: r.Dim, Vectors: r.Vectors, Threads: r.Threads, Messages: r.Messages, Entries: r.Entries, Files: r.Files,
			LeftOut: append([]*importer.Left{}, r.Left...), Notes: append([]string{}, r.Notes...), Read: !r.Unread(),
		}
		if !r.Model.IsZero() {
			s.Model = r.Model.String()
		}
		if r.Err != nil {
			s.Error = daybook.PublicMessage(r.Err)
		}
		out.Sources = append(out.Sources, s)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	return nil
}
