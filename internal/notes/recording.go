package notes

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"os"
	"path"
	"slices"
	"strings"
	"time"

	"daybook"
	"daybook/internal/vault"
	"daybook/internal/vault/edit"
)

// Recording is a recording made in the page.
type Recording struct {
	Date    daybook.Date
	At      time.Time // when it began; used in the file's name
	Private bool      // its note must be private
	Data    []byte
}

// MaxRecording is the size in bytes above which a recording is refused.
const MaxRecording = 100 << 20

// SoundType returns the extension of a recording by its first bytes, "" for
// other files.
func SoundType(data []byte) string {
	has := func(at int, magic string) bool {
		return len(data) >= at+len(magic) && string(data[at:at+len(magic)]) == magic
	}
	switch {
	case has(0, "\x1a\x45\xdf\xa3"):
		return ".webm"
	case has(0, "OggS"):
		return ".ogg"
	case has(4, "ftyp"):
		return ".m4a"
	case has(0, "RIFF") && has(8, "WAVE"):
		return ".wav"
	case has(0, "fLaC"):
		return ".flac"
	case has(0, "ID3"), has(0, "\xff\xfb"), has(0, "\xff\xf3"):
		return ".mp3"
	}
	return ""
}

// AddRecording saves a recording in the folder of attachments and embeds it in
// the note of its day, after the typed words. If the day has no note that
// accepts typed words and is as private as the recording, it creates one. The
// same recording is only embedded once. It returns the note and the file's
// name.
func (s *Service) AddRecording(ctx context.Context, r Recording) (Note, string, error) {
	ext := SoundType(r.Data)
	switch {
	case ext == "":
		return Note{}, "", &daybook.Error{Kind: daybook.Invalid, Field: "body", Message: "This is not a recording that Daybook can use: WebM, Ogg, M4A, MP3, WAV or FLAC."}
	case len(r.Data) > MaxRecording:
		return Note{}, "", &daybook.Error{Kind: daybook.TooLarge, Field: "body", Message: fmt.Sprintf("The recording is larger than %d MB.", MaxRecording>>20)}
	}
	name, _, err := s.AddFile(ctx, "Recording "+r.At.Format("2006-01-02 15.04.05")+ext, bytes.NewReader(r.Data))
	if err != nil {
		return Note{}, "", err
	}
	n, err := s.embedRecording(ctx, r, "![["+name+"]]")
	return n, name, err
}

// text is the text that a recording adds to a note. A note with only an embed
// would count as empty.
func (r Recording) text(embed string) string { return r.At.Format("15:04") + "\n\n" + embed + "\n" }

func (s *Service) embedRecording(ctx context.Context, r Recording, embed string) (Note, error) {
	listing, err := s.list(ctx)
	if err != nil {
		return Note{}, err
	}
	for _, f := range listing.Files {
		if len(f.Dates) != 1 || f.Dates[0] != r.Date {
			continue
		}
		n, ok, err := s.takesTyping(ctx, f, r.Private)
		if err != nil {
			return Note{}, err
		}
		if has(n.Text, embed) || has(n.Diary, embed) {
			return n, nil // it was sent before
		}
		if !ok {
			continue
		}
		whole := r.text(embed)
		if strings.TrimSpace(n.Text) != "" {
			whole = strings.TrimRight(n.Text, " \t\r\n") + "\n\n" + whole
		}
		n, err = s.Replace(ctx, n.ID, whole, n.Hash, edit.Page)
		if !errors.Is(err, errOfScan) {
			return n, err
		}
	}
	return s.recordingNote(ctx, listing.Files, r, embed)
}

// takesTyping reads a note, and reports whether words with this privacy may be
// added to it.
func (s *Service) takesTyping(ctx context.Context, f vault.File, private bool) (n Note, ok bool, err error) {
	id, err := s.find(ctx, f.Kind, f.Path)
	if err != nil || id == "" {
		return n, false, err
	}
	if n, err = s.Read(ctx, id); err != nil || n.Hash == (Hash{}) {
		return n, false, err
	}
	data, err := s.read(ctx, f.Kind, f.Path)
	if err != nil {
		return n, false, err
	}
	return n, s.vault.PrivateNote(f, data) == private, nil
}

// recordingNote creates a note for a recording.
func (s *Service) recordingNote(ctx context.Context, files []vault.File, r Recording, embed string) (Note, error) {
	base, err := s.place(files, r.Date)
	if err != nil {
		return Note{}, err
	}
	note := r.text(embed)
	word := " Recording"
	if r.Private {
		note, word = "---\nprivate: true\n---\n\n"+note, " Private"
	}
	for n := range mostTitles {
		f := base
		switch {
		case n == 1:
			f.Title += word
		case n > 1:
			f.Title += fmt.Sprintf("%s %d", word, n)
		}
		f.Path = path.Join(path.Dir(base.Path), f.Title+".md")
		if !sameDays(s.vault.DatesOf(strings.TrimSuffix(f.Path, ".md")), []daybook.Date{r.Date}) {
			break
		}
		err := s.inFolder(daybook.Daily, edit.Page, func(root *os.Root, e *edit.Editor) error {
			if err := makeFolder(root, f.Path); err != nil {
				return err
			}
			_, err := e.Create(ctx, f.Path, []byte(note))
			return err
		})
		switch {
		case err == nil:
			return s.indexed(ctx, daybook.Daily, f.Path)
		case daybook.KindOf(err) != daybook.Conflict:
			return Note{}, err
		}
	}
	return Note{}, daybook.Errorf(daybook.Conflict, "The recording is saved with the attachments, but %s has no note to embed it in.", r.Date)
}

// embedEnd returns the end of the line that embeds a file, -1 if there is none.
func embedEnd(text, name string) int {
	at := 0
	for line := range strings.SplitSeq(text, "\n") {
		if slices.Contains(vault.Embeds(line), name) {
			return at + len(strings.TrimRight(line, " \t\r"))
		}
		at += len(line) + 1
	}
	return -1
}

// AddWords writes the words of a recording after the line that embeds it,
// unless they are already there.
func (s *Service) AddWords(ctx context.Context, id, name, words string) (Note, error) {
	n, err := s.Read(ctx, id)
	if err != nil {
		return n, err
	}
	end := embedEnd(n.Text, name)
	words = strings.TrimSpace(edit.Escape(strings.ReplaceAll(words, "\r\n", "\n")))
	switch {
	case end < 0:
		return n, daybook.Errorf(daybook.NotFound, "Recording not found in this note.")
	case words == "" || has(n.Text[end:], words):
		return n, nil
	}
	whole := n.Text[:end] + "\n\n" + words
	if rest := strings.TrimLeft(n.Text[end:], "\r\n"); rest != "" {
		whole += "\n\n" + rest
	} else {
		whole += "\n"
	}
	return s.Replace(ctx, id, whole, n.Hash, edit.Page)
}
