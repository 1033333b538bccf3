package diary

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/vault"
	"daybook/internal/vault/dayname"
)

// textTypes are the extensions of text files.
var textTypes = []string{".txt", ".text", ".md", ".markdown", ".mdown", ".org"}

// heading matches a line that may begin a day: a heading in Markdown or Org, or
// jrnl's "[2024-06-04 09:00] Title".
var heading = regexp.MustCompile(`^(?:#{1,6}\s+|\*+\s+)<?([^>\n]+?)>?\s*#*$|^\[([^\]\n]{6,40})\]\s*(.*)$`)

// clock matches the time after a date.
var clock = regexp.MustCompile(`[ T](\d{1,2}:\d{2})(?::\d{2})?(?:\s*[AaPp][Mm])?$`)

// started is the day that a line begins.
type started struct {
	date  daybook.Date
	title string // the rest of the line
}

// startOf reads a line that begins a day.
func startOf(r dayname.Reader, line string) (s started, ok bool) {
	m := heading.FindStringSubmatch(strings.TrimRight(line, " \t\r"))
	if m == nil {
		return s, false
	}
	text := m[1] + m[2]
	s.title = strings.TrimSpace(m[3])
	if m[2] != "" {
		if at := clock.FindStringSubmatch(text); at != nil {
			s.title = strings.TrimSpace(at[1] + " " + s.title)
		}
		text = clock.ReplaceAllString(text, "")
	}
	day, reason := r.Read(strings.ReplaceAll(strings.TrimSpace(text), "/", "-"))
	if reason != "" || len(day.Dates) != 1 {
		return s, false
	}
	s.date = day.Dates[0]
	if m[1] != "" {
		s.title = strings.TrimSpace(strings.TrimLeft(day.Title, " -–—:,"))
	}
	return s, true
}

// parting cuts a text into days.
type parting struct {
	source *Source
	days   map[daybook.Date]*Day
	now    started
	found  bool // a day has begun
	body   []string
}

// flush adds the lines since the last one that begins a day.
func (p *parting) flush() {
	text := strings.Trim(strings.Join(p.body, "\n"), "\n\r\t ")
	part := Part{Text: text}
	switch title := "## " + p.now.title; {
	case p.now.title == "":
	case text == "":
		part.Text = title
	default:
		part.Heading = title
	}
	switch {
	case p.found && part.Text != "":
		add(p.days, p.now.date, part)
	case !p.found && text != "":
		p.source.Left = append(p.source.Left, Left{fmt.Sprintf("lines 1 to %d", len(p.body)), "they are before the first day"})
	}
	p.body = nil
}

// underlines reports whether a line makes the one above it a heading.
func underlines(line string) bool {
	line = strings.TrimRight(line, " \t")
	if len(line) < 3 {
		return false
	}
	return strings.Trim(line, "=") == "" || strings.Trim(line, "-") == ""
}

// fromHeadings reads a text with a heading for each day, nil if it has none. In
// a text without headings, a line that is only a date counts as one.
func fromHeadings(text string) *Source {
	text = strings.TrimPrefix(text, "\ufeff")
	reader := orderOf(strings.Split(text, "\n"))
	for _, bare := range []bool{false, true} {
		start := startOf
		if bare {
			start = bareStart
		}
		p := parting{source: &Source{Kind: Headings}, days: map[daybook.Date]*Day{}}
		blank := true // as is the line before the first
		for l := (vault.Lines{S: text}); l.Next(); {
			s, ok := start(reader, l.Text)
			apart := blank || !bare
			switch {
			case ok && !l.Code && apart:
				p.flush()
				p.now, p.found = s, true
			case bare && p.found && len(p.body) == 0 && underlines(l.Text):
			default:
				p.body = append(p.body, l.Text)
			}
			blank = ok || strings.TrimSpace(l.Text) == ""
		}
		p.flush()
		if len(p.days) > 0 {
			p.source.Days = sorted(p.days)
			return p.source
		}
	}
	return nil
}

// bareStart reads a line that is only a date.
func bareStart(r dayname.Reader, line string) (s started, ok bool) {
	line = strings.Trim(strings.TrimSpace(line), "*_:=- ")
	if len(line) > 60 {
		return s, false
	}
	if at := clock.FindStringSubmatch(line); at != nil {
		s.title, line = at[1], clock.ReplaceAllString(line, "")
	}
	day, reason := r.Read(strings.ReplaceAll(line, "/", "-"))
	if reason != "" || len(day.Dates) != 1 || day.Title != "" {
		return s, false
	}
	s.date = day.Dates[0]
	return s, true
}

// orderOf detects in which order the headings give day and month.
func orderOf(lines []string) dayname.Reader {
	var o dayname.Orders
	for _, line := range lines {
		if bare := strings.Trim(strings.TrimSpace(line), "*_:=- "); len(bare) < 20 {
			o.Add(strings.ReplaceAll(bare, "/", "-"))
		}
		if m := heading.FindStringSubmatch(strings.TrimRight(line, " \t\r")); m != nil {
			o.Add(strings.ReplaceAll(clock.ReplaceAllString(m[1]+m[2], ""), "/", "-"))
		}
	}
	return o.Reader()
}

// OpenFolder reads the text files in a folder and below it whose names pass.
func OpenFolder(name string, pass func(name string) bool) (*Source, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, unreadable(err)
	}
	fsys := root.FS()
	s := &Source{Kind: Folder, files: root}
	files, err := textFiles(fsys)
	files = slices.DeleteFunc(files, func(name string) bool { return !pass(name) })
	if err != nil {
		root.Close()
		return nil, unreadable(err)
	}
	var o dayname.Orders
	for _, file := range files {
		o.Add(strings.TrimSuffix(path.Base(file), path.Ext(file)))
	}
	reader := o.Reader()
	days := map[daybook.Date]*Day{}
	for _, file := range files {
		if err := s.text(fsys, file, reader, days); err != nil {
			s.Left = append(s.Left, Left{file, daybook.PublicMessage(err)})
		}
	}
	if len(days) == 0 {
		root.Close()
		return nil, ErrUnknown
	}
	s.Days = sorted(days)
	return s, nil
}

func textFiles(fsys fs.FS) (files []string, err error) {
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return err
		case err != nil || name == ".":
			return nil
		case strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type().IsRegular() && slices.Contains(textTypes, strings.ToLower(path.Ext(name))):
			files = append(files, name)
		}
		return nil
	})
	return files, err
}

// text reads a file, which is either for the day in its name or has a heading
// for each day.
func (s *Source) text(fsys fs.FS, name string, reader dayname.Reader, days map[daybook.Date]*Day) error {
	f, err := fsys.Open(name)
	if err != nil {
		return unreadable(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxNote+1))
	if err != nil {
		return unreadable(err)
	}
	if len(data) > maxNote {
		return daybook.Errorf(daybook.TooLarge, "it is larger than %d MB", maxNote>>20)
	}
	text, _ := vault.Decode(data)
	text = strings.TrimSpace(strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n"))
	if isPrivate(text) {
		return errPrivate
	}
	day, reason := reader.Read(strings.TrimSuffix(name, path.Ext(name)))
	if reason != "" || len(day.Dates) == 0 {
		inside := fromHeadings(text)
		if inside == nil {
			return daybook.Errorf(daybook.Invalid, "%s, and without a heading for each day", dayname.NotADay)
		}
		for _, d := range inside.Days {
			add(days, d.Date, d.Parts...)
		}
		return nil
	}
	text = withoutFrontMatter(text)
	if text == "" {
		return daybook.Errorf(daybook.Invalid, "it is empty")
	}
	part := Part{Text: text}
	if title := strings.TrimSpace(day.Title); title != "" {
		part.Heading = "## " + title
	}
	add(days, day.Dates[0], part)
	return nil
}

// errPrivate refuses a text whose front matter marks it private. As part of a
// day's note it would have no front matter, and providers could get it.
var errPrivate error = daybook.Errorf(daybook.Invalid, "It is marked private. Copy it into the journal as a note of its own, so that it stays private.")

// isPrivate reports whether a text is marked private in another way than by a
// tag, which stays in it.
func isPrivate(text string) bool {
	return new(vault.Vault).PrivateNote(vault.File{Kind: daybook.Evergreen}, []byte(text))
}

// withoutFrontMatter returns a note without its front matter, and with its tags
// in a line at the end: a note of several entries has one front matter.
func withoutFrontMatter(text string) string {
	note, err := vault.Parse(vault.File{Kind: daybook.Evergreen}, []byte(text))
	if err != nil || note.FrontMatter.Start == 0 || note.FrontMatter.Flaw != "" {
		return text
	}
	words, err := vault.Parse(vault.File{Kind: daybook.Evergreen}, []byte(note.Text))
	if err != nil {
		return text
	}
	var tags []string
	for _, tag := range note.Tags {
		if !slices.Contains(words.Tags, tag) { // "#private" is not part of "#privateer"
			tags = append(tags, tag)
		}
	}
	return strings.TrimSpace(note.Text + "\n\n" + strings.Join(tags, " "))
}
