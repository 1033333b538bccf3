package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daybook"
	"daybook/internal/analysis"
	"daybook/internal/notes"
	"daybook/internal/vault/edit"
)

func newUndo(w world, open opener) *cobra.Command {
	var force, listed bool
	cmd := &cobra.Command{
		Use:   "undo NOTE",
		Short: "Give a note back what it was before Daybook changed, made or deleted it",
		Long: `Undo the edit that made a note what it is: one of Daybook's own, not one of your
editor's. The note gets back the bytes that it had, also when it was deleted. An
undo can be undone in its turn, by another one. How long the bytes are kept is
the setting undo_days.

NOTE is the note's file, relative to the journal's folder (or to that of the
evergreen notes), or the whole path.`,
		Example: `  daybook undo 2024/06-04-2024.md
  daybook undo --list 06-04-2024
  daybook undo --force ~/Journal/2024/06-04-2024.md   # also what was changed since`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := open(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			return a.undo(cmd.Context(), args[0], force, listed)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "undo the last edit also if the note was changed since, which is undone with it")
	cmd.Flags().BoolVar(&listed, "list", false, "change nothing, and list the edits of the note that are kept")
	return cmd
}

// openNotes opens what reads and writes the journal's notes.
func (a *app) openNotes() (*notes.Service, error) {
	return notes.New(notes.Config{
		Vault: a.vault, Store: forgettingStore{a.store, analysis.Forgetting(a.store, a.store)}, Indexer: a.indexer,
		Undo:    filepath.Join(filepath.Dir(a.settings.Database()), "undo"),
		Uploads: filepath.Join(filepath.Dir(a.settings.Database()), "uploads"),
		UndoAge: time.Duration(a.settings.UndoDays) * 24 * time.Hour,
	})
}

// undo undoes an edit of the note that name means, or lists its edits.
func (a *app) undo(ctx context.Context, name string, force, listed bool) error {
	service, err := a.openNotes()
	if err != nil {
		return err
	}
	defer service.Close()
	kind, path, records, err := a.noteNamed(ctx, service, name)
	if err != nil {
		return err
	}
	if listed {
		return a.sayRecords(a.world.stdout, path, records)
	}
	undone, err := service.Undo(ctx, kind, path, force)
	if err != nil {
		return undoing(err)
	}
	shown := a.style.plain(path)
	switch {
	case undone.Before == undone.After:
		_, err = fmt.Fprintf(a.world.stdout, "%s is already what it was; there is nothing to undo.\n", shown)
	case undone.After == edit.Hash{}:
		_, err = fmt.Fprintf(a.world.stdout, "%s is gone: its last edit had made it. The same command brings it back.\n", shown)
	case undone.Before == edit.Hash{}:
		_, err = fmt.Fprintf(a.world.stdout, "%s is back.\n", shown)
	default:
		_, err = fmt.Fprintf(a.world.stdout, "%s is again what it was before its last edit. The same command takes that back.\n", shown)
	}
	return err
}

// undoing says what to do about a note that was changed since.
func undoing(err error) error {
	if daybook.KindOf(err) == daybook.Conflict {
		return &daybook.Error{Kind: daybook.Conflict, Message: daybook.PublicMessage(err) + " (--force does it all the same)", Err: err}
	}
	return err
}

// noteNamed returns which note a person means, and what is kept of it.
func (a *app) noteNamed(ctx context.Context, service *notes.Service, name string) (daybook.EntryKind, string, []edit.Record, error) {
	if !strings.EqualFold(filepath.Ext(name), ".md") {
		name += ".md"
	}
	folders, kinds := a.vault.Folders(), a.vault.Kinds()
	var names []string
	switch {
	case filepath.IsAbs(name):
		names = []string{name}
	case filepath.IsLocal(name):
		for _, folder := range folders {
			names = append(names, filepath.Join(folder, name))
		}
	}
	for _, whole := range names {
		kind, path, ok := inside(folders, kinds, whole)
		if !ok {
			continue
		}
		records, err := service.Records(ctx, kind, path)
		if err != nil || len(records) > 0 {
			return kind, path, records, err
		}
	}
	return "", "", nil, daybook.Errorf(daybook.NotFound,
		"no edit of this note is kept that could be undone; name its file relative to the journal's folder, or by its whole path")
}

// inside returns which folder a file lies in, and its path there. Of folders
// that lie in one another it is the inner one.
func inside(folders []string, kinds []daybook.EntryKind, file string) (kind daybook.EntryKind, path string, ok bool) {
	file = filepath.Join(resolved(filepath.Dir(file)), filepath.Base(file))
	order := make([]int, len(folders))
	for i := range folders {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(len(resolved(folders[b])), len(resolved(folders[a]))) })
	for _, i := range order {
		rel, err := filepath.Rel(resolved(folders[i]), file)
		if err == nil && filepath.IsLocal(rel) {
			return kinds[i], filepath.ToSlash(rel), true
		}
	}
	return "", "", false
}

// resolved returns where a folder is, links followed as far as it is there.
func resolved(path string) string {
	if p, err := filepath.EvalSymlinks(path); err == nil {
		return p
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	return filepath.Join(resolved(parent), filepath.Base(path))
}

// sayRecords lists the edits of a note, the latest first.
func (a *app) sayRecords(out io.Writer, path string, records []edit.Record) error {
	var b strings.Builder
	for _, r := range records {
		what := fmt.Sprintf("changed; it had %s", counted(len(r.Before), "byte"))
		switch {
		case r.Before == nil:
			what = "made"
		case r.After == edit.Hash{}:
			what = fmt.Sprintf("deleted; it had %s", counted(len(r.Before), "byte"))
		}
		fmt.Fprintf(&b, "%s  %s %s\n", a.style.bold(r.Time.In(a.settings.Timezone).Format(time.DateTime)), a.style.plain(path), what)
	}
	_, err := out.Write([]byte(b.String()))
	return err
}

// tidyEvery is how often a server erases what was kept for undo long enough.
const tidyEvery = time.Hour

// tidyNotes does so until ctx ends, and clears away what writers who were
// killed have left among the notes.
func (a *app) tidyNotes(ctx context.Context, service *notes.Service) {
	told := map[string]bool{}
	// What a process left that was killed just now is too new at first.
	for next := time.Minute; ; next = tidyEvery {
		left, err := service.Tidy(ctx)
		if daybook.KindOf(err) == daybook.Unavailable {
			a.log.Warn("tidy up among the notes", "err", err)
		} else if err != nil && ctx.Err() == nil {
			a.log.Error("tidy up among the notes", "err", err)
		}
		for _, path := range left {
			if !told[path] {
				told[path] = true
				a.log.Warn("a writer that was killed has left a file with words that stand nowhere else", "file", path)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(next):
		}
	}
}
