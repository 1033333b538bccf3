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
	"daybook/internal/vault"
	"daybook/internal/vault/edit"
)

func newUndo(w env, open opener) *cobra.Command {
	var force, listed bool
	var to string
	cmd := &cobra.Command{
		Use:   "undo NOTE",
		Short: "Undo Daybook's last change to a note, or restore a version",
		Long: `Undo the last edit that Daybook made to a note, not one made by your editor. Changes
saved in one sitting are one edit. The note gets back exactly the bytes it had, even
if it was deleted. An undo can be undone. --to restores any version that "daybook
history" lists.

NOTE is the note's file, relative to the folder of the journal or of the evergreen
notes, or its full path.`,
		Example: `  daybook undo 2024/06-04-2024.md
  daybook undo 06-04-2024 --to 12
  daybook undo --list 06-04-2024
  daybook undo --force ~/Journal/2024/06-04-2024.md   # even if it was changed since`,
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
	cmd.Flags().StringVar(&to, "to", "", "the version to restore, as \"daybook history\" lists it")
	cmd.Flags().BoolVar(&force, "force", false, "undo the last edit even if the note has changed since; that change is lost too")
	cmd.Flags().BoolVar(&listed, "list", false, "list the edits of the note; change nothing")
	return cmd
}

// undo undoes the last edit of a note, restores a version of it if to is not empty,
// or lists its edits.
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
		_, err = fmt.Fprintf(a.env.stdout, "%s already has that content; nothing to undo.\n", shown)
	case undone.After == edit.Hash{}:
		_, err = fmt.Fprintf(a.env.stdout, "%s was deleted, because its last edit created it. The same command brings it back.\n", shown)
	case undone.Before == edit.Hash{}:
		_, err = fmt.Fprintf(a.env.stdout, "%s is back.\n", shown)
	default:
		_, err = fmt.Fprintf(a.env.stdout, "%s is as it was %s. \"daybook undo\" reverts this.\n", shown, before)
	}
	return err
}

// undoing adds advice to the error about a note that was changed since.
func undoing(err error) error {
	if daybook.KindOf(err) == daybook.Conflict {
		return &daybook.Error{Kind: daybook.Conflict, Message: daybook.PublicMessage(err) + " Add --force to do it anyway.", Err: err}
	}
	return err
}

// noteNamed finds a note by its file or path and returns its versions.
func (a *app) noteNamed(ctx context.Context, service *notes.Service, name string, all bool) (notes.History, error) {
	if !vault.IsNote(filepath.ToSlash(name)) {
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
		"no edits of this note are stored; name its file relative to the journal's folder, or its full path")
}

// inside returns the folder that contains a file, and the file's path in it. Of
// nested folders it is the innermost.
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

// sayEdits lists Daybook's edits of a note, latest first.
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
		what := fmt.Sprintf("changed; was %s", plural.Count(before.Size, "byte"))
		switch {
		case before.Gone():
			what = "created"
		case v.Gone():
			what = fmt.Sprintf("deleted; was %s", plural.Count(before.Size, "byte"))
		}
		fmt.Fprintf(&b, "%s  %s %s\n", a.style.bold(v.Time.In(a.Settings.Timezone).Format(time.DateTime)), a.style.plain(h.Path), what)
	}
	_, err := a.env.stdout.Write([]byte(b.String()))
	return err
}
