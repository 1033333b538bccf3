package diary

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"daybook"
)

// export is the part of a Day One or jrnl export that is read.
type export struct {
	Metadata json.RawMessage   `json:"metadata"`
	Tags     json.RawMessage   `json:"tags"`
	Entries  []json.RawMessage `json:"entries"`
}

type entry struct {
	// Day One's.
	UUID         string  `json:"uuid"`
	CreationDate moment  `json:"creationDate"`
	TimeZone     string  `json:"timeZone"`
	AllDay       bool    `json:"isAllDay"`
	Text         *string `json:"text"`
	RichText     string  `json:"richText"`
	Photos       []media `json:"photos"`
	Audios       []media `json:"audios"`
	Videos       []media `json:"videos"`
	PDFs         []media `json:"pdfAttachments"`

	// jrnl's.
	Title *string `json:"title"`
	Body  string  `json:"body"`
	Date  string  `json:"date"`
	Time  string  `json:"time"`

	Tags names `json:"tags"`
}

// moment is a time in any of the forms that exports have used; zero if it is
// not one.
type moment struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (m *moment) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) != nil {
		return nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02"} {
		if at, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			m.Time = at
			return nil
		}
	}
	return nil
}

// names are tags: a list of names, or of objects with a name.
type names []string

// UnmarshalJSON implements json.Unmarshaler.
func (n *names) UnmarshalJSON(data []byte) error {
	var list []json.RawMessage
	if json.Unmarshal(data, &list) != nil {
		list = []json.RawMessage{data}
	}
	for _, one := range list {
		var name string
		var object struct{ Name string }
		if json.Unmarshal(one, &name) != nil && json.Unmarshal(one, &object) == nil {
			name = object.Name
		}
		if name != "" {
			*n = append(*n, name)
		}
	}
	return nil
}

type media struct {
	Identifier string `json:"identifier"`
	MD5        string `json:"md5"`
	Type       string `json:"type"`
	Format     string `json:"format"`
}

// fromJSON reads an export whose files are in dir.
func fromJSON(data []byte, dir fs.FS) (*Source, error) {
	var e export
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, ErrUnknown
	}
	if e.Entries == nil {
		return nil, ErrUnknown
	}
	entries := make([]entry, len(e.Entries))
	bad := map[int]bool{}
	for i, one := range e.Entries {
		if json.Unmarshal(one, &entries[i]) != nil {
			bad[i] = true
			entries[i] = leastOf(one)
		}
	}
	switch {
	case slices.ContainsFunc(entries, func(e entry) bool { return !e.CreationDate.IsZero() }), len(entries) == 0 && e.Metadata != nil:
		return dayOne(entries, e.Entries, bad, dir), nil
	case slices.ContainsFunc(entries, func(e entry) bool { return e.Title != nil && e.Date != "" }), len(entries) == 0 && e.Tags != nil:
		return jrnl(entries, e.Entries), nil
	}
	return nil, daybook.Errorf(daybook.Invalid, "The file has a list of entries, but neither Day One's nor jrnl's.")
}

// leastOf returns the words of an entry with another part that cannot be read.
func leastOf(data []byte) (e entry) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return e
	}
	for name, to := range map[string]any{
		"uuid": &e.UUID, "creationDate": &e.CreationDate, "timeZone": &e.TimeZone, "text": &e.Text, "richText": &e.RichText, "title": &e.Title, "body": &e.Body, "date": &e.Date, "time": &e.Time, "tags": &e.Tags,
	} {
		if value, ok := fields[name]; ok {
			_ = json.Unmarshal(value, to) // a field that cannot be read stays empty
		}
	}
	return e
}

// dated is an entry and its time.
type dated struct {
	id    string // "" if the export does not name any
	date  daybook.Date
	clock string
	part  Part
}

// byDay groups entries by their day. If a day has several, each shows its time.
// An entry that several journals have with the same words counts once.
func byDay(list []dated) []Day {
	type entry struct{ id, text string }
	seen := map[entry]bool{}
	list = slices.DeleteFunc(list, func(d dated) bool {
		e := entry{d.id, d.part.Text}
		again := e.id != "" && seen[e]
		seen[e] = true
		return again
	})
	slices.SortStableFunc(list, func(a, b dated) int { return cmp.Or(a.date.Compare(b.date), strings.Compare(a.clock, b.clock)) })
	count := map[daybook.Date]int{}
	for _, d := range list {
		count[d.date]++
	}
	days := map[daybook.Date]*Day{}
	for _, d := range list {
		if count[d.date] > 1 && d.clock != "" {
			d.part.Heading = "## " + d.clock
		}
		add(days, d.date, d.part)
	}
	return sorted(days)
}

func dayOne(entries []entry, raw []json.RawMessage, bad map[int]bool, dir fs.FS) *Source {
	s := &Source{Kind: DayOne}
	for i := range entries {
		one := &entries[i]
		place := fmt.Sprintf("entries[%d]", i)
		if bad[i] {
			s.Left = append(s.Left, Left{place, "a part of it cannot be read"})
		}
		if one.CreationDate.IsZero() {
			s.Left = append(s.Left, Left{place, "it has no date"})
			continue
		}
		zone, ok := zoneOf(one.TimeZone)
		if !ok {
			s.Left = append(s.Left, Left{place, "its time zone is unknown; its day is that of UTC"})
		}
		at := one.CreationDate.In(zone)
		part, left := one.part(dir)
		for _, reason := range left {
			s.Left = append(s.Left, Left{place, reason})
		}
		if strings.TrimSpace(part.Text) == "" {
			s.Left = append(s.Left, Left{place, "it is empty"})
			continue
		}
		part.ID, part.Properties = one.UUID, propertiesOf(raw[i], one.TimeZone)
		clock := at.Format("15:04")
		if one.AllDay {
			clock = ""
		}
		s.entries = append(s.entries, dated{one.UUID, daybook.DateOf(at), clock, part})
	}
	return s
}

var zoneOffset = regexp.MustCompile(`^(?:GMT|UTC)?([+-])(\d{1,2}):?(\d{2})?$`)

// zoneOf returns a time zone by its name or its offset from UTC: GMT+0200. For
// an unknown name it returns UTC and false.
func zoneOf(name string) (*time.Location, bool) {
	if m := zoneOffset.FindStringSubmatch(name); m != nil {
		hours, _ := strconv.Atoi(m[2])
		minutes, _ := strconv.Atoi(m[3])
		seconds := hours*3600 + minutes*60
		if m[1] == "-" {
			seconds = -seconds
		}
		return time.FixedZone(name, seconds), true
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return time.UTC, false
	}
	return zone, true
}

// part returns a Day One entry as Markdown, and which parts of it could not be
// read.
func (e *entry) part(dir fs.FS) (p Part, left []string) {
	files := map[string]int{}
	for _, kind := range []struct {
		folder, ext string
		list        []media
	}{{"photos", "jpeg", e.Photos}, {"audios", "m4a", e.Audios}, {"videos", "mp4", e.Videos}, {"pdfs", "pdf", e.PDFs}} {
		for _, m := range kind.list {
			name, ok := m.find(dir, kind.folder, kind.ext)
			if !ok {
				left = append(left, "a file of it is not in the export")
				continue
			}
			files[m.Identifier] = len(p.Files)
			p.Files = append(p.Files, File{path.Base(name), func() (io.ReadCloser, error) { return dir.Open(name) }})
		}
	}
	text := ""
	if e.Text != nil {
		text = *e.Text
	}
	if strings.TrimSpace(text) == "" && e.RichText != "" {
		text = richText(e.RichText)
	}
	text = plainSigns(text)
	shown := map[int]bool{}
	text = embedded.ReplaceAllStringFunc(text, func(link string) string {
		i, ok := files[embedded.FindStringSubmatch(link)[1]]
		if !ok {
			return ""
		}
		shown[i] = true
		return fmt.Sprintf("![](file:%d)", i)
	})
	for i := range p.Files {
		if !shown[i] {
			text = strings.TrimRight(text, "\n") + fmt.Sprintf("\n\n![](file:%d)", i)
		}
	}
	p.Text = strings.TrimSpace(text)
	if tags := tagLine(e.Tags); tags != "" && p.Text != "" {
		p.Text += "\n\n" + tags
	}
	return p, left
}

// find returns the name of a file in the export.
func (m media) find(dir fs.FS, folder, ext string) (string, bool) {
	for _, e := range []string{m.Type, m.Format, ext, "jpg", "png", "heic", "mov", "aac", "mp3", "wav"} {
		name := path.Join(folder, m.MD5+"."+e)
		if e == "" || m.MD5 == "" || !fs.ValidPath(name) {
			continue
		}
		if info, err := fs.Stat(dir, name); err == nil && info.Mode().IsRegular() {
			return name, true
		}
	}
	return "", false
}

// tagLine returns tags as a line of a note.
func tagLine(tags []string) string {
	var list []string
	for _, tag := range tags {
		tag = strings.Join(strings.Fields(strings.TrimLeft(tag, "#@")), "-")
		if tag != "" {
			list = append(list, "#"+tag)
		}
	}
	return strings.Join(list, " ")
}

func jrnl(entries []entry, raw []json.RawMessage) *Source {
	s := &Source{Kind: Jrnl}
	for i, one := range entries {
		place := fmt.Sprintf("entries[%d]", i)
		date, err := daybook.ParseDate(one.Date)
		if err != nil {
			s.Left = append(s.Left, Left{place, "it has no date"})
			continue
		}
		text := ""
		if one.Title != nil {
			text = *one.Title
		}
		if text = strings.TrimSpace(text + "\n" + one.Body); text == "" {
			s.Left = append(s.Left, Left{place, "it is empty"})
			continue
		}
		var tags []string // that are not in the text
		for _, tag := range one.Tags {
			if !strings.Contains(text, tag) || strings.HasPrefix(tag, "@") {
				tags = append(tags, tag)
			}
		}
		if line := tagLine(tags); line != "" {
			text += "\n\n" + line
		}
		s.entries = append(s.entries, dated{"", date, one.Time, Part{Text: text, Properties: propertiesOf(raw[i], "")}})
	}
	return s
}
