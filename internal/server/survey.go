package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
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
		return httpapi.SetupCheck{Message: "Type the path of the folder that your notes are in."}, nil
	}
	whole, err := settings.WholePath(path, srv.sources.Home)
	if err != nil {
		return httpapi.SetupCheck{Message: "Write the whole path, from its beginning or from ~."}, nil
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
		check.Readable, check.Message = false, "Daybook may not read this folder."
		return check, nil
	}
	check.Notes, check.Scans, check.Other, check.First, check.Last = found.Notes, found.Scans, found.Other, found.First, found.Last
	check.DateFormats, check.Message = found.Formats, surveyed(found)
	return check, nil
}

// inspect says whether a path leads to a folder that can be read.
func inspect(path string) httpapi.SetupCheck {
	var c httpapi.SetupCheck
	if strings.ContainsFunc(path, unicode.IsControl) {
		c.Message = "There is no such folder."
		return c
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		c.Message = "Daybook may not look there."
		return c
	case err != nil:
		c.Message = "There is no such folder."
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
		c.Message = "Daybook may not read this folder."
		return c
	}
	c.Readable = true
	return c
}

// surveyed says in a sentence what a folder would be as a journal.
func surveyed(s vault.Survey) string {
	more := ""
	if s.Partial {
		more = " There is more in the folder than was looked at; is it the right one?"
	}
	switch {
	case s.Notes > 0:
		text := fmt.Sprintf("%s, %s.", plural.Count(s.Notes, "note"), span(s.First, s.Last))
		if s.Scans > 0 {
			text += fmt.Sprintf(" %s of pages beside them.", plural.Count(s.Scans, "scan"))
		}
		if s.Other > 0 {
			text += fmt.Sprintf(" %s not named after a day, and will be passed over.", plural.Of(s.Other, "other note is", "other notes are"))
		}
		return text + more
	case s.Scans > 0:
		return plural.Count(s.Scans, "scan") + " of pages, and no notes yet." + more
	case s.Other > 0:
		return fmt.Sprintf("No note here is named after a day, as in 06-04-2024.md or 2024-06-04.md; %s.", plural.Of(s.Other, "has another name", "have other names")) + more
	}
	return "There are no notes in this folder yet: a journal can begin here." + more
}

func span(first, last daybook.Date) string {
	if first == last {
		return "of " + first.Long()
	}
	return "from " + first.Long() + " to " + last.Long()
}
