package main

import (
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"daybook/internal/journal"
	"daybook/internal/server"
	"daybook/internal/settings"
	"daybook/internal/spending"
	"daybook/web"
)

func newServe(w env) *cobra.Command {
	var logFormat string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the page and the API",
		Long: `Serve the journal over HTTP, by default only to this computer. The server starts with
the existing index, reads the journal in the background, and again whenever a note
changes. Changes that the system does not report, such as on network disks, are
found within 30 seconds.

Every request requires the token, which the first start generates. In a terminal, a
link to sign in is printed; “daybook token” prints the token.`,
		Example: `  daybook serve
  daybook serve --addr 127.0.0.1:9000 --journal ~/Journal
  daybook serve --addr 192.168.1.7:8000 --tls-cert cert.pem --tls-key key.pem --journal ~/Journal`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if logFormat != "text" && logFormat != "json" {
				return usageError{cmd.CommandPath(), fmt.Errorf("--log-format must be text or json")}
			}
			src, err := sourcesOf(w, cmd.Flags())
			if err != nil {
				return err
			}
			s, err := settings.Load(src)
			if err != nil {
				return err
			}
			a, err := openAppWith(cmd.Context(), w, s, journal.Options{Log: newLogAs(w, logFormat)})
			if err != nil {
				return err
			}
			tuneCollector(w.getenv)
			ctx := cmd.Context()
			c := server.Config{Journal: a.Journal, Sources: src, Version: version, Ports: w.ports, PricesOf: spending.PricesOf, Listening: func(addr net.Addr) { a.announce(ctx, addr) }}
			if web.Built() {
				c.Page = web.FS()
			}
			return server.Run(ctx, c)
		},
	}
	cmd.Flags().StringVar(&logFormat, "log-format", "text", "log format: text or json")
	return cmd
}
