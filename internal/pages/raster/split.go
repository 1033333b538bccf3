package raster

import (
	"image"
	"image/draw"
	"slices"
)

// The range in which a spread's gutter is searched, as fractions of its width.
const (
	minHalf = 0.4
	maxHalf = 0.6
)

// isSpread reports whether a page of w by h may be two pages side by side.
func isSpread(w, h int) bool { return w > h }

// cut returns the picture, or its parts if it must be cut.
func (o Options) cut(whole *image.RGBA) []*image.RGBA {
	w, h := whole.Rect.Dx(), whole.Rect.Dy()
	if o.Parts && max(w, h) > o.Longest && isStrip(w, h) {
		return o.parts(whole)
	}
	if !o.Split || !isSpread(w, h) || w < 16 {
		return []*image.RGBA{whole}
	}
	at := gutter(whole)
	halves := []*image.RGBA{image.NewRGBA(image.Rect(0, 0, at, h)), image.NewRGBA(image.Rect(0, 0, w-at, h))}
	draw.Draw(halves[0], halves[0].Rect, whole, image.Point{}, draw.Src)
	draw.Draw(halves[1], halves[1].Rect, whole, image.Pt(at, 0), draw.Src)
	return halves
}

// gutter returns the column where the two pages of a spread meet: the line
// that is darker than the paper beside it from top to bottom, or else the
// middle of the widest column without writing, or else the middle.
func gutter(img *image.RGBA) int {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	from, to := int(float64(w)*minHalf), int(float64(w)*maxHalf)
	p := profile(img)
	if at, ok := p.shadow(from, to); ok {
		return at
	}
	if at, ok := p.blank(from, to, h); ok {
		return at
	}
	return w / 2
}

// bands is the number of vertical segments in which columns are measured.
const bands = 12

// grain is how much the brightness of paper varies.
const grain = 24

// columns has, for each column of a picture, the brightness of its paper in
// each band (0 to 255), and how often its brightness differs from the previous
// column's, which distinguishes ink from paper.
type columns struct {
	light [bands][]float64
	edges []float64
}

func profile(img *image.RGBA) columns {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	var c columns
	c.edges = make([]float64, w)
	lights := make([][256]uint16, w) // how many pixels of a column have a brightness
	for b := range bands {
		clear(lights)
		top, bottom := b*h/bands, (b+1)*h/bands
		for y := top; y < bottom; y++ {
			row := img.Pix[y*img.Stride:]
			before := luma(row)
			for x := range w {
				l := luma(row[4*x:])
				lights[x][l]++
				if d := l - before; d > grain || d < -grain {
					c.edges[x]++
				}
				before = l
			}
		}
		c.light[b] = make([]float64, w)
		for x := range w {
			c.light[b][x] = paper(&lights[x], bottom-top)
		}
	}
	return c
}

// paper returns the brightness of a column's paper: the one that a fifth of its
// n pixels exceed.
func paper(lights *[256]uint16, n int) float64 {
	l := 255
	for above := 0; l > 0; l-- {
		if above += int(lights[l]); above > n/5 {
			break
		}
	}
	return float64(l)
}

// luma returns the brightness of a pixel, from 0 to 255.
func luma(p []uint8) int { return (299*int(p[0]) + 587*int(p[1]) + 114*int(p[2])) / 1000 }

// shadow finds a line whose paper is dark in nearly every band.
func (c columns) shadow(from, to int) (at int, ok bool) {
	w := len(c.edges)
	width := max(2, w/200) // of the line
	reach := max(8, w/25)  // how far beside it the paper is measured
	best, depth := 0, 0.0
	for x := from; x < to; x++ {
		var drops []float64
		for b := range bands {
			line := mean(c.light[b][x : x+width])
			left, right := c.light[b][max(0, x-reach):x], c.light[b][x+width:min(w, x+width+reach)]
			drops = append(drops, min(median(left), median(right))-line)
		}
		slices.Sort(drops)
		// Two bands may disagree: a thumb, a pasted picture.
		if d := drops[2]; d > depth {
			best, depth = x+width/2, d
		}
	}
	return best, depth >= 8
}

// blank finds the widest run of columns without writing, such as two margins,
// with writing on both sides and its middle in the range of a gutter.
func (c columns) blank(from, to, h int) (at int, ok bool) {
	quiet := float64(h) / 400
	around := (to - from) / 2 // lines end where they like
	first, last := max(1, from-around), min(len(c.edges), to+around)
	widest := 0
	start := last // of a run; last while there is none that began after writing
	for x := first; x < last; x++ {
		switch before, here := c.edges[x-1] > quiet, c.edges[x] > quiet; {
		case before && !here:
			start = x
		case !before && here && x-start > widest:
			if middle := (start + x) / 2; middle >= from && middle < to {
				widest, at = x-start, middle
			}
		}
	}
	return at, widest >= max(2, len(c.edges)/100)
}

func mean(v []float64) float64 {
	var sum float64
	for _, x := range v {
		sum += x
	}
	return sum / float64(max(1, len(v)))
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Clone(v)
	slices.Sort(s)
	return s[len(s)/2]
}
