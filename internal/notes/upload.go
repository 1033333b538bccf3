package notes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"

	"daybook"
	"daybook/internal/pages"
	"daybook/internal/vault"
	"daybook/internal/vault/edit"
)

// Inspector determines the type of a scan; see pages.Renderer.
type Inspector interface {
	Inspect(ctx context.Context, path string) (pages.Info, error)
}

// MaxScan is the size in bytes above which a scan is refused.
const MaxScan = 50 << 20

// maxName is the length in bytes above which a scan's name is refused.
const maxName = 200

// The sources of an uploaded scan's date.
const (
	dateGiven = "given"
	dateName  = "name" // the file's
	dateEXIF  = "exif" // the camera's clock, which may be wrong
)

// Upload is a scan that was received and inspected but not stored yet. Discard
// it when done.
type Upload struct {
	Name     string // as sent
	Info     pages.Info
	Date     daybook.Date
	DateFrom string // "given", "name" or "exif"; "" without a date
	file     *os.File
}

// Discard erases the received file.
func (u *Upload) Discard() {
	u.file.Close()
	_ = os.Remove(u.file.Name()) // it lies in our own folder, which Tidy empties
}

// Receive reads a scan from content and inspects it. Its day is date or, if
// that is zero, the one in its name or from its camera. If there is none, its
// Date is zero and Dated says what is missing. The error is daybook.Invalid or
// daybook.TooLarge, with a reason, for other files, for files that are too
// large, and for names with a path.
func (s *Service) Receive(ctx context.Context, look Inspector, name string, date daybook.Date, content io.Reader) (*Upload, error) {
	invalid := func(message string) error {
		return &daybook.Error{Kind: daybook.Invalid, Field: "body.file", Message: message}
	}
	if name == "" || name != path.Base(name) || strings.ContainsAny(name, `\:`) || strings.ContainsFunc(name, unicode.IsControl) {
		return nil, invalid("A scan's name must be a file's name, without folders.")
	}
	if len(name) > maxName {
		return nil, invalid("A scan's name is too long; rename the file and send it again.")
	}
	file, err := s.receive(content, "scan-*", MaxScan,
		&daybook.Error{Kind: daybook.TooLarge, Field: "body.file", Message: fmt.Sprintf("%s is larger than %d MB.", name, MaxScan>>20)})
	if err != nil {
		return nil, err
	}
	u := &Upload{Name: name, Date: date, DateFrom: dateGiven, file: file}
	u.Info, err = look.Inspect(ctx, file.Name())
	var known *daybook.Error
	if errors.As(err, &known) && known.Kind == daybook.Invalid { // the path in it is our own file's
		err = invalid(strings.ReplaceAll(known.Message, path.Base(file.Name()), name))
	}
	if err != nil {
		u.Discard()
		return nil, err
	}
	if date.IsZero() {
		u.Date, u.DateFrom = s.dateOf(name, u.Info)
	}
	return u, nil
}

// Dated returns a daybook.Invalid error if the day of a scan is unknown.
func (u *Upload) Dated() error {
	if !u.Date.IsZero() {
		return nil
	}
	return &daybook.Error{Kind: daybook.Invalid, Field: "body.file", Message: u.Name + " does not say which day it is from; give a date with it."}
}

// Give sets the day that the user says it is from.
func (u *Upload) Give(date daybook.Date) { u.Date, u.DateFrom = date, dateGiven }

// dateOf reads the day of a scan from its name or from its camera's data.
func (s *Service) dateOf(name string, info pages.Info) (daybook.Date, string) {
	stem := strings.TrimSuffix(name, path.Ext(name))
	for end := len(stem); end > 0; end = strings.LastIndexByte(stem[:end], ' ') {
		if dates := s.vault.DatesOf(stem[:end]); len(dates) > 0 {
			return dates[0], dateName
		}
	}
	if !info.Taken.IsZero() {
		return daybook.DateOf(info.Taken), dateEXIF
	}
	return daybook.Date{}, ""
}

// KeptScan is a scan in the journal.
type KeptScan struct {
	Path, Note string // of the scan and of its note, relative to the folder
}

// extensions are the file extensions of scans by type.
var extensions = map[string]string{"pdf": ".pdf", "png": ".png", "jpeg": ".jpg", "heic": ".heic", "webp": ".webp", "tiff": ".tif"}

// Keep stores a scan beside the note of its day, or where that note will be. It
// is named after the note: "06-04-2024.jpg", then "06-04-2024 2.png" and so on,
// so that pages stay in the order in which they were sent. No file is ever
// replaced.
func (s *Service) Keep(ctx context.Context, u *Upload) (KeptScan, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return KeptScan{}, err
	}
	defer end()
	ext, ok := extensions[u.Info.Type]
	if !ok {
		return KeptScan{}, daybook.Errorf(daybook.Internal, "A scan has the unknown type %q.", u.Info.Type)
	}
	listing, err := s.list(ctx)
	if err != nil {
		return KeptScan{}, err
	}
	note, ok := noteOf(listing.Files, u.Date)
	if !ok {
		if note, err = s.place(listing.Files, u.Date); err != nil {
			return KeptScan{}, err
		}
	}
	root, err := os.OpenRoot(s.folders[daybook.Daily])
	if err != nil {
		return KeptScan{}, &daybook.Error{Kind: daybook.Unavailable, Message: "The journal's folder, " + s.folders[daybook.Daily] + ", cannot be opened.", Err: err}
	}
	defer root.Close()
	if err := makeFolder(root, note.Path); err != nil {
		return KeptScan{}, err
	}
	kept, err := u.into(root, note, ext)
	return KeptScan{Path: kept, Note: note.Path}, err
}

// mostScans is the maximum number of scans per day.
const mostScans = 1000

// into copies the upload to a hidden file beside the note, and renames that
// when it is complete.
func (u *Upload) into(root *os.Root, note vault.File, ext string) (string, error) {
	hidden := path.Join(path.Dir(note.Path), ".daybook-"+path.Base(u.file.Name()))
	out, err := root.OpenFile(hidden, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", edit.Wrap("store the scan", err)
	}
	defer root.Remove(hidden)
	if _, err = u.file.Seek(0, io.SeekStart); err == nil {
		_, err = io.Copy(out, u.file)
	}
	if err == nil {
		err = out.Sync()
	}
	if err := errors.Join(err, out.Close()); err != nil {
		return "", edit.Wrap("store the scan", err)
	}
	first, err := nextNumber(root, note)
	if err != nil {
		return "", err
	}
	for n := first; n <= mostScans; n++ {
		name := path.Join(path.Dir(note.Path), note.Title+ext)
		if n > 1 {
			name = path.Join(path.Dir(note.Path), fmt.Sprintf("%s %d%s", note.Title, n, ext))
		}
		err := root.Link(hidden, name)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			// On file systems without links the name is reserved by an empty
			// file, which is not read before it has settled.
			err = take(root, hidden, name)
		}
		if err == nil {
			if err := edit.SyncFolder(root, path.Dir(name)); err != nil {
				_ = root.Remove(name) // the client will send it again
				return "", edit.Wrap("sync the scan to disk", err)
			}
			return name, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", edit.Wrap("rename the scan", err)
		}
	}
	return "", daybook.Errorf(daybook.Conflict, "The day already has %d scans.", mostScans)
}

// nextNumber returns the number of a note's next scan: one above the highest,
// whatever their types.
func nextNumber(root *os.Root, note vault.File) (int, error) {
	entries, err := fs.ReadDir(root.FS(), path.Dir(note.Path))
	if err != nil {
		return 0, edit.Wrap("look for other scans of the day", err)
	}
	next := 1
	for _, e := range entries {
		behind, ok := strings.CutPrefix(strings.TrimSuffix(e.Name(), path.Ext(e.Name())), note.Title)
		if !ok || vault.Ignored(e.Name(), false) || vault.IsNote(e.Name()) {
			continue
		}
		number, err := strconv.Atoi(strings.TrimPrefix(behind, " "))
		if behind == "" {
			number, err = 1, nil
		}
		if err == nil && number >= next && number < mostScans {
			next = number + 1
		}
	}
	return next, nil
}

// take renames a file to a name that may exist.
func take(root *os.Root, from, to string) error {
	f, err := root.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err = f.Close(); err == nil {
		err = root.Rename(from, to)
	}
	if err != nil {
		_ = root.Remove(to) // it is ours, and empty
	}
	return err
}

// TakeBack erases a scan that was just stored.
func (s *Service) TakeBack(k KeptScan) error {
	root, err := os.OpenRoot(s.folders[daybook.Daily])
	if err != nil {
		return fmt.Errorf("open the journal's folder: %w", err)
	}
	defer root.Close()
	if err := root.Remove(k.Path); err != nil {
		return fmt.Errorf("delete a scan that was just stored: %w", err)
	}
	return nil
}

// uploadAge is the age after which an upload cannot still be in progress.
const uploadAge = time.Hour

// sweepUploads erases what killed processes left.
func (s *Service) sweepUploads() error {
	entries, err := os.ReadDir(s.uploads)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		info, infoErr := e.Info()
		if infoErr == nil && time.Since(info.ModTime()).Abs() > uploadAge {
			err = errors.Join(err, os.Remove(filepath.Join(s.uploads, e.Name())))
		}
	}
	if err != nil {
		return fmt.Errorf("tidy up the uploads: %w", err)
	}
	return nil
}
