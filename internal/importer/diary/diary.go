// Package diary reads what other journal apps export: Day One's JSON, jrnl's
// JSON, a file with a heading for each day, and folders of text files.
package diary

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/vault"
)

// Kind is the type of a source.
type Kind string

// The kinds of source.
const (
	DayOne   Kind = "a Day One export"
	Jrnl     Kind = "a jrnl export"
	Headings Kind = "a file with a heading for each day"
	Folder   Kind = "a folder of text files"
)

// Source is a journal as exported by another app. Close it when done.
type Source struct {
	Kind Kind
	Days []Day // earliest first, each date once
	// Left says what was not read and why, without journal text.
	Left    []Left
	entries []dated // in JSON, before they are grouped by day
	files   io.Closer
}

// Left is a part of a source that was not read.
type Left struct{ Place, Reason string }

// Day is the text of one day.
type Day struct {
	Date daybook.Date
	// Parts are the entries of the day, in order, as Markdown. A part links to
	// its files by "file:" and the index in Files.
	Parts []Part
}

// Part is an entry.
type Part struct {
	Heading string // the line above the text, "" if none
	Text    string
	Files   []File
	// Properties are what the source says about the entry besides its words.
	Properties []Property
	// ID identifies the entry in the source; "" if only its words do.
	ID string

	front string // its own front matter without the fences, for a note of its own
	bare  string // its words without the tags of front; "" is Text
}

// File is a picture, a recording or a document of an entry.
type File struct {
	Name string // the name to store it by
	Open func() (io.ReadCloser, error)
}

// Close releases the source's file.
func (s *Source) Close() error {
	if s.files == nil {
		return nil
	}
	return s.files.Close()
}

// Sizes in bytes above which a file is not read.
const (
	maxText = 512 << 20
	maxNote = 64 << 20
)

// ErrUnknown means that a source has no known format.
var ErrUnknown error = daybook.Errorf(daybook.Invalid, "This is not a journal that can be imported.")

// Open reads the source at a path. The error is ErrUnknown if its format is not
// known, and daybook.Unavailable or Invalid if it cannot be read.
func Open(name string) (*Source, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, unreadable(err)
	}
	if info.IsDir() {
		return OpenFolder(name, func(string) bool { return true })
	}
	if strings.EqualFold(filepath.Ext(name), ".zip") {
		return openZip(name)
	}
	if info.Size() > maxText {
		return nil, daybook.Errorf(daybook.TooLarge, "The file is larger than %d MB.", maxText>>20)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, unreadable(err)
	}
	if strings.EqualFold(filepath.Ext(name), ".json") {
		s, err := fromJSON(data, os.DirFS(filepath.Dir(name)))
		if err == nil {
			s.Days = byDay(s.entries)
		}
		return s, err
	}
	if !slices.Contains(textTypes, strings.ToLower(filepath.Ext(name))) {
		return nil, ErrUnknown
	}
	text, _ := vault.Decode(data)
	if isPrivate(text) {
		return nil, errPrivate
	}
	if s := fromHeadings(text); s != nil {
		return s, nil
	}
	return nil, ErrUnknown
}

func unreadable(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return daybook.Errorf(daybook.NotFound, "There is no such file.")
	}
	return &daybook.Error{Kind: daybook.Unavailable, Message: "The file cannot be read.", Err: err}
}

// openZip reads a zip file that has JSON in it, as Day One exports it.
func openZip(name string) (*Source, error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Invalid, Message: "The zip file cannot be read.", Err: err}
	}
	all := &Source{files: z}
	var list []dated
	for _, f := range z.File {
		if path.Ext(f.Name) != ".json" || strings.HasPrefix(path.Base(f.Name), ".") || strings.HasPrefix(f.Name, "__MACOSX") {
			continue
		}
		data, err := readZipped(f)
		if err != nil {
			z.Close()
			return nil, err
		}
		dir, err := fs.Sub(z, path.Dir(f.Name))
		if err != nil {
			z.Close()
			return nil, unreadable(err)
		}
		s, err := fromJSON(data, dir)
		if err != nil {
			all.Left = append(all.Left, Left{f.Name, "it is not a journal"})
			continue
		}
		all.Kind = s.Kind
		all.Left = append(all.Left, s.Left...)
		list = append(list, s.entries...)
	}
	if all.Kind == "" {
		z.Close()
		return nil, ErrUnknown
	}
	all.Days = byDay(list)
	return all, nil
}

func readZipped(f *zip.File) ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, unreadable(err)
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxText+1))
	if err != nil {
		return nil, unreadable(err)
	}
	if len(data) > maxText {
		return nil, daybook.Errorf(daybook.TooLarge, "A journal in the zip file is larger than %d MB.", maxText>>20)
	}
	return data, nil
}

func add(days map[daybook.Date]*Day, date daybook.Date, parts ...Part) {
	if days[date] == nil {
		days[date] = &Day{Date: date}
	}
	days[date].Parts = append(days[date].Parts, parts...)
}

func sorted(days map[daybook.Date]*Day) []Day {
	list := make([]Day, 0, len(days))
	for _, d := range days {
		list = append(list, *d)
	}
	slices.SortFunc(list, func(a, b Day) int { return a.Date.Compare(b.Date) })
	return list
}

// Summary describes the source in a few words.
func (s *Source) Summary() string {
	entries, files := 0, 0
	for _, d := range s.Days {
		entries += len(d.Parts)
		for _, p := range d.Parts {
			files += len(p.Files)
		}
	}
	if len(s.Days) == 0 {
		return string(s.Kind) + " without entries"
	}
	text := fmt.Sprintf("%s: entries %d, days %d, from %s to %s", s.Kind, entries, len(s.Days), s.Days[0].Date, s.Days[len(s.Days)-1].Date)
	if files > 0 {
		text += fmt.Sprintf(", with files %d", files)
	}
	return text
}
