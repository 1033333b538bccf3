package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"daybook"
	"daybook/internal/server"
	"daybook/internal/session"
)

func newToken(w env) *cobra.Command {
	var replace bool
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Print the token that the server requires",
		Long: `Print the token that the server on this data requires: to sign a browser in, or to
send as “Authorization: Bearer …”. The first start generates it, and keeps it in
the data folder; the setting token replaces it with one of your own.`,
		Example: `  daybook token
  curl -H "Authorization: Bearer $(daybook token)" http://127.0.0.1:8000/threads
  daybook token --new   # if somebody else knows it`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := loadSettings(w, cmd.Flags())
			if err != nil {
				return err
			}
			var token string
			switch {
			case s.NoToken:
				return daybook.Errorf(daybook.Invalid, "no_token (%s): the server requires no token", s.Origin("no_token"))
			case replace && s.Token.IsSet():
				return daybook.Errorf(daybook.Invalid, "token (%s): the token is set there, so change it there", s.Origin("token"))
			case replace:
				token, err = session.NewToken(s.Data)
			default:
				token, err = server.Token(s)
			}
			if err != nil {
				return err
			}
			if _, err = fmt.Fprintln(w.stdout, token); err == nil && replace {
				fmt.Fprintln(w.stderr, "daybook: a running server uses the new token within seconds. Browsers have to sign in again.")
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&replace, "new", false, "replace the token with a new one, and end the sessions of all browsers")
	return cmd
}
