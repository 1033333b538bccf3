package raster

import (
	"image"
	"image/color"
	"image/draw"
	"testing"

	"daybook/internal/pages/scantest"
)

// ruled is white paper of w by h with a dark line of writing, 12 pixels high,
// every 40 pixels: rows, or columns.
func ruled(w, h int, columns bool) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
	for y := range h {
		for x := range w {
			along, across := x, y
			if columns {
				along, across = y, x
			}
			if across%40 < 12 && along%6 < 3 {
				img.SetRGBA(x, y, color.RGBA{20, 20, 60, 255})
			}
		}
	}
	return img
}

// A strip is cut between its lines, and each part is as large as it may be.
func TestStripsAreCut(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	for _, c := range []struct{ w, h, least, most int }{
		{400, 30_000, 15, 20}, {1200, 9000, 3, 4}, {300, 3000, 2, 2}, {3000, 300, 2, 2}, {40, 80_000, 24, 60},
		{1500, 4000, 1, 1}, {100, 2000, 1, 1}, {2000, 1400, 1, 1},
	} {
		img := ruled(c.w, c.h, c.w > c.h)
		d := open(t, scantest.PNG(img))
		parts := render(t, d, 0, Options{Parts: true})
		if n := len(parts); n < min(c.least, MaxParts) || n > min(c.most, MaxParts) {
			t.Errorf("%d by %d has %d parts", c.w, c.h, n)
		}
		long := 0
		for i, p := range parts {
			b := p.Bounds()
			if max(b.Dx(), b.Dy()) > defaultLongest {
				t.Errorf("%d by %d: part %d is %v", c.w, c.h, i, b)
			}
			long += b.Dy()
			if c.w > c.h {
				long += b.Dx() - b.Dy()
			}
			x, y := 0, b.Dy()-1
			if c.w > c.h {
				x, y = b.Dx()-1, 0
			}
			if i < len(parts)-1 && grayAt(p, x, y) < 200 {
				t.Errorf("%d by %d: part %d ends in a line", c.w, c.h, i)
			}
		}
		if len(parts) > 1 && c.h == 30_000 && long != c.h {
			t.Errorf("%d by %d: the parts are %d long", c.w, c.h, long)
		}
		if whole := render(t, d, 0, Options{Split: true}); len(whole) > 2 {
			t.Errorf("%d by %d was cut unasked", c.w, c.h)
		}
	}
}
