package notes

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"unicode"

	"daybook"
	"daybook/internal/vault/edit"
)

// Append adds text below a heading ("" for none), after the typed words of a
// day's note, or in a new note if the day has none. It reports false if the
// note already has the text, under any heading. Errors are as for Create and
// Replace.
func (s *Service) Append(ctx context.Context, date daybook.Date, heading, text string) (added bool, err error) {
	body := text
	text = strings.TrimSpace(heading + "\n\n" + text)
	_, err = s.Create(ctx, date, text, edit.API)
	var taken *Taken
	if !errors.As(err, &taken) {
		return err == nil, err
	}
	if taken.EntryID == "" {
		return false, err
	}
	n, err := s.Read(ctx, taken.EntryID)
	if err != nil {
		return false, err
	}
	if holds(n, heading, body) {
		return false, nil
	}
	if n.Hash == (Hash{}) {
		return false, daybook.Errorf(daybook.Conflict, "Daybook does not write to this day's note.")
	}
	whole := text
	if strings.TrimSpace(n.Text) != "" {
		whole = strings.TrimRight(n.Text, " \t\r\n") + "\n\n" + text
	}
	_, err = s.Replace(ctx, n.ID, whole, n.Hash, edit.API)
	return err == nil, err
}

// Begin creates the note of a day that has none, with front matter, which is YAML
// without its fences, and text below a heading; either may be "". It reports false if
// the day has a note. Errors are as for Create.
func (s *Service) Begin(ctx context.Context, date daybook.Date, front, heading, text string) (began bool, err error) {
	_, err = s.create(ctx, date, front, strings.TrimSpace(heading+"\n\n"+text), edit.API)
	var taken *Taken
	if errors.As(err, &taken) {
		return false, nil
	}
	return err == nil, err
}

// Has reports whether a day has a note, and whether that note has a text as Append
// would write it.
func (s *Service) Has(ctx context.Context, date daybook.Date, heading, text string) (note, has bool, err error) {
	listing, err := s.list(ctx)
	if err != nil {
		return false, false, err
	}
	file, ok := noteOf(listing.Files, date)
	if !ok {
		return false, false, nil
	}
	var taken *Taken
	if err = s.taken(ctx, file); !errors.As(err, &taken) || taken.EntryID == "" {
		return true, false, err
	}
	n, err := s.Read(ctx, taken.EntryID)
	return true, err == nil && holds(n, heading, text), err
}

// holds reports whether a note has a text below a heading, or the long body of it
// under another heading.
func holds(n Note, heading, body string) bool {
	whole := strings.TrimSpace(heading + "\n\n" + body)
	if hasLines(n.Text, whole) || hasLines(n.Diary, whole) {
		return true
	}
	if len(body) < longEntry {
		return false
	}
	return has(n.Text, body) || has(n.Diary, body)
}

// longEntry is the length in bytes from which a text counts as already there if
// the note contains it anywhere. A short one such as "Home." may be part of
// another, and must have lines of its own.
const longEntry = 60

// hasLines reports whether a text has all lines of another next to each other,
// ignoring blank lines and differences in white space.
func hasLines(in, text string) bool {
	bare := func(s string) string {
		var b strings.Builder
		b.WriteByte('\n')
		for line := range strings.Lines(s) {
			if line = strings.Join(strings.Fields(line), " "); line != "" {
				b.WriteString(line + "\n")
			}
		}
		return b.String()
	}
	return strings.Contains(bare(in), bare(text))
}

// has reports whether a text contains another, ignoring differences in white
// space.
func has(in, text string) bool {
	bare := func(s string) string { return " " + strings.Join(strings.Fields(s), " ") + " " }
	return strings.Contains(bare(in), bare(text))
}

// maxAttachment is the size in bytes above which a file is refused.
const maxAttachment = 512 << 20

var errAttachmentSize = daybook.Errorf(daybook.TooLarge, "The file is larger than %d MB.", maxAttachment>>20)

// attachments is the folder of files unless the app has another.
const attachments = "attachments"

// AddFile saves a file in the journal's folder of attachments, and returns the
// name by which a note embeds it. It reports false if the file already exists.
// No file is ever replaced. A name that cannot be used in a link is
// daybook.Invalid.
func (s *Service) AddFile(ctx context.Context, name string, content io.Reader) (link string, added bool, err error) {
	if name == "" || name != path.Base(name) || len(name) > maxName || strings.ContainsAny(name, `\:[]|#^`) ||
		strings.HasPrefix(name, ".") || strings.ContainsFunc(name, unicode.IsControl) {
		return "", false, daybook.Errorf(daybook.Invalid, "The file's name cannot be used in a link.")
	}
	end, err := s.begin(ctx)
	if err != nil {
		return "", false, err
	}
	defer end()
	root, err := os.OpenRoot(s.folders[daybook.Daily])
	if err != nil {
		return "", false, &daybook.Error{Kind: daybook.Unavailable, Message: "The journal's folder cannot be opened.", Err: err}
	}
	defer root.Close()
	dir := s.vault.Attachments()
	if dir == "" {
		dir = attachments
	}
	if err := edit.MakeFolder(root, dir); err != nil {
		return "", false, err
	}
	return keepFile(root, dir, name, content)
}

// keepFile writes a file under a free name, or finds it if it exists.
func keepFile(root *os.Root, dir, name string, content io.Reader) (link string, added bool, err error) {
	hidden := path.Join(dir, ".daybook-"+name)
	out, err := root.OpenFile(hidden, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return "", false, edit.Wrap("store the file", err)
	}
	defer root.Remove(hidden)
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum), io.LimitReader(content, maxAttachment+1))
	if err == nil {
		err = out.Sync()
	}
	if err := errors.Join(err, out.Close()); err != nil {
		return "", false, edit.Wrap("store the file", err)
	}
	if n > maxAttachment {
		return "", false, errAttachmentSize
	}
	ext := path.Ext(name)
	for i := 1; i <= mostScans; i++ {
		link := name
		if i > 1 {
			link = fmt.Sprintf("%s %d%s", strings.TrimSuffix(name, ext), i, ext)
		}
		to := path.Join(dir, link)
		err := root.Link(hidden, to)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			err = take(root, hidden, to)
		}
		switch {
		case err == nil:
			return link, true, edit.SyncFolder(root, dir)
		case !errors.Is(err, fs.ErrExist):
			return "", false, edit.Wrap("rename the file", err)
		case sameContent(root, to, sum.Sum(nil)):
			return link, false, nil
		}
	}
	return "", false, daybook.Errorf(daybook.Conflict, "There are already %d files with this name.", mostScans)
}

// sameContent reports whether a file has these bytes, by their SHA-256.
func sameContent(root *os.Root, name string, sum []byte) bool {
	f, err := root.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return err == nil && string(h.Sum(nil)) == string(sum)
}
