package vault

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/vault/dayname"
)

// Skip is something that looked like a note and was skipped. Path is as in
// File; Reason is a short phrase without journal text.
type Skip struct {
	Kind   daybook.EntryKind
	Path   string
	Reason string
}

// Period reports whether the skipped file is the note of a week, a month or a
// year.
func (s Skip) Period() bool {
	return slices.Contains([]string{string(dayname.Week), string(dayname.Month), string(dayname.Year)}, s.Reason)
}

// Unread is a folder or file that could not be read. What is known about the
// notes at or below Path remains valid.
type Unread struct {
	Kind daybook.EntryKind
	Path string
	Err  error
}

// Listing is the content of a folder, each part sorted by path.
type Listing struct {
	Files   []File
	Skipped []Skip
	Unread  []Unread
	// Links are the paths of symbolic links that are named like notes, whatever
	// they point to.
	Links []string
	// opened counts the files that were opened to see what they hold.
	opened int
}

// List finds the notes in the folder and below it without opening them. It
// ignores hidden folders and files, editors' temporary files, files that are
// not Markdown, and the vault's other folder. The only errors are the
// context's, and daybook.Unavailable if the folder itself cannot be read.
func (f *Folder) List(ctx context.Context) (Listing, error) {
	var l Listing
	err := f.walk(ctx, &l, func(name string, d fs.DirEntry) { f.look(name, d, &l) })
	return l, err
}

// walk calls look with every file in the folder and below it. What cannot be
// read is added to l.
func (f *Folder) walk(ctx context.Context, l *Listing, look func(name string, d fs.DirEntry)) error {
	return fs.WalkDir(f.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && name == ".":
			return unreadableFolder(f.kind, f.path, err)
		case err != nil:
			l.Unread = append(l.Unread, Unread{f.kind, name, unreadable(name, err)})
			return nil
		case d.IsDir():
			return f.enter(name, d, l)
		}
		look(name, d)
		return nil
	})
}

// unreadable is the error of a folder or file within a folder of notes.
func unreadable(name string, err error) error {
	return daybook.Errorf(daybook.Unavailable, "%s cannot be read: %w", name, reasonOf(err))
}

// ListNames finds the notes as List does, but by their names only: it knows
// nothing about their files, and includes those that are too large and broken
// links. It takes a fraction of the time.
func (f *Folder) ListNames(ctx context.Context) (Listing, error) {
	l := Listing{opened: mostOpened}
	err := f.walk(ctx, &l, func(name string, d fs.DirEntry) {
		if file, ok := f.named(name, d, &l); ok {
			l.Files = append(l.Files, file)
		}
	})
	return l, err
}

// enter returns fs.SkipDir for a folder without notes.
func (f *Folder) enter(name string, d fs.DirEntry, l *Listing) error {
	switch {
	case name == ".":
		return nil
	case hidden(d.Name()), f.kind == daybook.Daily && f.naming.layout.Excludes(name):
		return fs.SkipDir
	case IsNote(d.Name()):
		l.Skipped = append(l.Skipped, Skip{f.kind, name, "a folder, not a note"})
		return fs.SkipDir
	case f.other == nil:
		return nil
	}
	info, err := d.Info()
	if err == nil && os.SameFile(info, f.other) {
		return fs.SkipDir
	}
	return nil
}

// named reads a note's kind, title and days from its file's name. A file that
// looks like a note and is not one is added to l.
func (f *Folder) named(name string, d fs.DirEntry, l *Listing) (file File, ok bool) {
	if of, ok := placeholderOf(name); ok && IsNote(of) {
		l.Unread = append(l.Unread, Unread{f.kind, of, unreadable(of, ErrElsewhere)})
		return file, false
	}
	excluded := f.kind == daybook.Daily && f.naming.layout.Excludes(name)
	if f.backup(d.Name(), name, l) || hidden(d.Name()) || temporary(d.Name()) || excluded {
		return file, false
	}
	skip := func(reason string) { l.Skipped = append(l.Skipped, Skip{f.kind, name, reason}) }
	if !IsNote(name) {
		ext := path.Ext(name)
		if how := otherType(ext); how != "" && f.kind == daybook.Daily && len(f.naming.dates(strings.TrimSuffix(name, ext))) > 0 {
			skip("a file of another type than .md; " + how)
		}
		return file, false
	}
	file = File{Kind: f.kind, Path: name, Title: strings.TrimSuffix(d.Name(), path.Ext(name))}
	if of := original(name); of != "" {
		if difference, ok := f.compare(of, name); ok {
			skip("a conflict copy of " + path.Base(of) + "; " + difference)
			return file, false
		}
	}
	if f.kind == daybook.Daily {
		day, reason := f.naming.read(strings.TrimSuffix(name, path.Ext(name)))
		if reason != "" {
			if l.opened < mostOpened {
				l.opened++
				if f.hasDays(name) {
					reason = "a file with headings for days; " + importReads
				}
			}
			skip(reason)
			return file, false
		}
		if of := f.copyOf(name, day.Title); of != "" {
			skip(of)
			return file, false
		}
		file.Dates = day.Dates
	}
	return file, true
}

// look adds a file to the part of l that it belongs to.
func (f *Folder) look(name string, d fs.DirEntry, l *Listing) {
	file, ok := f.named(name, d, l)
	if !ok {
		return
	}
	if d.Type()&fs.ModeSymlink != 0 {
		l.Links = append(l.Links, name)
	}
	skip := func(reason string) { l.Skipped = append(l.Skipped, Skip{f.kind, name, reason}) }
	info, reason, err := f.stat(name, d)
	switch {
	case errors.Is(err, fs.ErrNotExist): // deleted since the folder was read
	case err != nil:
		l.Unread = append(l.Unread, Unread{f.kind, name, unreadable(name, err)})
	case reason != "":
		skip(reason)
	case dataless(info):
		l.Unread = append(l.Unread, Unread{f.kind, name, unreadable(name, ErrElsewhere)})
	default:
		l.Files = append(l.Files, file.at(info))
	}
}

// stat returns the state of a regular file, or why it is not one. A link counts
// if it leads to a file inside the folder.
func (f *Folder) stat(name string, d fs.DirEntry) (info fs.FileInfo, reason string, err error) {
	if d.Type()&fs.ModeSymlink != 0 {
		info, err := f.root.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			return nil, "a link that leads to no file of this folder", nil
		}
		return info, "", nil
	}
	if !d.Type().IsRegular() {
		return nil, "not a regular file", nil
	}
	info, err = d.Info()
	if err == nil && !info.Mode().IsRegular() {
		return nil, "not a regular file", nil
	}
	return info, "", err
}

// Ignored reports whether a file or a whole folder with this name (without a
// path) is not part of any journal: hidden ones, what editors and sync programs
// leave behind, and files that are neither notes nor scans. Changes to it change
// nothing that List finds.
func Ignored(name string, folder bool) bool {
	if of, ok := placeholderOf(name); ok && !folder {
		name = of
	}
	switch {
	case hidden(name):
		return true
	case folder:
		return IsNote(name)
	}
	return temporary(name) || !isNoteOrScan(name) && !jrnlName.MatchString(name)
}

// importReads names the command that reads a file that is not the note of a
// day.
const importReads = "daybook import reads it"

// mostOpened bounds how many files not named after days a listing opens.
const mostOpened = 300

// hasDays reports whether a file begins with a heading that is a day.
func (f *Folder) hasDays(name string) bool {
	data, ok := f.beginning(name)
	if !ok {
		return false
	}
	text, _ := Decode(data)
	for l := (Lines{S: text}); l.Next(); {
		if title := strings.TrimLeft(l.Text, "#"); !l.Code && len(title) < len(l.Text) && strings.HasPrefix(title, " ") && len(title) < 60 {
			if day, reason := f.naming.reader.Read(strings.TrimSpace(title)); reason == "" && len(day.Dates) > 0 {
				return true
			}
		}
	}
	return false
}

// otherType says how files with an extension that other apps give to notes can be
// read; "" for any other extension.
func otherType(ext string) string {
	switch strings.ToLower(ext) {
	case ".txt", ".text", ".org":
		return importReads
	case ".rtf", ".doc", ".docx", ".odt", ".pages", ".rst", ".adoc", ".textbundle", ".html", ".htm":
		return "save it as Markdown or text to have it read"
	}
	return ""
}

// jrnlPath and jrnlName match the path and the name of a day in jrnl's folders.
var (
	jrnlPath = regexp.MustCompile(`(?:^|/)\d{4}/(?:0[1-9]|1[0-2])/(?:0[1-9]|[12]\d|3[01])\.txt$`)
	jrnlName = regexp.MustCompile(`^(?:0[1-9]|[12]\d|3[01])\.txt$`)
)

// noteTypes are the extensions of notes. New ones get the first.
var noteTypes = []string{".md", ".markdown", ".mdown", ".txt"}

// Namesakes returns the paths of all notes that may be named as a note is, but for
// the extension.
func Namesakes(note string) []string {
	stem := Stem(note)
	var names []string
	for _, ext := range noteTypes {
		if name := stem + ext; IsNote(name) {
			names = append(names, name)
		}
	}
	return names
}

// Stem returns the path or name of a note without its extension. Any other name is
// returned as it is.
func Stem(note string) string {
	if !IsNote(note) {
		return note
	}
	return strings.TrimSuffix(note, path.Ext(note))
}

// IsNote reports whether a file may be a note by its path: one of Markdown, or of
// jrnl, YYYY/MM/DD.txt.
func IsNote(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown", ".mdown":
		return true
	case ".txt":
		return jrnlPath.MatchString(name)
	}
	return false
}

func isNoteOrScan(name string) bool { return IsNote(name) || isScan(name) }

func hidden(name string) bool { return strings.HasPrefix(name, ".") }

// temporary reports whether a name is that of an editor's own files.
func temporary(name string) bool {
	stem := strings.TrimSuffix(name, path.Ext(name))
	autosave := strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#") // Emacs
	return strings.HasPrefix(name, "~") || strings.HasSuffix(stem, "~") || autosave
}
