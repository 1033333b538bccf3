package edit

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"regexp"
	"syscall"
	"time"
)

// MakeFolder creates the folder dir below root, and its parents. When it
// returns, their names are on disk, including those of folders that existed.
func MakeFolder(root *os.Root, dir string) error {
	if dir == "." {
		return nil
	}
	parent := path.Dir(dir)
	if err := MakeFolder(root, parent); err != nil {
		return err
	}
	err := root.Mkdir(dir, 0o777) // less the umask
	if errors.Is(err, fs.ErrExist) {
		var info fs.FileInfo
		if info, err = root.Stat(dir); err == nil && !info.IsDir() {
			err = &fs.PathError{Op: "mkdir", Path: dir, Err: syscall.ENOTDIR}
		}
	}
	if err == nil {
		err = SyncFolder(root, parent)
	}
	if err != nil {
		return Wrap("make the folder "+dir, err)
	}
	return nil
}

// SyncFolder syncs the names in the folder dir below root. On file systems that cannot
// do that it does nothing.
func SyncFolder(root *os.Root, dir string) error {
	f, err := root.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := syncDir(f); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// unfinishedScan matches the hidden file that an upload is copied to before it
// gets its name. Its bytes were never acknowledged.
var unfinishedScan = regexp.MustCompile(`^\.daybook-scan-\d+$`)

// pausing is how long a running upload may leave its file closed.
const pausing = 10 * time.Second

// leftScan reports whether a file was left by a killed upload.
func (e *Editor) leftScan(name string, d fs.DirEntry) bool {
	if !unfinishedScan.MatchString(d.Name()) {
		return false
	}
	info, err := d.Info()
	if err != nil {
		return false
	}
	// A time in the future is from before the clock was set back.
	age := time.Since(info.ModTime()).Abs()
	if age > oldEnough {
		return true
	}
	f, err := e.root.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	open, known := openForWriting(f)
	return age > pausing && known && !open
}
