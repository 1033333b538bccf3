package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daybook"
	"daybook/internal/journal"
	"daybook/internal/notes"
	"daybook/internal/plural"
	"daybook/internal/vault/edit"
)

func newUndo(w env, open opener) *cobra.Command {
	var force, listed bool
	var to string
	cmd := &cobra.Command{
		Use:   "undo NOTE",
		Short: "Undo Daybook's last change to a note, or bring an earlier version back",
		Long: `Undo the edit that made a note what it is: one of Daybook's own, not one of your
editor's. What was saved in one sitting counts as one edit. The note gets back
the bytes that it had, also when it was deleted. An undo can be undone, by
another one. --to brings back any version that "daybook history" lists.

NOTE is the note's file, relative to the journal's folder (or to that of the
evergreen notes), or the whole path.`,
		Example: `  daybook undo 2024/06-04-2024.md
  daybook undo 06-04-2024 --to 12
  daybook undo --list 06-04-2024
  daybook undo --force ~/Journal/2024/06-04-2024.md   # also what was changed since`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := open(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			return a.undo(cmd.Context(), args[0], to, force, listed)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the version to bring back, as \"daybook history\" names it")
	cmd.Flags().BoolVar(&force, "force", false, "undo the last edit also if the note was changed since, which is undone with it")
	cmd.Flags().BoolVar(&listed, "list", false, "change nothing, and list the edits of the note that are kept")
	return cmd
}

// undo undoes an edit of the note that name means, brings back the version to
// if that is not empty, or lists the note's edits.
func (a *app) undo(ctx context.Context, name, to string, force, listed bool) error {
	service, err := a.OpenNotes()
	if err != nil {
		return err
	}
	defer service.Close()
	h, err := a.noteNamed(ctx, service, name, listed)
	if err != nil {
		return err
	}
	if listed {
		return a.sayEdits(h)
	}
	var undone notes.Undone
	if to == "" {
		undone, err = service.Undo(ctx, h.Kind, h.Path, force)
	} else {
		undone, err = service.UndoTo(ctx, h.Kind, h.Path, to, notes.Hash{}, edit.Undone)
	}
	if err != nil {
		return undoing(err)
	}
	shown, before := a.style.plain(h.Path), "before its last edit"
	if to != "" {
		before = "in version " + a.style.plain(to)
	}
	switch {
	case undone.Before == undone.After:
		_, err = fmt.Fprintf(a.env.stdout, "%s is already what it was; there is nothing to undo.\n", shown)
	case undone.After == edit.Hash{}:
		_, err = fmt.Fprintf(a.env.stdout, "%s is gone: its last edit had made it. The same command brings it back.\n", shown)
	case undone.Before == edit.Hash{}:
		_, err = fmt.Fprintf(a.env.stdout, "%s is back.\n", shown)
	default:
		_, err = fmt.Fprintf(a.env.stdout, "%s is again what it was %s. \"daybook undo\" takes that back.\n", shown, before)
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

// noteNamed returns which note a person means, and its versions.
func (a *app) noteNamed(ctx context.Context, service *notes.Service, name string, all bool) (notes.History, error) {
	if !strings.EqualFold(filepath.Ext(name), ".md") {
		name += ".md"
	}
	folders, kinds := a.Vault.Folders(), a.Vault.Kinds()
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
		h, err := service.History(ctx, kind, path, all)
		if err != nil || len(h.Versions) > 0 {
			return h, err
		}
	}
	return notes.History{}, daybook.Errorf(daybook.NotFound,
		"no edit of this note is kept; name its file relative to the journal's folder, or by its whole path")
}

// inside returns which folder a file lies in, and its path there. Of folders
// that lie in one another it is the inner one.
func inside(folders []string, kinds []daybook.EntryKind, file string) (kind daybook.EntryKind, path string, ok bool) {
	file = filepath.Join(journal.Resolved(filepath.Dir(file)), filepath.Base(file))
	order := make([]int, len(folders))
	for i := range folders {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Compare(len(journal.Resolved(folders[b])), len(journal.Resolved(folders[a])))
	})
	for _, i := range order {
		rel, err := filepath.Rel(journal.Resolved(folders[i]), file)
		if err == nil && filepath.IsLocal(rel) {
			return kinds[i], filepath.ToSlash(rel), true
		}
	}
	return "", "", false
}

// sayEdits lists Daybook's edits of a note, the latest first.
func (a *app) sayEdits(h notes.History) error {
	var b strings.Builder
	for i, v := range h.Versions {
		if v.Cause == edit.Other {
			continue
		}
		var before edit.Version
		if i+1 < len(h.Versions) {
			before = h.Versions[i+1]
		}
		what := fmt.Sprintf("changed; it had %s", plural.Count(before.Size, "byte"))
		switch {
		case before.Gone():
			what = "made"
		case v.Gone():
			what = fmt.Sprintf("deleted; it had %s", plural.Count(before.Size, "byte"))
		}
		fmt.Fprintf(&b, "%s  %s %s\n", a.style.bold(v.Time.In(a.Settings.Timezone).Format(time.DateTime)), a.style.plain(h.Path), what)
	}
	_, err := a.env.stdout.Write([]byte(b.String()))
	return err
}
