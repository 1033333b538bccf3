package main

import (
	"net"

	"github.com/spf13/cobra"

	"daybook/internal/server"
	"daybook/internal/spending"
	"daybook/web"
)

func newServe(w env, open opener) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Serve the journal's API",
		Long: `Serve the journal over HTTP, by default on this machine alone. What was indexed
before is served at once; the journal is read meanwhile, and again whenever a
note changes. Where the system does not tell of changes, as of those made
elsewhere on a network disk, they are found within half a minute.

Every request needs the token. The first start generates it; at a terminal a link
is printed that signs a browser in, and “daybook token” prints the token.`,
		Example: `  daybook serve
  daybook serve --addr 127.0.0.1:9000 --journal ~/Journal
  daybook serve --addr 192.168.1.7:8000 --tls-cert cert.pem --tls-key key.pem --journal ~/Journal`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			src, err := sourcesOf(w, cmd.Flags())
			if err != nil {
				return err
			}
			a, err := open(cmd)
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
}
