package vault

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"daybook"
)

// Scan is a scan's file, as it was found.
type Scan struct {
	// Path has slashes and is relative to the folder.
	Path string
	// Note is the path of the note that the scan belongs to, which need not
	// be there: beside it, and named as the scan is up to its first space
	// behind the date. Title is that note's, and Dates are its days.
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
	err := f.walk(ctx, &l, func(name string, d fs.DirEntry) {
		scan, ok := f.scan(name)
		if !ok || Ignored(d.Name(), false) || isMarkdown(d.Name()) {
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
	return scans, l.Unread, err
}

// DatesOf returns the days that a note's title names; none where it is not
// named after a day.
func (v *Vault) DatesOf(title string) []daybook.Date {
	dates, _ := readName(v.formats, title)
	return dates
}

// scan reads what a scan's name says: a note's title, and anything behind a
// space.
func (f *Folder) scan(name string) (Scan, bool) {
	stem := strings.TrimSuffix(path.Base(name), path.Ext(name))
	if strings.HasSuffix(stem, " - Week") {
		return Scan{}, false
	}
	for end := len(stem); end > 0; end = strings.LastIndexByte(stem[:end], ' ') {
		if dates, reason := readName(f.formats, stem[:end]); reason == "" {
			return Scan{Path: name, Note: path.Join(path.Dir(name), stem[:end]+".md"), Title: stem[:end], Dates: dates}, true
		}
	}
	return Scan{}, false
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
