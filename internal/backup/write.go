package backup

import (
	"archive/zip"
	"cmp"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"daybook"
)

// Plan says what goes into a backup.
type Plan struct {
	Records  Source
	Settings []byte // TOML without secrets; nil for none
	Trees    []Tree
	// Recipients encrypt the backup; none leaves it readable to all who have
	// it. Identities can decrypt it again, to check it; without them only the
	// bytes are compared.
	Recipients []age.Recipient
	Identities []age.Identity

	Daybook  string // the version of the program
	Now      func() time.Time
	Progress func(Progress) // may be nil
	// Keep decides, once everything was read, whether the backup is worth
	// keeping; nil keeps each.
	Keep func(Manifest) bool
}

// Report is what became of a backup.
type Report struct {
	Path     string // "" if it was not worth keeping
	Size     int64
	Manifest Manifest
	LeftOut  []LeftOut
}

// Write makes a backup in the folder dir, which must exist. The file has its
// name only when all of it is on disk and was checked; when Write fails nothing
// is left.
func Write(ctx context.Context, dir string, p Plan) (_ Report, err error) {
	if p.Progress == nil {
		p.Progress = func(Progress) {}
	}
	suffix := extension
	if len(p.Recipients) > 0 {
		suffix += sealed
	}
	now := p.Now()
	out, err := create(dir, now, suffix)
	if err != nil {
		return Report{}, err
	}
	defer func() {
		if err != nil {
			out.discard()
		}
	}()
	w := &writer{plan: p, names: map[string]bool{}, manifest: Manifest{
		Format: formatName, Version: formatVersion, Created: now.UTC().Truncate(time.Microsecond), Daybook: p.Daybook, Members: []Member{},
	}}
	if err := w.all(ctx, out); err != nil {
		return Report{}, writeError(dir, err)
	}
	if p.Keep != nil && !p.Keep(w.manifest) {
		out.discard()
		return Report{Manifest: w.manifest, LeftOut: w.leftOut}, nil
	}
	p.Progress(Progress{Doing: "Checking the backup"})
	err = out.commit(ctx, func(name string) error {
		if len(p.Recipients) > 0 && len(p.Identities) == 0 {
			return nil
		}
		b, err := Open(ctx, name, p.Identities)
		if err != nil {
			return err
		}
		return b.Close()
	})
	if err != nil {
		return Report{}, writeError(dir, err)
	}
	return Report{Path: out.final, Size: out.size, Manifest: w.manifest, LeftOut: w.leftOut}, nil
}

// writeError tells a full disk from what else may have gone wrong.
func writeError(dir string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) && strings.HasPrefix(filepath.Base(path.Path), "."+namePrefix) {
		return writing(dir, err)
	}
	return err
}

// writer writes the members of one backup.
type writer struct {
	plan     Plan
	zip      *zip.Writer
	manifest Manifest
	names    map[string]bool // of members, folded: no two may be one file elsewhere
	renamed  int
	leftOut  []LeftOut
}

func (w *writer) all(ctx context.Context, out io.Writer) error {
	var envelope io.WriteCloser
	if len(w.plan.Recipients) > 0 {
		var err error
		if envelope, err = age.Encrypt(out, w.plan.Recipients...); err != nil {
			return fmt.Errorf("encrypt the backup: %w", err)
		}
		out = envelope
	}
	seal := newSealWriter(out)
	w.zip = zip.NewWriter(seal)
	w.zip.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.DefaultCompression) })
	if err := w.members(ctx); err != nil {
		return err
	}
	w.manifest.Content = content(w.manifest.Members)
	data, err := json.MarshalIndent(w.manifest, "", " ")
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	if _, err := w.put(Member{Name: manifestName, Type: typeFile}, time.Time{}, strings.NewReader(string(data)+"\n")); err != nil {
		return err
	}
	if err := w.zip.SetComment(placeholder()); err != nil {
		return err
	}
	if err := errors.Join(w.zip.Close(), seal.finish()); err != nil {
		return err
	}
	if envelope != nil {
		return envelope.Close()
	}
	return nil
}

func (w *writer) members(ctx context.Context) error {
	if err := w.file(readmeName, strings.NewReader(readme)); err != nil {
		return err
	}
	if err := w.records(ctx); err != nil {
		return err
	}
	if w.plan.Settings != nil {
		if err := w.file(settingsName, strings.NewReader(string(w.plan.Settings))); err != nil {
			return err
		}
	}
	for _, t := range w.plan.Trees {
		if err := w.tree(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// content digests what members hold. The time of a file counts, that of a
// folder does not: writing a backup beside it changes it.
func content(members []Member) string {
	sum := sha256.New()
	for _, m := range members {
		if m.Name == readmeName || m.Type == typeFolder {
			continue
		}
		modified := ""
		if m.Modified != nil {
			modified = m.Modified.Format(time.RFC3339Nano)
		}
		line, err := json.Marshal([]any{m.Name, m.Type, m.Size, m.SHA256, m.Mode, modified, m.Path})
		if err != nil {
			panic(err) // strings and numbers
		}
		sum.Write(append(line, '\n'))
	}
	return hexSum(sum.Sum(nil))
}

// file writes a member that is not of a tree.
func (w *writer) file(name string, from io.Reader) error {
	m, err := w.put(Member{Name: name, Type: typeFile}, time.Time{}, from)
	if err == nil {
		w.manifest.Members = append(w.manifest.Members, m)
	}
	return err
}

// lines writes a member of JSON Lines.
func (w *writer) lines(name string, write func(put func(any) error) error) error {
	r, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := write(func(v any) error {
			data, err := marshal(v)
			if err != nil {
				return err
			}
			if len(data) >= maxLine {
				return daybook.Errorf(daybook.TooLarge, "A record of %s is larger than a backup can hold.", name)
			}
			_, err = out.Write(append(data, '\n'))
			return err
		})
		done <- err
		_ = out.CloseWithError(cmp.Or(err, io.EOF)) // it returns nil
	}()
	err := w.file(name, r)
	_ = r.CloseWithError(errors.Join(err, io.ErrClosedPipe)) // it returns nil
	if wrote := <-done; wrote != nil && !errors.Is(wrote, io.ErrClosedPipe) {
		return fmt.Errorf("back up %s: %w", name, wrote)
	}
	return err
}

// put writes one member and returns it with its size and hash.
func (w *writer) put(m Member, modified time.Time, from io.Reader) (Member, error) {
	w.names[fold(m.Name)] = true
	header := &zip.FileHeader{Name: m.Name, Method: zip.Deflate, Modified: modified}
	if modified.IsZero() {
		header.Modified = w.manifest.Created
	}
	header.SetMode(m.fileMode())
	if packed(m.Name) || m.Type != typeFile {
		header.Method = zip.Store
	}
	out, err := w.zip.CreateHeader(header)
	if err != nil {
		return m, err
	}
	sum := sha256.New()
	if m.Type != typeFolder {
		if m.Size, err = io.Copy(io.MultiWriter(out, sum), from); err != nil {
			return m, err
		}
	}
	m.SHA256 = hexSum(sum.Sum(nil))
	return m, nil
}

// packed reports whether files of that name do not get smaller.
func packed(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg", ".png", ".heic", ".heif", ".webp", ".gif", ".pdf", ".zip", ".gz", ".mp3", ".m4a", ".mp4", ".mov":
		return true
	}
	return false
}

// fileMode is the mode that a member has in the ZIP file.
func (m Member) fileMode() os.FileMode {
	mode := os.FileMode(0o600)
	if m.Mode != "" {
		mode, _ = m.permissions()
	}
	switch m.Type {
	case typeFolder:
		if m.Mode == "" {
			mode = 0o700
		}
		return mode | os.ModeDir
	case typeLink:
		return mode | os.ModeSymlink
	}
	return mode
}

// permissions reads Mode.
func (m Member) permissions() (os.FileMode, error) {
	var mode uint32
	if _, err := fmt.Sscanf(m.Mode, "%o", &mode); err != nil || len(m.Mode) > 4 || mode > 0o777 {
		return 0, errors.New("a mode is not one")
	}
	return os.FileMode(mode), nil
}
