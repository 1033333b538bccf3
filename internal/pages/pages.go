// Package pages makes pictures of the pages of scans: of PDFs and photographs
// that may come from anywhere. A file is decoded in a process of its own, the
// same program started as a child, whose memory and time are limited and whose
// answers are checked. A child sees one file and never another.
package pages

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"daybook"
	"daybook/internal/pages/raster"
)

// Picture is a page, or half of one, as a JPEG or PNG file.
type Picture = raster.Picture

// Options say what is made of a page.
type Options = raster.Options

// Limits bound what a scan may ask for. 0 stands for the default.
type Limits struct {
	File   int64 // bytes of a scan; 50 MB
	Pages  int   // of a document; 500
	Pixels int   // of a picture before it is scaled; 100 million
	// Memory is how many bytes a child may hold; 512 MB. On Linux and Windows
	// it is watched, and a child above it is killed. Elsewhere the limits on
	// pixels and on the memory of the decoders of PDF and HEIC have to do.
	Memory   int64
	PageTime time.Duration // for opening a scan, and for each page; 30 s
}

func (l Limits) orDefault() Limits {
	return Limits{
		File: or(l.File, 50<<20), Pages: or(l.Pages, 500), Pixels: or(l.Pixels, 100e6),
		Memory: or(l.Memory, 512<<20), PageTime: or(l.PageTime, 30*time.Second),
	}
}

func or[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}

// Config says how a Renderer works.
type Config struct {
	// Program and Args start a child: a program that calls Child.
	Program string
	Args    []string
	// Cache is a folder for the compiled code of the decoders of PDF and HEIC, 25 MB. It is
	// made if need be, for nobody but this user: what is in it is run.
	Cache string
	// Children is how many there may be at once; 0 is one a processor. Each
	// is busy with one page at a time, or waits to be asked for another of
	// its file.
	Children int
	Idle     time.Duration // how long a child waits so; 0 is 10 s
	Limits   Limits
}

// prepareTime is how long the decoders may take to be compiled: 4 s where it was
// measured.
const prepareTime = 5 * time.Minute

// Info says what a scan is.
type Info struct {
	Type  string // "pdf", "png", "jpeg", "heic", "webp" or "tiff"
	Pages int
	// Taken is when a camera says that it took the picture: zero where none
	// says, and in UTC, as a clock on the wall, where no time zone is said.
	Taken time.Time
}

// Renderer makes pictures of pages. It is safe for concurrent use.
type Renderer struct {
	cfg     Config
	cache   string        // folder for the decoders' code, below Config.Cache
	prepare chan struct{} // has a token while they may not be compiled
	pool    pool
}

// New returns a Renderer. It starts nothing; Close must be called.
func New(cfg Config) *Renderer {
	cfg.Limits = cfg.Limits.orDefault()
	r := &Renderer{cfg: cfg, cache: filepath.Join(cfg.Cache, "decoders"), prepare: make(chan struct{}, 1)}
	r.pool.most = or(cfg.Children, runtime.NumCPU())
	r.pool.patience = or(cfg.Idle, 10*time.Second)
	r.prepare <- struct{}{}
	return r
}

// Close ends every child that is idle. Those at work end when they are done;
// cancel their contexts to have them end at once.
func (r *Renderer) Close() { r.pool.close() }

// Folder shows the scans below a folder, of which it is told the paths from
// there, with slashes. Nothing outside of the folder is reached through it,
// whatever has become a link: that is of kind NotFound. It is safe for
// concurrent use.
type Folder struct {
	renderer *Renderer
	path     string
}

// In returns what shows the scans below a folder.
func (r *Renderer) In(folder string) Folder { return Folder{r, folder} }

// Stat says what the file system knows of the file at a path, and opens
// nothing.
func (f Folder) Stat(path string) (fs.FileInfo, error) { return source{f.path, path}.stat() }

// Inspect is Renderer.Inspect.
func (f Folder) Inspect(ctx context.Context, path string) (Info, error) {
	return f.renderer.inspect(ctx, source{f.path, path})
}

// Render is Renderer.Render.
func (f Folder) Render(ctx context.Context, path string, page int, o Options) ([]Picture, error) {
	return f.renderer.render(ctx, source{f.path, path}, page, o)
}

// Stat says what the file system knows of the file at a path, and opens
// nothing.
func (r *Renderer) Stat(path string) (fs.FileInfo, error) { return source{path: path}.stat() }

// Inspect says what the scan at a path is. A file that is no scan, or one over
// the limits, is a *daybook.Error of kind Invalid that names the file and says
// why.
func (r *Renderer) Inspect(ctx context.Context, path string) (Info, error) {
	return r.inspect(ctx, source{path: path})
}

func (r *Renderer) inspect(ctx context.Context, scan source) (Info, error) {
	var info Info
	err := r.with(ctx, scan, func(p *process) error {
		info = Info{Type: string(p.of.kind), Pages: p.info.Pages, Taken: p.info.Taken}
		return nil
	})
	return info, err
}

// Render makes the picture of a page, counted from 0, or two of them, the left
// one first, where Options.Split cuts it. Several pages of a document may be
// asked for at once: each child that works on it keeps it open for the next.
// Errors are as from Inspect; a page that there is not is of kind NotFound.
func (r *Renderer) Render(ctx context.Context, path string, page int, o Options) ([]Picture, error) {
	return r.render(ctx, source{path: path}, page, o)
}

func (r *Renderer) render(ctx context.Context, scan source, page int, o Options) ([]Picture, error) {
	if o.Longest != 0 && (o.Longest < raster.MinLongest || o.Longest > raster.MaxLongest) {
		return nil, daybook.Errorf(daybook.Invalid, "the longest side of a page's picture must have %d to %d pixels", raster.MinLongest, raster.MaxLongest)
	}
	var pictures []Picture
	err := r.with(ctx, scan, func(p *process) (err error) {
		if page < 0 || page >= p.info.Pages {
			return daybook.Errorf(daybook.NotFound, "%s has no such page: it has %d", p.of.name(), p.info.Pages)
		}
		pictures, err = p.render(ctx, page, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	return pictures, nil
}

// with calls use with a child that has a scan open.
func (r *Renderer) with(ctx context.Context, scan source, use func(*process) error) error {
	f, err := openFile(scan, r.cfg.Limits)
	if err != nil {
		return err
	}
	defer f.opened.Close() // it was only read
	if f.kind == raster.PDF || f.kind == raster.HEIC {
		plausible, err := raster.Plausible(f.kind, f.opened, f.size())
		if err != nil {
			return fmt.Errorf("read a scan: %w", err)
		}
		if !plausible {
			return f.fault("is damaged or cut off")
		}
		if err := r.compile(ctx); err != nil {
			return err
		}
	}
	for {
		p, reused, err := r.acquire(ctx, f)
		if err != nil {
			return err
		}
		err = use(p)
		if err == nil || daybook.KindOf(err) == daybook.NotFound {
			r.pool.release(p)
			return err
		}
		r.pool.drop(p)
		// A child that had done other work before may have ended since, or
		// have had too much to remember.
		if !reused || !errors.Is(err, errDied) && !p.full {
			return p.blame(err)
		}
	}
}

// acquire returns a child that has a file open, for the caller alone, and
// whether it had it open before.
func (r *Renderer) acquire(ctx context.Context, f file) (p *process, reused bool, err error) {
	if p, err = r.pool.take(ctx, f); p != nil || err != nil {
		return p, true, err
	}
	if p, err = r.start(); err != nil {
		r.pool.vacate()
		return nil, false, err
	}
	p.of = f
	p.of.opened = nil // the caller closes it; the child is sent its bytes
	if err := p.open(ctx, r.cache, f.opened); err != nil {
		r.pool.drop(p)
		return nil, false, p.blame(err)
	}
	return p, false, nil
}

// blame makes an error that a person understands of what went wrong with a
// process, which has ended.
func (p *process) blame(err error) error {
	switch {
	case errors.Is(err, errDied) && p.killedByOthers():
		return &daybook.Error{Kind: daybook.Unavailable, Message: "the process that read " + p.of.name() + " was ended from outside", Err: err}
	case errors.Is(err, errDied), errors.Is(err, errNonsense):
		return &daybook.Error{Kind: daybook.Invalid, Message: p.of.name() + " makes its decoder fail", Err: err}
	}
	return err
}

// compile makes sure that the decoders' code is in the cache, before any
// child with a file needs it: it takes longer and more memory than a file may,
// and should be done once.
func (r *Renderer) compile(ctx context.Context) error {
	select {
	case _, todo := <-r.prepare:
		if !todo {
			return nil
		}
	case <-ctx.Done():
		return fmt.Errorf("prepare the decoders: %w", context.Cause(ctx))
	}
	err := r.compileNow(ctx)
	if err != nil {
		r.prepare <- struct{}{} // somebody else may try
		return fmt.Errorf("prepare the decoders: %w", err)
	}
	close(r.prepare)
	return nil
}

func (r *Renderer) compileNow(ctx context.Context) error {
	err := r.fillCache(ctx)
	if errors.Is(err, errTrouble) {
		// What is in the cache may be damaged.
		if err := os.RemoveAll(r.cache); err != nil {
			return err
		}
		err = r.fillCache(ctx)
	}
	return err
}

// fillCache has a child without a file compile the decoders, whose code it leaves
// in the cache.
func (r *Renderer) fillCache(ctx context.Context) error {
	if err := os.MkdirAll(r.cache, 0o700); err != nil {
		return err
	}
	if _, err := r.pool.take(ctx, file{}); err != nil {
		return err
	}
	p, err := r.start()
	if err != nil {
		r.pool.vacate()
		return err
	}
	defer r.pool.drop(p)
	return p.prepare(ctx, r.cache)
}
