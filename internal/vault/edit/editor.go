package edit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"daybook"
	"daybook/internal/vault"
)

// attempts is how often an edit is repeated because another program changed the
// note.
const attempts = 10

// Hash is the SHA-256 of a note's bytes. The zero Hash means no note.
type Hash [sha256.Size]byte

// Sum returns the hash of a note's bytes.
func Sum(note []byte) Hash { return sha256.Sum256(note) }

// String returns the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Result has the hashes before and after an edit. They are equal if nothing changed.
type Result struct{ Before, After Hash }

// Keeper keeps the versions of notes; see History.
type Keeper interface {
	// Keep is called before an edit. When it returns, both the old and the new
	// version are on disk; if it fails, the note is not changed. If the edit
	// then fails, it calls drop. An edit that changes nothing is kept too,
	// since its author is told that the note is saved.
	Keep(ctx context.Context, c Change) (drop func(), err error)
	// Found keeps words of another program that are no longer in the note.
	Found(ctx context.Context, path string, words []byte) error
}

// Editor changes the notes below a folder. Edits are atomic: if the process is killed, a
// note is either the old or the new one. What other programs write at the same time is
// not lost: their edit wins, and ours is repeated on top of it. On Linux and macOS that
// holds to the last moment, since the files are exchanged and the old one is compared
// again. Elsewhere, and on file systems that cannot exchange files, what others write in
// the microseconds between the last comparison and the rename is lost.
//
// Nothing outside the folder can be reached: a link is followed only to a note inside
// it, which is then changed. A note with several hard links becomes a separate file. An
// Editor is safe for concurrent use and does one edit at a time.
type Editor struct {
	root *os.Root
	keep Keeper
	busy chan struct{} // holds a value while an edit is going on
	// exchange is the system's; tests replace it, for systems without one.
	exchange func(dir *os.File, a, b string) error
}

// NewEditor returns an editor of the notes below root, which the caller closes. Versions
// are saved with keep.
func NewEditor(root *os.Root, keep Keeper) *Editor {
	return &Editor{root: root, keep: keep, busy: make(chan struct{}, 1), exchange: exchange}
}

// errChanged means that another program changed the note in the meantime.
var errChanged = errors.New("the note changed meanwhile")

// Edit replaces the note at path (with slashes, relative to the folder) by what change
// returns. Change may be called several times and must not keep or modify its argument.
// Its errors are returned unchanged, and the note is left as it is.
//
// The error is daybook.NotFound if there is no such note, daybook.PreconditionFailed if
// ifMatch is not zero and not the note's hash, and daybook.Conflict if another program
// has the note open for writing or keeps changing it.
func (e *Editor) Edit(ctx context.Context, path string, ifMatch Hash, change func(old []byte) ([]byte, error)) (Result, error) {
	return e.try(ctx, path, true, func(p *place) (Result, error) {
		before, err := p.readNote(ctx, ifMatch)
		if err != nil {
			return Result{}, err
		}
		r := Result{Before: Sum(before)}
		after, err := change(bytes.Clone(before))
		if err != nil {
			// It may have been shown a note that was half written.
			if now, again := p.readNote(ctx, Hash{}); again == nil && !bytes.Equal(now, before) {
				return r, errChanged
			}
			return r, err
		}
		after = append([]byte{}, after...) // never nil
		if len(after) > vault.MaxNote {
			return r, errTooLarge()
		}
		r.After = Sum(after)
		return r, p.kept(ctx, before, after, func() error {
			if r.After == r.Before {
				return nil
			}
			return p.replace(ctx, before, after)
		})
	})
}

// Create creates a note. If it exists, the error is daybook.Conflict; if it is
// not on this machine, daybook.Unavailable with vault.ErrElsewhere. The folder must
// exist.
func (e *Editor) Create(ctx context.Context, path string, note []byte) (Result, error) {
	return e.try(ctx, path, false, func(p *place) (Result, error) {
		r := Result{After: Sum(note)}
		if len(note) > vault.MaxNote {
			return r, errTooLarge()
		}
		if _, err := p.dir.Lstat(p.name); err == nil {
			return r, errExists()
		}
		if _, err := p.dir.Lstat(vault.Placeholder(p.name)); err == nil {
			return r, &daybook.Error{Kind: daybook.Unavailable, Message: "The note " + path + " is in the cloud and not on this machine. Download it there first.", Err: vault.ErrElsewhere}
		}
		note = append([]byte{}, note...) // never nil
		return r, p.kept(ctx, nil, note, func() error { return p.create(note) })
	})
}

// Remove deletes the note at path. IfMatch and errors are as in Edit.
func (e *Editor) Remove(ctx context.Context, path string, ifMatch Hash) (Result, error) {
	return e.try(ctx, path, true, func(p *place) (Result, error) {
		before, err := p.readNote(ctx, ifMatch)
		if err != nil {
			return Result{}, err
		}
		return Result{Before: Sum(before)}, p.kept(ctx, before, nil, func() error { return p.remove(ctx, before) })
	})
}

// kept saves the versions before and after an edit, and then does the edit.
func (p *place) kept(ctx context.Context, before, after []byte, edit func() error) error {
	drop, err := p.editor.keep.Keep(ctx, Change{Path: p.path, Before: before, After: after, Written: p.written})
	if err != nil {
		return Wrap("save the note's version", err)
	}
	if err = edit(); err == nil {
		return nil
	}
	now, readErr := p.read(context.WithoutCancel(ctx), p.name)
	gone := daybook.KindOf(readErr) == daybook.NotFound
	if readErr != nil && !gone {
		return err // the edit may have been done: keep its version
	}
	if deletes := after == nil; gone != deletes || !bytes.Equal(now, after) {
		drop()
	}
	return err
}

// Read returns the bytes of the note at path, as Edit passes them to change.
func (e *Editor) Read(ctx context.Context, path string) ([]byte, error) {
	var note []byte
	_, err := e.try(ctx, path, true, func(p *place) (_ Result, err error) {
		note, err = p.readNote(ctx, Hash{})
		return Result{}, err
	})
	return note, err
}

// try opens the note's folder and does one edit there. It repeats the edit while other
// programs change the note.
func (e *Editor) try(ctx context.Context, path string, follow bool, once func(*place) (Result, error)) (Result, error) {
	select {
	case e.busy <- struct{}{}:
		defer func() { <-e.busy }()
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
	p, err := e.open(path, follow)
	if err != nil {
		return Result{}, err
	}
	defer p.close()
	for n := range attempts {
		if err := pause(ctx, time.Duration(n*n)*time.Millisecond); err != nil {
			return Result{}, err
		}
		r, err := once(p)
		if !errors.Is(err, errChanged) {
			return r, err
		}
	}
	return Result{}, daybook.Errorf(daybook.Conflict, "Another program keeps changing %s. Try again shortly.", path)
}

// pause waits, or returns the error of ctx.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Wrap says what failed and, if the user can do something about it, why. An error
// without a kind comes from the file system and becomes daybook.Unavailable.
func Wrap(doing string, err error) error {
	var e *daybook.Error
	switch {
	case errors.As(err, &e), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return &daybook.Error{Kind: daybook.NotFound, Message: "There is no such note or folder.", Err: err}
	}
	return &daybook.Error{Kind: daybook.Unavailable, Message: "Cannot " + doing + because(err) + ".", Err: err}
}

// because returns the reason for a file system error if the user can do something about
// it.
func because(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return ": the disk is full"
	case errors.Is(err, syscall.EROFS):
		return ": the disk is read-only"
	case errors.Is(err, fs.ErrPermission):
		return ": permission denied; let the user that Daybook runs as write to that folder"
	}
	return ""
}

func errExists() error {
	return daybook.Errorf(daybook.Conflict, "A note of this name already exists.")
}
