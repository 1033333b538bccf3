package raster

import (
	"bytes"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"daybook/internal/pages/scantest"
)

// A photograph is shrunk in its own components: the result is as good as in RGB.
func TestShrinkPlanes(t *testing.T) {
	paper, err := jpeg.Decode(bytes.NewReader(scantest.JPEG(scantest.Paper(301, 203, 5))))
	if err != nil {
		t.Fatal(err)
	}
	pictures := []image.Image{paper}
	r := rand.New(rand.NewPCG(1, 2))
	for _, ratio := range []image.YCbCrSubsampleRatio{
		image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410,
	} {
		p := image.NewYCbCr(image.Rect(0, 0, 157, 93), ratio)
		for y := range 93 {
			for x := range 157 {
				p.Y[p.YOffset(x, y)] = uint8(60 + x/2 + r.IntN(40))
				p.Cb[p.COffset(x, y)], p.Cr[p.COffset(x, y)] = uint8(110+x/8), uint8(140-y/8)
			}
		}
		pictures = append(pictures, p)
	}
	for _, src := range pictures {
		b := src.Bounds()
		for _, size := range []image.Point{{38, 23}, {30, 9}, {7, 23}, {1, 1}} {
			planes, ok := planesOf(src, size.X, size.Y)
			if !ok {
				t.Errorf("%v, %v is not shrunk in its components", b, size)
				continue
			}
			got, want := shrinkPlanes(planes, size.X, size.Y), shrink(opaque{src}, size.X, size.Y)
			for i := range got.Pix {
				if d := int(got.Pix[i]) - int(want.Pix[i]); d > 4 || d < -4 {
					t.Fatalf("%v, %v: byte %d is %d, want %d", b, size, i, got.Pix[i], want.Pix[i])
				}
			}
		}
		if _, ok := planesOf(src, b.Dx()+1, 1); ok {
			t.Errorf("%v is enlarged", b)
		}
	}
	if _, ok := planesOf(image.NewYCbCr(image.Rect(0, 0, 9, 9), image.YCbCrSubsampleRatio420), 7, 7); ok {
		t.Error("colours are enlarged")
	}
	if _, ok := planesOf(pictures[0].(*image.YCbCr).SubImage(image.Rect(10, 10, 50, 50)), 5, 5); ok {
		t.Error("a part of a picture is taken for the whole")
	}
}

// opaque hides what type a picture has.
type opaque struct{ image.Image }

func (opaque) Opaque() bool { return true }

func BenchmarkShrinkPhotograph(b *testing.B) {
	src, err := jpeg.Decode(bytes.NewReader(scantest.JPEG(scantest.Paper(4032, 3024, 1))))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		shrink(src, 400, 300)
	}
}

func BenchmarkDecodePhotograph(b *testing.B) {
	data := scantest.JPEG(scantest.Paper(4032, 3024, 1))
	for b.Loop() {
		if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}
