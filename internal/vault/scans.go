package vault

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"daybook"
)

// Scan is a scan's file, as it was found.
type Scan struct {
	// Path has slashes and is relative to the folder.
	Path string
	// Note is the path of the note that the scan belongs to: beside it, and named
	// as the scan is up to its first space behind the date; else the note of that
	// name or of the same days that embeds it; else the only one of the same days.
	// If there is none, it is where the note is to be created: beside the scan.
	// Title is that note's, and Dates are its days.
	Note, Title string
	Dates       []daybook.Date
	Size        int64
	ModTime     int64 // Unix nanoseconds
	ChangeTime  int64 // as in File
	Inode       uint64
}

// Scans finds the scans of daily notes in the folder and below it without
// opening them, in the order of their paths. Pictures that are not named
// after a day are none. Errors are as from List; what could not be looked at
// is among the unread.
func (f *Folder) Scans(ctx context.Context) ([]Scan, []Unread, error) {
	var scans []Scan
	var l Listing
	notes := map[string][]string{} // paths by the days of their names
	err := f.walk(ctx, &l, func(name string, d fs.DirEntry) {
		if Ignored(d.Name(), false) {
			return
		}
		if isMarkdown(d.Name()) {
			if dates := f.naming.dates(strings.TrimSuffix(name, path.Ext(name))); len(dates) > 0 {
				notes[daysKey(dates)] = append(notes[daysKey(dates)], name)
			}
			return
		}
		scan, ok := f.scan(name)
		if !ok {
			return
		}
		info, reason, err := f.stat(name, d)
		switch {
		case errors.Is(err, fs.ErrNotExist), reason != "":
		case err != nil:
			l.Unread = append(l.Unread, Unread{f.kind, name, unreadable(name, err)})
		default:
			scan.Size, scan.ModTime, scan.ChangeTime, scan.Inode = info.Size(), info.ModTime().UnixNano(), changeTime(info), inode(info)
			scans = append(scans, scan)
		}
	})
	for i := range scans {
		if s := &scans[i]; !f.exists(s.Note) {
			f.adopt(s, notes[daysKey(s.Dates)])
		}
	}
	return scans, l.Unread, err
}

func daysKey(dates []daybook.Date) string { return fmt.Sprint(dates) }

// adopt gives a scan without a note beside it to one of the notes of its days.
func (f *Folder) adopt(s *Scan, notes []string) {
	owner := ""
	for _, note := range notes {
		data, ok := f.beginning(note)
		if !ok {
			continue
		}
		text, _ := Decode(data)
		if slices.ContainsFunc(Embeds(text), func(name string) bool { return path.Base(name) == path.Base(s.Path) }) {
			owner = note
			break
		}
	}
	if owner == "" && len(notes) == 1 {
		owner = notes[0]
	}
	if owner != "" {
		s.Note, s.Title = owner, strings.TrimSuffix(path.Base(owner), path.Ext(owner))
	}
}

// contractName matches the names that the scans of a journal always had. A note
// is created for them if it is missing.
var contractName = regexp.MustCompile(`^\d{2}-\d{2}-\d{4}( |$)`)

// scan reads what a scan's name says: a note's title, and anything behind a
// space. With a title behind the date it belongs to the note of the same name,
// if there is one. Photographs are named after days too: a picture is a scan
// only if nothing but a date is its name, or its note is beside it.
func (f *Folder) scan(name string) (Scan, bool) {
	stem := strings.TrimSuffix(name, path.Ext(name))
	if strings.HasSuffix(stem, " - Week") {
		return Scan{}, false
	}
	for end := len(stem); end > len(path.Dir(name)); end = strings.LastIndexByte(stem[:end], ' ') {
		day, reason := f.naming.read(stem[:end])
		if reason != "" {
			continue
		}
		note := stem[:end] + ".md"
		plain := day.Title == "" && !day.Clock
		sure := plain && (end == len(stem) || isDocument(name) || len(f.naming.formats) > 0 || contractName.MatchString(path.Base(stem)))
		if sure || f.exists(note) {
			return Scan{Path: name, Note: note, Title: path.Base(stem[:end]), Dates: day.Dates}, true
		}
	}
	return Scan{}, false
}

// isDocument reports whether a scan is not a picture that a camera may have
// taken.
func isDocument(name string) bool {
	return slices.Contains([]string{".pdf", ".tif", ".tiff"}, strings.ToLower(path.Ext(name)))
}

func (f *Folder) exists(name string) bool {
	_, err := f.root.Lstat(name)
	return err == nil
}

// CompareScans orders the scans of a note as their pages follow one another: by
// name, in which numbers count as such and what is shorter comes first. A day's
// "06-04-2024.jpg" comes before "06-04-2024 2.jpg", and that before
// "06-04-2024 10.jpg".
func CompareScans(a, b string) int {
	stem := func(name string) string { return strings.ToLower(strings.TrimSuffix(name, path.Ext(name))) }
	return cmp.Or(compareNatural(stem(a), stem(b)), strings.Compare(a, b))
}

func compareNatural(a, b string) int {
	for a != "" && b != "" {
		m, n := digits(a), digits(b)
		if m > 0 && n > 0 {
			x, y := strings.TrimLeft(a[:m], "0"), strings.TrimLeft(b[:n], "0")
			if c := cmp.Or(len(x)-len(y), strings.Compare(x, y)); c != 0 {
				return c
			}
			a, b = a[m:], b[n:]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

// digits is how many digits a text begins with.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }
