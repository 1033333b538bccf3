package diary

import (
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/vault"
	"daybook/internal/vault/dayname"
)

// textTypes are the extensions of text files.
var textTypes = []string{".txt", ".text", ".md", ".markdown", ".mdown", ".org"}

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
	text, bare, front := withoutFrontMatter(text)
	if text == "" {
		return daybook.Errorf(daybook.Invalid, "it is empty")
	}
	part := Part{Text: text, bare: bare, front: front, Properties: plainProperties(front)}
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
// in a line at the end: a note of several entries has one front matter. For a note
// of its own, bare is the text without these tags, and front is the front matter.
func withoutFrontMatter(text string) (with, bare, front string) {
	note, err := vault.Parse(vault.File{Kind: daybook.Evergreen}, []byte(text))
	if err != nil || note.FrontMatter.Start == 0 || note.FrontMatter.Flaw != "" {
		return text, "", ""
	}
	words, err := vault.Parse(vault.File{Kind: daybook.Evergreen}, []byte(note.Text))
	if err != nil {
		return text, "", ""
	}
	var tags []string
	for _, tag := range note.Tags {
		if !slices.Contains(words.Tags, tag) { // "#private" is not part of "#privateer"
			tags = append(tags, tag)
		}
	}
	with = strings.TrimSpace(note.Text + "\n\n" + strings.Join(tags, " "))
	front = text[note.FrontMatter.Start:note.FrontMatter.End]
	if strings.TrimSpace(note.Text) == "" || onlyTags(front) {
		return with, "", ""
	}
	return with, strings.TrimSpace(note.Text), front
}

// onlyTags reports whether front matter says nothing but tags, which the text says
// as well.
func onlyTags(front string) bool {
	for line := range strings.Lines(front) {
		if key, _, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "#") && !strings.EqualFold(strings.TrimSpace(key), "tags") {
			return false
		}
	}
	return true
}
