// Package pages renders the pages of scans: PDFs and photographs from untrusted
// sources. Each file is decoded in a separate process, a child running the same
// program, with limited memory and time, whose answers are checked. A child
// sees only one file.
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

// Options say how a page is rendered.
type Options = raster.Options

// Limits bound the resources of a scan. Zero values mean the defaults.
type Limits struct {
	File   int64 // bytes of a scan; 50 MB
	Pages  int   // of a document; 500
	Pixels int   // of a picture before it is scaled; 100 million
	// Memory is the limit of a child's memory in bytes; 512 MB. On Linux and
	// Windows a child above it is killed. Elsewhere, only the limits on pixels
	// and on the memory of the PDF and HEIC decoders apply.
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

// Config configures a Renderer.
type Config struct {
	// Program and Args start a child: a program that calls Child.
	Program string
	Args    []string
	// Cache is a folder for the compiled code of the PDF and HEIC decoders, 25
	// MB. It is created if missing, readable by this user only, as its content
	// is executed.
	Cache string
	// Children is the maximum number of child processes; 0 means one per
	// processor. Each renders one page at a time, or idles until another page
	// of its file is requested.
	Children int
	Idle     time.Duration // how long a child stays idle; 0 means 10 s
	Limits   Limits
}

// prepareTime is the time limit for compiling the decoders, which took 4 s when
// measured.
const prepareTime = 5 * time.Minute

// Info says what a scan is.
type Info struct {
	Type  string // "pdf", "png", "jpeg", "heic", "webp" or "tiff"
	Pages int
	// Taken is when the picture was taken, by the camera's clock: zero if
	// unknown, and local time in UTC if the time zone is unknown.
	Taken time.Time
}

// Renderer renders pages. It is safe for concurrent use.
type Renderer struct {
	cfg     Config
	cache   string        // folder for the decoders' code, below Config.Cache
	prepare chan struct{} // has a token until the decoders are compiled
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

// Close ends all idle children. Busy ones end when they are done; cancel their
// contexts to end them at once.
func (r *Renderer) Close() { r.pool.close() }

// Folder renders scans below a folder, given by relative paths with slashes. It
// can't reach files outside the folder, even through links; those are NotFound.
// It is safe for concurrent use.
type Folder struct {
	renderer *Renderer
	path     string
}

// In returns a Folder for the scans below a folder.
func (r *Renderer) In(folder string) Folder { return Folder{r, folder} }

// Stat returns the file information for a path without opening the file.
func (f Folder) Stat(path string) (fs.FileInfo, error) { return source{f.path, path}.stat() }

// Inspect is Renderer.Inspect.
func (f Folder) Inspect(ctx context.Context, path string) (Info, error) {
	return f.renderer.inspect(ctx, source{f.path, path})
}

// Render is Renderer.Render.
func (f Folder) Render(ctx context.Context, path string, page int, o Options) ([]Picture, error) {
	return f.renderer.render(ctx, source{f.path, path}, page, o)
}

// Stat returns the file information for a path without opening the file.
func (r *Renderer) Stat(path string) (fs.FileInfo, error) { return source{path: path}.stat() }

// Inspect returns information about the scan at a path. If the file is not a
// scan, or exceeds the limits, the error is a *daybook.Error of kind Invalid
// that names the file and the reason.
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

// Render renders a page, counted from 0. It returns several pictures, in the
// order of reading, if the options cut the page. Pages of a document may be rendered
// concurrently; each child keeps the document open for the next page. Errors
// are as from Inspect; a missing page is NotFound.
func (r *Renderer) Render(ctx context.Context, path string, page int, o Options) ([]Picture, error) {
	return r.render(ctx, source{path: path}, page, o)
}

func (r *Renderer) render(ctx context.Context, scan source, page int, o Options) ([]Picture, error) {
	allowed := o.Longest >= raster.MinLongest && o.Longest <= raster.MaxLongest
	if o.Longest != 0 && !allowed {
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

// with calls use with a child that has the scan open.
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
		// A reused child may have ended in the meantime, or have too much left
		// in memory: try a new one.
		stale := p.full || errors.Is(err, errDied)
		if !reused || !stale {
			return p.blame(err)
		}
	}
}

// acquire returns a child with a file open, for exclusive use, and whether it
// was reused.
func (r *Renderer) acquire(ctx context.Context, f file) (p *process, reused bool, err error) {
	if p, err = r.pool.take(ctx, f); p != nil || err != nil {
		return p, true, err
	}
	if p, err = r.start(); err != nil {
		r.pool.vacate()
		return nil, false, err
	}
	p.of = f
	p.of.opened = nil // the caller closes it; the child gets its bytes
	if err := p.open(ctx, r.cache, f.opened); err != nil {
		r.pool.drop(p)
		return nil, false, p.blame(err)
	}
	return p, false, nil
}

// blame turns the failure of an ended process into an error for the user.
func (p *process) blame(err error) error {
	switch {
	case errors.Is(err, errDied) && p.killedByOthers():
		return &daybook.Error{Kind: daybook.Unavailable, Message: "the decoder process of " + p.of.name() + " was killed from outside", Err: err}
	case errors.Is(err, errDied), errors.Is(err, errNonsense):
		return &daybook.Error{Kind: daybook.Invalid, Message: p.of.name() + " crashes its decoder", Err: err}
	}
	return err
}

// compile compiles the decoders into the cache, once, before a child with a
// file needs them: it takes more time and memory than a file may.
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
		r.prepare <- struct{}{} // let another caller try
		return fmt.Errorf("prepare the decoders: %w", err)
	}
	close(r.prepare)
	return nil
}

func (r *Renderer) compileNow(ctx context.Context) error {
	err := r.fillCache(ctx)
	if errors.Is(err, errTrouble) {
		// The cache may be damaged.
		if err := os.RemoveAll(r.cache); err != nil {
			return err
		}
		err = r.fillCache(ctx)
	}
	return err
}

// fillCache has a child without a file compile the decoders into the cache.
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
