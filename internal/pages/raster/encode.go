package raster

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
)

// quality is the JPEG quality. At 90, artefacts are not visible in handwriting.
const quality = 90

// encode encodes a picture as PNG, which suits drawn pages, or as JPEG, which
// suits photographs of paper, whichever is smaller. It tries both on a sample,
// and encodes the whole picture twice only if the sample is inconclusive.
func encode(img *image.RGBA) (Picture, error) {
	p := Picture{Width: img.Rect.Dx(), Height: img.Rect.Dy()}
	plain := thin(img)
	try := []string{MIMEPNG, MIMEJPEG}
	if s := sample(img); s != nil {
		small := thin(s)
		asPNG, err := encodeAs(MIMEPNG, small)
		if err != nil {
			return p, err
		}
		asJPEG, err := encodeAs(MIMEJPEG, small)
		if err != nil {
			return p, err
		}
		switch {
		case 4*len(asPNG) < 3*len(asJPEG):
			try = []string{MIMEPNG}
		case 4*len(asJPEG) < 3*len(asPNG):
			try = []string{MIMEJPEG}
		}
	}
	for _, mime := range try {
		data, err := encodeAs(mime, plain)
		if err != nil {
			return p, err
		}
		if p.Data == nil || len(data) < len(p.Data) {
			p.MIME, p.Data = mime, data
		}
	}
	return p, nil
}

func encodeAs(mime string, img image.Image) ([]byte, error) {
	var b bytes.Buffer
	var err error
	if mime == MIMEPNG {
		err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img)
	} else {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
	}
	if err != nil {
		return nil, fmt.Errorf("encode the page as %s: %w", mime, err)
	}
	return b.Bytes(), nil
}

// thin converts a picture without colours to gray, which is a third of the
// size, and returns others unchanged.
func thin(img *image.RGBA) image.Image {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for y := range h {
		row := img.Pix[y*img.Stride:][:4*w]
		for x := 0; x < len(row); x += 4 {
			if row[x] != row[x+1] || row[x] != row[x+2] {
				return img
			}
		}
	}
	g := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		from, to := img.Pix[y*img.Stride:], g.Pix[y*g.Stride:][:w]
		for x := range to {
			to[x] = from[4*x]
		}
	}
	return g
}

// sample returns some bands of a picture's rows, stacked, or nil if the picture
// is too small. A band is as high as a JPEG block.
func sample(img *image.RGBA) *image.RGBA {
	const high, count = 16, 5
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if h < 4*high*count {
		return nil
	}
	s := image.NewRGBA(image.Rect(0, 0, w, high*count))
	for i := range count {
		top := (2*i + 1) * h / (2 * count)
		for y := range high {
			copy(s.Pix[(i*high+y)*s.Stride:][:4*w], img.Pix[(top+y)*img.Stride:][:4*w])
		}
	}
	return s
}
