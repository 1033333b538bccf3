package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"daybook"
	"daybook/internal/journal"
	"daybook/internal/migrate"
	"daybook/internal/plural"
	"daybook/internal/settings"
	"daybook/internal/store/postgres"
)

// storeFile means the file in the data folder, in place of an address.
const storeFile = "file"

type migrateFlags struct {
	from, to string
	json     bool
}

func newMigrate(w env) *cobra.Command {
	var f migrateFlags
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Copy everything from one store to another",
		Long: `Copy index, vectors, conversations and transcriptions from one store to another, in
any direction, and compare both at the end. If interrupted, run it again: it copies
only what is missing, and changes nothing in the first store. Newer data in the
second store is kept; missing messages are inserted into conversations. A store with
another journal, or an unknown owner, is refused before anything is copied. Not
copied: the history of notes, which is in the data folder, and owners and tokens of
PostgreSQL.

Name a store by its address, as in the setting store, or “file” for the file in the
data folder. --from defaults to the file, --to to the setting store. Put an address
with a password into DAYBOOK_STORE: other users can see the arguments of commands.

Stop servers that use either store first.`,
		Example: `  daybook migrate --to lancedb+http://127.0.0.1:2333
  DAYBOOK_STORE=postgres://… daybook migrate
  daybook migrate --from lancedb+http://127.0.0.1:2333 --to file`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := loadSettings(w, cmd.Flags())
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("to") && !s.Store.IsSet() {
				return usageError{cmd.CommandPath(), errors.New("set --to, or the setting store, to the store to copy to")}
			}
			if !cmd.Flags().Changed("to") {
				f.to = s.Store.Reveal()
			}
			return runMigrate(cmd.Context(), w, s, f)
		},
	}
	cmd.Flags().StringVar(&f.from, "from", storeFile, "the store to copy")
	cmd.Flags().StringVar(&f.to, "to", "", "the store to copy to; default is the setting store")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the result as JSON")
	return cmd
}

// storeAddress parses the value of --from or --to.
func storeAddress(flag, value string) (string, error) {
	if value = strings.TrimSpace(value); value == storeFile {
		return "", nil
	}
	if value == "" {
		return "", daybook.Errorf(daybook.Invalid, "--%s must be “file” or a store's address", flag)
	}
	if err := settings.CheckStore(value); err != nil {
		return "", daybook.Errorf(daybook.Invalid, "--%s %w, or “file”", flag, err)
	}
	return value, nil
}

func runMigrate(ctx context.Context, w env, s settings.Settings, f migrateFlags) (err error) {
	if s.Demo() {
		return daybook.Errorf(daybook.Invalid, "name your journal with --journal: the demo journal is not copied")
	}
	from, err := storeAddress("from", f.from)
	if err != nil {
		return err
	}
	to, err := storeAddress("to", f.to)
	if err != nil {
		return err
	}
	if from == to {
		return daybook.Errorf(daybook.Invalid, "--from and --to are the same store")
	}
	for _, address := range []string{from, to} {
		if err := checkOwnerExists(ctx, s, address); err != nil {
			return err
		}
	}
	log := newLog(w)
	source, err := journal.OpenStore(ctx, s, from, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := journal.OpenStore(ctx, s, to, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	var show *progress
	report, err := migrate.Run(ctx, source, target, func(at migrate.Progress) {
		if show == nil || show.label != at.Doing {
			if show != nil {
				show.done()
			}
			show = newProgress(w, at.Doing)
		}
		show.update(at.Done, at.Total)
	})
	if show != nil {
		show.done()
	}
	if err == nil && !slices.ContainsFunc(report.Parts, func(p migrate.Part) bool { return p.There > 0 }) {
		err = daybook.Errorf(daybook.NotFound, "the store is empty; check --from and --owner")
	}
	return errors.Join(sayMigration(w, report, f.json), err)
}

// checkOwnerExists refuses an owner that is not in the database: opening the store
// would add one, and a journal under a misspelled name is never served. The owner
// in the settings file is the server's own journal, which is not added first.
func checkOwnerExists(ctx context.Context, s settings.Settings, address string) error {
	if !settings.IsPostgres(address) || !settings.Outranks(s.Origin("owner")) {
		return nil
	}
	db, err := postgres.Open(ctx, address)
	if err != nil {
		return err
	}
	found, err := db.HasOwner(ctx, s.Owner)
	if err = errors.Join(err, db.Close()); err != nil || found {
		return err
	}
	return daybook.Errorf(daybook.NotFound,
		"The database has no owner %s; nothing was copied. Add them with “daybook owner add %s --journal …”. If this is the server's own journal, run “daybook index” with the same --store and --owner first.",
		s.Owner, s.Owner)
}

// sayMigration prints what was copied, even if it ended early.
func sayMigration(w env, r *migrate.Report, asJSON bool) error {
	if asJSON {
		type part struct {
			Name    string `json:"name"`
			There   int    `json:"count"`
			Written int    `json:"copied"`
			Sum     string `json:"checksum"`
		}
		out := struct {
			Parts []part   `json:"parts"`
			Kept  []string `json:"kept_threads"`

			KeptAnalyses []string `json:"kept_analyses"`
			KeptScans    []string `json:"kept_scans"`
			Apart        int      `json:"usage_of_both"`
		}{[]part{}, append([]string{}, r.Kept...), append([]string{}, r.KeptAnalyses...), append([]string{}, r.KeptScans...), r.Apart}
		for _, p := range r.Parts {
			out.Parts = append(out.Parts, part(p))
		}
		enc := json.NewEncoder(w.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(out)
	}
	for _, p := range r.Parts {
		if _, err := fmt.Fprintf(w.stdout, "%-22s %7d, %d copied now   %.16s\n", p.Name, p.There, p.Written, p.Sum); err != nil {
			return fmt.Errorf("print the report: %w", err)
		}
	}
	for _, kept := range []struct {
		n    int
		what string
	}{{len(r.Kept), "threads"}, {len(r.KeptAnalyses), "analyses"}, {len(r.KeptScans), "scans"}} {
		if kept.n > 0 {
			fmt.Fprintf(w.stdout, "%-22s %7d are newer in the second store and were kept\n", kept.what, kept.n)
		}
	}
	if r.Apart > 0 {
		fmt.Fprintf(w.stdout, "models were used in both stores on the same day: %s of usage in the second lack what the first counted\n", plural.Count(r.Apart, "line"))
	}
	return nil
}
