package raster

import (
	"bytes"
	"errors"
	"image"
	"image/draw"
	"image/jpeg"
)

// The tags of a TIFF whose pictures are JPEG, as scanners in colour write them.
const (
	tagWidth       = 0x0100
	tagHeight      = 0x0101
	tagCompression = 0x0103
	tagPhotometric = 0x0106
	tagStrips      = 0x0111
	tagStripRows   = 0x0116
	tagStripSizes  = 0x0117
	tagTileWidth   = 0x0142
	tagTileHeight  = 0x0143
	tagTiles       = 0x0144
	tagTileSizes   = 0x0145
	tagJPEGTables  = 0x015b

	compressionJPEG = 7
	photometricRGB  = 2
)

// maxPieces bounds the strips or tiles of a picture.
const maxPieces = 1 << 16

// jpegPieces is a picture in strips or tiles, each a JPEG whose tables may be
// elsewhere.
type jpegPieces struct {
	width, height     int
	across, down      int      // of a piece, in pixels
	places, sizes     []uint32 // of the pieces, by rows
	tables            []byte   // a JPEG of tables alone, or nil
	rgb               bool     // as the colours are, without a transformation
	data              []byte
	compressed, tiled bool
}

// piecesAt reads the directory of a TIFF's page. It returns false if the
// picture is not JPEG-compressed.
func (t ifds) piecesAt(at uint32) (p jpegPieces, ok bool) {
	p.data = t.data
	for tag, f := range t.fields(at) {
		switch tag {
		case tagWidth:
			p.width = int(f.number())
		case tagHeight:
			p.height = int(f.number())
		case tagCompression:
			p.compressed = f.number() == compressionJPEG
		case tagPhotometric:
			p.rgb = f.number() == photometricRGB
		case tagStripRows:
			p.down = int(f.number())
		case tagStrips, tagTiles:
			p.places = f.numbers()
		case tagStripSizes, tagTileSizes:
			p.sizes = f.numbers()
		case tagTileWidth:
			p.across, p.tiled = int(f.number()), true
		case tagTileHeight:
			p.down = int(f.number())
		case tagJPEGTables:
			p.tables = f.bytes()
		}
	}
	if !p.tiled {
		p.across = p.width
		if p.down <= 0 || p.down > p.height {
			p.down = p.height
		}
	}
	return p, p.compressed
}

// check validates a picture's directory.
func (p *jpegPieces) check(limit int) error {
	if p.width <= 0 || p.height <= 0 || p.across <= 0 || p.down <= 0 {
		return damaged(errors.New("a picture without pixels"))
	}
	if p.width > limit/p.height {
		return &Fault{Reason: TooManyPixels, Width: p.width, Height: p.height}
	}
	if p.across > limit/p.down { // a tile may reach over the edge, but not far
		return &Fault{Reason: TooManyPixels, Width: p.across, Height: p.down}
	}
	columns, rows := (p.width-1)/p.across+1, (p.height-1)/p.down+1
	if len(p.places) != columns*rows || len(p.sizes) != len(p.places) {
		return damaged(errors.New("a picture without some of its pieces"))
	}
	return nil
}

// decode decodes and joins the pieces.
func (p *jpegPieces) decode(limit int) (image.Image, error) {
	if err := p.check(limit); err != nil {
		return nil, err
	}
	var whole draw.Image
	columns := (p.width-1)/p.across + 1
	for i := range p.places {
		piece, err := p.piece(i)
		if err != nil {
			return nil, err
		}
		frame := image.Rect(0, 0, p.width, p.height)
		if _, gray := piece.(*image.Gray); whole == nil && gray {
			whole = image.NewGray(frame)
		} else if whole == nil {
			whole = image.NewRGBA(frame)
		}
		at := image.Pt(i%columns*p.across, i/columns*p.down)
		draw.Draw(whole, piece.Bounds().Add(at), piece, image.Point{}, draw.Src)
	}
	return whole, nil
}

// piece decodes a piece, which must not be larger than the directory says.
func (p *jpegPieces) piece(i int) (image.Image, error) {
	at, end := int64(p.places[i]), int64(p.places[i])+int64(p.sizes[i])
	if end > int64(len(p.data)) || end-at < 4 {
		return nil, damaged(errors.New("a piece of a picture that is cut off"))
	}
	file := p.file(p.data[at:end])
	c, err := jpeg.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, undecodable(err)
	}
	if c.Width > p.across || c.Height > p.down {
		return nil, damaged(errors.New("a piece of a picture that is larger than it says"))
	}
	img, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, undecodable(err)
	}
	return img, nil
}

// asRGB is the segment that marks a JPEG's colours as not transformed.
const asRGB = "\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"

// file makes a complete JPEG of a piece by inserting the tables.
func (p *jpegPieces) file(piece []byte) []byte {
	const mark = 2 // of the beginning, and of the end
	out := append([]byte{}, piece[:mark]...)
	if p.rgb {
		out = append(out, asRGB...)
	}
	if len(p.tables) > 2*mark {
		out = append(out, p.tables[mark:len(p.tables)-mark]...)
	}
	return append(out, piece[mark:]...)
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
