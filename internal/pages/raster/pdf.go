package raster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/enums"
	pdfiumerrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// Engine draws the pages of PDFs. It is PDFium as WebAssembly, compiled to
// the processor's code: a PDF that takes it over sees its own memory and
// nothing else.
type Engine struct {
	cache  wazero.CompilationCache
	pool   pdfium.Pool
	memory *arena
}

// wasmPage is WebAssembly's unit of memory, in bytes.
const wasmPage = 64 << 10

// NewEngine loads the engine, which takes about 0.1 s. Its code is kept in the
// folder cache; where it is not there yet, it is compiled, which takes seconds
// and 400 MB. A PDF may use limits.Memory less what the process needs besides.
func NewEngine(ctx context.Context, cache string, limits Limits) (*Engine, error) {
	e := &Engine{memory: &arena{}}
	var err error
	if e.cache, err = wazero.NewCompilationCacheWithDir(cache); err != nil {
		return nil, fmt.Errorf("open the cache of compiled code: %w", err)
	}
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithMemoryLimitPages(uint32(max(limits.Memory*3/4, 64<<20) / wasmPage)).
		WithCompilationCache(e.cache)
	e.pool, err = webassembly.Init(webassembly.Config{
		Context: e.memory.context(ctx), MaxIdle: 1, MaxTotal: 1, RuntimeConfig: config,
		FSConfig: wazero.NewFSConfig(), // no files: the default is all of them
		Stdout:   io.Discard, Stderr: io.Discard,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("load the PDF engine: %w", err), e.cache.Close(ctx))
	}
	return e, nil
}

// Close frees the engine.
func (e *Engine) Close() error {
	return errors.Join(e.pool.Close(), e.cache.Close(context.Background()))
}

// fault is what the engine's error means for the scan.
func (e *Engine) fault(err error) error {
	switch {
	case e.memory.full.Load():
		return &Fault{Reason: TooMuchMemory, Err: err}
	case errors.Is(err, pdfiumerrors.ErrPassword), errors.Is(err, pdfiumerrors.ErrSecurity):
		return &Fault{Reason: Protected, Err: err}
	}
	return damaged(err)
}

// pdf is an open PDF.
type pdf struct {
	engine  *Engine
	pdfium  pdfium.Pdfium
	doc     references.FPDF_DOCUMENT
	release func() // of the last page's pixels
}

func openPDF(e *Engine, data []byte, limits Limits) (*Document, error) {
	if e == nil {
		return nil, errors.New("a PDF needs the engine")
	}
	instance, err := e.pool.GetInstance(time.Minute)
	if err != nil {
		return nil, fmt.Errorf("start the PDF engine: %w", err)
	}
	p := &pdf{engine: e, pdfium: instance, release: func() {}}
	n, err := p.open(data)
	switch {
	case err != nil:
		err = e.fault(err)
	case n <= 0:
		err = &Fault{Reason: NoPages}
	case n > limits.Pages:
		err = &Fault{Reason: TooManyPages, Pages: n}
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return &Document{Info: Info{Pages: n}, source: p}, nil
}

// open opens the document and returns how many pages it says it has.
func (p *pdf) open(data []byte) (int, error) {
	doc, err := p.pdfium.OpenDocument(&requests.OpenDocument{FileReader: bytes.NewReader(data), FileReaderSize: int64(len(data))})
	if err != nil {
		return 0, err
	}
	p.doc = doc.Document
	count, err := p.pdfium.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: p.doc})
	if err != nil {
		return 0, err
	}
	return count.PageCount, nil
}

func (p *pdf) page(page int, enough size) (frame, error) {
	p.release()
	p.release = func() {}
	at := requests.Page{ByIndex: &requests.PageByIndex{Document: p.doc, Index: page}}
	points, err := p.pdfium.GetPageSize(&requests.GetPageSize{Page: at})
	if err != nil {
		return frame{}, p.engine.fault(err)
	}
	// A point is 1/72 inch; a page is at most 200 inches wide.
	if !(points.Width >= 1 && points.Height >= 1 && points.Width <= 1e5 && points.Height <= 1e5) {
		return frame{}, damaged(errors.New("a page without a size"))
	}
	w, h := enough(int(points.Width*16), int(points.Height*16))
	drawn, err := p.pdfium.RenderPageInPixels(&requests.RenderPageInPixels{
		Page: at, Width: w, Height: h,
		RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT, // what was written on it with a pen
	})
	if err != nil {
		return frame{}, p.engine.fault(err)
	}
	p.release = drawn.Cleanup
	return frame{image: drawn.Result.RenderedImage, orientation: 1, sized: true}, nil
}

func (p *pdf) close() {
	p.release()
	_ = p.pdfium.Close() // its memory goes with it, whatever it says
}
