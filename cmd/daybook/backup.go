package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"daybook"
	"daybook/internal/backup"
	"daybook/internal/journal"
	"daybook/internal/plural"
	"daybook/internal/settings"
)

// passphraseVariable is the environment variable with the passphrase of backups.
const passphraseVariable = "DAYBOOK_BACKUP_PASSPHRASE"

type backupFlags struct {
	journal        bool
	passphrase     bool
	passphraseFile string
	recipients     []string
	recipientsFile string
	json           bool
}

func newBackup(w env) *cobra.Command {
	var f backupFlags
	cmd := &cobra.Command{
		Use:   "backup DIR",
		Short: "Write a backup of everything that Daybook stores",
		Long: `Write a file to the folder DIR with conversations, analyses, usage, transcriptions,
the history of notes, and the settings without keys. A server may be running. The
file is verified before it gets its name, and no file is overwritten. It is a ZIP
file; its README.txt explains how to read it without Daybook.

--with-journal adds the notes and scans, byte for byte. Links that point outside the
journal's folder are not followed.

Encrypt it with a passphrase (typed, from a file, or from the variable
DAYBOOK_BACKUP_PASSPHRASE) or for age public keys. Otherwise anyone who has the file
can read it.`,
		Example: `  daybook backup /media/usb
  daybook backup --with-journal --passphrase ~/Backups
  daybook backup -r age1… ~/Dropbox`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := loadSettings(w, cmd.Flags())
			if err != nil {
				return err
			}
			return runBackup(cmd.Context(), w, s, args[0], f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.journal, "with-journal", false, "add the notes and scans")
	flags.BoolVar(&f.passphrase, "passphrase", false, "encrypt with a passphrase, which is asked for")
	flags.StringVar(&f.passphraseFile, "passphrase-file", "", "encrypt with the passphrase in a file")
	flags.StringArrayVarP(&f.recipients, "recipient", "r", nil, "encrypt for a public key of age; can be repeated")
	flags.StringVarP(&f.recipientsFile, "recipients-file", "R", "", "encrypt for the public keys in a file")
	flags.BoolVar(&f.json, "json", false, "print the result as JSON")
	return cmd
}

func runBackup(ctx context.Context, w env, s settings.Settings, dir string, f backupFlags) (err error) {
	if s.Demo() {
		return daybook.Errorf(daybook.Invalid, "name your journal with --journal: the demo journal is not backed up")
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return err
	}
	inEvergreen := s.Evergreen != "" && journal.Within(dir, s.Evergreen)
	backsUpItself := inEvergreen || journal.Within(dir, s.Journal)
	if f.journal && backsUpItself {
		return daybook.Errorf(daybook.Invalid, "%s is inside the journal's folder, which is backed up too; choose another folder", dir)
	}
	recipients, identities, err := f.keys(w)
	if err != nil {
		return err
	}
	release, err := journal.Lock(s)
	if err != nil {
		return err
	}
	defer release()
	kept, err := journal.OpenStore(ctx, s, s.StoreAddress(), newLog(w))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kept.Close()) }()
	show := &stages{env: w}
	defer show.done()
	report, err := journal.WriteBackup(ctx, s, kept, version, dir, func(p *backup.Plan) {
		p.Recipients, p.Identities, p.Progress = recipients, identities, show.update
		if f.journal {
			p.Trees = append(p.Trees, journal.JournalTrees(s)...)
		}
	})
	show.done()
	if err != nil {
		return err
	}
	return sayBackup(w, report, f.json)
}

// keys returns the keys to encrypt a backup, and those to decrypt it, if known.
func (f backupFlags) keys(w env) ([]age.Recipient, []age.Identity, error) {
	forRecipients := len(f.recipients) > 0 || f.recipientsFile != ""
	withPassphrase := f.passphrase || f.passphraseFile != ""
	if forRecipients && withPassphrase {
		return nil, nil, daybook.Errorf(daybook.Invalid, "encrypt with a passphrase or for recipients, not both")
	}
	if forRecipients {
		recipients, err := f.publicKeys()
		return recipients, nil, err
	}
	phrase, asked, err := passphraseOf(w, f.passphrase, f.passphraseFile, true)
	if err != nil || !asked {
		return nil, nil, err
	}
	return backup.Passphrase(phrase)
}

func (f backupFlags) publicKeys() (list []age.Recipient, err error) {
	for _, key := range f.recipients {
		r, err := backup.Recipient(key)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	if f.recipientsFile == "" {
		return list, nil
	}
	file, err := os.Open(f.recipientsFile)
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Invalid, Message: "cannot open the recipients file", Err: err}
	}
	defer file.Close()
	more, err := backup.Recipients(file)
	return append(list, more...), err
}

// passphraseOf returns the passphrase from a file, from the environment or, if ask
// is true, from the terminal, where a new one is typed twice. Given is false if
// there is none.
func passphraseOf(w env, ask bool, file string, isNew bool) (phrase string, given bool, err error) {
	switch {
	case file != "":
		data, err := readPassphrase(file)
		return data, true, err
	case w.getenv(passphraseVariable) != "":
		return w.getenv(passphraseVariable), true, nil
	case !ask:
		return "", false, nil
	}
	in, ok := w.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return "", true, daybook.Errorf(daybook.Invalid, "there is no terminal to ask for the passphrase: use --passphrase-file or %s", passphraseVariable)
	}
	prompt := func(text string) (string, error) {
		fmt.Fprint(w.stderr, text)
		data, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(w.stderr)
		if err != nil {
			err = fmt.Errorf("read the passphrase: %w", err)
		}
		return string(data), err
	}
	if phrase, err = prompt("Passphrase: "); err != nil || !isNew {
		return phrase, true, err
	}
	again, err := prompt("Passphrase again: ")
	if err == nil && again != phrase {
		err = daybook.Errorf(daybook.Invalid, "the two passphrases differ")
	}
	return phrase, true, err
}

// readPassphrase reads the first line of a file.
func readPassphrase(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", &daybook.Error{Kind: daybook.Invalid, Message: "cannot open the passphrase file", Err: err}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return "", fmt.Errorf("read the passphrase: %w", err)
	}
	line, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}

// stages shows the progress of work in stages.
type stages struct {
	env  env
	show *progress
}

func (s *stages) update(at backup.Progress) {
	if s.show == nil || s.show.label != at.Doing {
		s.done()
		s.show = newProgress(s.env, at.Doing)
	}
	s.show.update(at.Done, at.Total)
}

func (s *stages) done() {
	if s.show != nil {
		s.show.done()
		s.show = nil
	}
}

// leftOutJSON is a file that is missing from a backup.
type leftOutJSON struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
	Failed bool   `json:"failed"`
}

// sayBackup prints the result. It returns an error if anything could not be backed
// up, although the backup exists.
func sayBackup(w env, r backup.Report, asJSON bool) error {
	failed := r.Manifest.Counts.Damaged
	left := []leftOutJSON{}
	for _, l := range r.LeftOut {
		left = append(left, leftOutJSON(l))
		if l.Failed {
			failed++
		}
	}
	var err error
	if asJSON {
		enc := json.NewEncoder(w.stdout)
		enc.SetIndent("", "  ")
		err = enc.Encode(struct {
			File    string        `json:"file"`
			Size    int64         `json:"size"`
			Content string        `json:"content_sha256"`
			Counts  backup.Counts `json:"counts"`
			LeftOut []leftOutJSON `json:"left_out"`
		}{r.Path, r.Size, r.Manifest.Content, r.Manifest.Counts, left})
	} else {
		style := newStyle(w)
		for _, l := range left {
			fmt.Fprintf(w.stderr, "left out  %s: %s\n", style.plain(l.Path), style.plain(l.Reason))
		}
		_, err = fmt.Fprintf(w.stdout, "%s\n%s, %s\n", style.plain(r.Path), byteSize(r.Size), countsLine(r.Manifest.Counts))
	}
	if err == nil && failed > 0 {
		err = daybook.Errorf(daybook.Unavailable, "the backup was written, but %s could not be backed up", plural.Of(failed, "item", "items"))
	}
	return err
}

func countsLine(c backup.Counts) string {
	line := fmt.Sprintf("%s with %s, %s, %s of scans, %s of notes", plural.Count(c.Threads, "conversation"), plural.Count(c.Messages, "message"),
		plural.Of(c.Analyses, "analysis", "analyses"), plural.Count(c.Pages, "page"), plural.Count(c.Versions, "version"))
	if c.Notes > 0 {
		line += ", " + plural.Count(c.Notes, "note and scan file")
	}
	return line
}

func byteSize(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d KB", (n+1023)>>10)
}
