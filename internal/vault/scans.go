package vault

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"daybook"
)

// Scan is a scan's file.
type Scan struct {
	// Path has slashes and is relative to the folder.
	Path string
	// Note is the path of the note that the scan belongs to. A picture without
	// a day in its name, or that a camera may have named, belongs to the note
	// that embeds it below "### Page". Other scans belong to the note of the
	// same days that embeds them; else to the one beside them whose name is
	// theirs up to the first space after the date; else to the only one of the
	// same days. If there is none, it is where to create the note: beside the
	// scan. Title and Dates are the note's.
	Note, Title string
	Dates       []daybook.Date
	// Owned says that the note exists, and Embedded that it embeds the scan.
	Owned, Embedded bool
	Size            int64
	ModTime         int64 // Unix nanoseconds
	ChangeTime      int64 // as in File
	Inode           uint64
}

// Photographs are pictures in a folder with days in their names. Only the owner
// knows whether they are pages of the diary.
type Photographs struct {
	Folder   string // "." is the journal's
	Pictures int
	Example  string // a path
}

// ScanListing is the scans of a folder, each part sorted by path.
type ScanListing struct {
	Scans []Scan
	// Photographs are those in folders that IsPages does not know.
	Photographs []Photographs
	Unread      []Unread
}

// IsPages returns the owner's answer about the photographs in a folder: whether
// they are pages. known is false if there is no answer.
type IsPages func(folder string) (pages, known bool)

// Scans finds the scans of daily notes in the folder and below it without
// opening them, in the order of their paths. A picture that is not named after
// a day is only a scan if the note of a day has it below "### Page". Answers
// may be nil. Errors are as from List; what could not be read is in Unread.
func (f *Folder) Scans(ctx context.Context, answers IsPages) (ScanListing, error) {
	w := scanWalk{Folder: f, answers: answers, notes: map[string][]string{}, photographs: map[string]*Photographs{}}
	err := f.walk(ctx, &w.files, w.look)
	for i := range w.found.Scans {
		s := &w.found.Scans[i]
		f.adopt(s, w.notes[daysKey(s.Dates)])
	}
	w.claim()
	w.found.Unread = w.files.Unread
	slices.SortFunc(w.found.Scans, func(a, b Scan) int { return strings.Compare(a.Path, b.Path) })
	for _, p := range w.asked {
		w.ask(p)
	}
	for _, folder := range slices.Sorted(maps.Keys(w.photographs)) {
		w.found.Photographs = append(w.found.Photographs, *w.photographs[folder])
	}
	return w.found, err
}

// scanWalk is a walk that looks for scans.
type scanWalk struct {
	*Folder
	answers     IsPages
	files       Listing
	found       ScanListing
	notes       map[string][]string // paths by the days of their names
	asked       []Scan
	loose       []loosePicture
	photographs map[string]*Photographs
}

func (w *scanWalk) look(name string, d fs.DirEntry) {
	if of, ok := placeholderOf(name); ok && isNoteOrScan(of) {
		w.files.Unread = append(w.files.Unread, Unread{w.kind, of, unreadable(of, ErrElsewhere)})
		w.note(of) // don't create the note again
		return
	}
	if Ignored(d.Name(), false) {
		return
	}
	if of := original(name); of != "" && w.exists(of) {
		return
	}
	if IsNote(name) {
		w.note(name)
		return
	}
	if !isScan(name) {
		return
	}
	scan, sure, ok := w.scan(name)
	if !ok {
		w.loose = append(w.loose, loosePicture{scan: Scan{Path: name}, entry: d})
		return
	}
	if !sure {
		pages, known := false, false
		if w.answers != nil {
			pages, known = w.answers(path.Dir(name))
		}
		if !pages {
			w.loose = append(w.loose, loosePicture{scan: scan, entry: d, ask: !known})
			return
		}
	}
	w.add(scan, true, d)
}

// add adds a scan to those found, or to those to ask about if it is not sure.
func (w *scanWalk) add(scan Scan, sure bool, d fs.DirEntry) {
	name := scan.Path
	info, reason, err := w.stat(name, d)
	switch {
	case errors.Is(err, fs.ErrNotExist), reason != "":
	case err != nil:
		w.files.Unread = append(w.files.Unread, Unread{w.kind, name, unreadable(name, err)})
	case dataless(info):
		w.files.Unread = append(w.files.Unread, Unread{w.kind, name, unreadable(name, ErrElsewhere)})
	default:
		scan.Size, scan.ModTime, scan.ChangeTime, scan.Inode = info.Size(), info.ModTime().UnixNano(), changeTime(info), inode(info)
		if sure {
			w.found.Scans = append(w.found.Scans, scan)
		} else {
			w.asked = append(w.asked, scan)
		}
	}
}

// note adds a note that may own scans.
func (w *scanWalk) note(name string) {
	if !IsNote(name) {
		return
	}
	if dates := w.naming.dates(strings.TrimSuffix(name, path.Ext(name))); len(dates) > 0 {
		w.notes[daysKey(dates)] = append(w.notes[daysKey(dates)], name)
	}
}

// ask adds a picture to those to ask the owner about, unless it is a copy of a
// scan: of the same day and with the same size.
func (w *scanWalk) ask(picture Scan) {
	if slices.ContainsFunc(w.found.Scans, func(s Scan) bool { return s.Size == picture.Size && slices.Equal(s.Dates, picture.Dates) }) {
		return
	}
	folder := path.Dir(picture.Path)
	if files, _ := w.naming.layout.Attach(picture.Note); folder == files && files != "." {
		return // notes embed them
	}
	p := w.photographs[folder]
	if p == nil {
		p = &Photographs{Folder: folder, Example: picture.Path}
		w.photographs[folder] = p
	}
	p.Pictures++
}

func daysKey(dates []daybook.Date) string { return fmt.Sprint(dates) }

// adopt assigns a scan to one of the notes of its days.
func (f *Folder) adopt(s *Scan, notes []string) {
	owner := ""
	beside := slices.Contains(notes, s.Note) || f.exists(s.Note)
	if onlyItsOwn := len(notes) == 1 && notes[0] == s.Note; !onlyItsOwn {
		for _, note := range notes {
			if f.embeds(note, s.Path) {
				owner, s.Embedded = note, true
				break
			}
		}
	}
	switch {
	case owner != "":
	case beside:
		owner = s.Note
	case len(notes) == 1:
		owner = notes[0]
	default:
		return
	}
	s.Owned = true
	s.Note, s.Title = owner, strings.TrimSuffix(path.Base(owner), path.Ext(owner))
}

// embeds reports whether a note embeds a file of that name.
func (f *Folder) embeds(note, scan string) bool {
	data, ok := f.beginning(note)
	if !ok {
		return false
	}
	text, _ := Decode(data)
	return slices.ContainsFunc(Embeds(text), func(name string) bool { return path.Base(name) == path.Base(scan) })
}

// contractName matches the names that the scans of a journal have always had. A
// note is created for them if it is missing.
var contractName = regexp.MustCompile(`^\d{2}-\d{2}-\d{4}( |$)`)

// scan reads the name of a scan: a note's title, and anything after a space. With
// a title after the date it belongs to the note of the same name, if there is
// one. Photographs are named after days too: a picture is surely a scan only if
// its name is nothing but a date, or its note is beside it.
func (f *Folder) scan(name string) (scan Scan, sure, ok bool) {
	stem := strings.TrimSuffix(name, path.Ext(name))
	if strings.HasSuffix(stem, " - Week") {
		return Scan{}, false, false
	}
	for end := len(stem); end > len(path.Dir(name)); end = strings.LastIndexByte(stem[:end], ' ') {
		day, reason := f.naming.read(stem[:end])
		if reason != "" || day.InFolder { // 2024/06/04/IMG_1234 is a photograph
			continue
		}
		note := f.noteNamed(stem[:end])
		plain := day.Title == "" && !day.Clock
		whole := end == len(stem) || isDocument(name) || len(f.naming.formats) > 0 || contractName.MatchString(path.Base(stem))
		sure := plain && whole
		if sure || f.exists(note) {
			return Scan{Path: name, Note: note, Title: path.Base(stem[:end]), Dates: day.Dates}, true, true
		}
		if scan.Path == "" || plain {
			scan = Scan{Path: name, Note: note, Title: path.Base(stem[:end]), Dates: day.Dates}
		}
	}
	if scan.Path == "" {
		scan = f.taken(name)
	}
	return scan, false, scan.Path != ""
}

// takenName matches the names that cameras, phones and scanning apps give to
// pictures. The groups are year, month and day.
var takenName = regexp.MustCompile(`(?i)^(?:IMG|PXL|DSC|DSCN|P|Photo|Foto|Scan|Scanned|Scannable|CamScanner|Adobe Scan|Dokument|Document|Doc|WhatsApp Image|signal)(?:[-_ ]|Document)*((?:19|20)\d\d)[-_. ]?(\d\d)[-_. ]?(\d\d)(?:\D|$)`)

// taken reads a name given by a camera.
func (f *Folder) taken(name string) (scan Scan) {
	m := takenName.FindStringSubmatch(path.Base(name))
	if m == nil {
		return scan
	}
	date, err := daybook.ParseDate(m[1] + "-" + m[2] + "-" + m[3])
	if err != nil {
		return scan
	}
	stem := strings.TrimSuffix(name, path.Ext(name))
	return Scan{Path: name, Note: f.noteNamed(path.Join(path.Dir(name), date.String())), Title: path.Base(stem), Dates: []daybook.Date{date}}
}

// isDocument reports whether a scan cannot be a photograph.
func isDocument(name string) bool {
	return slices.Contains([]string{".pdf", ".tif", ".tiff"}, strings.ToLower(path.Ext(name)))
}

// noteNamed returns the path of the note with a path without extension: of one that
// exists, else of a new one.
func (f *Folder) noteNamed(stem string) string {
	names := Namesakes(stem + noteTypes[0])
	if i := slices.IndexFunc(names, f.exists); i >= 0 {
		return names[i]
	}
	return names[0]
}

func (f *Folder) exists(name string) bool {
	_, err := f.root.Lstat(name)
	return err == nil
}

// CompareScans orders the scans of a note by page: by name, with numbers
// compared as numbers and shorter names first. A day's "06-04-2024.jpg" comes
// before "06-04-2024 2.jpg", and that before "06-04-2024 10.jpg".
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

// digits returns how many digits a text begins with.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }
