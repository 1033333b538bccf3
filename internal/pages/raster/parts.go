package raster

import (
	"image"
	"image/draw"
)

// A page that is much longer than wide, such as a roll of paper, is cut into
// parts if its writing would otherwise be too small.
const (
	// A page is a strip if it is more than this many times longer than wide.
	stripRatio = 3
	// MaxParts is how many parts a page has at most.
	MaxParts = 32
	// around is the range in which a page is cut, as a share of a part, before
	// the part's end.
	around = 0.25
)

func isStrip(w, h int) bool { return max(w, h) > stripRatio*min(w, h) }

// strip returns the longest side of all parts of a page of w by h, and whether
// there are several.
func (o Options) strip(w, h int) (longest int, ok bool) {
	long, short := max(w, h), max(min(w, h), 1)
	if !o.Parts || long <= o.Longest || !isStrip(w, h) {
		return 0, false
	}
	scale := min(1, float64(o.Longest)/stripRatio/float64(short))
	// Parts are cut before their maximum length.
	most := int((1-around)*float64(o.Longest)) * MaxParts
	longest = min(int(float64(long)*scale+0.5), most)
	return longest, longest > o.Longest
}

// parts cuts a strip of at most MaxParts parts between its lines, in the order
// of reading.
func (o Options) parts(whole *image.RGBA) []*image.RGBA {
	w, h := whole.Rect.Dx(), whole.Rect.Dy()
	quiet := quietness(whole, w > h)
	var parts []*image.RGBA
	for from := 0; from < len(quiet); {
		to := len(quiet)
		if to-from > o.Longest {
			first := from + int((1-around)*float64(o.Longest))
			to = quietest(quiet, first, from+o.Longest)
		}
		part := image.NewRGBA(image.Rect(0, 0, w, to-from))
		at := image.Pt(0, from)
		if w > h {
			part, at = image.NewRGBA(image.Rect(0, 0, to-from, h)), image.Pt(from, 0)
		}
		draw.Draw(part, part.Rect, whole, at, draw.Src)
		parts = append(parts, part)
		from = to
	}
	return parts
}

// quietness returns how often the brightness changes within each row of a
// picture, or in each column.
func quietness(img *image.RGBA, columns bool) []int {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	count := make([]int, h)
	if columns {
		count = make([]int, w)
	}
	for y := range h {
		row := img.Pix[y*img.Stride:]
		before := luma(row)
		for x := range w {
			l := luma(row[4*x:])
			other := before
			if columns {
				other = luma(img.Pix[max(y-1, 0)*img.Stride+4*x:])
			}
			if d := l - other; d > grain || d < -grain {
				if columns {
					count[x]++
				} else {
					count[y]++
				}
			}
			before = l
		}
	}
	return count
}

// quietest returns the middle of the widest run of the quietest rows between
// first and last.
func quietest(count []int, first, last int) int {
	least := count[first]
	for _, n := range count[first:last] {
		least = min(least, n)
	}
	best, widest := first, 0
	for i := first; i < last; i++ {
		n := 0
		for i+n < last && count[i+n] == least {
			n++
		}
		if n > widest {
			best, widest = i+n/2, n
		}
		i += n
	}
	return max(best, first)
}
