// Package attachments finds the pictures, recordings and documents that notes
// embed, as note apps find them, and renders pictures of them. Nothing outside of
// the vault can be reached through it.
package attachments

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"

	"daybook"
	"daybook/internal/pages"
)

// Renderer renders pictures of files; see pages.Folder.
type Renderer interface {
	Render(ctx context.Context, path string, page int, o pages.Options) ([]pages.Picture, error)
}

// types are the files that are shown, by extension. What a browser would run is
// not among them.
var types = map[string]string{
	".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp", ".avif": "image/avif", ".bmp": "image/bmp",
	".heic": "image/heic", ".heif": "image/heif", ".tif": "image/tiff", ".tiff": "image/tiff", ".pdf": "application/pdf",
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".aac": "audio/aac", ".wav": "audio/wav", ".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg", ".flac": "audio/flac", ".3gp": "audio/3gpp",
	".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm", ".ogv": "video/ogg", ".mov": "video/quicktime", ".mkv": "video/x-matroska",
}

// TypeOf returns the MIME type of a file by its name, "" for one that is not
// shown.
func TypeOf(name string) string { return types[strings.ToLower(path.Ext(name))] }

// Files are the files of a vault. They are safe for concurrent use.
type Files struct {
	root     string        // of the vault, which the journal is or lies in
	journal  string        // the journal's path in it
	folder   func() string // where the app puts attachments, below the journal; "" for anywhere
	renderer Renderer
	cache    pages.Cache[key]
	disk     disk

	mu    sync.Mutex
	names map[string][]string // paths by file name, as compared
	built time.Time
}

// New returns the files of the vault that a journal is or lies in. Folder returns
// the attachment folder below the journal, "" if none is set. In returns a
// renderer of the files below a folder. Kept is a folder for pictures that were
// rendered, "" for none; it is made if it is missing.
func New(journal, kept string, folder func() string, in func(folder string) Renderer) (*Files, error) {
	whole, err := filepath.Abs(journal)
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Unavailable, Message: "The journal's folder cannot be found.", Err: err}
	}
	root := vaultOf(whole)
	rel, err := filepath.Rel(root, whole)
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Unavailable, Message: "The journal's folder cannot be found.", Err: err}
	}
	return &Files{root: root, journal: filepath.ToSlash(rel), folder: folder, renderer: in(root), cache: pages.Cache[key]{Limit: cacheBytes}, disk: disk{dir: kept, limit: diskBytes, bytes: -1}}, nil
}

// levels is how many folders above the journal a vault is looked for in.
const levels = 4

// vaultOf returns the folder of the vault that a journal lies in: the nearest
// with an app's settings, else the journal itself.
func vaultOf(journal string) string {
	dir := journal
	for range levels {
		for _, settings := range []string{".obsidian", "logseq"} {
			if info, err := os.Stat(filepath.Join(dir, settings)); err == nil && info.IsDir() {
				return dir
			}
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	return journal
}

// AppURL returns an address that opens a note of the journal in Obsidian, "" if
// the vault is not one of Obsidian's.
func (f *Files) AppURL(note string) string {
	if info, err := os.Stat(filepath.Join(f.root, ".obsidian")); err != nil || !info.IsDir() {
		return ""
	}
	escaped := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	return "obsidian://open?vault=" + escaped(filepath.Base(f.root)) + "&file=" + escaped(strings.TrimSuffix(path.Join(f.journal, note), ".md"))
}

// File is a file that is open for reading.
type File struct {
	*os.File
	Info fs.FileInfo
	Type string // MIME
	path string // in the vault
}

var errNone = daybook.Errorf(daybook.NotFound, "File not found in the vault, or its type cannot be shown.")

// Open opens the file that a note means by a link: beside the note, from the top
// of the vault or of the journal, in the attachment folder, or the only one of
// that name anywhere. Note is its path below the journal.
func (f *Files) Open(note, link string) (*File, error) {
	root, err := os.OpenRoot(f.root)
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Unavailable, Message: "The vault's folder cannot be read.", Err: err}
	}
	defer root.Close() // opened files stay open
	link = strings.TrimPrefix(strings.ReplaceAll(strings.TrimSpace(link), `\`, "/"), "file://")
	kind := TypeOf(link)
	if kind == "" {
		return nil, errNone
	}
	for _, candidate := range f.candidates(note, link) {
		in, info, err := open(root, candidate)
		if err == nil {
			return &File{in, info, kind, candidate}, nil
		}
	}
	for _, candidate := range f.byName(root, link) {
		in, info, err := open(root, candidate)
		if err == nil {
			return &File{in, info, kind, candidate}, nil
		}
	}
	return nil, errNone
}

// candidates returns the places in the vault that a link may mean exactly.
func (f *Files) candidates(note, link string) []string {
	plain := strings.TrimLeft(link, "/")
	var list []string
	for _, dir := range []string{path.Join(f.journal, path.Dir(note)), ".", f.journal, path.Join(f.journal, f.folder()), path.Join(f.journal, path.Dir(note), "attachments"), path.Join(f.journal, "attachments"), "assets"} {
		name := path.Join(dir, plain)
		for _, spelled := range []string{name, norm.NFC.String(name), norm.NFD.String(name)} {
			if visible(spelled) && !slices.Contains(list, spelled) {
				list = append(list, spelled)
			}
		}
	}
	return list
}

// visible reports whether a path is in the vault and not hidden.
func visible(name string) bool {
	return fs.ValidPath(name) && name != "." && !strings.Contains("/"+name, "/.")
}

// open opens a regular file.
func open(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	info, err := root.Stat(name) // before opening: a pipe would wait for a writer
	if err != nil || !info.Mode().IsRegular() {
		return nil, nil, errors.Join(err, errNone)
	}
	in, err := root.Open(name)
	if err != nil {
		return nil, nil, errNone
	}
	if info, err = in.Stat(); err != nil || !info.Mode().IsRegular() {
		in.Close()
		return nil, nil, errors.Join(err, errNone)
	}
	return in, info, nil
}

// rebuildAfter is the age from which the list of names is rebuilt for a name that
// is not in it.
const rebuildAfter = 5 * time.Second

// byName returns the files anywhere in the vault that a link may mean by their
// name, the one with the shortest path first.
func (f *Files) byName(root *os.Root, link string) []string {
	key := func(name string) string { return strings.ToLower(norm.NFC.String(name)) }
	f.mu.Lock()
	defer f.mu.Unlock()
	base := key(path.Base(link))
	if len(f.names[base]) == 0 && time.Since(f.built) > rebuildAfter {
		f.names = map[string][]string{}
		_ = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil || name == ".":
			case d.IsDir() && strings.HasPrefix(d.Name(), "."):
				return fs.SkipDir
			case !d.IsDir() && TypeOf(name) != "":
				f.names[key(d.Name())] = append(f.names[key(d.Name())], name)
			}
			return nil
		}) // a folder that cannot be read has nothing to show
		f.built = time.Now()
	}
	end := "/" + key(strings.TrimLeft(path.Clean("/"+link), "/"))
	var list []string
	for _, name := range f.names[base] {
		if strings.HasSuffix("/"+key(name), end) || !strings.Contains(link, "/") || strings.Contains(link, "..") {
			list = append(list, name)
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return list
}

// Picture returns a picture of a file, upright, with at most longest pixels on
// its longest side: a photograph, or the first page of a PDF. Its width and height
// may be 0, for unknown.
func (f *Files) Picture(ctx context.Context, file *File, longest int) (pages.Picture, error) {
	key, err := keyOf(file, longest)
	if err != nil {
		return pages.Picture{}, err
	}
	return f.cache.Get(ctx, key, func(ctx context.Context) (pages.Picture, error) {
		if picture, ok := f.disk.get(key); ok {
			return picture, nil
		}
		made, err := f.renderer.Render(ctx, file.path, 0, pages.Options{Longest: longest})
		if err != nil {
			return pages.Picture{}, err
		}
		f.disk.put(key, made[0])
		return made[0], nil
	})
}

// cacheBytes bounds the pictures that are kept in memory.
const cacheBytes = 48 << 20

// key names a picture: by the bytes of its file, and its size in pixels.
type key struct {
	sum     [sha256.Size]byte
	longest int
}

func keyOf(file *File, longest int) (key, error) {
	h := sha256.New()
	if _, err := io.Copy(h, reader(file)); err != nil {
		return key{}, fmt.Errorf("read an attachment: %w", err)
	}
	return key{[sha256.Size]byte(h.Sum(nil)), longest}, nil
}

// maxHashed bounds how much of a file is read to tell whether it is the same.
const maxHashed = 64 << 20

func reader(file *File) io.Reader {
	return io.NewSectionReader(file, 0, min(file.Info.Size(), maxHashed))
}
