package notes

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"daybook"
	"daybook/internal/vault"
)

// place returns the file that a new note for a day will have.
func (s *Service) place(files []vault.File, date daybook.Date) (vault.File, error) {
	as := s.vault.NewNotes(files)
	folders, name := "", as.Format
	if i := strings.LastIndexByte(as.Format, '/'); i >= 0 {
		folders, name = as.Format[:i], as.Format[i+1:]
	}
	title, _ := write(name, date)
	dir, ok := write(folders, date)
	named := ok && folders != ""
	if as.Folder == "" && !named {
		dir = yearFolder(files, date.Year)
	}
	file := vault.File{Kind: daybook.Daily, Path: path.Join(as.Folder, dir, title+".md"), Title: title, Dates: []daybook.Date{date}}
	if dates := s.vault.DatesOf(strings.TrimSuffix(file.Path, ".md")); len(dates) != 1 || dates[0] != date {
		return vault.File{}, &daybook.Error{Kind: daybook.Invalid, Field: "body.date", Message: "The notes' date format, " + as.Format + ", cannot give this day."}
	}
	return file, nil
}

// yearFolder returns the folder for the notes of a year if most notes are in
// such folders, and "" if not. If the years are in different folders, it uses
// the one with the most notes.
func yearFolder(files []vault.File, year int) string {
	parents, in := map[string]int{}, 0
	for _, f := range files {
		parent, folder := path.Split(path.Dir(f.Path))
		if folder == fmt.Sprintf("%04d", f.Dates[0].Year) {
			parents[parent]++
			in++
		}
	}
	if 2*in <= len(files) {
		return ""
	}
	best := ""
	for parent, n := range parents {
		if cmp.Or(n-parents[best], strings.Compare(best, parent)) > 0 {
			best = parent
		}
	}
	return best + fmt.Sprintf("%04d", year)
}

// elements splits a date format as vault.ParseFormat does.
var elements = regexp.MustCompile(`\[[^\]]*\]|YYYY|YY|MMMM|MMM|MM|M|DD|Do|D|dddd|ddd|.`)

// write formats a date by a pattern, and reports whether it knows all of the
// pattern's letters.
func write(pattern string, d daybook.Date) (text string, ok bool) {
	var b strings.Builder
	ok = true
	for _, e := range elements.FindAllString(pattern, -1) {
		part, known := element(e, d)
		ok = ok && known
		b.WriteString(part)
	}
	return b.String(), ok
}

func element(e string, d daybook.Date) (text string, known bool) {
	switch e {
	case "YYYY":
		return fmt.Sprintf("%04d", d.Year), true
	case "YY":
		return fmt.Sprintf("%02d", d.Year%100), true
	case "MMMM":
		return d.Month.String(), true
	case "MMM":
		return d.Month.String()[:3], true
	case "MM":
		return fmt.Sprintf("%02d", int(d.Month)), true
	case "M":
		return strconv.Itoa(int(d.Month)), true
	case "DD":
		return fmt.Sprintf("%02d", d.Day), true
	case "Do":
		return strconv.Itoa(d.Day) + ordinal(d.Day), true
	case "D":
		return strconv.Itoa(d.Day), true
	case "dddd":
		return d.Time(time.UTC).Weekday().String(), true
	case "ddd":
		return d.Time(time.UTC).Weekday().String()[:3], true
	}
	letter := len(e) == 1 && unicode.IsLetter(rune(e[0]))
	return strings.TrimSuffix(strings.TrimPrefix(e, "["), "]"), !letter
}

// ordinal returns the suffix that turns 1 into 1st.
func ordinal(n int) string {
	if n/10 == 1 {
		return "th"
	}
	switch n % 10 {
	case 1:
		return "st"
	case 2:
		return "nd"
	case 3:
		return "rd"
	}
	return "th"
}
