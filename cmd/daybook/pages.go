package main

import (
	"github.com/spf13/cobra"

	"daybook/internal/journal"
	"daybook/internal/pages"
)

func newPages(w env) *cobra.Command {
	return &cobra.Command{
		Use: journal.DecodeCommand, Hidden: true, Args: usageArgs(cobra.NoArgs),
		Short: "Decode one scan; started by the server",
		RunE:  func(*cobra.Command, []string) error { return pages.Child(w.stdin, w.rawOut) },
	}
}
