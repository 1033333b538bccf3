package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"daybook"
	"daybook/internal/backup"
	"daybook/internal/journal"
	"daybook/internal/plural"
	"daybook/internal/settings"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
)

type restoreFlags struct {
	list, verify   bool
	merge, replace bool
	keepChanged    bool
	identity       string
	passphraseFile string
	json           bool
	// The folders to restore notes to. "" restores none, because that would bring
	// back deleted notes.
	journal, evergreen string
}

func newRestore(w env) *cobra.Command {
	var f restoreFlags
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Restore a backup, or list what it contains",
		Long: `Verify every byte of a backup and restore it to the data folder and the store in the
settings. A backup that is damaged, changed or truncated is refused, and nothing is
changed.

If there is data already, use --merge to add what is missing, or --replace to back it
up and then replace it. No server may be running on the data. If a restore was
interrupted, run the same command again.

Notes and scans are restored only to the folders named by --journal and --evergreen.
An existing file with other content is never overwritten: the restore is refused,
or restores the other files with --keep-changed.

The settings of the backup are written to settings-from-backup.toml in the data
folder. A backup contains no keys.`,
		Example: `  daybook restore --list daybook-2026-11-30T10-15-00Z.zip
  daybook restore daybook-2026-11-30T10-15-00Z.zip
  daybook restore --journal ~/Journal daybook-2026-11-30T10-15-00Z.zip
  daybook restore --identity key.txt daybook-2026-11-30T10-15-00Z.zip.age`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := loadSettings(w, cmd.Flags())
			if err != nil {
				return err
			}
			if f.merge && f.replace {
				return usageError{cmd.CommandPath(), errors.New("--merge and --replace cannot be used together")}
			}
			if cmd.Flags().Changed("journal") {
				f.journal = s.Journal
			}
			if cmd.Flags().Changed("evergreen") {
				f.evergreen = s.Evergreen
			}
			return runRestore(cmd.Context(), w, s, args[0], f)
		},
	}
	f.register(cmd.Flags())
	return cmd
}

func (f *restoreFlags) register(flags *pflag.FlagSet) {
	flags.BoolVar(&f.list, "list", false, "list the contents of the backup; change nothing")
	flags.BoolVar(&f.verify, "verify", false, "verify the backup; change nothing")
	flags.BoolVar(&f.merge, "merge", false, "add what is missing to existing data")
	flags.BoolVar(&f.replace, "replace", false, "replace existing data, after a backup of it")
	flags.BoolVar(&f.keepChanged, "keep-changed", false, "keep existing notes that differ from the backup, and restore the others")
	flags.StringVarP(&f.identity, "identity", "i", "", "decrypt with the secret key of age in a file")
	flags.StringVar(&f.passphraseFile, "passphrase-file", "", "decrypt with the passphrase in a file")
	flags.BoolVar(&f.json, "json", false, "print the result, or the contents of the backup, as JSON")
}

func runRestore(ctx context.Context, w env, s settings.Settings, name string, f restoreFlags) (err error) {
	name, err = filepath.Abs(name)
	if err != nil {
		return err
	}
	identities, err := f.identities(w, name)
	if err != nil {
		return err
	}
	b, err := backup.Open(ctx, name, identities)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if f.list || f.verify {
		return sayContents(w, b, name, f)
	}
	if s.Demo() {
		s.Journal = "restored" // use the data folder of a real journal, not the demo
	}
	release, err := journal.LockData(s, true)
	if err != nil {
		return err
	}
	defer release()
	r := &restoring{env: w, settings: s, flags: f, backup: b, name: name, show: &stages{env: w}}
	defer r.show.done()
	err = r.run(ctx)
	r.show.done()
	if err != nil {
		return err
	}
	return r.say()
}

func (f restoreFlags) identities(w env, name string) ([]age.Identity, error) {
	encrypted, byPassphrase, err := backup.Sealed(name)
	if err != nil || !encrypted {
		return nil, err
	}
	if f.identity != "" {
		file, err := os.Open(f.identity)
		if err != nil {
			return nil, &daybook.Error{Kind: daybook.Invalid, Message: "cannot open the identity file", Err: err}
		}
		defer file.Close()
		return backup.Identities(file)
	}
	if !byPassphrase {
		return nil, daybook.Errorf(daybook.Invalid, "the backup is encrypted for an age key; name the secret key file with --identity")
	}
	phrase, _, err := passphraseOf(w, true, f.passphraseFile, false)
	if err != nil {
		return nil, err
	}
	return backup.PassphraseIdentity(phrase)
}

// restoring is a running restore.
type restoring struct {
	env      env
	settings settings.Settings
	flags    restoreFlags
	backup   *backup.Backup
	name     string
	show     *stages

	safety   string             // backup of replaced data
	damaged  string             // new path of damaged records
	placed   []backup.Placement // of the trees
	settled  string             // path of the restored settings
	unwanted bool               // the backup contains notes that are not restored
}

func (r *restoring) run(ctx context.Context) (err error) {
	content := r.backup.Manifest.Content
	old, resumed := journal.ReadRestoreMarker(r.settings)
	if resumed && old.Content != content && !r.flags.replace {
		return daybook.Errorf(daybook.Conflict, "The restore of another backup, %s, was interrupted. Finish that first, or use --replace.", old.Backup)
	}
	resumed = resumed && old.Content == content
	address := r.settings.StoreAddress()
	if err := checkOwnerExists(ctx, r.settings, address); err != nil {
		return err
	}
	if address == "" {
		if err := r.setAsideDamaged(ctx); err != nil {
			return err
		}
	}
	kept, err := journal.OpenStore(ctx, r.settings, address, newLog(r.env))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kept.Close()) }()
	release, err := r.lockServers(ctx, kept)
	if err != nil {
		return err
	}
	defer release()
	if err := r.plan(ctx, kept, resumed); err != nil {
		return err
	}
	if err := journal.WriteRestoreMarker(r.settings, journal.RestoreMarker{Backup: r.name, Content: content}); err != nil {
		return err
	}
	if err := r.restore(ctx, kept); err != nil {
		return err
	}
	if address == "" { // don't warn about data that was replaced
		if err := sqlite.Accept(ctx, r.settings.Database()); err != nil {
			return err
		}
	}
	if err := os.Remove(journal.RestoreMarkerPath(r.settings)); err != nil {
		return fmt.Errorf("finish the restore: %w", err)
	}
	return nil
}

// lockServers makes sure that no server is running on a shared store, until release
// is called.
func (r *restoring) lockServers(ctx context.Context, kept store.Store) (release func(), err error) {
	leases := kept.Capabilities().Leases
	if leases == nil {
		return func() {}, nil
	}
	lease, err := leases.Lease(ctx, journal.WatchLease)
	if err != nil {
		return nil, err
	}
	if lease == nil {
		return nil, daybook.Errorf(daybook.Conflict, "A server is running on the journal in %s. Stop it, and run the command again.", r.settings.StorePlace())
	}
	return lease.Release, nil
}

// restore restores the records, the folders and the settings.
func (r *restoring) restore(ctx context.Context, kept store.Store) error {
	if err := r.backup.RestoreRecords(ctx, kept, r.mode(), r.show.update); err != nil {
		return err
	}
	for _, p := range r.placed {
		if err := r.backup.RestoreTree(ctx, p.Tree, p.Dir, r.show.update); err != nil {
			return err
		}
	}
	return r.writeSettings()
}

// setAsideDamaged renames a damaged data file, which cannot be written to.
func (r *restoring) setAsideDamaged(ctx context.Context) error {
	damaged, err := sqlite.Damaged(ctx, r.settings.Database())
	if err != nil || !damaged {
		return err
	}
	if !r.flags.replace {
		return daybook.Errorf(daybook.Conflict, "%s is damaged. Restore with --replace, which renames it first.", r.settings.Database())
	}
	r.damaged, err = sqlite.SetAside(r.settings.Database())
	return err
}

func (r *restoring) mode() backup.Mode {
	switch {
	case r.flags.replace:
		return backup.Replace
	case r.flags.merge:
		return backup.Merge
	}
	return backup.IntoEmpty
}

// plan checks for conflicts before anything is changed, and backs up data that will
// be replaced.
func (r *restoring) plan(ctx context.Context, kept store.Store, resumed bool) error {
	data := filepath.Dir(r.settings.Database())
	for _, tree := range []struct{ name, dir string }{
		{backup.Journal, r.flags.journal}, {backup.Evergreen, r.flags.evergreen},
		{backup.History, filepath.Join(data, backup.History)}, {backup.Undo, filepath.Join(data, backup.Undo)},
	} {
		if !r.backup.Has(tree.name) {
			continue
		}
		if tree.dir == "" {
			r.unwanted = true
			continue
		}
		p, err := r.backup.Place(ctx, tree.name, tree.dir)
		if err != nil {
			return err
		}
		notes := tree.name == backup.Journal || tree.name == backup.Evergreen
		if notes && len(p.Differing) > 0 && !r.flags.keepChanged {
			return daybook.Errorf(daybook.Conflict,
				"%s in %s differ from the backup, such as %s. Nothing was restored. Choose another folder, or keep them with --keep-changed.",
				plural.Count(len(p.Differing), "file"), tree.dir, newStyle(r.env).plain(p.Differing[0]))
		}
		r.placed = append(r.placed, p)
	}
	holds, err := backup.Holds(ctx, kept)
	if err != nil || holds.Empty() || resumed || r.mode() == backup.Merge {
		return err
	}
	if r.mode() == backup.IntoEmpty {
		return daybook.Errorf(daybook.Conflict,
			"The data in %s already holds %s and %s. Nothing was restored. Add what is missing with --merge, replace it with --replace (which makes a backup of it first), or restore to another folder with --data.",
			r.settings.StorePlace(), plural.Count(holds.Threads, "conversation"), plural.Of(holds.Analyses, "analysis", "analyses"))
	}
	dir := filepath.Join(data, "replaced")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return &daybook.Error{Kind: daybook.Unavailable, Message: "Cannot create the folder for a backup of the replaced data.", Err: err}
	}
	report, err := journal.WriteBackup(ctx, r.settings, kept, version, dir, func(p *backup.Plan) { p.Progress = r.show.update })
	if err != nil {
		return fmt.Errorf("back up the data to replace: %w", err)
	}
	r.safety = report.Path
	return nil
}

// writeSettings writes the settings of the backup to the data folder. The current
// settings stay: they may name other folders.
func (r *restoring) writeSettings() error {
	data, err := r.backup.Settings()
	if err != nil || data == nil {
		return err
	}
	r.settled = filepath.Join(filepath.Dir(r.settings.Database()), "settings-from-backup.toml")
	if err := os.WriteFile(r.settled, data, 0o600); err != nil {
		return &daybook.Error{Kind: daybook.Unavailable, Message: "Cannot write the settings of the backup.", Err: err}
	}
	return nil
}

type placementJSON struct {
	Tree      string   `json:"tree"`
	Folder    string   `json:"folder"`
	Restored  int      `json:"restored"`
	Same      int      `json:"same"`
	Differing []string `json:"left_as_they_are"`
}

func (r *restoring) say() error {
	c := r.backup.Manifest.Counts
	if r.flags.json {
		trees := []placementJSON{}
		for _, p := range r.placed {
			trees = append(trees, placementJSON{p.Tree, p.Dir, p.Missing, p.Same, append([]string{}, p.Differing...)})
		}
		enc := json.NewEncoder(r.env.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(struct {
			File     string          `json:"file"`
			Created  time.Time       `json:"created"`
			Store    string          `json:"store"`
			Counts   backup.Counts   `json:"counts"`
			Trees    []placementJSON `json:"trees"`
			Replaced string          `json:"backup_of_replaced,omitempty"`
			Damaged  string          `json:"damaged_data,omitempty"`
			Settings string          `json:"settings,omitempty"`
		}{r.name, r.backup.Manifest.Created, r.settings.StorePlace(), c, trees, r.safety, r.damaged, r.settled})
	}
	out, style := r.env.stdout, newStyle(r.env)
	if r.damaged != "" {
		fmt.Fprintf(out, "The damaged data file is now %s\n", style.plain(r.damaged))
	}
	if r.safety != "" {
		fmt.Fprintf(out, "The replaced data is in %s\n", style.plain(r.safety))
	}
	fmt.Fprintf(out, "Restored %s to %s: %s\n", style.plain(filepath.Base(r.name)), r.settings.StorePlace(), countsLine(c))
	for _, p := range r.placed {
		if p.Tree == backup.Journal || p.Tree == backup.Evergreen {
			fmt.Fprintf(out, "%s restored to %s; %d existed already\n", plural.Count(p.Missing, "file"), style.plain(p.Dir), p.Same)
		}
		for _, name := range p.Differing {
			fmt.Fprintf(r.env.stderr, "kept  %s: it differs from the backup\n", style.plain(name))
		}
	}
	if r.unwanted {
		fmt.Fprintln(out, "The backup also has notes and scans, which were not restored. To restore them, set --journal and --evergreen.")
	}
	if r.settled != "" {
		fmt.Fprintf(out, "The settings of the backup are in %s. They contain no keys.\n", style.plain(r.settled))
	}
	return nil
}
