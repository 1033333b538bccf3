package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"daybook"
	"daybook/internal/plural"
	"daybook/internal/transcribe"
)

func newPhotographs(w env, open opener) *cobra.Command {
	var pages, notPages, forget bool
	cmd := &cobra.Command{
		Use:   "photographs [FOLDER]",
		Short: "Mark pictures named after days as diary pages or photographs",
		Long: `List the folders with pictures that are named after days and may be pages of the
diary or photographs, such as "Camera Uploads". None of them is sent to a model
until you say that they are pages. FOLDER is relative to the journal's folder.`,
		Example: `  daybook photographs
  daybook photographs --not-pages "Camera Uploads"
  daybook photographs --pages Scans`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := open(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			answered := pages || notPages || forget
			switch {
			case len(args) == 0 && !answered:
				return a.listPhotographs(cmd.Context())
			case len(args) == 0 || !answered:
				return daybook.Errorf(daybook.Invalid, "photographs: give a folder, and --pages, --not-pages or --forget")
			}
			answer := &pages
			if forget {
				answer = nil
			}
			return a.answerPhotographs(cmd.Context(), filepath.ToSlash(filepath.Clean(args[0])), answer)
		},
	}
	cmd.Flags().BoolVar(&pages, "pages", false, "read the pictures in FOLDER as pages")
	cmd.Flags().BoolVar(&notPages, "not-pages", false, "ignore the pictures in FOLDER")
	cmd.Flags().BoolVar(&forget, "forget", false, "clear the answer, and ask again")
	cmd.MarkFlagsMutuallyExclusive("pages", "not-pages", "forget")
	return cmd
}

func (a *app) listPhotographs(ctx context.Context) error {
	answers, err := transcribe.Answers(ctx, a.Store)
	if err != nil {
		return err
	}
	folder, err := a.Vault.Open(daybook.Daily)
	if err != nil {
		return err
	}
	defer folder.Close()
	found, err := folder.Scans(ctx, answers.Pages)
	if err != nil {
		return err
	}
	out := a.env.stdout
	for _, p := range found.Photographs {
		fmt.Fprintf(out, "%s: %s, such as %s. Pages or photographs?\n", a.style.plain(p.Folder), plural.Count(p.Pictures, "picture"), a.style.plain(p.Example))
	}
	for _, folder := range slices.Sorted(maps.Keys(answers)) {
		fmt.Fprintf(out, "%s: %s\n", a.style.plain(folder), map[bool]string{true: "pages", false: "not pages"}[answers[folder]])
	}
	if len(found.Photographs)+len(answers) == 0 {
		fmt.Fprintln(out, "No folder has pictures to ask about.")
	}
	return nil
}

func (a *app) answerPhotographs(ctx context.Context, folder string, pages *bool) error {
	if info, err := a.Vault.StatFolder(folder); err != nil || !info.IsDir() {
		return daybook.Errorf(daybook.NotFound, "photographs: the journal has no folder %s", folder)
	}
	if err := transcribe.Answer(ctx, a.Store, folder, pages); err != nil {
		return err
	}
	switch {
	case pages == nil:
		fmt.Fprintln(a.env.stdout, "Answer cleared.")
	case *pages:
		fmt.Fprintln(a.env.stdout, "They will be read as pages. Run “daybook index” to read them now.")
	default:
		fmt.Fprintln(a.env.stdout, "They will not be read.")
	}
	return nil
}
