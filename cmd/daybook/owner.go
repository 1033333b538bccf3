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
		Short: "Serve the journals of many: add, list and remove their owners",
		Long: `A server whose store is PostgreSQL serves the journals of many, each to who bears
a token of its owner. The owners' notes are in folders that the server sees.`,
		Example: `  daybook owner add ursula --journal /srv/journals/ursula --store postgres://daybook@db/daybook
  daybook owner token ursula
  daybook owner list`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	with := func(do func(ctx context.Context, db *postgres.DB, s settings.Settings, args []string) error) func(*cobra.Command, []string) error {
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
			return do(cmd.Context(), db, s, args)
		}
	}
	var replace, yes bool
	var add *cobra.Command
	add = &cobra.Command{
		Use: "add NAME", Short: "Add an owner, whose notes are in the folders that --journal and --evergreen name, and print a token",
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: with(func(ctx context.Context, db *postgres.DB, s settings.Settings, args []string) error {
			// What names the keeper's own folders names nobody else's.
			for flag, folder := range map[string]*string{"journal": &s.Journal, "evergreen": &s.Evergreen} {
				if !add.Flags().Changed(flag) {
					*folder = ""
				}
			}
			keeper, err := keeperOf(w, add.Flags())
			if err != nil {
				return err
			}
			return addOwner(ctx, w, db, keeper, account{args[0], s.Journal, s.Evergreen})
		}),
	}
	list := &cobra.Command{
		Use: "list", Short: "List the owners, with their folders and how many tokens stand for each", Args: usageArgs(cobra.NoArgs),
		RunE: with(func(ctx context.Context, db *postgres.DB, _ settings.Settings, _ []string) error {
			return listOwners(ctx, w, db)
		}),
	}
	token := &cobra.Command{
		Use: "token NAME", Short: "Make a token that stands for an owner, and print it; it is not kept", Args: usageArgs(cobra.ExactArgs(1)),
		RunE: with(func(ctx context.Context, db *postgres.DB, _ settings.Settings, args []string) error {
			t, err := db.NewToken(ctx, args[0], replace)
			if err == nil {
				_, err = fmt.Fprintln(w.stdout, t)
			}
			return err
		}),
	}
	token.Flags().BoolVar(&replace, "replace", false, "end the tokens that stood for the owner before")
	remove := &cobra.Command{
		Use: "remove NAME", Short: "Remove an owner, with index and conversations; the notes are not touched", Args: usageArgs(cobra.ExactArgs(1)),
		RunE: with(func(ctx context.Context, db *postgres.DB, _ settings.Settings, args []string) error {
			if !yes {
				return daybook.Errorf(daybook.Invalid, "this erases the conversations of %s, which are nowhere else; say --yes if that is meant", args[0])
			}
			return db.RemoveAccount(ctx, args[0])
		}),
	}
	remove.Flags().BoolVar(&yes, "yes", false, "erase the conversations too, which are nowhere else")
	cmd.AddCommand(add, list, token, remove)
	return cmd
}

// openAccounts opens the database that the settings name.
func openAccounts(ctx context.Context, s settings.Settings) (*postgres.DB, error) {
	if !settings.IsPostgres(s.Store.Reveal()) {
		return nil, daybook.Errorf(daybook.Invalid, "store: owners are kept in PostgreSQL alone; --store postgres://… names one")
	}
	return postgres.Open(ctx, s.Store.Reveal())
}

// keeperOf are the settings of the server's own journal: those without the flags
// that name an owner's.
func keeperOf(w env, flags *pflag.FlagSet) (settings.Settings, error) {
	src, err := sourcesOf(w, flags)
	if err != nil {
		return settings.Settings{}, err
	}
	delete(src.Flags, "journal")
	delete(src.Flags, "evergreen")
	return settings.Load(src)
}

// account is an owner to be added, with their folders; evergreen may be "".
type account struct{ name, journal, evergreen string }

func addOwner(ctx context.Context, w env, db *postgres.DB, keeper settings.Settings, a account) error {
	if err := settings.CheckOwner(a.name); err != nil {
		return &daybook.Error{Kind: daybook.Invalid, Message: "the owner's name " + err.Error(), Err: err}
	}
	if a.name == keeper.Owner {
		return daybook.Errorf(daybook.Conflict, "%s is the owner of this server's own journal (the setting owner); choose another name", a.name)
	}
	if a.journal == "" {
		return daybook.Errorf(daybook.Invalid, "journal: name the folder of the owner's notes with --journal")
	}
	if err := server.CheckOwnerFolders(keeper, a.journal, a.evergreen); err != nil {
		return err
	}
	if err := apart(ctx, db, a); err != nil {
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
		fmt.Fprintf(w.stderr, "daybook: the folder %s is not there, or is no folder\n", a.journal)
	}
	_, err = fmt.Fprintln(w.stdout, token)
	return err
}

// apart refuses a folder that is another owner's, or within it, or around it:
// what one writes would be read by the other.
func apart(ctx context.Context, db *postgres.DB, new account) error {
	accounts, err := db.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		for _, theirs := range []string{a.Journal, a.Evergreen} {
			for _, mine := range []string{new.journal, new.evergreen} {
				if theirs != "" && mine != "" && (journal.Within(mine, theirs) || journal.Within(theirs, mine)) {
					return daybook.Errorf(daybook.Conflict, "the folder is that of the owner %s, or lies in it or around it", a.Name)
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
