package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"daybook"
	"daybook/internal/store/sqlite"
)

func newAccept(w env) *cobra.Command {
	return &cobra.Command{
		Use:   "accept",
		Short: "Accept that conversations are missing",
		Long: `Daybook remembers how many conversations and analyses there were, and says so at
each start when some are missing. This accepts what is there now.`,
		Example: `  daybook accept`,
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := loadSettings(w, cmd.Flags())
			if err != nil {
				return err
			}
			if s.StoreAddress() != "" {
				return daybook.Errorf(daybook.Invalid, "accept: conversations in another store are not counted")
			}
			if err := sqlite.Accept(cmd.Context(), s.Database()); err != nil {
				return err
			}
			fmt.Fprintln(w.stdout, "What is there now is accepted.")
			return nil
		},
	}
}
