package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
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
	root.SuggestionsMinimumDistance = 2
}

// unknownCommand is the error for a command that does not exist.
func unknownCommand(root *cobra.Command, name string) error {
	if near := root.SuggestionsFor(name); len(near) > 0 {
		return fmt.Errorf("unknown command %q; did you mean %s?", name, strings.Join(near, " or "))
	}
	return fmt.Errorf("unknown command %q", name)
}
