package vault

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/vault/apps"
	"daybook/internal/vault/dayname"
)

// naming says how the files of a vault are named after days.
type naming struct {
	formats []Format       // as set; empty if they are detected
	reader  dayname.Reader // used without formats
	layout  apps.Layout
}

// read returns the days of the note at name, a path without an extension, or
// why it has none.
func (n *naming) read(name string) (day dayname.Day, reason string) {
	if len(n.formats) > 0 {
		dates, reason := readName(n.formats, path.Base(name))
		return dayname.Day{Dates: dates}, reason
	}
	day, why := n.reader.Read(name)
	return day, string(why)
}

// dates returns the days that a path without an extension names, if any.
func (n *naming) dates(name string) []daybook.Date {
	day, _ := n.read(name)
	return day.Dates
}

// Detect reads the names in the journal, to learn whether 4-6-2024 is in April
// or in June, and the settings of the apps that write to it, to learn what is
// not diary. It opens no note. On an error, which is the context's or
// daybook.Unavailable, names are read as before.
func (v *Vault) Detect(ctx context.Context) error {
	root, err := os.OpenRoot(v.options.Journal)
	if err != nil {
		return unreadableFolder(daybook.Daily, v.options.Journal, err)
	}
	defer root.Close()
	fsys := &listedOnce{FS: root.FS()}
	n := naming{formats: v.naming.Load().formats, layout: apps.Read(fsys)}
	if len(n.formats) == 0 {
		if n.reader, err = order(ctx, fsys, n.layout); err != nil {
			return err
		}
	}
	v.naming.Store(&n)
	return nil
}

// listedOnce is a file system that lists its root folder only once: it may have
// many thousand notes.
type listedOnce struct {
	fs.FS
	list []fs.DirEntry
	err  error
	done bool
}

// ReadDir implements fs.ReadDirFS.
func (l *listedOnce) ReadDir(name string) ([]fs.DirEntry, error) {
	if name != "." {
		return fs.ReadDir(l.FS, name)
	}
	if !l.done {
		l.list, l.err = fs.ReadDir(l.FS, name)
		l.done = true
	}
	return slices.Clone(l.list), l.err
}

// order finds out in which order the names of notes give day and month.
func order(ctx context.Context, fsys fs.FS, layout apps.Layout) (dayname.Reader, error) {
	var titles []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && name == ".":
			return unreadableFolder(daybook.Daily, ".", err)
		case err != nil || name == ".":
			return nil
		case d.IsDir():
			if hidden(d.Name()) || layout.Excludes(name) {
				return fs.SkipDir
			}
		case IsNote(name):
			titles = append(titles, strings.TrimSuffix(d.Name(), path.Ext(d.Name())))
		}
		return nil
	})
	return readerOf(layout, titles), err
}

// readerOf returns the reader for notes in a journal with these titles.
func readerOf(layout apps.Layout, titles []string) dayname.Reader {
	var o dayname.Orders
	var layouts []dayname.Layout
	for _, d := range layout.Daily {
		if l, ok := dayname.NewLayout(d.Folder, d.Format); ok {
			layouts = append(layouts, l)
			o.Add(l.Sample())
		}
	}
	for _, title := range titles {
		o.Add(title)
	}
	r := o.Reader()
	r.Layouts = layouts
	return r
}

// Naming describes how names are read. If it changes, a note may belong to
// another day.
func (v *Vault) Naming() string {
	n := v.naming.Load()
	if len(n.formats) > 0 {
		return strings.Join(v.options.DateFormats, "|")
	}
	return fmt.Sprintf("any, day first %q, year last %q, as in %q, without %q", n.reader.DayFirst, n.reader.YearLast, n.reader.Layouts, n.layout.Exclude)
}

// Attachments returns the folder below the journal in which its app stores
// pictures and other files; "" if it has no such setting.
func (v *Vault) Attachments() string { return v.naming.Load().layout.Attachments }

// Attach returns the folder below the journal for a note's files ("." is the
// journal itself), and whether the note embeds them with Markdown links.
func (v *Vault) Attach(note string) (folder string, markdown bool) {
	return v.naming.Load().layout.Attach(note)
}

// NewNote describes how to name the new note of a day.
type NewNote struct {
	Folder string // below the journal; "" is the journal itself
	Format string // the path in it, as a Moment.js pattern without extension
}

// NewNotes returns how to name new notes beside others: as the settings say,
// else as the journal's app does, else like most of the notes.
func (v *Vault) NewNotes(files []File) NewNote {
	n := v.naming.Load()
	switch {
	case len(n.formats) > 0:
		return NewNote{Format: n.formats[0].pattern}
	case len(n.layout.Daily) > 0:
		return NewNote(n.layout.Daily[0])
	}
	titles := make([]string, len(files))
	for i, f := range files {
		titles[i] = f.Title
	}
	var s Survey
	for _, f := range s.choose(sample(titles), knownFormats) {
		return NewNote{Format: f.pattern}
	}
	return NewNote{Format: defaultFormat}
}

// DatesOf returns the days of the note at name, a path without an extension;
// none if it is not named after a day.
func (v *Vault) DatesOf(name string) []daybook.Date {
	day, _ := v.naming.Load().read(name)
	return day.Dates
}
