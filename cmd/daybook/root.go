package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"daybook"
	"daybook/internal/settings"
	"daybook/internal/text"
	"daybook/internal/vault"
)

// opener loads the settings of a command and opens the journal.
type opener func(cmd *cobra.Command) (*app, error)

func newRoot(w env) *cobra.Command {
	root := &cobra.Command{
		Use:   "daybook",
		Short: "A journal that answers",
		Long: `Daybook reads a folder of daily notes, finds the right days for a question, and
answers with citations: with a language model, or by quoting passages without one.
If no journal is set, it uses a demo journal.`,
		Example: `  daybook serve --journal ~/Journal
  daybook ask --journal ~/Journal "When did I last see the sea?"
  daybook check`,
		Args: usageArgs(func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return nil
		}),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true, SilenceUsage: true,
	}
	root.SetArgs(w.args)
	root.SetIn(w.stdin)
	root.SetOut(w.stdout)
	root.SetErr(w.stderr)
	root.SetFlagErrorFunc(flagError)
	addSettings(root.PersistentFlags())
	addHelp(root)
	open := func(cmd *cobra.Command) (*app, error) {
		s, err := loadSettings(w, cmd.Flags())
		if err != nil {
			return nil, err
		}
		w := w
		w.plainLog = cmd.Name() != "serve"
		model, provider := cmd.Flags().Lookup("model"), cmd.Flags().Lookup("provider")
		if model != nil && model.Changed && provider != nil && !provider.Changed {
			s = withLocal(cmd.Context(), s, w.ports, model.Value.String())
		}
		return openApp(cmd.Context(), w, s)
	}
	root.AddCommand(commands(w, open)...)
	return root
}

// commands lists the commands.
func commands(w env, open opener) []*cobra.Command {
	return []*cobra.Command{
		newServe(w),
		newAsk(w, open),
		newSearch(w, open),
		newAlmanac(w, open),
		newAnalyze(w, open),
		newAnalyses(open),
		newIndex(w, open),
		newUndo(w, open),
		newPhotographs(w, open),
		newHistory(open),
		newLedger(open),
		newMCP(open),
		newToken(w),
		newOwner(w),
		newImport(w, open),
		newMigrate(w),
		newExport(open),
		newBackup(w),
		newRestore(w),
		newCheck(w),
		newAccept(w),
		newEval(w, open),
		newPing(w),
		newVersion(w),
		newPages(w),
	}
}

// usageArgs turns errors about arguments into usage errors.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		switch {
		case len(args) > 0 && cmd.HasSubCommands():
			err = unknownCommand(cmd, args[0])
		case errors.As(err, new(*daybook.Error)):
		case err != nil && cmd.HasParent():
			err = wrongArgs(cmd, args)
		}
		if err != nil {
			return usageError{cmd.CommandPath(), err}
		}
		return nil
	}
}

// wrongArgs is the error for a command that was given too few or too many
// arguments.
func wrongArgs(cmd *cobra.Command, args []string) error {
	_, wanted, some := strings.Cut(cmd.Use, " ")
	switch {
	case !some:
		return fmt.Errorf("“%s” takes no arguments", cmd.CommandPath())
	case len(args) == 0:
		return fmt.Errorf("missing argument: %s %s", cmd.CommandPath(), wanted)
	}
	return fmt.Errorf("wrong number of arguments: %s %s", cmd.CommandPath(), wanted)
}

// addSettings registers the flags of all settings.
func addSettings(flags *pflag.FlagSet) {
	for _, f := range settings.Flags() {
		flags.String(f.Name, f.Default, f.Usage)
		if f.Bool {
			flags.Lookup(f.Name).NoOptDefVal = "true"
		}
		flags.Lookup(f.Name).Hidden = f.Hidden
	}
}

// loadSettings loads the settings from flags, environment and file.
func loadSettings(w env, flags *pflag.FlagSet) (settings.Settings, error) {
	src, err := sourcesOf(w, flags)
	if err != nil {
		return settings.Settings{}, err
	}
	s, err := settings.Load(src)
	for _, notice := range s.Notices {
		fmt.Fprintln(w.stderr, "daybook:", notice)
	}
	return s, err
}

// sourcesOf returns the sources of the settings.
func sourcesOf(w env, flags *pflag.FlagSet) (settings.Sources, error) {
	given := map[string]string{}
	flags.Visit(func(f *pflag.Flag) { given[f.Name] = f.Value.String() })
	dir, err := os.Getwd()
	if err != nil {
		return settings.Sources{}, fmt.Errorf("get the current folder: %w", err)
	}
	home := w.getenv("HOME")
	if runtime.GOOS == "windows" {
		home = w.getenv("USERPROFILE")
	} // if empty, settings that need it report an error
	return settings.Sources{
		Flags: given, Getenv: w.getenv, Home: home, Dir: dir, GOOS: runtime.GOOS, LookupHost: lookupHost, Keychain: w.keychain,
		CheckLanguage:   func(name string) error { _, err := text.New(name); return err },
		CheckDateFormat: func(pattern string) error { _, err := vault.ParseFormat(pattern); return err },
	}, nil
}

// lookupHost resolves a name, with a short timeout.
func lookupHost(host string) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// flatten splits a joined error.
func flatten(err error) []error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()
	}
	return []error{err}
}
