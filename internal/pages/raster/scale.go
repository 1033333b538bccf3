package raster

import (
	"image"
	"image/color"
	"image/draw"
)

// shrink scales src down to w by h on a white background. Each pixel is the
// mean of its source area, which keeps thin strokes. It holds one row of src at
// a time. If src needs no change, it returns src itself.
func shrink(src image.Image, w, h int) *image.RGBA {
	b := src.Bounds()
	smaller := w < b.Dx() || h < b.Dy()
	if planes, ok := planesOf(src, w, h); ok && smaller {
		return shrinkPlanes(planes, w, h)
	}
	op := draw.Over
	if o, ok := src.(interface{ Opaque() bool }); ok && o.Opaque() {
		op = draw.Src
	}
	if w == b.Dx() && h == b.Dy() {
		if done, ok := src.(*image.RGBA); ok && op == draw.Src && b.Min == (image.Point{}) {
			return done
		}
		dst := image.NewRGBA(image.Rect(0, 0, w, h))
		lay(dst, src, b.Min, op)
		return dst
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	row := image.NewRGBA(image.Rect(0, 0, b.Dx(), 1))
	across, down := spans(b.Dx(), w), spans(b.Dy(), h)
	line, sum := make([]float32, 3*w), make([]float32, 3*w)
	read := -1 // the row of src in line
	for y, s := range down {
		clear(sum)
		for i := s.from; i < s.to; i++ {
			if i != read {
				lay(row, src, image.Pt(b.Min.X, b.Min.Y+i), op)
				squeeze(line, row.Pix, across)
				read = i
			}
			weight := s.weight(i)
			for k, v := range line {
				sum[k] += v * weight
			}
		}
		pix := dst.Pix[y*dst.Stride:][:4*w]
		for x := range w {
			pix[4*x] = uint8(sum[3*x] + 0.5)
			pix[4*x+1] = uint8(sum[3*x+1] + 0.5)
			pix[4*x+2] = uint8(sum[3*x+2] + 0.5)
			pix[4*x+3] = 0xff
		}
	}
	return dst
}

// lay draws src, from a point on, over white.
func lay(dst *image.RGBA, src image.Image, from image.Point, op draw.Op) {
	if op == draw.Over {
		draw.Draw(dst, dst.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	}
	draw.Draw(dst, dst.Rect, src, from, op)
}

// span is the half-open range of source pixels for one pixel of a smaller
// picture. The first and the last may count in part.
type span struct {
	from, to          int
	first, last, full float32 // weights, which add up to 1
}

func (s span) weight(i int) float32 {
	switch i {
	case s.from:
		return s.first
	case s.to - 1:
		return s.last
	}
	return s.full
}

// spans divides n pixels among m; m is at most n.
func spans(n, m int) []span {
	out := make([]span, m)
	full := float32(m) / float32(n)
	for i := range out {
		// The i-th has the pixels from i*n/m to (i+1)*n/m.
		from, to := i*n/m, ((i+1)*n+m-1)/m
		first := float32((from+1)*m-i*n) / float32(n)
		last := float32((i+1)*n-(to-1)*m) / float32(n)
		if to-from == 1 {
			first, last = 1, 1
		}
		out[i] = span{from, to, first, last, full}
	}
	return out
}

// squeeze averages a row of RGBA pixels into one RGB pixel per span.
func squeeze(line []float32, row []uint8, across []span) {
	for x, s := range across {
		var red, green, blue float32
		for i := s.from; i < s.to; i++ {
			w := s.full
			if i == s.from || i == s.to-1 {
				w = s.weight(i)
			}
			p := row[4*i : 4*i+3 : 4*i+3]
			red += float32(p[0]) * w
			green += float32(p[1]) * w
			blue += float32(p[2]) * w
		}
		line[3*x], line[3*x+1], line[3*x+2] = red, green, blue
	}
}

// upright rotates and mirrors a picture as its EXIF orientation says.
func upright(src *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 || orientation > 8 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		dst = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	// The source pixel is at start + x*right + y*below.
	start, right, below := 0, 4, src.Stride
	lastX, lastY := 4*(w-1), src.Stride*(h-1)
	switch orientation {
	case 2: // mirrored left to right
		start, right = lastX, -4
	case 3: // upside down
		start, right, below = lastX+lastY, -4, -src.Stride
	case 4: // mirrored top to bottom
		start, below = lastY, -src.Stride
	case 5: // rows are columns
		right, below = src.Stride, 4
	case 6: // to be turned a quarter clockwise
		start, right, below = lastY, -src.Stride, 4
	case 7: // rows are columns, from the other corner
		start, right, below = lastX+lastY, -src.Stride, -4
	case 8: // to be turned a quarter the other way
		start, right, below = lastX, src.Stride, -4
	}
	for y := range dst.Rect.Dy() {
		line := dst.Pix[y*dst.Stride:][:4*dst.Rect.Dx()]
		from := start + y*below
		for x := 0; x < len(line); x += 4 {
			copy(line[x:x+4], src.Pix[from:from+4])
			from += right
		}
	}
	return dst
}
