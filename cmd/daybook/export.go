package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"daybook/internal/export"
	"daybook/internal/httpapi"
	"daybook/internal/plural"
)

func newExport(open opener) *cobra.Command {
	return &cobra.Command{
		Use:   "export DIR",
		Short: "Write everything to a folder that can be read without Daybook",
		Long: `Write the notes and scans as they are, the conversations with the days that they
cite, and the analyses, as Markdown and JSON, to a new folder. Private notes are
included. The page exports the same as a zip file.

A backup, by “daybook backup”, is for Daybook itself: it has the notes' versions
and can be encrypted.`,
		Example: "  daybook export ~/journal-export",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := open(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			return a.export(cmd.Context(), args[0])
		},
	}
}

func (a *app) export(ctx context.Context, folder string) error {
	source := httpapi.Export(a.Folders(), a.Chat, a.Threads, a.Analyses, a.Now)
	var report export.Report
	err := export.Dir(folder, source.Folders, func(to export.Sink) (err error) {
		report, err = export.Write(ctx, source, to)
		return err
	})
	if err != nil {
		return err
	}
	for _, skipped := range report.Skipped {
		fmt.Fprintln(a.env.stderr, "daybook: left out:", skipped)
	}
	_, err = fmt.Fprintf(a.env.stdout, "Exported %s, %s and %s to %s\n",
		plural.Count(report.Files, "file"), plural.Count(report.Threads, "conversation"), plural.Of(report.Analyses, "analysis", "analyses"), folder)
	return err
}
