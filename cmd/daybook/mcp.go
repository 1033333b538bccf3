package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"daybook/internal/mcp"
)

func newMCP(open opener) *cobra.Command {
	var write bool
	cmd := &cobra.Command{
		Use:   "mcp",
		Short: "Serve the journal to an assistant such as Claude Desktop, by MCP",
		Long: `Serve the journal to the program that starts this command, by the Model Context
Protocol over standard input and output: to search it, read days, count mentions
and ask questions. It works with or without a running server. Private notes are not
shown, and “daybook ledger” lists which programs have read.

What such a program reads, it sends to its own model.`,
		Example: `  daybook mcp --journal ~/Journal
  daybook mcp --journal ~/Journal --write   # may add to a day's note too`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := open(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			return a.serveMCP(cmd.Context(), mcp.Stdio(), write)
		},
	}
	cmd.Flags().BoolVar(&write, "write", false, "let the program add to the notes of days")
	return cmd
}

// serveMCP serves one program until it leaves.
func (a *app) serveMCP(ctx context.Context, t mcp.Transport, write bool) error {
	service, err := a.OpenNotes()
	if err != nil {
		return err
	}
	err = a.MCP(service, version, true).Run(ctx, t, write)
	if ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, service.Close())
}
