package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/httpapi"
	"daybook/internal/terminal"
)

type askFlags struct {
	json            bool
	thread          string
	provider, model string
	agent           bool
}

func newAsk(w env, open opener) *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{
		Use:   "ask QUESTION",
		Short: "Ask the journal a question; the answer cites days",
		Long: `Ask the journal a question. The answer streams into the terminal and cites
passages; their days and files are listed below it. Without a chat model, the best
passages are quoted instead.

If the question is “-”, it is read from standard input.`,
		Example: `  daybook ask "When did I last see the sea?"
  daybook ask --agent "What changed between last summer and this one?"
  daybook ask --json "What did I read in May?" | jq -r .response
  daybook ask --thread new "How did the move go?"
  daybook ask --provider ollama --model llama3.2 "What worried me last winter?"`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			question, err := questionOf(w.stdin, args)
			if err != nil {
				return err
			}
			app, err := open(cmd)
			if err != nil {
				return err
			}
			defer app.Close()
			return app.ask(cmd.Context(), question, f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.json, "json", false, "print JSON, as POST /journal_chat returns it")
	flags.StringVar(&f.thread, "thread", "", "save question and answer in the thread with this ID; “new” creates one")
	flags.StringVar(&f.provider, "provider", "", "use this provider instead of the one for chat")
	flags.BoolVar(&f.agent, "agent", false, "let the model search the journal itself, in up to five rounds")
	flags.StringVar(&f.model, "model", "", "use this model of the provider")
	return cmd
}

// maxQuestion limits a question from standard input, in bytes.
const maxQuestion = 100_000

func questionOf(stdin io.Reader, args []string) (string, error) {
	question := strings.Join(args, " ")
	if question != "-" {
		return question, nil
	}
	data, err := io.ReadAll(io.LimitReader(stdin, maxQuestion+1))
	if err != nil {
		return "", fmt.Errorf("read the question from standard input: %w", err)
	}
	if len(data) > maxQuestion {
		return "", daybook.Errorf(daybook.Invalid, "the question is longer than %d bytes", maxQuestion)
	}
	return strings.TrimSpace(string(data)), nil
}

// ask updates the index, asks, and prints the answer as it streams.
func (a *app) ask(ctx context.Context, question string, f askFlags) error {
	req := chat.Request{Query: question, Provider: f.provider, Model: f.model, Agent: f.agent}
	if req.Provider == "" {
		ref, err := a.named(ctx, f.model)
		if err != nil {
			return err
		}
		req.Provider, req.Model = ref.Provider, ref.Model
	}
	switch f.thread {
	case "":
	case "new":
		req.Save = true
	default:
		req.Save, req.ThreadID = true, f.thread
	}
	if err := a.refresh(ctx); err != nil {
		return err
	}
	events := a.Chat.Answer(ctx, req)
	if f.json {
		return printJSON(a.env.stdout, a.env.stderr, events, f.thread)
	}
	return a.printAnswer(events, f.thread)
}

func printJSON(w, warn io.Writer, events iter.Seq2[chat.Event, error], thread string) error {
	found, done, err := chat.Collect(withWaiting(events, warn))
	if err != nil {
		return asking(err)
	}
	data, err := httpapi.MarshalAnswer(&found, &done)
	if err != nil {
		return fmt.Errorf("write the answer as JSON: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s\n", data)
	return err
}

// withWaiting returns events. It writes a line to w while a model is waited for.
func withWaiting(events iter.Seq2[chat.Event, error], w io.Writer) iter.Seq2[chat.Event, error] {
	return func(yield func(chat.Event, error) bool) {
		for e, err := range events {
			if e.Waiting != "" {
				fmt.Fprintln(w, e.Waiting+" Ctrl-C stops.")
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// asking names the flag in an error about a field of the API.
func asking(err error) error {
	var e *daybook.Error
	if !errors.As(err, &e) || e.Kind != daybook.Invalid {
		return err
	}
	return &daybook.Error{Kind: daybook.Invalid, Message: strings.NewReplacer("top_k", "--top-k").Replace(e.Message), Err: e.Err}
}

func (a *app) printAnswer(events iter.Seq2[chat.Event, error], thread string) error {
	answer := a.env.answers()
	marks := a.marks()
	for e, err := range withWaiting(events, a.env.stderr) {
		switch {
		case err != nil:
			_, restErr := io.WriteString(answer, marks.Rest())
			return errors.Join(asking(err), restErr, answer.Flush())
		case e.Step != nil:
			fmt.Fprintln(a.env.stderr, a.style.step(e.Step))
		case e.Delta != "":
			if _, err := io.WriteString(answer, marks.Next(a.style.markdown(e.Delta))); err != nil {
				return fmt.Errorf("print the answer: %w", err)
			}
		case e.Done != nil:
			_, err := io.WriteString(answer, marks.Rest())
			if err := errors.Join(err, answer.Flush()); err != nil {
				return fmt.Errorf("print the answer: %w", err)
			}
			return a.printDone(e.Done, thread)
		}
	}
	return errors.New("answer ended early")
}

// printDone prints what follows an answer: its citations, and the thread if one was
// asked for.
func (a *app) printDone(done *chat.Done, thread string) error {
	_, err := io.WriteString(a.env.stdout, "\n"+a.style.citations(done))
	if err == nil && thread != "" {
		_, err = fmt.Fprintf(a.env.stdout, "\nThread %s\n", done.ThreadID)
	}
	return err
}

// pieces shows the Markdown of an answer that comes in pieces.
type pieces interface {
	Next(piece string) string
	Rest() string
}

// marks returns what shows an answer: in a pipe, its Markdown as it is.
func (a *app) marks() pieces {
	if a.env.columns == 0 {
		return asItIs{}
	}
	return &terminal.Marks{Bold: a.style.bold}
}

type asItIs struct{}

func (asItIs) Next(piece string) string { return piece }
func (asItIs) Rest() string             { return "" }

var citation = regexp.MustCompile(`\[(\d{1,4})\]`)

// mostUncited is how many passages are listed of an answer that names none.
const mostUncited = 5

// cited returns the citations that the text names; or else those that it
// quotes, or the first few that it was given.
func cited(done *chat.Done) []daybook.Citation {
	named := map[int]bool{}
	for _, m := range citation.FindAllStringSubmatch(done.Text, -1) {
		n, _ := strconv.Atoi(m[1])
		named[n] = true
	}
	var list []daybook.Citation
	for _, c := range done.Citations {
		if named[c.Number] {
			list = append(list, c)
		}
	}
	if len(list) > 0 {
		return list
	}
	for _, c := range done.Citations {
		if slices.ContainsFunc(done.Quotations, func(q chat.Quotation) bool { return q.Number == c.Number }) {
			list = append(list, c)
		}
	}
	if len(list) > 0 {
		return list
	}
	return done.Citations[:min(mostUncited, len(done.Citations))]
}
