package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/importer"
	"daybook/internal/importer/diary"
	"daybook/internal/journal"
	"daybook/internal/plural"
	"daybook/internal/vault"
)

// importDiary imports the journal of another app, and says what it is before.
// The report is nil if the source may be something else.
func (a *app) importDiary(ctx context.Context, source string, f importFlags, show *importProgress) (*importer.Report, error) {
	if u, err := url.Parse(source); err == nil && u.Host != "" {
		return nil, nil
	}
	r := &importer.Report{Source: source, Kind: importer.Diary}
	s, err := a.openDiary(source)
	if err != nil {
		unknown, ext := errors.Is(err, diary.ErrUnknown), strings.ToLower(filepath.Ext(source))
		if unknown && slices.Contains([]string{".json", ".jsonl"}, ext) {
			return nil, nil // the importer says what is wrong with it
		}
		if unknown {
			err = daybook.Errorf(daybook.Invalid, "This is not a journal that can be imported: Day One's zip or JSON, jrnl's JSON, a text file with a heading for each day, or a folder of text files named after days.")
		}
		r.Kind, r.Err = "", err
		return r, nil
	}
	defer s.Close()
	r.Met(len(s.Days))
	fmt.Fprintf(a.env.stderr, "%s: %s\n", a.style.plain(source), a.style.plain(s.Summary()))
	if f.dryRun {
		for _, l := range s.Left {
			r.Leave(importer.Note, l.Reason, l.Place)
		}
		r.Notes = append(r.Notes, "Nothing was written (--dry-run): "+s.Summary()+".")
		return r, nil
	}
	return r, a.bringOver(ctx, s, r, show)
}

// openDiary opens a source. Of a folder in the journal the notes are left out: they
// are read already.
func (a *app) openDiary(source string) (*diary.Source, error) {
	info, err := os.Stat(source)
	if err != nil || !info.IsDir() {
		return diary.Open(source)
	}
	folder, err := filepath.Abs(source)
	if err != nil {
		return nil, fmt.Errorf("find the folder: %w", err)
	}
	folder = journal.Resolved(folder)
	for _, own := range append(a.Vault.Folders(), a.Settings.Data) {
		path := journal.Resolved(own)
		if inFolder(path, folder) && path != folder {
			return nil, daybook.Errorf(daybook.Invalid, "This folder contains the journal or Daybook's data. Choose the folder of the files to import.")
		}
		if inFolder(folder, path) {
			return diary.OpenFolder(source, func(name string) bool { return !vault.IsNote(name) })
		}
	}
	return diary.Open(source)
}

// inFolder reports whether a path is folder or lies in it.
func inFolder(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, string(filepath.Separator))+string(filepath.Separator))
}

// importRecord is the file that says what was imported into this journal: another
// folder has none of it.
func (a *app) importRecord() string {
	sum := sha256.Sum256([]byte(journal.Resolved(a.Settings.Journal)))
	return filepath.Join(filepath.Dir(a.Settings.Database()), "imported-"+hex.EncodeToString(sum[:8]))
}

// bringOver writes the days of a source into the journal.
func (a *app) bringOver(ctx context.Context, s *diary.Source, r *importer.Report, show *importProgress) error {
	if err := a.refresh(ctx); err != nil {
		return err
	}
	service, err := a.OpenNotes()
	if err != nil {
		return err
	}
	defer service.Close()
	record, err := diary.OpenRecord(a.importRecord())
	if err != nil {
		return err
	}
	defer record.Close()
	result, err := s.Into(ctx, service, record, func(done, total int) { show.update(importer.Progress{Doing: "days", Done: done, Total: total}) })
	r.Entries = importer.Count{In: result.Entries.In, There: result.Entries.There}
	r.Files = importer.Count{In: result.Files.In, There: result.Files.There}
	for _, l := range result.Left {
		r.Leave(importer.Note, l.Reason, l.Place)
	}
	if n := result.Changed; n > 0 {
		r.Notes = append(r.Notes, plural.Of(n, "entry was", "entries were")+" imported before and changed since; left as they are.")
	}
	return err
}
