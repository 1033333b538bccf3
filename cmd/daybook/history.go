package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aymanbagabas/go-udiff"
	"github.com/spf13/cobra"

	"daybook"
	"daybook/internal/httpapi"
	"daybook/internal/notes"
	"daybook/internal/plural"
)

// historyFlags are the flags of the command history.
type historyFlags struct{ all, json, diff, deleted, erase, yes bool }

func newHistory(open opener) *cobra.Command {
	var f historyFlags
	cmd := &cobra.Command{
		Use:   "history NOTE [VERSION]",
		Short: "List, print, compare or delete the versions of a note",
		Long: `List the stored versions of a note, newest first: those saved in Daybook, and those
that Daybook found before they were replaced. With VERSION, print that version.
"daybook undo NOTE --to VERSION" restores it.

NOTE is the note's file, relative to the folder of the journal or of the evergreen
notes, or its full path. VERSION is a number in the list.

Versions are kept forever unless history_days is set; those of notes deleted in
Daybook, for 30 days.`,
		Example: `  daybook history 2024/06-04-2024.md
  daybook history 06-04-2024 12 --diff     # compare with the note now
  daybook history --deleted                # notes that can be restored
  daybook history 06-04-2024 --erase --yes # cannot be undone`,
		Args: usageArgs(func(cmd *cobra.Command, args []string) error {
			if f.deleted && len(args) > 0 {
				return daybook.Errorf(daybook.Invalid, "--deleted lists the notes of the whole journal; leave out NOTE.")
			}
			if f.deleted {
				return nil
			}
			return cobra.RangeArgs(1, 2)(cmd, args)
		}),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := open(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			return a.history(cmd.Context(), args, f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.all, "all", false, "include every save of a sitting, if still stored")
	flags.BoolVar(&f.json, "json", false, "print JSON, as GET /entries/{id}/history returns it")
	flags.BoolVar(&f.diff, "diff", false, "compare the version with the note now")
	flags.BoolVar(&f.deleted, "deleted", false, "list missing notes that have versions")
	flags.BoolVar(&f.erase, "erase", false, "delete all versions of the note forever; the note itself stays")
	flags.BoolVar(&f.yes, "yes", false, "confirm --erase")
	return cmd
}

func (a *app) history(ctx context.Context, args []string, f historyFlags) error {
	service, err := a.OpenNotes()
	if err != nil {
		return err
	}
	defer service.Close()
	if f.deleted {
		return a.sayMissing(ctx, service, f.json)
	}
	h, err := a.noteNamed(ctx, service, args[0], f.all)
	switch {
	case err != nil:
		return err
	case f.erase && len(args) > 1:
		return daybook.Errorf(daybook.Invalid, "--erase deletes all versions of a note; do not name one")
	case f.erase:
		return a.eraseHistory(ctx, service, h, f.yes)
	case len(args) > 1:
		return a.sayVersion(ctx, service, h, args[1], f)
	case f.diff:
		return daybook.Errorf(daybook.Invalid, "--diff requires a version")
	}
	return a.sayHistory(h, f.json)
}

// sayHistory lists the versions of a note.
func (a *app) sayHistory(h notes.History, asJSON bool) error {
	if asJSON {
		return a.sayJSON(httpapi.Versions(h))
	}
	var b strings.Builder
	for _, v := range h.Versions {
		number, _, _ := strings.Cut(v.ID, "-")
		if strings.Contains(number, "T") { // stored by an older Daybook
			number = v.ID
		}
		now := ""
		if v.Hash == h.Now && !v.Gone() {
			now = "  (current)"
		}
		fmt.Fprintf(&b, "%s  %s  %10s  %s%s\n", a.style.bold(fmt.Sprintf("%5s", number)),
			v.Time.In(a.Settings.Timezone).Format(time.DateTime), plural.Count(v.Size, "byte"), v.Cause, now)
	}
	_, err := a.env.stdout.Write([]byte(b.String()))
	return err
}

func (a *app) sayJSON(v any) error {
	data, err := json.Marshal(v)
	if err == nil {
		_, err = fmt.Fprintf(a.env.stdout, "%s\n", data)
	}
	return err
}

// sayVersion prints a version, or its differences to the note.
func (a *app) sayVersion(ctx context.Context, service *notes.Service, h notes.History, version string, f historyFlags) error {
	v, err := service.Version(ctx, h.Kind, h.Path, version)
	if err != nil {
		return err
	}
	if f.json {
		return a.sayJSON(httpapi.VersionText(v))
	}
	text := string(v.Source)
	if f.diff {
		now, err := service.Now(ctx, h.Kind, h.Path)
		if err != nil {
			return err
		}
		text = udiff.Unified("version "+version, "now", text, string(now))
	}
	if a.env.terminal {
		text = a.style.markdown(text)
	}
	_, err = fmt.Fprint(a.env.stdout, text)
	return err
}

// eraseHistory deletes a note's versions.
func (a *app) eraseHistory(ctx context.Context, service *notes.Service, h notes.History, yes bool) error {
	shown := a.style.plain(h.Path)
	if !yes {
		return daybook.Errorf(daybook.Invalid, "this deletes every version of %s forever; confirm with --yes", shown)
	}
	n, err := service.EraseHistory(ctx, h.Kind, h.Path)
	if err == nil {
		_, err = fmt.Fprintf(a.env.stdout, "Deleted %s of %s. The note itself was not changed.\n", plural.Count(n, "version"), shown)
	}
	return err
}

// sayMissing lists the notes that can be restored.
func (a *app) sayMissing(ctx context.Context, service *notes.Service, asJSON bool) error {
	list, err := service.Missing(ctx, daybook.Date{})
	if err != nil {
		return err
	}
	if asJSON {
		return a.sayJSON(httpapi.MissingNotes(list))
	}
	for _, n := range list {
		if _, err := fmt.Fprintf(a.env.stdout, "%s  %s\n", n.Version.Time.In(a.Settings.Timezone).Format(time.DateTime), a.style.plain(n.Path)); err != nil {
			return err
		}
	}
	return nil
}
