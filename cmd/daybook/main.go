// Command daybook is a journal that answers. Its commands parse flags, call the
// packages that do the work, and print. Only this package reads the environment.
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
var version = "0.2.0-dev"

// Exit codes.
const (
	exitOK          = 0
	exitFailure     = 1   // the command failed
	exitUsage       = 2   // invalid flag, argument or setting
	exitInterrupted = 130 // Ctrl-C, by convention
)

// env is the environment of the process. Commands use nothing else of it.
type env struct {
	args           []string
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	// terminal means that stdout is a terminal, progress that stderr is one.
	terminal, progress bool
	columns            int // of the terminal; 0 if it is not known
	// rawOut and rawErr are unfiltered, for the protocol of the page decoder and the
	// progress bar. Everything else goes to stdout and stderr, which run makes safe
	// for terminals.
	rawOut, rawErr io.Writer
	plainLog       bool              // warnings are sentences for a person
	ports          []local.Port      // where servers of this machine are looked for
	keychain       settings.Keychain // nil for none
}

func main() {
	// Libraries may log requests, which contain text of the journal.
	log.SetOutput(io.Discard)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second Ctrl-C kills the process.
	context.AfterFunc(ctx, stop)
	w := env{
		args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv,
		terminal: term.IsTerminal(int(os.Stdout.Fd())), progress: term.IsTerminal(int(os.Stderr.Fd())),
		ports: local.Ports, keychain: systemKeychain{},
	}
	if w.terminal {
		w.columns, _, _ = term.GetSize(int(os.Stdout.Fd())) // 0 if it is not known
	}
	os.Exit(run(ctx, w))
}

// run runs one command and returns its exit code.
func run(ctx context.Context, w env) int {
	w.rawOut, w.rawErr = w.stdout, w.stderr
	out := terminal.NewWriter(w.rawOut, newStyle(w).color)
	w.stdout, w.stderr = out, terminal.NewWriter(w.rawErr, newStyle(w).color)
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
	ended := errors.Is(err, context.Canceled) || daybook.KindOf(err) == daybook.Unavailable
	if ctx.Err() != nil && ended {
		fmt.Fprintln(w.stderr, "daybook: interrupted")
		return exitInterrupted
	}
	for _, one := range flatten(err) {
		fmt.Fprintln(w.stderr, "daybook:", one)
	}
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(w.stderr, "Run “%s --help” for usage.\n", usage.command)
		return exitUsage
	}
	if daybook.KindOf(err) == daybook.Invalid {
		return exitUsage
	}
	return exitFailure
}

// usageError is a mistake in the arguments of a command.
type usageError struct {
	command string
	err     error
}

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }
