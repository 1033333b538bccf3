package raster

import "image"

// component is the brightness or a colour of a photograph.
type component struct {
	pix           []uint8
	stride        int
	width, height int
}

// planesOf returns the brightness and the two colours of a photograph; false for other
// pictures, and if a colour has fewer than w by h values.
func planesOf(src image.Image, w, h int) (list [3]component, ok bool) {
	p, ok := src.(*image.YCbCr)
	if !ok || p.Rect.Min != (image.Point{}) {
		return list, false
	}
	b := p.Rect
	last := p.COffset(b.Max.X-1, b.Max.Y-1)
	if p.CStride <= 0 {
		return list, false
	}
	colour := component{stride: p.CStride, width: last%p.CStride + 1, height: last/p.CStride + 1}
	list[0] = component{p.Y, p.YStride, b.Dx(), b.Dy()}
	list[1], list[2] = colour, colour
	list[1].pix, list[2].pix = p.Cb, p.Cr
	for _, one := range list {
		if one.width < w || one.height < h || len(one.pix) < (one.height-1)*one.stride+one.width {
			return list, false
		}
	}
	return list, true
}

// shrinkPlanes is shrink for the components of a JPEG: there is less to
// average, and only the small picture is converted to RGB.
func shrinkPlanes(list [3]component, w, h int) *image.RGBA {
	luma, blue, red := list[0].shrink(w, h), list[1].shrink(w, h), list[2].shrink(w, h)
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range luma {
		y, cb, cr := luma[i], blue[i]-128, red[i]-128
		p := dst.Pix[4*i : 4*i+4 : 4*i+4]
		p[0] = rounded(y + 1.402*cr)
		p[1] = rounded(y - 0.344136*cb - 0.714136*cr)
		p[2] = rounded(y + 1.772*cb)
		p[3] = 0xff
	}
	return dst
}

func rounded(v float32) uint8 { return uint8(min(max(v, 0), 255) + 0.5) }

// shrink returns the means of w by h parts of a component, by rows.
func (p component) shrink(w, h int) []float32 {
	out := make([]float32, w*h)
	across, down := spans(p.width, w), spans(p.height, h)
	line := make([]float32, w)
	read := -1 // the row in line
	for y, s := range down {
		sum := out[y*w:][:w]
		for i := s.from; i < s.to; i++ {
			if i != read {
				squeezePlane(line, p.pix[i*p.stride:][:p.width], across)
				read = i
			}
			weight := s.weight(i)
			for k, v := range line {
				sum[k] += v * weight
			}
		}
	}
	return out
}

// squeezePlane averages a row into one value per span.
func squeezePlane(line []float32, row []uint8, across []span) {
	for x, s := range across {
		part := row[s.from:s.to]
		if len(part) == 1 {
			line[x] = float32(part[0])
			continue
		}
		var inner uint32
		for _, v := range part[1 : len(part)-1] {
			inner += uint32(v)
		}
		line[x] = float32(part[0])*s.first + float32(inner)*s.full + float32(part[len(part)-1])*s.last
	}
}
