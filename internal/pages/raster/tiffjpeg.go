package raster

import (
	"bytes"
	"errors"
	"image"
	"image/draw"
	"image/jpeg"
)

// decodeJPEG decodes and joins the pieces.
func (p *tiffPage) decodeJPEG() (image.Image, error) {
	if p.planes > 1 {
		return nil, &Fault{Reason: Unsupported}
	}
	var whole draw.Image
	columns := (p.width-1)/p.across + 1
	for i := range p.places {
		piece, err := p.jpegPiece(i)
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

// jpegPiece decodes a piece, which must not be larger than the directory says.
func (p *tiffPage) jpegPiece(i int) (image.Image, error) {
	data, err := p.piece(i)
	if err != nil {
		return nil, err
	}
	file := p.jpegFile(data)
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
	if cmyk, ok := img.(*image.CMYK); ok { // read as Adobe's, with inverted inks
		for i := range cmyk.Pix {
			cmyk.Pix[i] = ^cmyk.Pix[i]
		}
	}
	return img, nil
}

// asRGB is the segment that marks a JPEG's colours as not transformed.
const asRGB = "\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"

// jpegFile makes a complete JPEG of a piece by inserting the tables.
func (p *tiffPage) jpegFile(piece []byte) []byte {
	const mark = 2 // of the beginning, and of the end
	out := append([]byte{}, piece[:mark]...)
	if p.photometric == photometricRGB || p.photometric == photometricInks {
		out = append(out, asRGB...)
	}
	if len(p.tables) > 2*mark {
		out = append(out, p.tables[mark:len(p.tables)-mark]...)
	}
	return append(out, piece[mark:]...)
}
