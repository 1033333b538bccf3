package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"daybook/internal/notices"
	"daybook/web"
)

func newVersion(w env) *cobra.Command {
	licenses := false
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version, or the licenses",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if licenses {
				return notices.Write(w.stdout, web.FS())
			}
			_, err := fmt.Fprintf(w.stdout, "daybook %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
	cmd.Flags().BoolVar(&licenses, "licenses", false, "print the licenses of Daybook and everything it contains")
	return cmd
}
