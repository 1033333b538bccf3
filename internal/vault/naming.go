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
	formats []Format       // as set; none if the names themselves tell
	reader  dayname.Reader // for no formats
	layout  apps.Layout
}

// read returns the days that the note at name, a path without an extension, is
// for, or the reason why it has none.
func (n *naming) read(name string) (day dayname.Day, reason string) {
	if len(n.formats) > 0 {
		dates, reason := readName(n.formats, path.Base(name))
		return dayname.Day{Dates: dates}, reason
	}
	day, why := n.reader.Read(name)
	return day, string(why)
}

// dates returns the days of a path without an extension, none if it names none.
func (n *naming) dates(name string) []daybook.Date {
	day, _ := n.read(name)
	return day.Dates
}

// Detect looks at the names in the journal and at the settings of the apps that
// keep it: whether 4-6-2024 is in April or in June, and what is not diary. It
// opens no note. On an error, which is the context's or daybook.Unavailable,
// names are read as before.
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

// listedOnce is a file system that lists its root folder only once: it may hold
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
		case d.IsDir() && (hidden(d.Name()) || layout.Excludes(name)):
			return fs.SkipDir
		case !d.IsDir() && IsNote(name):
			titles = append(titles, strings.TrimSuffix(d.Name(), path.Ext(d.Name())))
		}
		return nil
	})
	return readerOf(layout, titles), err
}

// readerOf returns what reads the names of notes beside others with these
// titles.
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

// Naming says how names are read. Where it differs, the same note may be for
// another day.
func (v *Vault) Naming() string {
	n := v.naming.Load()
	if len(n.formats) > 0 {
		return strings.Join(v.options.DateFormats, "|")
	}
	return fmt.Sprintf("any, day first %q, year last %q, as in %q, without %q", n.reader.DayFirst, n.reader.YearLast, n.reader.Layouts, n.layout.Exclude)
}

// Attachments returns the folder, below the journal, in which the app that keeps
// it puts pictures and other files; "" if none is set.
func (v *Vault) Attachments() string { return v.naming.Load().layout.Attachments }

// Attach returns the folder, below the journal, into which the files of a note
// are put, "." for the journal itself, and whether the note embeds them by
// Markdown's links.
func (v *Vault) Attach(note string) (folder string, markdown bool) {
	return v.naming.Load().layout.Attach(note)
}

// NewNote says how the note of a day is named that does not exist yet.
type NewNote struct {
	Folder string // below the journal; "" is the journal itself
	Format string // the path in it, as a Moment.js pattern without extension
}

// NewNotes returns how new notes are named beside others: as the settings say,
// else as the app that keeps the journal does, else as most of the notes are.
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

// DatesOf returns the days that the note at name, a path without an extension,
// is for; none where it is not named after a day.
func (v *Vault) DatesOf(name string) []daybook.Date {
	day, _ := v.naming.Load().read(name)
	return day.Dates
}
