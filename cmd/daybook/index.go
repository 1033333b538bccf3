package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"daybook"
	"daybook/internal/ingest"
	"daybook/internal/journal"
	"daybook/internal/plural"
	"daybook/internal/transcribe"
)

func newIndex(w env, open opener) *cobra.Command {
	var accept, asJSON bool
	cmd := &cobra.Command{
		Use:   "index",
		Short: "Read the journal now, and list skipped files",
		Long: `Update the index from the journal. Transcribe scans if a model is set for that, and
embed passages if an embedding model is set. A server may be running on the same
data.`,
		Example: `  daybook index
  daybook index --json | jq '.failed'
  daybook index --accept-missing   # after deleting most of the notes`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := open(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			return a.runIndex(cmd.Context(), accept, asJSON)
		},
	}
	cmd.Flags().BoolVar(&accept, "accept-missing", false, "delete missing notes from the index, even if most are missing")
	cmd.Flags().BoolVar(&accept, "prune", false, "the same as --accept-missing")
	_ = cmd.Flags().MarkDeprecated("prune", "use --accept-missing") // the flag exists
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

func (a *app) runIndex(ctx context.Context, accept, asJSON bool) error {
	show := newProgress(a.env, "Reading the journal")
	read := a.Indexer.Run
	if accept {
		read = a.Indexer.AcceptMissing
	}
	report, err := read(ctx, show.ingest)
	show.done()
	if err != nil {
		return err
	}
	scans, scanErr := a.runTranscription(ctx)
	if scans.Written > 0 {
		again, err := a.Indexer.Run(ctx, nil)
		if err != nil {
			return errors.Join(err, scanErr)
		}
		again.Indexed, again.Passages, again.Words = again.Indexed+report.Indexed, again.Passages+report.Passages, again.Words+report.Words
		report = again
	}
	embedded, embedErr := a.runEmbedding(ctx)
	if asJSON {
		err = printReport(a.env.stdout, report, scans, embedded)
	} else {
		err = a.sayReport(report, scans, embedded)
		err = errors.Join(err, a.sayBuilding(ctx))
	}
	if len(scans.Failed) > 0 {
		err = errors.Join(err, daybook.Errorf(daybook.Upstream, "%s could not be transcribed; run daybook index to try again", plural.Count(len(scans.Failed), "scan")))
	}
	embedErr = errors.Join(embedErr, scanErr)
	if len(report.Failed) > 0 {
		err = errors.Join(err, daybook.Errorf(daybook.Invalid, "%s could not be read; the rest is indexed", plural.Count(len(report.Failed), "note")))
	}
	return errors.Join(err, embedErr)
}

// runEmbedding embeds passages that lack vectors, if a model is set.
func (a *app) runEmbedding(ctx context.Context) (ingest.EmbedReport, error) {
	job, ok := a.Embedding()
	if !ok {
		return ingest.EmbedReport{}, a.SyncWords(ctx)
	}
	show := newProgress(a.env, "Embedding")
	defer show.done()
	stats, err := a.Store.Stats(ctx)
	if err != nil {
		return ingest.EmbedReport{}, err
	}
	space, err := ingest.SpaceOf(ctx, a.Store, job.Model)
	if err != nil {
		return ingest.EmbedReport{}, err
	}
	before := stats.Vectors[space]
	if job.Private != nil {
		stats.Passages -= stats.PrivatePassages
	}
	report, err := job.Run(ctx, func(n int) { show.update(before+n, stats.Passages) })
	if err == nil {
		err = a.Optimize(ctx)
	}
	if err == nil {
		err = a.SyncWords(ctx)
	}
	if err != nil {
		return report, err
	}
	return report, job.LetGo(ctx)
}

// sayBuilding prints the progress of the vectors of a new model.
func (a *app) sayBuilding(ctx context.Context) error {
	building, err := a.Building(ctx)
	if err != nil || building == "" {
		return err
	}
	_, err = fmt.Fprintln(a.env.stdout, building)
	return err
}

// sayReport prints the result.
func (a *app) sayReport(r ingest.Report, scans transcribe.Report, e ingest.EmbedReport) error {
	out := a.env.stdout
	for _, p := range scans.Photographs {
		fmt.Fprintln(out, a.style.plain(journal.AskPhotographs(p)))
	}
	for _, s := range r.Skipped {
		fmt.Fprintf(out, "skipped  %s: %s\n", a.style.plain(s.Path), s.Reason)
	}
	for _, f := range r.Failed {
		fmt.Fprintf(out, "failed   %s: %s\n", a.style.plain(f.Path), daybook.PublicMessage(f.Err))
	}
	for _, f := range r.Flawed {
		fmt.Fprintf(out, "problem  %s: %s; its text is read\n", a.style.plain(f.Path), f.Reason)
	}
	for _, k := range r.Kept {
		fmt.Fprintf(out, "kept     %s: %s\n", plural.Count(k.Notes, string(k.Kind)+" note"), daybook.PublicMessage(k.Err))
	}
	for _, s := range scans.Failed {
		fmt.Fprintf(out, "failed   %s: %s\n", a.style.plain(s.Path), s.Error)
	}
	for _, s := range scans.Kept {
		fmt.Fprintf(out, "kept     %s: %s\n", a.style.plain(s.Path), s.Error)
	}
	if scans.Read > 0 {
		fmt.Fprintf(out, "%s transcribed into %s\n", plural.Count(scans.Read, "page"), plural.Count(scans.Written, "note"))
	}
	fmt.Fprintf(out, "%s in the index: %d read, %d unchanged, %d renamed, %d deleted, %d skipped, %d failed (%s)\n",
		plural.Of(r.Entries, "entry", "entries"), r.Indexed, r.Entries-r.Indexed, r.Renamed, r.Deleted, len(r.Skipped), len(r.Failed),
		r.Duration.Round(time.Millisecond))
	if e.Embedded > 0 {
		fmt.Fprintf(out, "%s embedded with %s\n", plural.Count(e.Embedded, "passage"), e.Space.Model)
	}
	if e.Replaced.Model != "" {
		fmt.Fprintf(out, "searches now use the vectors of %s; those of %s are deleted\n", e.Space.Model, e.Replaced.Model)
	}
	return nil
}

// reason is a path with the reason why it was skipped or failed.
type reason struct {
	Kind   string `json:"kind"`
	Path   string `json:"path,omitempty"`
	Notes  int    `json:"notes,omitempty"`
	Reason string `json:"reason"`
}

func printReport(w io.Writer, r ingest.Report, scans transcribe.Report, e ingest.EmbedReport) error {
	out := struct {
		Entries   int      `json:"entries"`
		Indexed   int      `json:"indexed"`
		Renamed   int      `json:"renamed"`
		Deleted   int      `json:"deleted"`
		Passages  int      `json:"passages_indexed"`
		Words     int      `json:"words_indexed"`
		Embedded  int      `json:"passages_embedded"`
		Pages     int      `json:"pages_transcribed"`
		Notes     int      `json:"notes_written"`
		Seconds   float64  `json:"seconds"`
		Skipped   []reason `json:"skipped"`
		Failed    []reason `json:"failed"`
		Flawed    []reason `json:"flawed"`
		KeptNotes []reason `json:"kept"`
	}{
		r.Entries, r.Indexed, r.Renamed, r.Deleted, r.Passages, r.Words, e.Embedded, scans.Read, scans.Written, r.Duration.Seconds(),
		[]reason{}, []reason{}, []reason{}, []reason{},
	}
	for _, s := range r.Skipped {
		out.Skipped = append(out.Skipped, reason{Kind: string(s.Kind), Path: s.Path, Reason: s.Reason})
	}
	for _, f := range r.Failed {
		out.Failed = append(out.Failed, reason{Kind: string(f.Kind), Path: f.Path, Reason: daybook.PublicMessage(f.Err)})
	}
	for _, f := range r.Flawed {
		out.Flawed = append(out.Flawed, reason{Kind: string(f.Kind), Path: f.Path, Reason: f.Reason})
	}
	for _, s := range scans.Failed {
		out.Failed = append(out.Failed, reason{Kind: "scan", Path: s.Path, Reason: s.Error})
	}
	for _, s := range scans.Kept {
		out.KeptNotes = append(out.KeptNotes, reason{Kind: "scan", Path: s.Path, Reason: s.Error})
	}
	for _, k := range r.Kept {
		out.KeptNotes = append(out.KeptNotes, reason{Kind: string(k.Kind), Notes: k.Notes, Reason: daybook.PublicMessage(k.Err)})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
