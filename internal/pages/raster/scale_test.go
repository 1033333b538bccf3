package raster

import (
	"image"
	"testing"

	"daybook/internal/pages/scantest"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name         string
		img          *image.RGBA
		at, allowing int
	}{
		{"a shadow left of the middle", scantest.Spread(1400, 900, 640, 60, 1), 640, 12},
		{"a shadow right of the middle", scantest.Spread(1400, 900, 790, 60, 2), 790, 12},
		{"a faint shadow", scantest.Spread(1400, 900, 740, 24, 3), 740, 12},
		{"margins without a shadow", scantest.Spread(1400, 900, 740, 0, 4), 740, 30},
		{"nothing to see", scantest.Quarters(1400, 900), 700, 1},
	} {
		if got := gutter(c.img); got < c.at-c.allowing || got > c.at+c.allowing {
			t.Errorf("%s: cut at %d, not %d", c.name, got, c.at)
		}
	}
	d := open(t, scantest.JPEG(scantest.Spread(1400, 900, 640, 60, 1)))
	halves := render(t, d, 0, Options{Longest: 450, Split: true})
	if len(halves) != 2 {
		t.Fatalf("%d halves", len(halves))
	}
	for _, h := range halves {
		if b := h.Bounds(); max(b.Dx(), b.Dy()) != 450 {
			t.Errorf("a half is %v", b)
		}
	}
	if n := len(render(t, d, 0, Options{Longest: 450})); n != 1 {
		t.Errorf("%d pictures where nothing is to be split", n)
	}
	if n := len(render(t, open(t, scantest.JPEG(scantest.Paper(600, 900, 1))), 0, Options{Split: true})); n != 1 {
		t.Errorf("%d pictures of an upright page", n)
	}
}

// shrink agrees with a naive mean.
func TestShrinkTakesMeans(t *testing.T) {
	src := scantest.Paper(47, 31, 5)
	for _, size := range []image.Point{{47, 31}, {46, 30}, {25, 31}, {15, 8}, {1, 1}, {47, 1}} {
		got := shrink(src, size.X, size.Y)
		for y := range size.Y {
			for x := range size.X {
				want := plainMean(src, float64(x)/float64(size.X), float64(x+1)/float64(size.X), float64(y)/float64(size.Y), float64(y+1)/float64(size.Y))
				p := got.RGBAAt(x, y)
				for i, v := range []uint8{p.R, p.G, p.B} {
					if d := float64(v) - want[i]; d > 0.6 || d < -0.6 || p.A != 255 {
						t.Fatalf("%v: pixel %d,%d is %v, want %v", size, x, y, p, want)
					}
				}
			}
		}
	}
}

// plainMean is the mean of a part of a picture, by sides from 0 to 1.
func plainMean(img *image.RGBA, left, right, top, bottom float64) [3]float64 {
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	overlap := func(i int, from, to, n float64) float64 {
		return max(0, min(float64(i+1), to*n)-max(float64(i), from*n))
	}
	var sum [3]float64
	var area float64
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			a := overlap(x, left, right, w) * overlap(y, top, bottom, h)
			p := img.RGBAAt(x, y)
			sum[0] += a * float64(p.R)
			sum[1] += a * float64(p.G)
			sum[2] += a * float64(p.B)
			area += a
		}
	}
	for i := range sum {
		sum[i] /= area
	}
	return sum
}
