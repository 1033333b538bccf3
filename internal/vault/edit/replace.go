package edit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"time"

	"daybook"
	"daybook/internal/vault"
)

// maxSwaps bounds how often two files are exchanged in one attempt.
const maxSwaps = 8

// errNoExchange means that this system or file system cannot exchange files.
var errNoExchange = errors.New("files cannot be exchanged here")

// replace replaces before with after. If another program changed the note in
// the meantime, it leaves the note unchanged and returns errChanged.
func (p *place) replace(ctx context.Context, before, after []byte) error {
	tmp, err := p.prepare(before, after)
	if err != nil {
		return err
	}
	// Don't stop from here on: tmp may hold another program's words.
	defer p.discard(context.WithoutCancel(ctx), tmp)
	now, err := p.read(ctx, p.name)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, before) {
		return errChanged
	}
	err = p.exchange(context.WithoutCancel(ctx), tmp, before, after)
	if errors.Is(err, errNoExchange) {
		if err := p.dir.Rename(tmp, p.name); err != nil {
			return Wrap("replace the note", err)
		}
		return wrapSync(syncDir(p.handle))
	}
	return err
}

// prepare writes after to a temporary file that will replace the note, and returns its
// name.
func (p *place) prepare(before, after []byte) (tmp string, err error) {
	info, err := p.writable()
	if err != nil {
		return "", err
	}
	old, err := p.dir.OpenFile(p.name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return "", Wrap("open the note", err)
	}
	defer old.Close()
	tmp = tempName(Sum(before), Sum(after))
	if err := p.write(tmp, after, &original{old, info}); err != nil {
		return "", Wrap("write the note", err)
	}
	return tmp, nil
}

// writable returns the state of the note's file. A write-protected file is not
// replaced, even if its folder allows it.
func (p *place) writable() (fs.FileInfo, error) {
	info, err := p.dir.Lstat(p.name)
	if err != nil {
		return nil, Wrap("look at the note", err)
	}
	if info.Mode().Perm()&0o222 == 0 {
		return nil, daybook.Errorf(daybook.Conflict, "The note is write-protected.")
	}
	return info, nil
}

// exchange swaps the note with tmp, which contains after, and compares what it got with
// before. If they differ, another program wrote at the last moment, and its note is put
// back.
func (p *place) exchange(ctx context.Context, tmp string, before, after []byte) error {
	if err := p.editor.exchange(p.handle, tmp, p.name); errors.Is(err, errNoExchange) {
		return err
	} else if err != nil {
		return Wrap("replace the note", err)
	}
	// Placed is what is in the note, and wanted what should have come out of
	// it. One that could not be read is nil.
	placed, wanted := after, before
	var reason error
	for range maxSwaps {
		got, same, err := p.displaced(ctx, tmp, wanted)
		if same {
			return reason
		}
		// It is newer than the note: put it back.
		if reason = errChanged; err != nil {
			reason = err
		}
		if err := p.editor.exchange(p.handle, tmp, p.name); err != nil {
			return Wrap("put back the note", err)
		}
		placed, wanted = got, placed
	}
	return reason
}

// displaced returns the content of tmp, which was the note, and whether it is as
// expected. It reads twice: a program that opened the note before the swap may write
// late.
func (p *place) displaced(ctx context.Context, tmp string, wanted []byte) (got []byte, same bool, err error) {
	for range 2 {
		got, err = p.read(ctx, tmp)
		if err != nil {
			return nil, false, err
		}
		if wanted == nil || !bytes.Equal(got, wanted) {
			return got, false, nil
		}
		if err := syncDir(p.handle); err != nil {
			return nil, false, wrapSync(err)
		}
	}
	return got, true, nil
}

// discard removes a temporary file. Text in it that is neither the old note nor ours is
// saved to the history first; if that fails, the file stays.
func (p *place) discard(ctx context.Context, tmp string) {
	data, err := p.read(ctx, tmp)
	if err != nil {
		return
	}
	if !named(tmp, Sum(data)) {
		if p.editor.keep.Found(ctx, p.path, data) != nil {
			return
		}
	}
	p.dir.Remove(tmp)
}

// original is the file to replace.
type original struct {
	file *os.File
	info fs.FileInfo
}

// write creates a file that is on disk when it returns, with the mode and,
// where possible, the owner and attributes of the one that it replaces. A
// temporary file is a draft while it is being written.
func (p *place) write(name string, data []byte, like *original) (err error) {
	draft, mode := name, fs.FileMode(0o666) // less the umask
	if temporary.MatchString(name) {
		draft = name[:len(name)-len("tmp")] + "draft"
	}
	if like != nil {
		mode = 0o600
	}
	f, err := p.dir.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			p.dir.Remove(draft)
		}
	}()
	_, err = f.Write(data)
	if err == nil && like != nil {
		copyAttributes(f, like.file, like.info)
		err = f.Chmod(like.info.Mode().Perm())
	}
	err = settle(f, err)
	if err == nil && draft != name {
		err = p.dir.Rename(draft, name)
	}
	return err
}

// settle syncs and closes a file. If writing it has failed with err, it only
// closes it. Some file systems report a failed write only here.
func settle(f interface {
	Sync() error
	Close() error
}, err error) error {
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// A temporary file is hidden, so that nothing that lists notes sees it. Its
// name has the second in which it was created and the beginnings of the hashes
// that its content may have. While it is being written, it ends in ".draft".
var temporary = regexp.MustCompile(`^\.daybook-(\d{9,12})-([0-9a-f]{16})-([0-9a-f]{16})-[0-9a-f]{8}\.(tmp|draft)$`)

func tempName(before, after Hash) string {
	return fmt.Sprintf(".daybook-%d-%.16s-%.16s-%08x.tmp", time.Now().Unix(), before, after, rand.Uint32())
}

// named reports whether a temporary file's name has the hash.
func named(tmp string, h Hash) bool {
	return slices.Contains(temporary.FindStringSubmatch(tmp), h.String()[:16])
}

// oldEnough is the age after which a temporary file belongs to no running process.
const oldEnough = time.Hour

// Sweep removes the temporary files of killed processes, including those of
// uploads, if they are older than an hour or no process has them open, and
// returns how many. Files with text that is neither the old note nor ours are
// kept: left has their paths. Unreadable files are skipped; the only error is
// the context's.
func (e *Editor) Sweep(ctx context.Context) (removed int, left []string, err error) {
	err = fs.WalkDir(e.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("look for temporary files: %w", ctx.Err())
		case err != nil:
			return nil
		case d.IsDir() && name != "." && d.Name()[0] == '.':
			return fs.SkipDir // no notes are there
		case d.Type().IsRegular() && e.leftScan(name, d):
			if e.root.Remove(name) == nil {
				removed++
			}
			return nil
		case !d.Type().IsRegular() || !abandoned(d.Name()):
			return nil
		}
		if e.words(name, d) {
			left = append(left, name)
		} else if e.root.Remove(name) == nil {
			removed++
		}
		return nil
	})
	return removed, left, err
}

// abandoned reports whether a name is a temporary file's whose process has
// ended.
func abandoned(name string) bool {
	m := temporary.FindStringSubmatch(name)
	if m == nil {
		return false
	}
	made, err := strconv.ParseInt(m[1], 10, 64)
	// A time in the future is from before the clock was set back.
	return err == nil && time.Since(time.Unix(made, 0)).Abs() > oldEnough
}

// words reports whether a temporary file may contain text that is nowhere else.
func (e *Editor) words(name string, d fs.DirEntry) bool {
	if path.Ext(name) == ".draft" {
		return false
	}
	if info, err := d.Info(); err != nil || info.Size() > vault.MaxNote {
		return true
	}
	data, err := e.root.ReadFile(name)
	return err != nil || !named(d.Name(), Sum(data))
}
