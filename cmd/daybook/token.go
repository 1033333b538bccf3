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
		Long: `Print the server's token, to sign in with a browser or for the header
“Authorization: Bearer …”. The first start generates it and stores it in the data
folder. To use your own, set token.`,
		Example: `  daybook token
  curl -H "Authorization: Bearer $(daybook token)" http://127.0.0.1:8000/threads
  daybook token --new   # if someone else knows it`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := loadSettings(w, cmd.Flags())
			if err != nil {
				return err
			}
			var token string
			switch {
			case s.NoToken:
				return daybook.Errorf(daybook.Invalid, "no_token (%s): the server does not require a token", s.Origin("no_token"))
			case replace && s.Token.IsSet():
				return daybook.Errorf(daybook.Invalid, "token (%s): change the token there", s.Origin("token"))
			case replace:
				token, err = session.NewToken(s.Data)
			default:
				token, err = server.Token(s)
			}
			if err != nil {
				return err
			}
			if _, err = fmt.Fprintln(w.stdout, token); err == nil && replace {
				fmt.Fprintln(w.stderr, "daybook: a running server uses the new token within seconds. Browsers must sign in again.")
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&replace, "new", false, "generate a new token and sign out all browsers")
	return cmd
}
