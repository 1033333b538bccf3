package raster

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

// codec decodes pictures of a type.
type codec struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

func codecOf(t Type) codec {
	switch t {
	case PNG:
		return codec{png.DecodeConfig, png.Decode}
	case WebP:
		return codec{webp.DecodeConfig, webp.Decode}
	}
	return codec{jpeg.DecodeConfig, jpeg.Decode}
}

// picture is a scan of a single page.
type picture struct {
	kind        Type
	data        []byte
	orientation int
	pixels      int // at most
}

func openPicture(t Type, data []byte, limits Limits) (*Document, error) {
	meta := readEXIF(findEXIF(t, data))
	p := &picture{t, data, meta.orientation, limits.Pixels}
	if err := p.check(); err != nil {
		return nil, err
	}
	return &Document{Info: Info{Pages: 1, Taken: meta.taken}, source: p}, nil
}

// check validates a picture's header before anything is allocated for it.
func (p *picture) check() error {
	c, err := codecOf(p.kind).config(bytes.NewReader(p.data))
	switch {
	case err != nil:
		return undecodable(err)
	case c.Width <= 0 || c.Height <= 0:
		return damaged(errors.New("a picture without pixels"))
	case c.Width > p.pixels/c.Height:
		return &Fault{Reason: TooManyPixels, Width: c.Width, Height: c.Height}
	}
	return nil
}

func (p *picture) page(_ int, _ size) (frame, error) { return p.decode() }

func (p *picture) decode() (frame, error) {
	img, err := codecOf(p.kind).decode(bytes.NewReader(p.data))
	if err != nil {
		return frame{}, undecodable(err)
	}
	b := img.Bounds()
	if !b.Empty() && b.Dx() > p.pixels/b.Dy() {
		return frame{}, &Fault{Reason: TooManyPixels, Width: b.Dx(), Height: b.Dy()}
	}
	return frame{image: img, orientation: p.orientation}, nil
}

func (p *picture) rest()  {}
func (p *picture) close() {}

// undecodable returns the fault for a decoder's error.
func undecodable(err error) error {
	var j jpeg.UnsupportedError
	var p png.UnsupportedError
	if errors.As(err, &j) || errors.As(err, &p) {
		return &Fault{Reason: Unsupported, Err: err}
	}
	return damaged(err)
}

// tiffPages is a TIFF file with a directory per page.
type tiffPages struct {
	data  []byte
	order binary.ByteOrder
	at    []uint32
	limit int // pixels
}

func openTIFF(data []byte, limits Limits) (*Document, error) {
	t, first, ok := openIFDs(data)
	if !ok {
		return nil, damaged(errors.New("not a TIFF"))
	}
	at, ok := t.pages(first, limits.Pages)
	p := &tiffPages{data, t.order, at, limits.Pixels}
	switch n := len(at); {
	case !ok:
		return nil, damaged(errors.New("a TIFF without one of its directories"))
	case n == 0:
		return nil, &Fault{Reason: NoPages}
	case n > limits.Pages:
		return nil, &Fault{Reason: TooManyPages, Pages: n}
	}
	return &Document{Info: Info{Pages: len(p.at), Taken: readEXIF(data).taken}, source: p}, nil
}

// page decodes a page.
func (p *tiffPages) page(page int, _ size) (frame, error) {
	of, err := ifds{p.data, p.order}.pageAt(p.at[page])
	if err != nil {
		return frame{}, err
	}
	img, err := of.decode(p.limit)
	if err != nil {
		return frame{}, err
	}
	p.order.PutUint32(p.data[4:], p.at[page]) // readEXIF reads the first directory
	return frame{image: img, orientation: readEXIF(p.data).orientation}, nil
}

func (p *tiffPages) rest()  {}
func (p *tiffPages) close() {}
