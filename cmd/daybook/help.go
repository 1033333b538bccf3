package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usageTemplate is cobra's, with the settings in the help of the program itself
// only.
const usageTemplate = `Usage:{{if .Runnable}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} COMMAND{{end}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

Commands:{{range .Commands}}{{if (or .IsAvailableCommand (eq .Name "help"))}}
  {{rpad .Name .NamePadding }} {{.Short}}{{end}}{{end}}{{end}}{{if .HasParent}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}

The settings, such as --journal, are flags too: “daybook --help” lists them.
{{else}}

Settings, for every command:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}

“daybook COMMAND --help” says more about a command.
{{end}}`

// addHelp sets how help, versions and mistakes are shown.
func addHelp(root *cobra.Command) {
	root.SetUsageTemplate(usageTemplate)
	root.Version = version
	root.SetVersionTemplate("daybook {{.Version}}\n")
}

// typos is how many letters a name may differ from the one that was meant.
const typos = 2

// unknownCommand is the error for a command below parent that does not exist.
func unknownCommand(parent *cobra.Command, name string) error {
	parent.SuggestionsMinimumDistance = typos
	if near := parent.SuggestionsFor(name); len(near) > 0 {
		return fmt.Errorf("unknown command %q; did you mean %s?", name, strings.Join(near, " or "))
	}
	return fmt.Errorf("unknown command %q", name)
}

// flagError is the error for flags that cannot be read. For an unknown one it
// suggests those that are written alike.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || unknown.GetSpecifiedShortnames() != "" {
		return usageError{cmd.CommandPath(), err}
	}
	names := &cobra.Command{SuggestionsMinimumDistance: typos} // compares names of commands, so these are commands
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
		}
	})
	if near := names.SuggestionsFor(unknown.GetSpecifiedName()); len(near) > 0 {
		err = fmt.Errorf("%w; did you mean --%s?", err, strings.Join(near, " or --"))
	}
	return usageError{cmd.CommandPath(), err}
}
