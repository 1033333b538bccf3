// Command daybook is a journal that answers. This package has the settings'
// sources, the wiring and the commands: it is the only place that knows every
// concrete store and provider, and the only one that reads the environment.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"daybook"
	"daybook/internal/llm/local"
	"daybook/internal/settings"
	"daybook/internal/terminal"
)

// version is set when the binary is built.
var version = "dev"

// Exit codes.
const (
	exitOK          = 0
	exitFailure     = 1   // it could not be done
	exitUsage       = 2   // a flag, an argument or a setting is wrong
	exitInterrupted = 130 // Ctrl-C, as shells have it
)

// env is what the program may touch of the process it runs in.
type env struct {
	args           []string
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	// terminal says that stdout, progress that stderr is watched by a person.
	terminal, progress bool
	// rawOut and rawErr are stdout and stderr as the process has them: for the
	// frames of a decoder and the progress bar. Everything else is printed to
	// stdout and stderr, which run makes safe for a terminal.
	rawOut, rawErr io.Writer
	plainLog       bool              // warnings are sentences for a person
	ports          []local.Port      // where servers of this machine are looked for
	keychain       settings.Keychain // nil for none
}

func main() {
	// What libraries say by the standard logger may hold what was sent.
	log.SetOutput(io.Discard)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second Ctrl-C ends the process at once.
	context.AfterFunc(ctx, stop)
	w := env{
		args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv,
		terminal: term.IsTerminal(int(os.Stdout.Fd())), progress: term.IsTerminal(int(os.Stderr.Fd())),
		ports: local.Ports, keychain: systemKeychain{},
	}
	os.Exit(run(ctx, w))
}

// run runs one command and returns its exit code.
func run(ctx context.Context, w env) int {
	w.rawOut, w.rawErr = w.stdout, w.stderr
	out := terminal.NewWriter(w.rawOut, newStyle(w).colour)
	w.stdout, w.stderr = out, terminal.NewWriter(w.rawErr, newStyle(w).colour)
	root := newRoot(w)
	root.PersistentPreRun = func(cmd *cobra.Command, _ []string) {
		if f := cmd.Flags().Lookup("json"); f != nil && f.Value.String() == "true" {
			out.JSON()
		}
	}
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || daybook.KindOf(err) == daybook.Unavailable) {
		fmt.Fprintln(w.stderr, "daybook: interrupted")
		return exitInterrupted
	}
	for _, one := range flatten(err) {
		fmt.Fprintln(w.stderr, "daybook:", one)
	}
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(w.stderr, "Run “%s --help” for how it is used.\n", usage.command)
		return exitUsage
	}
	if daybook.KindOf(err) == daybook.Invalid {
		return exitUsage
	}
	return exitFailure
}

// usageError is a mistake in how a command was called.
type usageError struct {
	command string
	err     error
}

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }
