package raster

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"image"
	"io"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// heifWASM is libheif as gzipped WebAssembly. libheif/README.md says how to
// replace it with another build, as its license requires.
//
//go:embed libheif/heif.wasm.gz
var heifWASM []byte

// heif is libheif with an image.
type heif struct {
	memory *arena
	engine wazero.Runtime
	code   wazero.CompiledModule
	data   []byte
	module api.Module // the libheif instance, nil between pages
	file   uint32     // the address of data in its memory
}

// loadHEIF loads libheif.
func (r *Runtime) loadHEIF(ctx context.Context) (*heif, error) {
	packed, err := gzip.NewReader(bytes.NewReader(heifWASM))
	if err != nil {
		return nil, fmt.Errorf("unpack the HEIC decoder: %w", err)
	}
	code, err := io.ReadAll(packed)
	if err != nil {
		return nil, fmt.Errorf("unpack the HEIC decoder: %w", err)
	}
	h := &heif{memory: r.arena()}
	h.engine = wazero.NewRuntimeWithConfig(ctx, r.config(api.CoreFeaturesV2))
	if _, err = wasi_snapshot_preview1.Instantiate(ctx, h.engine); err == nil {
		h.code, err = h.engine.CompileModule(ctx, code)
	}
	if err != nil {
		h.close()
		return nil, fmt.Errorf("load the HEIC decoder: %w", err)
	}
	return h, nil
}

// rest ends the libheif instance, which would not free a picture's memory.
func (h *heif) rest() {
	if h.module != nil {
		_ = h.module.Close(context.Background()) // its memory is freed even if it fails
		h.module = nil
	}
}

func (h *heif) close() { _ = h.engine.Close(context.Background()) } // its memory is freed even if it fails

func openHEIC(r *Runtime, data []byte, limits Limits) (*Document, error) {
	if r == nil {
		return nil, errors.New("a HEIC file requires the runtime")
	}
	h, err := r.loadHEIF(context.Background())
	if err != nil {
		return nil, err
	}
	h.data = data
	var head heifHead
	err = r.timed(func() (err error) {
		head, err = h.open()
		return err
	})
	switch {
	case errors.Is(err, ErrTooLong):
		return nil, err
	case err != nil:
	case head.width == 0 || head.height == 0:
		err = damaged(errors.New("an image without pixels"))
	case uint64(head.width)*uint64(head.height) > uint64(limits.Pixels):
		err = &Fault{Reason: TooManyPixels, Width: int(head.width), Height: int(head.height)}
	}
	if err != nil {
		h.close()
		return nil, err
	}
	h.rest()
	// Ignore the orientation in EXIF: libheif has applied the container's.
	return &Document{Info: Info{Pages: 1, Taken: readEXIF(findEXIF(HEIC, data)).taken}, source: h}, nil
}

// heifHead is the header of an image as libheif/heif.c returns it.
type heifHead struct{ width, height, space, chroma, premultiplied uint32 }

// The values of space and chroma.
const (
	heifYCbCr, heifRGB, heifGray = 0, 1, 2
	heif420, heif422, heif444    = 1, 2, 3
)

// open starts libheif and loads the file.
func (h *heif) open() (heifHead, error) {
	ctx := context.Background()
	var err error
	if h.module, err = h.engine.InstantiateModule(h.memory.context(ctx), h.code, wazero.NewModuleConfig()); err != nil {
		return heifHead{}, fmt.Errorf("start the HEIC decoder: %w", err)
	}
	if h.file, err = h.malloc(len(h.data)); err != nil {
		return heifHead{}, err
	}
	if !h.module.Memory().Write(h.file, h.data) {
		return heifHead{}, damaged(errors.New("the file does not fit"))
	}
	return h.decode(true, 0)
}

func (h *heif) malloc(n int) (uint32, error) {
	at, err := h.call("malloc", uint64(n))
	if err == nil && at == 0 {
		err = &Fault{Reason: TooMuchMemory}
	}
	return at, err
}

func (h *heif) call(name string, args ...uint64) (uint32, error) {
	out, err := h.module.ExportedFunction(name).Call(context.Background(), args...)
	switch {
	case err != nil && h.memory.full.Load():
		return 0, &Fault{Reason: TooMuchMemory, Err: err}
	case err != nil:
		return 0, damaged(err)
	case len(out) == 0:
		return 0, nil
	}
	return uint32(out[0]), nil
}

// decode reads the image's header and, unless headOnly is set, its pixels.
func (h *heif) decode(headOnly bool, pixels uint32) (head heifHead, err error) {
	fields := []*uint32{&head.width, &head.height, &head.space, &head.chroma, &head.premultiplied}
	at, err := h.malloc(4 * len(fields))
	if err != nil {
		return head, err
	}
	only := uint64(0)
	if headOnly {
		only = 1
	}
	args := []uint64{uint64(h.file), uint64(len(h.data)), only}
	for i := range fields {
		args = append(args, uint64(at)+uint64(4*i))
	}
	ok, err := h.call("decode", append(args, uint64(pixels))...)
	if err != nil {
		return head, err
	}
	if ok == 0 {
		if h.memory.full.Load() {
			return head, &Fault{Reason: TooMuchMemory}
		}
		return head, damaged(errors.New("libheif refuses it"))
	}
	for i, f := range fields {
		*f, _ = h.module.Memory().ReadUint32Le(at + uint32(4*i)) // it was allocated
	}
	_, err = h.call("free", uint64(at))
	return head, err
}

func (h *heif) page(_ int, _ size) (frame, error) {
	head, err := h.open()
	if err != nil {
		return frame{}, err
	}
	planes, ok := head.planes()
	if !ok {
		return frame{}, &Fault{Reason: Unsupported}
	}
	n := planes[0].bytes() + planes[1].bytes() + planes[2].bytes()
	at, err := h.malloc(n)
	if err != nil {
		return frame{}, err
	}
	if _, err = h.decode(false, at); err != nil {
		return frame{}, err
	}
	pix, ok := h.module.Memory().Read(at, uint32(n))
	if !ok {
		return frame{}, damaged(errors.New("an image outside memory"))
	}
	return frame{image: head.image(pix, planes), orientation: 1}, nil
}

// plane is the layout of a plane of an image.
type plane struct{ stride, rows int }

func (p plane) bytes() int { return p.stride * p.rows }

// planes returns the consecutive planes of an image. libheif pads rows to at
// least 64 pixels and to a multiple of 16 bytes.
func (head heifHead) planes() (p [3]plane, ok bool) {
	row := func(pixels, size int) int { return (max(pixels, 64)*size + 15) &^ 15 }
	w, h := int(head.width), int(head.height)
	switch head.space {
	case heifGray:
		return [3]plane{{row(w, 1), h}}, true
	case heifRGB:
		return [3]plane{{row(w, 4), h}}, true
	case heifYCbCr:
		cw, ch := w, h
		switch head.chroma {
		case heif420:
			cw, ch = (w+1)/2, (h+1)/2
		case heif422:
			cw = (w + 1) / 2
		case heif444:
		default:
			return p, false
		}
		c := plane{row(cw, 1), ch}
		return [3]plane{{row(w, 1), h}, c, c}, true
	}
	return p, false
}

// image returns the image with the pixels pix in planes p.
func (head heifHead) image(pix []byte, p [3]plane) image.Image {
	rect := image.Rect(0, 0, int(head.width), int(head.height))
	switch {
	case head.space == heifGray:
		return &image.Gray{Pix: pix, Stride: p[0].stride, Rect: rect}
	case head.space == heifRGB && head.premultiplied == 1:
		return &image.RGBA{Pix: pix, Stride: p[0].stride, Rect: rect}
	case head.space == heifRGB:
		return &image.NRGBA{Pix: pix, Stride: p[0].stride, Rect: rect}
	}
	ratios := map[uint32]image.YCbCrSubsampleRatio{heif420: image.YCbCrSubsampleRatio420, heif422: image.YCbCrSubsampleRatio422, heif444: image.YCbCrSubsampleRatio444}
	cb := p[0].bytes()
	cr := cb + p[1].bytes()
	return &image.YCbCr{
		Y: pix[:cb], Cb: pix[cb:cr], Cr: pix[cr:], Rect: rect,
		YStride: p[0].stride, CStride: p[1].stride, SubsampleRatio: ratios[head.chroma],
	}
}
