package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/llm"
	"daybook/internal/settings"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
	"daybook/internal/vault"
)

// pingWithin is how long a provider may take to say that it is there.
const pingWithin = 15 * time.Second

func newCheck(w world) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Say whether everything is well: settings, journal, index, providers",
		Long: `Say what the settings are and where each comes from, whether the journal and the
index can be read, which task goes to which provider, and whether the providers
answer. Every page, row and checksum of the data files is looked at. Providers are
asked for their list of models; nothing of the journal is sent. It changes
nothing.`,
		Example: `  daybook check
  daybook check --journal ~/Journal && echo all well`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := loadSettings(w, cmd.Flags())
			if err != nil {
				return err
			}
			findings, have, err := inspectStore(cmd.Context(), s)
			if err != nil {
				return err
			}
			a, err := openAppWith(cmd.Context(), w, s, have)
			if err != nil {
				return err
			}
			defer a.Close()
			return a.check(cmd.Context(), findings)
		},
	}
}

// checker prints findings and remembers whether one was bad.
type checker struct {
	out     io.Writer
	style   style
	bad     int
	skipped int // files of the journal that are not read
	flawed  int // notes that are read, but not as usual
}

func (c *checker) title(text string) { fmt.Fprintf(c.out, "%s\n", c.style.bold(text)) }

func (c *checker) line(name, text string) { fmt.Fprintf(c.out, "  %-22s %s\n", name, text) }

func (c *checker) fail(name string, err error) {
	c.bad++
	c.line(name, c.style.warn("not well: "+daybook.PublicMessage(err)))
}

// flaws says of a note that was read what was odd about it.
func (c *checker) flaws(note string, flaws []string) {
	if len(flaws) > 0 {
		c.flawed++
		c.line("", c.style.dim("read, but "+c.style.plain(note)+": "+strings.Join(flaws, "; ")))
	}
}

func (a *app) check(ctx context.Context, findings []sqlite.Finding) error {
	c := &checker{out: a.world.stdout, style: a.style}
	c.title("Settings")
	for _, l := range a.settings.Describe() {
		if l.Value != "" {
			c.line(l.Name, l.Value+c.style.dim("  ("+l.Origin+")"))
		}
	}
	a.checkAccess(c)
	a.checkJournal(ctx, c)
	a.checkStore(ctx, c)
	checkFiles(c, findings)
	c.title("Where text goes")
	for _, l := range a.destinations() {
		c.line("", l)
	}
	a.checkProviders(ctx, c)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if c.bad > 0 {
		return daybook.Errorf(daybook.Unavailable, "%s not well", plural(c.bad, "thing is", "things are"))
	}
	var but []string
	if c.skipped > 0 {
		but = append(but, plural(c.skipped, "file of the journal is not read (skipped, above)", "files of the journal are not read (skipped, above)"))
	}
	if c.flawed > 0 {
		but = append(but, plural(c.flawed, "note has a flaw (read, but …, above)", "notes have flaws (read, but …, above)"))
	}
	if len(but) > 0 {
		fmt.Fprintf(a.world.stdout, "All is well, but %s.\n", strings.Join(but, ", and "))
		return nil
	}
	fmt.Fprintln(a.world.stdout, "All is well.")
	return nil
}

// checkJournal looks at every note and says what is odd about it.
func (a *app) checkJournal(ctx context.Context, c *checker) {
	c.title("Journal")
	for _, kind := range a.vault.Kinds() {
		if err := a.checkFolder(ctx, c, kind); err != nil {
			c.fail(string(kind), err)
		}
	}
}

// checkFolder lists one of the vault's folders and reads every note in it.
func (a *app) checkFolder(ctx context.Context, c *checker, kind daybook.EntryKind) error {
	folder, err := a.vault.Open(kind)
	if err != nil {
		return err
	}
	defer folder.Close()
	listing, err := folder.List(ctx)
	if err != nil {
		return err
	}
	c.line(string(kind), fmt.Sprintf("%s, %d skipped", counted(len(listing.Files), "note"), len(listing.Skipped)))
	for _, s := range listing.Skipped {
		c.line("", c.style.dim("skipped "+c.style.plain(s.Path)+": "+s.Reason))
		if !s.Period() {
			c.skipped++
		}
	}
	for _, u := range listing.Unread {
		c.fail(c.style.plain(u.Path), u.Err)
	}
	for _, f := range listing.Files {
		data, read, err := folder.Read(f)
		if err == nil {
			c.flaws(f.Path, vault.Read(read, data).Flaws)
			continue
		}
		c.fail(c.style.plain(f.Path), err)
	}
	return nil
}

func (a *app) checkStore(ctx context.Context, c *checker) {
	c.title("Index")
	stats, err := a.store.Stats(ctx)
	if err != nil {
		c.fail("store", err)
		return
	}
	c.line("store", a.settings.StorePlace())
	c.line("entries", fmt.Sprintf("%d, in %s", stats.Entries, counted(stats.Passages, "passage")))
	if stats.Private > 0 {
		c.line("private", counted(stats.Private, "note")+", never sent to a provider")
	}
	for _, space := range slices.SortedFunc(maps.Keys(stats.Vectors), func(a, b store.Space) int { return strings.Compare(a.Model, b.Model) }) {
		c.line("vectors", fmt.Sprintf("%d of %s, %d numbers each", stats.Vectors[space], space.Model, space.Dim))
	}
	switch building, err := a.building(ctx); {
	case err != nil:
		c.fail("vectors", err)
	case building != "":
		c.line("another model", building)
	}
	c.line("conversations", fmt.Sprintf("%s, %s", counted(stats.Threads, "thread"), counted(stats.Messages, "message")))
	checkBackups(c, a.settings, stats.Threads+stats.Messages)
	a.checkSpending(ctx, c)
	if stats.Entries == 0 {
		c.line("", "nothing is indexed yet; “daybook index” or “daybook serve” reads the journal")
	}
}

// inspectStore looks for damage in the store's files, and opens a store that is
// in files without changing them. It fails only if that cannot be done.
func inspectStore(ctx context.Context, s settings.Settings) ([]sqlite.Finding, parts, error) {
	switch {
	case s.StoreAddress() == "":
		findings, err := sqlite.Check(ctx, s.Database())
		if err != nil {
			return nil, parts{}, err
		}
		db, err := sqlite.OpenReadOnly(ctx, s.Database())
		if err != nil {
			return nil, parts{}, err
		}
		return findings, parts{store: db}, nil
	case strings.HasPrefix(s.StoreAddress(), "lancedb+"):
		findings, err := sqlite.CheckRecords(ctx, lanceLocal(s))
		return findings, parts{}, err
	}
	return nil, parts{}, nil
}

// checkFiles says what is wrong with the store's files, and what to do.
func checkFiles(c *checker, findings []sqlite.Finding) {
	advice := ""
	for i, f := range findings {
		c.fail(filepath.Base(f.File), daybook.Errorf(daybook.Unavailable, "%s", f.What))
		advice = f.Advice
		if advice != "" && (i == len(findings)-1 || findings[i+1].Advice != advice) {
			c.line("", advice)
		}
	}
}

// checkSpending says what models cost this month, where there are prices.
func (a *app) checkSpending(ctx context.Context, c *checker) {
	if len(a.settings.Prices) == 0 {
		return
	}
	spent, err := a.ledger.Spent(ctx)
	if err != nil {
		c.fail("spent this month", err)
		return
	}
	line := a.ledger.Money(spent)
	if a.settings.MonthlyCap > 0 {
		line += ", of " + a.ledger.Money(a.settings.MonthlyCap)
	}
	c.line("spent this month", line)
}

// checkProviders asks each provider whether it is there, all at once.
func (a *app) checkProviders(ctx context.Context, c *checker) {
	providers := slices.DeleteFunc(a.models.Providers(), func(p llm.Provider) bool {
		ref, _ := a.models.Task(llm.TaskEmbedding)
		return p.Name == settings.BuiltIn && ref != builtinRef // it is there, and not used
	})
	if len(providers) == 0 {
		return
	}
	c.title("Providers")
	ctx, cancel := context.WithTimeout(ctx, pingWithin)
	defer cancel()
	answers := make([]chan error, len(providers))
	for i, p := range providers {
		answers[i] = make(chan error, 1)
		go func() { answers[i] <- p.Ping(ctx) }()
	}
	for i, p := range providers {
		if err := <-answers[i]; err != nil {
			c.fail(p.Name, err)
			continue
		}
		c.line(p.Name, "answers")
	}
}

// destinations says for each task where its text goes.
func (a *app) destinations() []string {
	const here = "stays on this machine"
	var lines []string
	for _, task := range llm.Tasks {
		ref, ok := a.models.Task(task)
		where := here
		switch {
		case ok && ref == builtinRef:
			where += "; the search is by words and by meaning, with " + ref.Model
		case ok:
			where = "goes to " + a.place(ref)
		case task == llm.TaskChat:
			where += "; answers quote passages, and no model writes them"
		case task == llm.TaskIntent:
			where += ", or goes to the provider that a request names for its chat"
		case task == llm.TaskEmbedding:
			where += "; the search is by words"
			if a.settings.Embedding.Provider == settings.BuiltIn {
				where += ", as the built-in model is not there (scripts/fetch-model.sh fetches it; --builtin-model names its folder)"
			}
		case task == llm.TaskTranscription:
			where += "; pages are not transcribed"
		}
		lines = append(lines, fmt.Sprintf("%-13s %s", task, where))
	}
	if names := a.onRequest(); len(names) > 0 {
		lines = append(lines, fmt.Sprintf("%-13s %v", "on request", names)+" – only for a chat that names it")
	}
	return lines
}

// place names a model and, where the settings give one, its address.
func (a *app) place(ref llm.Ref) string {
	if p, ok := a.settings.Provider(ref.Provider); ok && p.BaseURL != "" {
		return fmt.Sprintf("%s at %s", ref, p.BaseURL)
	}
	return ref.String()
}

// onRequest are the providers that are set up but used for no task.
func (a *app) onRequest() []string {
	var names []string
	for _, p := range a.settings.Providers {
		used := slices.ContainsFunc([]settings.Model{a.settings.Chat, a.settings.Intent, a.settings.Embedding, a.settings.Transcription},
			func(m settings.Model) bool { return m.Provider == p.Name })
		if !used && p.Name != chat.Offline {
			names = append(names, p.Name)
		}
	}
	return names
}
