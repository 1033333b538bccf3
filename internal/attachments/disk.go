package attachments

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"daybook/internal/pages"
)

// Bounds of the pictures that are kept on the disk.
const (
	diskBytes = 256 << 20
	diskAge   = 90 * 24 * time.Hour // since a picture was last shown
	touchAge  = 24 * time.Hour      // how exact that time is
)

// disk keeps pictures in a folder, for this user only. Without a folder it keeps
// nothing. What fails is only made again.
type disk struct {
	dir   string
	limit int64

	mu    sync.Mutex
	bytes int64 // in the folder; -1 if it was not looked at yet
}

// kinds are the types of pictures, by the extension of their files.
var kinds = map[string]struct{ mime, magic string }{".jpg": {"image/jpeg", "\xff\xd8\xff"}, ".png": {"image/png", "\x89PNG"}}

func (d *disk) path(k key, ext string) string {
	return filepath.Join(d.dir, fmt.Sprintf("%x-%d%s", k.sum, k.longest, ext))
}

func (d *disk) get(k key) (pages.Picture, bool) {
	if d.dir == "" {
		return pages.Picture{}, false
	}
	for ext, kind := range kinds {
		name := d.path(k, ext)
		data, err := os.ReadFile(name)
		if err != nil || !bytes.HasPrefix(data, []byte(kind.magic)) {
			continue
		}
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > touchAge {
			_ = os.Chtimes(name, time.Time{}, time.Now()) // it is only deleted too early otherwise
		}
		return pages.Picture{MIME: kind.mime, Data: data}, true
	}
	return pages.Picture{}, false
}

func (d *disk) put(k key, p pages.Picture) {
	if d.dir == "" {
		return
	}
	for ext, kind := range kinds {
		if kind.mime == p.MIME {
			d.write(d.path(k, ext), p.Data)
		}
	}
}

func (d *disk) write(name string, data []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if os.MkdirAll(d.dir, 0o700) != nil {
		return
	}
	out, err := os.CreateTemp(d.dir, "*"+partial)
	if err != nil {
		return
	}
	_, err = out.Write(data)
	if out.Close() != nil || err != nil || os.Rename(out.Name(), name) != nil {
		_ = os.Remove(out.Name()) // removed later otherwise
		return
	}
	if d.bytes += int64(len(data)); d.bytes < int64(len(data)) || d.bytes > d.limit {
		d.tidy(filepath.Base(name))
	}
}

// partial ends the name of a file that is being written.
const partial = ".partial"

// tidy counts the pictures, and deletes those that were not shown for long, and
// the oldest until a tenth of the room is free. The one that was just written
// stays.
func (d *disk) tidy(written string) {
	list, err := os.ReadDir(d.dir)
	if err != nil {
		return
	}
	var files []fs.FileInfo
	for _, e := range list {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			files = append(files, info)
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int {
		switch written {
		case a.Name():
			return -1
		case b.Name():
			return 1
		}
		return b.ModTime().Compare(a.ModTime())
	})
	d.bytes = 0
	full := false
	for _, f := range files { // the newest first
		age := time.Since(f.ModTime())
		unfinished := strings.HasSuffix(f.Name(), partial) && age > time.Hour
		full = full || d.bytes+f.Size() > d.limit*9/10
		needless := full && f.Name() != written
		if needless || unfinished || age > diskAge {
			_ = os.Remove(filepath.Join(d.dir, f.Name())) // tried again the next time
			continue
		}
		d.bytes += f.Size()
	}
}
