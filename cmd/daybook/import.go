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
	"daybook/internal/plural"
)

type importFlags struct {
	model        string
	anyAge, json bool
	dryRun       bool
}

func newImport(w env, open opener) *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import FILE|FOLDER|ADDRESS…",
		Short: "Import a journal of another app, or vectors and chats of the older service",
		Long: `Import a journal of another app, into notes named as yours are: Day One's zip or
JSON, jrnl's JSON, a text file with a heading for each day, or a folder of text files
named after days. Pictures and recordings are imported too. --dry-run only reports
what the file contains.

Or import data of the service before Daybook: an embeddings.json or .jsonl, a
chats.json, or the threads and messages of a server that is still running.

The type of a file is detected. Existing data is not changed, so an import can be
repeated at any time.

Importing vectors saves calls to a model. The older service has a vector per note,
Daybook one per passage: a vector is reused if the note is a single passage and has
not changed. Vectors are assumed to be of ` + importer.Older.String() + ` (--model names another)
and imported if that is the embedding model.

If the server requires a token, set DAYBOOK_IMPORT_TOKEN.`,
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
	flags.StringVar(&f.model, "model", "", "the model of the vectors, as provider/model")
	flags.BoolVar(&f.anyAge, "any-age", false, "import vectors even for notes that changed after the file was written")
	flags.BoolVar(&f.dryRun, "dry-run", false, "report what a journal contains, and write nothing")
	flags.BoolVar(&f.json, "json", false, "print the result as JSON")
	return cmd
}

// runImport imports each source, and prints a report even if it ends early.
func (a *app) runImport(ctx context.Context, sources []string, model llm.Ref, f importFlags) error {
	show := &importProgress{env: a.env}
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
		// The report contains the reason.
		failed = daybook.Errorf(daybook.Unavailable, "%s could not be read", plural.Count(unread, "source"))
	}
	return failed
}

func (a *app) importConfig(model llm.Ref, anyAge bool, show *importProgress) importer.Config {
	indexed := false
	c := importer.Config{
		Store: a.Store, Threads: a.Threads, Embedding: a.embeddingModel(), Model: model, AnyAge: anyAge,
		Token: a.env.getenv("DAYBOOK_IMPORT_TOKEN"), InsecureHTTP: a.Settings.InsecureHTTP,
		Index: func(ctx context.Context) error {
			if indexed {
				return nil
			}
			indexed = true
			return a.refresh(ctx)
		},
		Progress: show.update,
	}
	if a.Settings.Evergreen != "" {
		c.EvergreenFolder = filepath.Base(a.Settings.Evergreen)
	}
	return c
}

// embeddingModel is zero if there is none.
func (a *app) embeddingModel() llm.Ref {
	_, model, _ := a.Models.Embedder()
	return model
}

// importProgress shows a bar for each part of an import.
type importProgress struct {
	env  env
	bar  *progress
	last time.Time
}

// redraw is the time between updates of a bar.
const redraw = 100 * time.Millisecond

func (p *importProgress) update(at importer.Progress) {
	if now := time.Now(); now.Sub(p.last) > redraw {
		p.last = now
		if p.bar == nil || p.bar.label != at.Doing {
			p.done()
			p.bar = newProgress(p.env, at.Doing)
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
		return printImports(a.env.stdout, reports)
	}
	var b strings.Builder
	for _, r := range reports {
		b.WriteString(a.style.imported(r, a.embeddingCost(r)))
	}
	if _, err := io.WriteString(a.env.stdout, b.String()); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	return nil
}

// embeddingCost says what it costs to embed the rest of the journal.
func (a *app) embeddingCost(r *importer.Report) string {
	if r.Model != a.embeddingModel() {
		return "once model_embedding is " + r.Model.String()
	}
	cost, ok := a.Ledger.Cost(r.Model, llm.Usage{InputTokens: r.Rest.Tokens})
	switch {
	case ok && cost == 0:
		return "in the background, at no cost"
	case !ok:
		return "in the background; the price of " + r.Model.String() + " is not set"
	}
	return "in the background, for about " + a.Ledger.Money(cost)
}

// shownPlaces limits the printed places of skipped items.
const shownPlaces = 3

// imported formats the report of a source.
func (s style) imported(r *importer.Report, cost string) string {
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
		line("imported", "%s%s", plural.Count(c.In, string(c.thing)), into)
		if c.There > 0 {
			line("already there", "%s", plural.Count(c.There, string(c.thing)))
		}
	}
	for _, l := range r.Left {
		line("left out", "%s: %s%s", plural.Count(l.Count, string(l.Thing)), l.Reason, somePlaces(l))
	}
	if r.Rest.Passages > 0 {
		line("to embed", "%s, about %s, %s", plural.Count(r.Rest.Passages, "passage"), plural.Count(r.Rest.Tokens, "token"), cost)
	}
	for _, note := range r.Notes {
		line("note", "%s", note)
	}
	switch {
	case r.Unread():
		line("not read", "%s", daybook.PublicMessage(r.Err))
	case r.Err != nil:
		line("ended early", "%s Everything before that was imported.", daybook.PublicMessage(r.Err))
	}
	return b.String()
}

// somePlaces lists the places of the first skipped items.
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
		Rest     importer.Rest    `json:"to_embed"`
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
			Source: r.Source, Kind: r.Kind, Dim: r.Dim, Vectors: r.Vectors, Threads: r.Threads, Messages: r.Messages, Entries: r.Entries, Files: r.Files, Rest: r.Rest,
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
