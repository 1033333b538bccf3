package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"filippo.io/age"
	"github.com/gofrs/flock"

	"daybook"
)

// The names of backups. A sealed one ends in .zip.age.
const (
	namePrefix = "daybook-"
	nameTime   = "2006-01-02T15-04-05Z"
	extension  = ".zip"
	sealed     = ".age"
	partial    = ".partial"
)

// The comment at the end of a backup: seal, the SHA-256 of all bytes before it
// in hex, and a line feed.
const (
	seal       = "daybook-sha256: "
	sealLength = len(seal) + 2*sha256.Size + 1
)

// sealWriter replaces the last sealLength bytes by the hash of everything
// written before.
type sealWriter struct {
	to   io.Writer
	sum  hash.Hash
	held []byte
}

func newSealWriter(to io.Writer) *sealWriter {
	sum := sha256.New()
	return &sealWriter{to: io.MultiWriter(to, sum), sum: sum}
}

// placeholder is the comment before its hash is known.
func placeholder() string { return seal + strings.Repeat("0", 2*sha256.Size) + "\n" }

func (w *sealWriter) Write(p []byte) (int, error) {
	w.held = append(w.held, p...)
	if n := len(w.held) - sealLength; n > 0 {
		if _, err := w.to.Write(w.held[:n]); err != nil {
			return 0, err
		}
		w.held = append(w.held[:0], w.held[n:]...)
	}
	return len(p), nil
}

func (w *sealWriter) finish() error {
	if string(w.held) != placeholder() {
		return errors.New("the backup does not end in its comment")
	}
	_, err := w.to.Write(fmt.Appendf(nil, "%s%x\n", seal, w.sum.Sum(nil)))
	return err
}

// checkSeal reads a whole backup and compares its hash.
func checkSeal(ctx context.Context, r io.ReaderAt, size int64) error {
	end := make([]byte, sealLength)
	if size < int64(sealLength) {
		return damaged("it is too short")
	}
	if _, err := r.ReadAt(end, size-int64(sealLength)); err != nil && !errors.Is(err, io.EOF) {
		return unreadable(err)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, reader{ctx, io.NewSectionReader(r, 0, size-int64(sealLength))}); err != nil {
		return unreadable(err)
	}
	if !bytes.Equal(end, fmt.Appendf(nil, "%s%x\n", seal, sum.Sum(nil))) {
		return damaged("its checksum is wrong")
	}
	return nil
}

// reader is a reader that ends with its context.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

func damaged(why string) error {
	return daybook.Errorf(daybook.Invalid, "The backup is damaged, was changed, or is not a backup of Daybook: %s. Nothing was restored from it.", why)
}

// unreadable converts an error of reading a backup, which may come from its
// encryption.
func unreadable(err error) error {
	var known *daybook.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return &daybook.Error{Kind: daybook.Unavailable, Message: "The backup cannot be read.", Err: err}
	}
	return fmt.Errorf("%w (%w)", damaged("it cannot be read to its end"), err)
}

// output is a backup being written, under a hidden name.
type output struct {
	file  *os.File
	lock  *flock.Flock
	final string
	sum   hash.Hash // of the bytes of the file
	size  int64
}

// create creates the file of a backup in dir, readable only by its owner. It
// removes files left by killed processes.
func create(dir string, at time.Time, suffix string) (*output, error) {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return nil, &daybook.Error{Kind: daybook.NotFound, Message: fmt.Sprintf("%s is not a folder; create it first (or is a disk missing?).", dir), Err: err}
	}
	removePartial(dir)
	stem := namePrefix + at.UTC().Format(nameTime)
	for n := 1; n < 1000; n++ {
		name := stem + suffix
		if n > 1 {
			name = fmt.Sprintf("%s-%d%s", stem, n, suffix)
		}
		final := filepath.Join(dir, name)
		if _, err := os.Lstat(final); err == nil {
			continue
		}
		draft := filepath.Join(dir, "."+name+partial)
		f, err := os.OpenFile(draft, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, writing(dir, err)
		}
		o := &output{file: f, lock: flock.New(draft), final: final, sum: sha256.New()}
		if lockDrafts {
			_, _ = o.lock.TryLock() // without locks on this file system, removePartial has none either
		}
		return o, nil
	}
	return nil, daybook.Errorf(daybook.Conflict, "%s already has too many backups of this second.", dir)
}

// removePartial removes the files of backups whose processes were killed.
func removePartial(dir string) {
	left, _ := filepath.Glob(filepath.Join(escapeGlob(dir), "."+namePrefix+"*"+partial))
	for _, name := range left {
		if !lockDrafts {
			_ = os.Remove(name) // fails for an open file
			continue
		}
		lock := flock.New(name, flock.SetFlag(os.O_RDWR)) // does not create it
		if ok, err := lock.TryLock(); err == nil && ok {
			_ = os.Remove(name)
		}
		_ = lock.Close()
	}
}

func escapeGlob(path string) string {
	if filepath.Separator == '\\' {
		return path
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.file.Write(p)
	o.sum.Write(p[:n])
	o.size += int64(n)
	return n, err
}

// discard removes the file.
func (o *output) discard() {
	_ = o.lock.Close()
	_ = o.file.Close()
	_ = os.Remove(o.file.Name())
}

// commit syncs the file, checks it with verify, and renames it to its final
// name. It never overwrites a file.
func (o *output) commit(ctx context.Context, verify func(name string) error) error {
	if err := o.file.Sync(); err != nil {
		return writing(filepath.Dir(o.final), err)
	}
	again, err := os.Open(o.file.Name())
	if err != nil {
		return fmt.Errorf("read the backup again: %w", err)
	}
	defer again.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, reader{ctx, again})
	if err != nil {
		return fmt.Errorf("read the backup again: %w", err)
	}
	if n != o.size || !bytes.Equal(sum.Sum(nil), o.sum.Sum(nil)) {
		return daybook.Errorf(daybook.Unavailable, "The backup does not read as it was written; the disk with %s may be failing.", filepath.Dir(o.final))
	}
	if err := verify(o.file.Name()); err != nil {
		return fmt.Errorf("check the backup that was written: %w", err)
	}
	if err := o.lock.Close(); err != nil {
		return fmt.Errorf("unlock the backup: %w", err)
	}
	if err := o.file.Close(); err != nil {
		return writing(filepath.Dir(o.final), err)
	}
	if err := renameNew(o.file.Name(), o.final); err != nil {
		return writing(filepath.Dir(o.final), err)
	}
	return syncDir(filepath.Dir(o.final))
}

// renameNew renames a file to a name that is not taken.
func renameNew(from, to string) error {
	err := os.Link(from, to)
	switch {
	case err == nil:
		return os.Remove(from)
	case errors.Is(err, fs.ErrExist):
		return err
	}
	// A file system without links, such as on most USB sticks.
	if _, err := os.Lstat(to); err == nil {
		return fs.ErrExist
	}
	return os.Rename(from, to)
}

// writing adds to an error that a backup could not be written.
func writing(dir string, err error) error {
	var known *daybook.Error
	if errors.As(err, &known) {
		return err
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return &daybook.Error{Kind: daybook.Unavailable, Message: fmt.Sprintf("No room for a backup in %s. Nothing was left there.", dir), Err: err}
	}
	return &daybook.Error{Kind: daybook.Unavailable, Message: fmt.Sprintf("Cannot write a backup to %s.", dir), Err: err}
}

// ageHeader begins every file that age encrypted.
const ageHeader = "age-encryption.org/v1\n"

// Sealed reports whether a file is encrypted, and whether with a passphrase.
func Sealed(path string) (encrypted, passphrase bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return false, false, &daybook.Error{Kind: daybook.NotFound, Message: fmt.Sprintf("The backup %s cannot be opened.", path), Err: causeOf(err)}
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return false, false, unreadable(err)
	}
	head = head[:n]
	encrypted = bytes.HasPrefix(head, []byte(ageHeader))
	return encrypted, encrypted && bytes.HasPrefix(head[len(ageHeader):], []byte("-> scrypt ")), nil
}

// unseal returns the content of a backup, decrypted if necessary.
func unseal(f *os.File, size int64, identities []age.Identity) (io.ReaderAt, int64, error) {
	head := make([]byte, len(ageHeader))
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, unreadable(err)
	}
	if string(head) != ageHeader {
		return f, size, nil
	}
	if len(identities) == 0 {
		return nil, 0, daybook.Errorf(daybook.Unauthorized, "The backup is encrypted: a passphrase or an identity is needed.")
	}
	r, n, err := age.DecryptReaderAt(f, size, identities...)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) || errors.Is(err, age.ErrIncorrectIdentity) {
		return nil, 0, &daybook.Error{Kind: daybook.Unauthorized, Message: "The passphrase or identity is not the one that this backup was encrypted for."}
	}
	if err != nil {
		return nil, 0, unreadable(err)
	}
	return r, n, nil
}

func hexSum(sum []byte) string { return hex.EncodeToString(sum) }
