package backup

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"filippo.io/age"

	"daybook"
)

// Bounds on what a backup can make its reader do.
const (
	maxManifest = 512 << 20
	maxMembers  = 5_000_000
	// A file that unpacks to more than bombSize and more than bombRatio times
	// its size is not a journal.
	bombSize  = 4 << 30
	bombRatio = 200
)

// Backup is a completely checked backup. Close it when done.
type Backup struct {
	Manifest Manifest
	Size     int64 // of the file

	file    *os.File
	members map[string]*zip.File
}

// Open opens a backup and checks all of it: the checksum of the file, the
// manifest, the hash of each member and each record. A backup that was changed
// or cut is daybook.Invalid. Identities decrypt one that is encrypted.
func Open(ctx context.Context, name string, identities []age.Identity) (_ *Backup, err error) {
	f, err := os.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.NotFound, Message: fmt.Sprintf("The backup %s cannot be opened.", name), Err: causeOf(err)}
	}
	defer func() {
		if err != nil {
			_ = f.Close() // it was only read
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, unreadable(err)
	}
	if !info.Mode().IsRegular() {
		return nil, daybook.Errorf(daybook.Invalid, "%s is not a file.", name)
	}
	r, size, err := unseal(f, info.Size(), identities)
	if err != nil {
		return nil, err
	}
	if err := checkSeal(ctx, r, size); err != nil {
		return nil, err
	}
	b := &Backup{Size: info.Size(), file: f, members: map[string]*zip.File{}}
	if err := b.index(r, size); err != nil {
		return nil, err
	}
	return b, b.check(ctx)
}

// Close closes the file.
func (b *Backup) Close() error { return b.file.Close() }

// index reads the manifest and compares it with the existing members.
func (b *Backup) index(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return damaged("it is not a ZIP file")
	}
	n := len(z.File)
	if n == 0 || n > maxMembers || z.File[n-1].Name != manifestName {
		return damaged("it has no manifest")
	}
	data, err := readMember(z.File[n-1], maxManifest)
	if err != nil {
		return unreadable(err)
	}
	if err := json.Unmarshal(data, &b.Manifest); err != nil || b.Manifest.Format != formatName {
		return damaged("its manifest is not one")
	}
	if b.Manifest.Version > formatVersion {
		return daybook.Errorf(daybook.Invalid, "The backup was made by a newer Daybook (format %d, this one knows %d); use that one.", b.Manifest.Version, formatVersion)
	}
	if b.Manifest.Version < 1 || len(b.Manifest.Members) != n-1 {
		return damaged("its manifest does not list its members")
	}
	var total uint64
	for i, m := range b.Manifest.Members {
		f := z.File[i]
		if f.Name != m.Name || f.UncompressedSize64 != uint64(m.Size) || m.Size < 0 {
			return damaged("its members do not match its manifest")
		}
		if err := m.valid(); err != nil {
			return damaged(err.Error())
		}
		if _, twice := b.members[m.Name]; twice {
			return damaged("a member is there twice")
		}
		b.members[m.Name] = f
		if total += f.UncompressedSize64; total > bombSize && total > bombRatio*uint64(size) {
			return damaged("it unpacks to far more than a journal")
		}
	}
	for _, name := range records {
		if b.members[name] == nil {
			return damaged(name + " is missing")
		}
	}
	if b.Manifest.Content != content(b.Manifest.Members) {
		return damaged("the checksum of its content is wrong")
	}
	return nil
}

// records are the members that every backup has.
var records = []string{readmeName, conversationsName, analysesName, usageName, scansName, pagesName, writtenName, ledgerName}

// trees are the folders that a backup may have.
var trees = []string{History, Undo, Journal, Evergreen}

// check reads every member, and compares its hash and the number of its records
// with the manifest.
func (b *Backup) check(ctx context.Context) error {
	for _, m := range b.Manifest.Members {
		if err := b.copy(ctx, m, io.Discard); err != nil {
			return err
		}
	}
	var n counter
	if err := b.each(ctx, &n); err != nil {
		return err
	}
	want := b.Manifest.Counts
	want.Versions, want.Notes, want.Damaged = 0, 0, 0
	if n.Counts != want {
		return damaged("it does not hold what its manifest counts")
	}
	return nil
}

// counter counts records.
type counter struct{ Counts }

func (n *counter) conversation(c conversation) error {
	n.Threads, n.Messages, n.Turns = n.Threads+1, n.Messages+len(c.messages), n.Turns+len(c.turns)
	return nil
}
func (n *counter) analysis(analysisRecord) error { n.Analyses++; return nil }
func (n *counter) use(useRecord) error           { n.Usage++; return nil }
func (n *counter) scan(scanRecord) error         { n.Scans++; return nil }
func (n *counter) page(pageRecord) error         { n.Pages++; return nil }
func (n *counter) written(writtenRecord) error   { n.Written++; return nil }
func (n *counter) line(ledgerRecord) error       { n.Ledger++; return nil }

// copy copies a member and checks its hash.
func (b *Backup) copy(ctx context.Context, m Member, to io.Writer) error {
	r, err := b.members[m.Name].Open()
	if err != nil {
		return unreadable(err)
	}
	defer r.Close()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(sum, to), io.LimitReader(reader{ctx, &memberReader{r}}, m.Size+1))
	var read *memberError
	if errors.As(err, &read) {
		return unreadable(read.err)
	}
	if err != nil {
		return err // from the destination or the context
	}
	if n != m.Size || hexSum(sum.Sum(nil)) != m.SHA256 {
		return damaged("a member is not what its manifest says")
	}
	return nil
}

// memberReader marks errors of reading a member.
type memberReader struct{ r io.Reader }

type memberError struct{ err error }

func (e *memberError) Error() string { return e.err.Error() }

func (r *memberReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && err != io.EOF {
		err = &memberError{err}
	}
	return n, err
}

func readMember(f *zip.File, most int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(data)) > most {
		err = damaged("its manifest is too large")
	}
	return data, err
}

// Settings returns the settings file of the backup, nil if it has none.
func (b *Backup) Settings() ([]byte, error) {
	f := b.members[settingsName]
	if f == nil {
		return nil, nil
	}
	data, err := readMember(f, 1<<20)
	if err != nil {
		return nil, unreadable(err)
	}
	return data, nil
}

// Has reports whether the backup has files of a tree.
func (b *Backup) Has(tree string) bool {
	return slices.ContainsFunc(b.Manifest.Members, func(m Member) bool {
		name, _ := m.tree()
		return name == tree
	})
}

// visitor is called for every record of a backup.
type visitor interface {
	conversation(c conversation) error
	analysis(r analysisRecord) error
	use(r useRecord) error
	scan(r scanRecord) error
	page(r pageRecord) error
	written(r writtenRecord) error
	line(r ledgerRecord) error
}

// each calls v for all records, in the order of the members.
func (b *Backup) each(ctx context.Context, v visitor) error {
	for _, read := range []func() error{
		func() error { return b.conversations(ctx, v.conversation) },
		func() error { return eachLine(ctx, b, analysesName, v.analysis) },
		func() error { return eachLine(ctx, b, usageName, v.use) },
		func() error { return eachLine(ctx, b, scansName, v.scan) },
		func() error { return eachLine(ctx, b, pagesName, v.page) },
		func() error { return eachLine(ctx, b, writtenName, v.written) },
		func() error { return eachLine(ctx, b, ledgerName, v.line) },
	} {
		if err := read(); err != nil {
			return err
		}
	}
	return nil
}

// eachLine calls f with each line of a member of JSON Lines.
func eachLine[R any](ctx context.Context, b *Backup, name string, f func(R) error) error {
	r, err := b.members[name].Open()
	if err != nil {
		return unreadable(err)
	}
	defer r.Close()
	lines := bufio.NewScanner(reader{ctx, r})
	lines.Buffer(nil, maxLine+1)
	for lines.Scan() {
		var v R
		dec := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&v); err != nil || dec.More() {
			return damaged("a record of " + name + " cannot be read")
		}
		if err := f(v); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return unreadable(err)
	}
	return nil
}

// conversations calls f with each thread and its messages and turns.
func (b *Backup) conversations(ctx context.Context, f func(conversation) error) error {
	var now *conversation
	byID := map[string]daybook.Message{}
	flush := func() error {
		if now == nil {
			return nil
		}
		return f(*now)
	}
	err := eachLine(ctx, b, conversationsName, func(line conversationLine) error {
		switch {
		case line.Thread != nil && line.Message == nil && line.Turn == nil:
			if err := flush(); err != nil {
				return err
			}
			now = &conversation{thread: line.Thread.thread()}
			clear(byID)
			return nil
		case now != nil && line.Message != nil && line.Thread == nil && line.Turn == nil && string(line.Message.ThreadID) == now.thread.ID:
			m := line.Message.message()
			now.messages = append(now.messages, m)
			byID[m.ID] = m
			return nil
		case now != nil && line.Turn != nil && line.Thread == nil && line.Message == nil && string(line.Turn.ThreadID) == now.thread.ID:
			question, asked := byID[string(line.Turn.QuestionID)]
			answer, answered := byID[string(line.Turn.AnswerID)]
			if asked && answered {
				now.turns = append(now.turns, line.Turn.turn(question, answer))
				return nil
			}
		}
		return damaged("its conversations do not fit together")
	})
	if err != nil {
		return err
	}
	return flush()
}

// Files lists the members of the backup in order, without folders.
func (b *Backup) Files() []Member {
	return slices.DeleteFunc(slices.Clone(b.Manifest.Members), func(m Member) bool { return m.Type == typeFolder })
}

// causeOf returns why a file cannot be opened, without its name.
func causeOf(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
