package vault

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"daybook"
	"daybook/internal/vault/apps"
)

// Limits on looking at a folder that may be a journal: a person is waiting, and
// it may be a whole disk.
const (
	surveyFiles  = 50_000
	surveyWithin = 2 * time.Second
)

// knownFormats are the formats of daily notes that a survey knows. If names fit
// two of them, the first one counts.
var knownFormats = []string{
	"MM-DD-YYYY", "YYYY-MM-DD", "DD-MM-YYYY", "YYYYMMDD", "YYYY_MM_DD", "YYYY.MM.DD", "YYYY MM DD", "MM.DD.YYYY", "DD.MM.YYYY",
	"MM_DD_YYYY", "DD_MM_YYYY", "M-D-YYYY", "D-M-YYYY", "D.M.YYYY", "YYYY-M-D", "YY-MM-DD",
	"YYYY-MM-DD ddd", "YYYY-MM-DD dddd", "YYYY-MM-DD, dddd", "dddd, YYYY-MM-DD",
	"MMMM D, YYYY", "MMMM Do, YYYY", "MMM D, YYYY", "D MMMM YYYY", "D MMM YYYY", "Do MMMM YYYY", "dddd, MMMM D, YYYY", "dddd, MMMM Do YYYY", "dddd, D MMMM YYYY",
}

// Survey describes a folder as a journal.
type Survey struct {
	Notes       int // named after a day
	Scans       int // named after a day
	Other       int // Markdown files that are not
	First, Last daybook.Date
	// Formats are the date formats that the names have, the most common first.
	// After each come those that read the same names as other days.
	Formats []string
	Partial bool // the folder has more than was looked at
}

// Look reads the names in a folder and below it, within seconds, and opens none
// of its notes. Formats are tried before the known ones. If the folder cannot be
// read, the error is daybook.Unavailable.
func Look(ctx context.Context, folder string, formats ...string) (Survey, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return Survey{}, unreadableSurvey(err)
	}
	defer root.Close()
	ctx, cancel := context.WithTimeout(ctx, surveyWithin)
	defer cancel()
	var notes, scans []string // paths of notes and titles of scans, without extensions
	var s Survey
	layout := apps.Read(root.FS())
	files := 0
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		files++
		switch {
		case err != nil && name == ".":
			return unreadableSurvey(err)
		case errors.Is(ctx.Err(), context.DeadlineExceeded), files > surveyFiles:
			s.Partial = true
			return fs.SkipAll
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil || name == ".":
			return nil // unreadable ones are not counted
		case d.IsDir():
			if Ignored(d.Name(), true) || layout.Excludes(name) {
				return fs.SkipDir
			}
		case Ignored(d.Name(), false):
		case IsNote(name):
			notes = append(notes, strings.TrimSuffix(name, path.Ext(name)))
		case isScan(d.Name()):
			scans = append(scans, strings.TrimSuffix(d.Name(), path.Ext(d.Name())))
		}
		return nil
	})
	if err != nil {
		return Survey{}, err
	}
	s.count(layout, notes, scans, append(formats, knownFormats...))
	return s, nil
}

func unreadableSurvey(err error) error {
	return &daybook.Error{Kind: daybook.Unavailable, Message: "The folder cannot be read.", Err: err}
}

// count finds the formats of the titles, and counts the notes as the vault will
// read them.
func (s *Survey) count(layout apps.Layout, notes, scans, patterns []string) {
	titles := make([]string, len(notes))
	for i, name := range notes {
		titles[i] = path.Base(name)
	}
	some := sample(titles)
	if len(notes) == 0 { // a journal with only scans
		for _, scan := range scans {
			some = append(some, firstWords(scan)...)
		}
	}
	n := naming{formats: s.choose(some, patterns), reader: readerOf(layout, titles)}
	for i, name := range notes {
		var dates []daybook.Date
		if len(n.formats) > 0 {
			dates, _ = readName(n.formats, titles[i])
		}
		if len(dates) == 0 {
			day, _ := n.reader.Read(name)
			dates = day.Dates
		}
		s.note(dates)
	}
	for _, scan := range scans {
		if slices.ContainsFunc(firstWords(scan), func(title string) bool { return len(n.dates(title)) > 0 }) {
			s.Scans++
		}
	}
}

// note counts a note by its days, which may be none.
func (s *Survey) note(dates []daybook.Date) {
	if len(dates) == 0 {
		s.Other++
		return
	}
	s.Notes++
	for _, d := range dates {
		if s.First.IsZero() || d.Compare(s.First) < 0 {
			s.First = d
		}
		if d.Compare(s.Last) > 0 {
			s.Last = d
		}
	}
}

// firstWords returns the parts of a scan's title that may be its note's title:
// all of it, and what precedes each space.
func firstWords(title string) []string {
	list := []string{title}
	for i := len(title) - 1; i > 0; i-- {
		if title[i] == ' ' {
			list = append(list, title[:i])
		}
	}
	return list[:min(len(list), 8)]
}

// surveyTitles is how many titles the formats are detected from.
const surveyTitles = 2000

// sample returns at most surveyTitles of the titles, spread over the list.
func sample(titles []string) []string {
	if len(titles) <= surveyTitles {
		return titles
	}
	some := make([]string, surveyTitles)
	for i := range some {
		some[i] = titles[i*len(titles)/surveyTitles]
	}
	return some
}

// differ reports whether f reads one of the titles as a different day than
// every format does.
func differ(formats []Format, f Format, titles []string) bool {
	return !slices.ContainsFunc(formats, func(other Format) bool {
		return !slices.ContainsFunc(titles, func(title string) bool {
			a, _ := f.Parse(title)
			b, _ := other.Parse(title)
			return !slices.Equal(a, b)
		})
	})
}

// choose returns the formats of the titles: the most frequent one, those that
// read as many titles as other days, and so on for the titles that are left.
func (s *Survey) choose(titles, patterns []string) []Format {
	var candidates []Format
	for _, p := range patterns {
		f, err := ParseFormat(p)
		if err == nil && !slices.ContainsFunc(candidates, func(c Format) bool { return c.pattern == p }) {
			candidates = append(candidates, f)
		}
	}
	var chosen []Format
	for len(titles) > 0 {
		best, most := []Format(nil), 0
		for _, f := range candidates {
			n := 0
			for _, title := range titles {
				if dates, _ := f.Parse(title); dates != nil {
					n++
				}
			}
			switch {
			case n > most:
				best, most = []Format{f}, n
			case n == most && n > 0 && differ(best, f, titles):
				best = append(best, f)
			}
		}
		if most == 0 {
			break
		}
		chosen = append(chosen, best...)
		titles = slices.DeleteFunc(slices.Clone(titles), func(title string) bool { dates, _ := best[0].Parse(title); return dates != nil })
	}
	for _, f := range chosen {
		s.Formats = append(s.Formats, f.pattern)
	}
	return chosen
}
