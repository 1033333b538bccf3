package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"daybook"
	"daybook/internal/httpapi"
	"daybook/internal/plural"
	"daybook/internal/settings"
	"daybook/internal/vault"
)

// Check implements httpapi.Setup.
func (srv *Server) Check(ctx context.Context, path string) (httpapi.SetupCheck, error) {
	if strings.TrimSpace(path) == "" {
		return httpapi.SetupCheck{Message: "Enter the path of the folder with your notes."}, nil
	}
	whole, err := settings.WholePath(path, srv.sources.Home)
	if err != nil {
		return httpapi.SetupCheck{Message: "Enter the full path, starting with / or ~."}, nil
	}
	select {
	case srv.surveys <- struct{}{}:
		defer func() { <-srv.surveys }()
	case <-ctx.Done():
		return httpapi.SetupCheck{}, ctx.Err()
	}
	check := inspect(whole)
	if !check.Readable {
		return check, nil
	}
	found, err := vault.Look(ctx, whole, srv.current.Load().journal.Settings.DateFormats...)
	if ctx.Err() != nil {
		return check, ctx.Err()
	}
	if err != nil {
		check.Readable, check.Message = false, "Daybook cannot read this folder."
		return check, nil
	}
	check.Notes, check.Scans, check.Other, check.First, check.Last = found.Notes, found.Scans, found.Other, found.First, found.Last
	check.DateFormats, check.Message = found.Formats, surveyed(found)
	return check, nil
}

// inspect reports whether a path is a readable folder.
func inspect(path string) httpapi.SetupCheck {
	var c httpapi.SetupCheck
	if strings.ContainsFunc(path, unicode.IsControl) {
		c.Message = "This folder does not exist."
		return c
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		c.Message = "Daybook has no permission to read this folder."
		return c
	case errors.Is(err, fs.ErrNotExist) && isFolder(filepath.Dir(path)):
		c.Creatable, c.Message = true, "This folder does not exist yet."
		return c
	case err != nil:
		c.Message = "This folder does not exist."
		return c
	}
	c.Exists, c.Folder = true, info.IsDir()
	if !c.Folder {
		c.Message = "This is a file, not a folder."
		return c
	}
	folder, err := os.Open(path)
	if err == nil {
		_, err = folder.Readdirnames(1)
		folder.Close()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		c.Message = "Daybook cannot read this folder."
		return c
	}
	c.Readable = true
	return c
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// surveyed describes a folder as a journal, in a sentence.
func surveyed(s vault.Survey) string {
	more := ""
	if s.Partial {
		more = " The folder contains more files than were checked. Is it the right one?"
	}
	switch {
	case s.Notes > 0:
		text := fmt.Sprintf("%s, %s.", plural.Count(s.Notes, "note"), span(s.First, s.Last))
		if s.Scans > 0 {
			text += fmt.Sprintf(" Also %s of pages.", plural.Count(s.Scans, "scan"))
		}
		if s.Other > 0 {
			text += fmt.Sprintf(" %s without a date in the name will be skipped.", plural.Count(s.Other, "other note"))
		}
		return text + more
	case s.Scans > 0:
		return plural.Count(s.Scans, "scan") + " of pages, no notes yet." + more
	case s.Other > 0:
		return fmt.Sprintf("No notes named after their day, such as 2024-06-04.md or 06-04-2024.md. %s with other names will be skipped.", plural.Count(s.Other, "note")) + more
	}
	return "This folder has no notes yet. A journal can start here." + more
}

func span(first, last daybook.Date) string {
	if first == last {
		return "of " + first.Long()
	}
	return "from " + first.Long() + " to " + last.Long()
}
