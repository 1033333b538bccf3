package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"daybook"
	"daybook/internal/journal"
	"daybook/internal/server"
	"daybook/internal/settings"
	"daybook/internal/store/postgres"
)

func newOwner(w env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "owner",
		Short: "Manage the owners of journals on one server",
		Long: `A server with a PostgreSQL store can serve the journals of several owners. Each
request requires one of the owner's tokens. The folders of the notes must be on the
server.`,
		Example: `  daybook owner add ursula --journal /srv/journals/ursula --store postgres://daybook@db/daybook
  daybook owner token ursula
  daybook owner list`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newOwnerAdd(w), newOwnerList(w), newOwnerToken(w), newOwnerRemove(w))
	return cmd
}

// withAccounts runs a command with the database of the owners.
func withAccounts(w env, do func(cmd *cobra.Command, db *postgres.DB, s settings.Settings, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		s, err := loadSettings(w, cmd.Flags())
		if err != nil {
			return err
		}
		db, err := openAccounts(cmd.Context(), s)
		if err != nil {
			return err
		}
		defer db.Close()
		return do(cmd, db, s, args)
	}
}

func newOwnerAdd(w env) *cobra.Command {
	return &cobra.Command{
		Use: "add NAME", Short: "Add an owner with the folders --journal and --evergreen, and print a token",
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: withAccounts(w, func(cmd *cobra.Command, db *postgres.DB, s settings.Settings, args []string) error {
			// Settings from the environment or file are those of the server itself.
			for flag, folder := range map[string]*string{"journal": &s.Journal, "evergreen": &s.Evergreen} {
				if !cmd.Flags().Changed(flag) {
					*folder = ""
				}
			}
			own, err := serverSettings(w, cmd.Flags())
			if err != nil {
				return err
			}
			return addOwner(cmd.Context(), w, db, own, account{args[0], s.Journal, s.Evergreen})
		}),
	}
}

func newOwnerList(w env) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the owners with their folders and number of tokens", Args: usageArgs(cobra.NoArgs),
		RunE: withAccounts(w, func(cmd *cobra.Command, db *postgres.DB, _ settings.Settings, _ []string) error {
			return listOwners(cmd.Context(), w, db)
		}),
	}
}

func newOwnerToken(w env) *cobra.Command {
	var replace bool
	cmd := &cobra.Command{
		Use: "token NAME", Short: "Create a token for an owner, and print it; only its hash is stored", Args: usageArgs(cobra.ExactArgs(1)),
		RunE: withAccounts(w, func(cmd *cobra.Command, db *postgres.DB, _ settings.Settings, args []string) error {
			t, err := db.NewToken(cmd.Context(), args[0], replace)
			if err == nil {
				_, err = fmt.Fprintln(w.stdout, t)
			}
			return err
		}),
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "revoke the owner's other tokens")
	return cmd
}

func newOwnerRemove(w env) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "remove NAME", Short: "Remove an owner, their index and their conversations; notes are not changed", Args: usageArgs(cobra.ExactArgs(1)),
		RunE: withAccounts(w, func(cmd *cobra.Command, db *postgres.DB, _ settings.Settings, args []string) error {
			if !yes {
				return daybook.Errorf(daybook.Invalid, "this deletes the conversations of %s forever; confirm with --yes", args[0])
			}
			return db.RemoveAccount(cmd.Context(), args[0])
		}),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "confirm that the conversations are deleted forever")
	return cmd
}

// openAccounts opens the database with the owners.
func openAccounts(ctx context.Context, s settings.Settings) (*postgres.DB, error) {
	if !settings.IsPostgres(s.Store.Reveal()) {
		return nil, daybook.Errorf(daybook.Invalid, "store: owners require PostgreSQL (--store postgres://…)")
	}
	return postgres.Open(ctx, s.Store.Reveal())
}

// serverSettings returns the settings of the server's own journal: without the
// flags for the folders of the owner to add.
func serverSettings(w env, flags *pflag.FlagSet) (settings.Settings, error) {
	src, err := sourcesOf(w, flags)
	if err != nil {
		return settings.Settings{}, err
	}
	delete(src.Flags, "journal")
	delete(src.Flags, "evergreen")
	return settings.Load(src)
}

// account is an owner to add. Evergreen may be "".
type account struct{ name, journal, evergreen string }

func addOwner(ctx context.Context, w env, db *postgres.DB, own settings.Settings, a account) error {
	if err := checkAccount(own, a); err != nil {
		return err
	}
	if err := checkApart(ctx, db, a); err != nil {
		return err
	}
	if _, err := db.AddAccount(ctx, a.name, a.journal, a.evergreen); err != nil {
		return err
	}
	token, err := db.NewToken(ctx, a.name, false)
	if err != nil {
		return err
	}
	if info, err := os.Stat(a.journal); err != nil || !info.IsDir() {
		fmt.Fprintf(w.stderr, "daybook: %s is not a directory\n", a.journal)
	}
	_, err = fmt.Fprintln(w.stdout, token)
	return err
}

func checkAccount(own settings.Settings, a account) error {
	if err := settings.CheckOwner(a.name); err != nil {
		return &daybook.Error{Kind: daybook.Invalid, Message: "the owner's name " + err.Error(), Err: err}
	}
	if a.name == own.Owner {
		return daybook.Errorf(daybook.Conflict, "%s is the owner of the server's own journal (setting owner); choose another name", a.name)
	}
	if a.journal == "" {
		return daybook.Errorf(daybook.Invalid, "journal: set --journal to the folder of the owner's notes")
	}
	return server.CheckOwnerFolders(own, a.journal, a.evergreen)
}

// checkApart refuses folders that overlap those of another owner, who could read
// what is written there.
func checkApart(ctx context.Context, db *postgres.DB, new account) error {
	accounts, err := db.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		for _, theirs := range []string{a.Journal, a.Evergreen} {
			for _, mine := range []string{new.journal, new.evergreen} {
				if journal.Overlap(mine, theirs) {
					return daybook.Errorf(daybook.Conflict, "this folder overlaps with the folder of the owner %s; choose another", a.Name)
				}
			}
		}
	}
	return nil
}

func listOwners(ctx context.Context, w env, db *postgres.DB) error {
	accounts, err := db.Accounts(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "owner\ttokens\tsince\tjournal\tevergreen")
	for _, a := range accounts {
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\n", a.Name, a.Tokens, a.Created.Format("2006-01-02"), a.Journal, a.Evergreen)
	}
	return table.Flush()
}
