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

// loadPDFium loads PDFium, which renders PDFs.
func (r *Runtime) loadPDFium(ctx context.Context) (*pdf, error) {
	p := &pdf{memory: r.arena(), release: func() {}}
	var err error
	p.pool, err = webassembly.Init(webassembly.Config{
		Context: p.memory.context(ctx), MaxIdle: 1, MaxTotal: 1,
		RuntimeConfig: r.config(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling),
		FSConfig:      wazero.NewFSConfig(), // no files: the default is all of them
		Stdout:        io.Discard, Stderr: io.Discard,
	})
	if err != nil {
		return nil, fmt.Errorf("load the PDF engine: %w", err)
	}
	if p.pdfium, err = p.pool.GetInstance(time.Minute); err != nil {
		return nil, errors.Join(fmt.Errorf("start the PDF engine: %w", err), p.pool.Close())
	}
	return p, nil
}

// fault returns the fault for an error of the engine.
func (p *pdf) fault(err error) error {
	switch {
	case p.memory.full.Load():
		return &Fault{Reason: TooMuchMemory, Err: err}
	case errors.Is(err, pdfiumerrors.ErrPassword), errors.Is(err, pdfiumerrors.ErrSecurity):
		return &Fault{Reason: Protected, Err: err}
	}
	return damaged(err)
}

// pdf is an open PDF.
type pdf struct {
	memory  *arena
	pool    pdfium.Pool
	pdfium  pdfium.Pdfium
	doc     references.FPDF_DOCUMENT
	release func() // of the last page's pixels
}

func openPDF(r *Runtime, data []byte, limits Limits) (*Document, error) {
	if r == nil {
		return nil, errors.New("a PDF requires the runtime")
	}
	p, err := r.loadPDFium(context.Background())
	if err != nil {
		return nil, err
	}
	var n int
	err = r.timed(func() (err error) {
		n, err = p.open(data)
		return err
	})
	switch {
	case errors.Is(err, ErrTooLong):
		return nil, err
	case err != nil:
		err = p.fault(err)
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

// open opens the document and returns its page count.
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
	at := requests.Page{ByIndex: &requests.PageByIndex{Document: p.doc, Index: page}}
	points, err := p.pdfium.GetPageSize(&requests.GetPageSize{Page: at})
	if err != nil {
		return frame{}, p.fault(err)
	}
	// A point is 1/72 inch; a page is at most 200 inches wide.
	if !(points.Width >= 1 && points.Height >= 1 && points.Width <= 1e5 && points.Height <= 1e5) {
		return frame{}, damaged(errors.New("a page without a size"))
	}
	w, h := enough(int(points.Width*16), int(points.Height*16))
	drawn, err := p.pdfium.RenderPageInPixels(&requests.RenderPageInPixels{
		Page: at, Width: w, Height: h,
		RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT, // annotations made with a pen
	})
	if err != nil {
		return frame{}, p.fault(err)
	}
	p.release = drawn.Cleanup
	return frame{image: drawn.Result.RenderedImage, orientation: 1, sized: true}, nil
}

func (p *pdf) rest() {
	p.release()
	p.release = func() {}
}

func (p *pdf) close() {
	_ = p.pool.Close() // its memory is freed even if it fails
}
