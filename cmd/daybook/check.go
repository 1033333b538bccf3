package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daybook"
	"daybook/internal/backup"
	"daybook/internal/chat"
	"daybook/internal/journal"
	"daybook/internal/llm"
	"daybook/internal/plural"
	"daybook/internal/session"
	"daybook/internal/settings"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
	"daybook/internal/vault"
)

// pingWithin is the timeout for providers.
const pingWithin = 15 * time.Second

func newCheck(w env) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check settings, journal, data and providers",
		Long: `Print the settings and where each comes from. Check that the journal and the data
can be read, verify every checksum of the data files, and check that providers
respond. Providers are asked for their list of models; no text of the journal is
sent. Nothing is changed.`,
		Example: `  daybook check
  daybook check --journal ~/Journal && echo all well`,
		SuggestFor: []string{"status", "doctor", "info"},
		Args:       usageArgs(cobra.NoArgs),
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

// checker prints findings and counts the bad ones.
type checker struct {
	out     io.Writer
	style   style
	bad     int
	skipped int // skipped files of the journal
	flawed  int // notes that are read, but not as usual
}

func (c *checker) title(text string) { fmt.Fprintf(c.out, "%s\n", c.style.bold(text)) }

func (c *checker) line(name, text string) { fmt.Fprintf(c.out, "  %-22s %s\n", name, text) }

func (c *checker) fail(name string, err error) {
	c.bad++
	c.line(name, c.style.warn("problem: "+daybook.PublicMessage(err)))
}

// flaws says of a note that was read what was odd about it.
func (c *checker) flaws(note string, flaws []string) {
	if len(flaws) > 0 {
		c.flawed++
		c.line("", c.style.dim("read, but "+c.style.plain(note)+": "+strings.Join(flaws, "; ")))
	}
}

func (a *app) check(ctx context.Context, findings []sqlite.Finding) error {
	c := &checker{out: a.env.stdout, style: a.style}
	c.title("Settings")
	for _, l := range a.Settings.Describe() {
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
	if w := a.ForeignModel(); w != "" {
		c.line("language", c.style.warn(w))
	}
	a.checkProviders(ctx, c)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if c.bad > 0 {
		return daybook.Errorf(daybook.Unavailable, "%s found", plural.Count(c.bad, "problem"))
	}
	var but []string
	if c.skipped > 0 {
		but = append(but, plural.Of(c.skipped, "file of the journal is not read (skipped, above)", "files of the journal are not read (skipped, above)"))
	}
	if c.flawed > 0 {
		but = append(but, plural.Of(c.flawed, "note has a problem (read, but …, above)", "notes have problems (read, but …, above)"))
	}
	if len(but) > 0 {
		fmt.Fprintf(a.env.stdout, "All is well, but %s.\n", strings.Join(but, ", and "))
		return nil
	}
	fmt.Fprintln(a.env.stdout, "All is well.")
	return nil
}

// checkJournal reads every note and prints problems.
func (a *app) checkJournal(ctx context.Context, c *checker) {
	c.title("Journal")
	for _, kind := range a.Vault.Kinds() {
		if err := a.checkFolder(ctx, c, kind); err != nil {
			c.fail(string(kind), err)
		}
	}
}

// checkFolder lists one of the vault's folders and reads every note in it.
func (a *app) checkFolder(ctx context.Context, c *checker, kind daybook.EntryKind) error {
	folder, err := a.Vault.Open(kind)
	if err != nil {
		return err
	}
	defer folder.Close()
	listing, err := folder.List(ctx)
	if err != nil {
		return err
	}
	c.line(string(kind), fmt.Sprintf("%s, %d skipped", plural.Count(len(listing.Files), "note"), len(listing.Skipped)))
	for _, s := range listing.Skipped {
		c.line("", c.style.dim("skipped "+c.style.plain(s.Path)+": "+s.Reason))
		if !s.Period() {
			c.skipped++
		}
	}
	elsewhere := 0
	for _, u := range listing.Unread {
		if errors.Is(u.Err, vault.ErrElsewhere) {
			if elsewhere++; elsewhere == 1 {
				c.line("", c.style.plain(u.Path)+" is in the cloud, not on this machine; it stays in the index")
			}
			continue
		}
		c.fail(c.style.plain(u.Path), u.Err)
	}
	if elsewhere > 1 {
		c.line("", plural.Count(elsewhere, "note")+" in all are not on this machine")
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
	stats, err := a.Store.Stats(ctx)
	if err != nil {
		c.fail("store", err)
		return
	}
	c.line("store", a.Settings.StorePlace())
	c.line("entries", fmt.Sprintf("%d, in %s", stats.Entries, plural.Count(stats.Passages, "passage")))
	if stats.Private > 0 {
		c.line("private", plural.Count(stats.Private, "note")+", never sent to a provider")
	}
	for _, space := range slices.SortedFunc(maps.Keys(stats.Vectors), func(a, b store.Space) int { return strings.Compare(a.Model, b.Model) }) {
		c.line("vectors", fmt.Sprintf("%d of %s, %d numbers each", stats.Vectors[space], space.Model, space.Dim))
	}
	switch building, err := a.Building(ctx); {
	case err != nil:
		c.fail("vectors", err)
	case building != "":
		c.line("another model", building)
	}
	c.line("conversations", fmt.Sprintf("%s, %s", plural.Count(stats.Threads, "thread"), plural.Count(stats.Messages, "message")))
	checkBackups(c, a.Settings, stats.Threads+stats.Messages)
	a.checkSpending(ctx, c)
	if stats.Entries == 0 {
		c.line("", "nothing is indexed yet; run “daybook index” or “daybook serve”")
	}
}

// inspectStore checks the store's files for damage. It opens the store in the data
// folder read-only.
func inspectStore(ctx context.Context, s settings.Settings) ([]sqlite.Finding, journal.Options, error) {
	switch {
	case s.StoreAddress() == "":
		findings, err := sqlite.Check(ctx, s.Database())
		if err != nil {
			return nil, journal.Options{}, err
		}
		db, err := sqlite.OpenReadOnly(ctx, s.Database())
		if err != nil {
			return nil, journal.Options{}, err
		}
		return findings, journal.Options{Store: db, ReadOnly: true}, nil
	case strings.HasPrefix(s.StoreAddress(), "lancedb+"):
		findings, err := sqlite.CheckRecords(ctx, journal.LanceFile(s))
		return findings, journal.Options{}, err
	}
	return nil, journal.Options{}, nil
}

// checkFiles prints what is wrong with the store's files, and what to do.
func checkFiles(c *checker, findings []sqlite.Finding) {
	advice := ""
	for i, f := range findings {
		c.fail(filepath.Base(f.File), daybook.Errorf(daybook.Unavailable, "%s", f.What))
		advice = f.Advice
		last := i == len(findings)-1 || findings[i+1].Advice != advice // with this advice
		if advice != "" && last {
			c.line("", advice)
		}
	}
}

// checkSpending prints the cost of this month, if prices are set.
func (a *app) checkSpending(ctx context.Context, c *checker) {
	if len(a.Settings.Prices) == 0 {
		return
	}
	spent, err := a.Ledger.Spent(ctx)
	if err != nil {
		c.fail("spent this month", err)
		return
	}
	line := a.Ledger.Money(spent)
	if a.Settings.MonthlyCap > 0 {
		line += ", of " + a.Ledger.Money(a.Settings.MonthlyCap)
	}
	c.line("spent this month", line)
}

// checkProviders pings all providers at once.
func (a *app) checkProviders(ctx context.Context, c *checker) {
	providers := slices.DeleteFunc(a.Models.Providers(), func(p llm.Provider) bool {
		ref, _ := a.Models.Task(llm.TaskEmbedding)
		return p.Name == settings.BuiltIn && !journal.IsBuiltin(ref) // present but not used
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
		c.line(p.Name, "responds")
	}
}

// destinations returns a line per task that says where its text goes.
func (a *app) destinations() []string {
	const here = "stays on this machine"
	var lines []string
	_, chatLeaves := a.Models.Task(llm.TaskChat)
	mayLeave := chatLeaves || len(a.onRequest()) > 0
	for _, task := range append(slices.Clone(llm.Tasks), llm.TaskSpeech, llm.TaskRerank) {
		ref, ok := a.Models.Task(task)
		where := here
		switch {
		case ok && journal.IsBuiltin(ref):
			where += "; searches use words and meaning, with " + ref.Model
		case ok:
			where = "goes to " + a.Place(ref)
		case task == llm.TaskChat:
			where += "; answers quote passages"
		case task == llm.TaskIntent && mayLeave:
			where += ", or goes to the chat's provider"
		case task == llm.TaskEmbedding:
			where += "; searches use words only"
			if a.Settings.Embedding.Provider == settings.BuiltIn {
				where += ", because the built-in model is missing (run scripts/fetch-model.sh, or put the folder “model” beside the program)"
			}
		case task == llm.TaskSpeech:
			where += "; recordings are not transcribed"
		case task == llm.TaskRerank:
			where += "; Daybook orders the results itself"
		case task == llm.TaskTranscription:
			where += "; pages are not transcribed"
		}
		lines = append(lines, fmt.Sprintf("%-13s %s", task, where))
	}
	if names := a.onRequest(); len(names) > 0 {
		lines = append(lines, fmt.Sprintf("%-13s %v", "on request", names)+": only if a chat names it")
	}
	return lines
}

// onRequest returns the providers that are set up but used for no task.
func (a *app) onRequest() []string {
	var names []string
	for _, p := range a.Settings.Providers {
		used := slices.ContainsFunc(a.Settings.TaskModels(), func(task settings.TaskModel) bool { return task.Model.Provider == p.Name })
		if !used && p.Name != chat.Offline {
			names = append(names, p.Name)
		}
	}
	return names
}

// checkAccess prints how to sign in, and warnings.
func (a *app) checkAccess(c *checker) {
	c.title("Access")
	s := a.Settings
	switch {
	case s.NoToken:
		c.line("token", c.style.warn("none: every account and program on this computer can read and change the journal (no_token)"))
	case s.Token.IsSet():
		c.line("token", "set by "+s.Origin("token"))
	default:
		_, err := session.ReadToken(s.Data)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			c.line("token", "generated at the first start of a server")
		case err != nil:
			c.fail("token", err)
		default:
			c.line("token", "generated, in "+session.TokenFile(s.Data))
		}
	}
	host, _, _ := net.SplitHostPort(s.Addr)
	loopback := strings.EqualFold(host, "localhost")
	if ip, err := netip.ParseAddr(host); err == nil {
		loopback = ip.Unmap().IsLoopback()
	}
	for _, line := range risks(s, loopback) {
		c.line("warning", c.style.warn(line))
	}
}

// staleAfter is the age of the newest backup from which check warns.
const staleAfter = 3 * 24 * time.Hour

// checkBackups prints the newest backup, with a warning if it is old.
func checkBackups(c *checker, s settings.Settings, conversations int) {
	newest, ok, err := backup.Newest(s.Backups())
	switch {
	case err != nil:
		c.fail("backup", err)
	case s.Demo(), s.BackupKeep == 0 && !ok:
	case !ok && conversations == 0:
	case !ok:
		c.line("backup", "none yet; a running server makes one a day, or run “daybook backup DIR”")
	default:
		age := time.Since(newest.Current)
		line := fmt.Sprintf("%s, from %s", newest.Path, newest.Current.In(s.Timezone).Format(time.DateTime))
		if age > staleAfter && s.BackupKeep > 0 {
			c.line("backup", c.style.warn(fmt.Sprintf("%s: %d days old", line, int(age.Hours()/24))))
			return
		}
		c.line("backup", line)
	}
}
