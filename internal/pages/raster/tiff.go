package raster

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"image"
	"io"

	"golang.org/x/image/tiff/lzw"
)

// The tags of a page of a TIFF.
const (
	tagWidth        = 0x0100
	tagHeight       = 0x0101
	tagBits         = 0x0102
	tagCompression  = 0x0103
	tagPhotometric  = 0x0106
	tagFillOrder    = 0x010a
	tagStrips       = 0x0111
	tagSamples      = 0x0115
	tagStripRows    = 0x0116
	tagStripSizes   = 0x0117
	tagPlanar       = 0x011c
	tagFaxOptions   = 0x0124
	tagPredictor    = 0x013d
	tagColours      = 0x0140
	tagTileWidth    = 0x0142
	tagTileHeight   = 0x0143
	tagTiles        = 0x0144
	tagTileSizes    = 0x0145
	tagExtra        = 0x0152
	tagSampleFormat = 0x0153
	tagJPEGTables   = 0x015b
	tagSubsampling  = 0x0212
)

// The values of tagCompression.
const (
	compressionNone     = 1
	compressionRuns     = 2 // fax, without marks
	compressionGroup3   = 3
	compressionGroup4   = 4
	compressionLZW      = 5
	compressionJPEG     = 7
	compressionDeflate  = 8
	compressionWords    = 32771 // as compressionRuns, in words of 16 bits
	compressionPackBits = 32773
	compressionOldZip   = 32946
)

// The values of tagPhotometric.
const (
	photometricWhiteIsZero = 0
	photometricBlackIsZero = 1
	photometricRGB         = 2
	photometricPalette     = 3
	photometricInks        = 5
	photometricYCbCr       = 6
	photometricLab         = 8
)

// Limits of a page.
const (
	maxPieces  = 1 << 16 // strips or tiles
	maxSamples = 16      // of a pixel
)

// tiffPage is the directory of a TIFF's page: a picture in strips or tiles.
type tiffPage struct {
	of            ifds
	width, height int
	across, down  int      // of a piece, in pixels
	places, sizes []uint32 // of the pieces: by rows, and by planes if there are several
	tiled         bool
	planes        int // 1, or one for each sample

	bits, samples, extra       int // extra describes the first sample after the colours
	compression, photometric   int
	predictor, format, options int
	reversed                   bool
	colours                    []uint32
	subsampled                 [2]int
	tables                     []byte // a JPEG of tables alone, or nil
}

// pageAt reads the directory of a page.
func (t ifds) pageAt(at uint32) (*tiffPage, error) {
	p := &tiffPage{of: t, bits: 1, samples: 1, planes: 1, compression: compressionNone, photometric: -1, predictor: 1, format: 1, subsampled: [2]int{2, 2}}
	planar := false
	numbers := map[uint16]*int{
		tagWidth: &p.width, tagHeight: &p.height, tagCompression: &p.compression, tagPhotometric: &p.photometric, tagStripRows: &p.down, tagSamples: &p.samples,
		tagFaxOptions: &p.options, tagPredictor: &p.predictor, tagTileWidth: &p.across, tagTileHeight: &p.down, tagExtra: &p.extra, tagSampleFormat: &p.format,
	}
	for tag, f := range t.fields(at) {
		if to := numbers[tag]; to != nil {
			*to = int(f.first())
			p.tiled = p.tiled || tag == tagTileWidth
			continue
		}
		switch tag {
		case tagBits:
			list := f.numbers()
			for _, n := range list {
				if n != list[0] {
					return nil, &Fault{Reason: Unsupported}
				}
			}
			p.bits = int(f.first())
		case tagFillOrder:
			p.reversed = f.number() == 2
		case tagPlanar:
			planar = f.number() == 2
		case tagStrips, tagTiles:
			p.places = f.numbers()
		case tagStripSizes, tagTileSizes:
			p.sizes = f.numbers()
		case tagColours:
			p.colours = f.numbers()
		case tagSubsampling:
			if list := f.numbers(); len(list) == 2 {
				p.subsampled = [2]int{int(list[0]), int(list[1])}
			}
		case tagJPEGTables:
			p.tables = f.bytes()
		}
	}
	if planar {
		p.planes = p.samples
	}
	return p, nil
}

// check validates a picture's directory.
func (p *tiffPage) check(limit int) error {
	if !p.tiled {
		p.across = p.width
		if p.down <= 0 || p.down > p.height {
			p.down = p.height
		}
	}
	if p.width <= 0 || p.height <= 0 || p.across <= 0 || p.down <= 0 || p.samples <= 0 {
		return damaged(errors.New("a picture without pixels"))
	}
	if p.width > limit/p.height {
		return &Fault{Reason: TooManyPixels, Width: p.width, Height: p.height}
	}
	if p.across > limit/p.down { // a tile may extend beyond the edge, but not far
		return &Fault{Reason: TooManyPixels, Width: p.across, Height: p.down}
	}
	if p.samples > maxSamples {
		return &Fault{Reason: Unsupported}
	}
	columns, rows := p.grid()
	if len(p.sizes) == 0 && len(p.places) == 1 { // as old programs wrote it
		p.sizes = []uint32{uint32(len(p.of.data)) - min(p.places[0], uint32(len(p.of.data)))}
	}
	if len(p.places) != columns*rows*p.planes || len(p.sizes) != len(p.places) {
		return damaged(errors.New("a picture without some of its pieces"))
	}
	return nil
}

// grid returns how many columns and rows of pieces there are.
func (p *tiffPage) grid() (columns, rows int) {
	return (p.width-1)/p.across + 1, (p.height-1)/p.down + 1
}

// decode decodes the picture.
func (p *tiffPage) decode(limit int) (image.Image, error) {
	if err := p.check(limit); err != nil {
		return nil, err
	}
	if p.compression == compressionJPEG {
		return p.decodeJPEG()
	}
	return p.decodeSamples()
}

// piece returns the bytes of a piece.
func (p *tiffPage) piece(i int) ([]byte, error) {
	at, end := int64(p.places[i]), int64(p.places[i])+int64(p.sizes[i])
	if end > int64(len(p.of.data)) || end-at < 1 {
		return nil, damaged(errors.New("a piece of a picture that is cut off"))
	}
	return p.of.data[at:end], nil
}

// open returns a reader of a piece's rows.
func (p *tiffPage) open(i int) (io.Reader, error) {
	data, err := p.piece(i)
	if err != nil {
		return nil, err
	}
	switch p.compression {
	case compressionNone:
		return bytes.NewReader(data), nil
	case compressionLZW:
		return lzw.NewReader(bytes.NewReader(data), lzw.MSB, 8), nil
	case compressionDeflate, compressionOldZip:
		r, err := zlib.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, damaged(err)
		}
		return r, nil
	case compressionPackBits:
		return &packBits{data: data}, nil
	}
	kind, ok := map[int]faxKind{
		compressionRuns: {align: 8}, compressionWords: {align: 16}, compressionGroup3: {marks: true, twoD: p.options&1 != 0}, compressionGroup4: {group4: true},
	}[p.compression]
	if !ok || p.bits != 1 || p.samples != 1 {
		return nil, &Fault{Reason: Unsupported, Err: fmt.Errorf("compression %d", p.compression)}
	}
	return newFax(data, p.across, kind, p.reversed), nil
}

// packBits decodes runs of bytes.
type packBits struct {
	data []byte
	left int // bytes of a run
	same bool
}

// Read implements io.Reader.
func (r *packBits) Read(to []byte) (n int, err error) {
	for n < len(to) {
		if r.left == 0 {
			if len(r.data) < 2 {
				return n, io.ErrUnexpectedEOF
			}
			r.begin()
			continue
		}
		if len(r.data) == 0 {
			return n, io.ErrUnexpectedEOF
		}
		to[n] = r.data[0]
		n++
		r.left--
		if !r.same || r.left == 0 {
			r.data = r.data[1:]
		}
	}
	return n, nil
}

// begin reads the length of a run, which is of one byte or of different ones.
func (r *packBits) begin() {
	length := int(int8(r.data[0]))
	r.data = r.data[1:]
	switch {
	case length == -128: // nothing
	case length < 0:
		r.left, r.same = 1-length, true
	default:
		r.left, r.same = 1+length, false
	}
}

// first returns the first value of a field of whole numbers, 0 for others.
func (f field) first() uint32 {
	if list := f.numbers(); len(list) > 0 {
		return list[0]
	}
	return f.number()
}

// numbers returns the values of an integer field; nil for other fields and for
// too many values.
func (f field) numbers() []uint32 {
	size := map[uint16]uint32{3: 2, 4: 4}[f.kind]
	raw := f.values(size)
	if size == 0 || f.count > maxPieces || raw == nil {
		return nil
	}
	list := make([]uint32, f.count)
	for i := range list {
		if size == 2 {
			list[i] = uint32(f.of.order.Uint16(raw[2*i:]))
		} else {
			list[i] = f.of.order.Uint32(raw[4*i:])
		}
	}
	return list
}

// bytes returns the value of a field of bytes, nil for others.
func (f field) bytes() []byte {
	if f.kind != 1 && f.kind != 7 {
		return nil
	}
	return f.values(1)
}

// values returns the bytes of a field's values of a size, or nil if they are
// cut off.
func (f field) values(size uint32) []byte {
	n := int64(f.count) * int64(size)
	if n <= int64(len(f.raw)) {
		return f.raw[:n]
	}
	at := int64(f.of.order.Uint32(f.raw))
	if at+n > int64(len(f.of.data)) {
		return nil
	}
	return f.of.data[at : at+n]
}
