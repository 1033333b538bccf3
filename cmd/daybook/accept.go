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
		Long: `Daybook counts conversations and analyses, and warns at each start if some are
missing. This command accepts the current number.`,
		Example: `  daybook accept`,
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := loadSettings(w, cmd.Flags())
			if err != nil {
				return err
			}
			if s.StoreAddress() != "" {
				return daybook.Errorf(daybook.Invalid, "accept: Daybook counts conversations only in its own file, not in another store")
			}
			if err := sqlite.Accept(cmd.Context(), s.Database()); err != nil {
				return err
			}
			fmt.Fprintln(w.stdout, "Accepted. Daybook no longer warns about missing conversations.")
			return nil
		},
	}
}
