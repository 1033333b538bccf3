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
	"strings"
	"time"

	"daybook"
)

// export is a Day One or jrnl export, as far as it is read.
type export struct {
	Metadata json.RawMessage `json:"metadata"`
	Tags     json.RawMessage `json:"tags"`
	Entries  []entry         `json:"entries"`
}

type entry struct {
	// Of Day One.
	UUID         string    `json:"uuid"`
	CreationDate time.Time `json:"creationDate"`
	TimeZone     string    `json:"timeZone"`
	Text         *string   `json:"text"`
	RichText     string    `json:"richText"`
	Photos       []media   `json:"photos"`
	Audios       []media   `json:"audios"`
	Videos       []media   `json:"videos"`
	PDFs         []media   `json:"pdfAttachments"`
	Location     *struct {
		PlaceName    string `json:"placeName"`
		LocalityName string `json:"localityName"`
	} `json:"location"`

	// Of jrnl.
	Title *string `json:"title"`
	Body  string  `json:"body"`
	Date  string  `json:"date"`
	Time  string  `json:"time"`

	Tags []string `json:"tags"`
}

type media struct {
	Identifier string `json:"identifier"`
	MD5        string `json:"md5"`
	Type       string `json:"type"`
	Format     string `json:"format"`
}

// fromJSON reads an export, whose files are in dir.
func fromJSON(data []byte, dir fs.FS) (*Source, error) {
	var e export
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, ErrUnknown
	}
	switch {
	case e.Entries == nil:
		return nil, ErrUnknown
	case slices.ContainsFunc(e.Entries, func(e entry) bool { return !e.CreationDate.IsZero() }), len(e.Entries) == 0 && e.Metadata != nil:
		return e.dayOne(dir), nil
	case slices.ContainsFunc(e.Entries, func(e entry) bool { return e.Title != nil && e.Date != "" }), len(e.Entries) == 0 && e.Tags != nil:
		return e.jrnl(), nil
	}
	return nil, daybook.Errorf(daybook.Invalid, "The file has a list of entries, but neither Day One's nor jrnl's.")
}

// dated is an entry and when it was written.
type dated struct {
	date  daybook.Date
	clock string
	part  Part
}

// byDay puts entries together by their day. Where a day has several, each says
// when it was written.
func byDay(list []dated) []Day {
	slices.SortStableFunc(list, func(a, b dated) int { return cmp.Or(a.date.Compare(b.date), strings.Compare(a.clock, b.clock)) })
	count := map[daybook.Date]int{}
	for _, d := range list {
		count[d.date]++
	}
	days := map[daybook.Date]*Day{}
	for _, d := range list {
		if count[d.date] > 1 && d.clock != "" {
			d.part.Text = "## " + d.clock + "\n\n" + d.part.Text
		}
		add(days, d.date, d.part)
	}
	return sorted(days)
}

func (e *export) dayOne(dir fs.FS) *Source {
	s := &Source{Kind: DayOne}
	var list []dated
	for i := range e.Entries {
		one := &e.Entries[i]
		place := fmt.Sprintf("entries[%d]", i)
		if one.CreationDate.IsZero() {
			s.Left = append(s.Left, Left{place, "it has no date"})
			continue
		}
		zone, err := time.LoadLocation(one.TimeZone)
		if err != nil {
			zone = time.UTC
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
		list = append(list, dated{daybook.DateOf(at), at.Format("15:04"), part})
	}
	s.Days = byDay(list)
	return s
}

var (
	// moment matches a picture or another file in the text of an entry.
	moment = regexp.MustCompile(`!\[[^\]\n]*\]\(dayone-moment:/(?:/?[a-zA-Z]+)?/?([0-9A-Fa-f-]+)\)`)
	// escaped matches a sign that Day One escapes though it has no meaning there.
	escaped = regexp.MustCompile(`([^\s\d\\])\\([.!()+-])`)
)

// part returns a Day One entry as Markdown, and what could not be read of it.
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
	} else if e.RichText != "" {
		text = plainOf(e.RichText)
	}
	shown := map[int]bool{}
	text = moment.ReplaceAllStringFunc(text, func(link string) string {
		i, ok := files[moment.FindStringSubmatch(link)[1]]
		if !ok {
			return ""
		}
		shown[i] = true
		return fmt.Sprintf("![](file:%d)", i)
	})
	for range 2 { // the sign before may be one, too
		text = escaped.ReplaceAllString(text, "$1$2")
	}
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

// plainOf returns the words of Day One's rich text.
func plainOf(rich string) string {
	var doc struct {
		Contents []struct {
			Text string `json:"text"`
		} `json:"contents"`
	}
	if json.Unmarshal([]byte(rich), &doc) != nil {
		return ""
	}
	var b strings.Builder
	for _, c := range doc.Contents {
		b.WriteString(c.Text)
	}
	return b.String()
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

func (e *export) jrnl() *Source {
	s := &Source{Kind: Jrnl}
	var list []dated
	for i, one := range e.Entries {
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
		var tags []string // those that are not in the text
		for _, tag := range one.Tags {
			if !strings.Contains(text, tag) || strings.HasPrefix(tag, "@") {
				tags = append(tags, tag)
			}
		}
		if line := tagLine(tags); line != "" {
			text += "\n\n" + line
		}
		list = append(list, dated{date, one.Time, Part{Text: text}})
	}
	s.Days = byDay(list)
	return s
}
