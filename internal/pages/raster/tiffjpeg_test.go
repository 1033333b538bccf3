package raster

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"testing"

	"daybook/internal/pages/scantest"
)

// jpegTIFF is a TIFF of one page whose picture is a JPEG in one strip.
func jpegTIFF(width, height uint32, picture []byte) []byte {
	fields := []uint32{tagWidth, width, tagHeight, height, tagCompression, compressionJPEG, tagPhotometric, 6, tagStrips, 0, tagStripSizes, uint32(len(picture))}
	n := len(fields) / 2
	fields[9] = uint32(8 + 2 + n*fieldLen + 4)
	out := []byte("MM\x00*\x00\x00\x00\x08")
	out = binary.BigEndian.AppendUint16(out, uint16(n))
	for i := 0; i < len(fields); i += 2 {
		out = binary.BigEndian.AppendUint16(out, uint16(fields[i]))
		out = binary.BigEndian.AppendUint16(out, 4)
		out = binary.BigEndian.AppendUint32(out, 1)
		out = binary.BigEndian.AppendUint32(out, fields[i+1])
	}
	return append(append(out, 0, 0, 0, 0), picture...)
}

// Colour scanners write TIFFs with JPEG pictures.
func TestJPEGInTIFF(t *testing.T) {
	whole := scantest.Quarters(192, 128)
	for name, data := range map[string][]byte{
		"strips": fixture(t, "strips.tif"), "tiles": fixture(t, "tiles.tif"), "transformed colours": jpegTIFF(192, 128, scantest.JPEG(whole)),
	} {
		d := open(t, bytes.Clone(data))
		if img := render(t, d, 0, Options{})[0]; quarters(img) != "RGBW" || img.Bounds() != whole.Rect || d.Info.Pages != 1 {
			t.Errorf("%s: quarters %s, %v", name, quarters(img), img.Bounds())
		}
		for cut := len(data) / 8; cut < len(data); cut += len(data) / 8 {
			d, err := Open(nil, TIFF, bytes.Clone(data[:cut]), Limits{Pages: 10, Pixels: 1e6})
			if err == nil {
				_, err = d.source.page(0, nil)
			}
			var f *Fault
			if err != nil && !errors.As(err, &f) {
				t.Errorf("%s, cut off at %d: %v", name, cut, err)
			}
		}
	}
	gray := image.NewGray(image.Rect(0, 0, 40, 30))
	if img := render(t, open(t, jpegTIFF(40, 30, scantest.JPEG(gray))), 0, Options{})[0]; img.Bounds() != gray.Rect {
		t.Errorf("gray: %v", img.Bounds())
	}
}

// A directory that lies about its picture gains nothing.
func TestJPEGInTIFFContradicts(t *testing.T) {
	picture := scantest.JPEG(image.NewGray(image.Rect(0, 0, 400, 300)))
	for name, c := range map[string]struct {
		data []byte
		want Reason
	}{
		"smaller than its piece": {jpegTIFF(40, 30, picture), Damaged},
		"far too large":          {jpegTIFF(60_000, 60_000, picture), TooManyPixels},
		"without pixels":         {jpegTIFF(0, 30, picture), Damaged},
		"no JPEG":                {jpegTIFF(400, 300, []byte("<svg></svg>")), Damaged},
	} {
		d, err := Open(nil, TIFF, c.data, Limits{Pages: 1, Pixels: 1e6})
		if err == nil {
			_, err = d.source.page(0, nil)
		}
		var f *Fault
		if !errors.As(err, &f) || f.Reason != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzTIFF(f *testing.F) {
	f.Add(fixture(f, "strips.tif"))
	f.Add(fixture(f, "tiles.tif"))
	f.Add(jpegTIFF(40, 30, scantest.JPEG(image.NewGray(image.Rect(0, 0, 40, 30)))))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, first, ok := openIFDs(data)
		if !ok {
			return
		}
		if p, err := d.pageAt(first); err == nil {
			img, err := p.decode(1e5)
			if err == nil && img.Bounds() != image.Rect(0, 0, p.width, p.height) {
				t.Errorf("%d by %d became %v", p.width, p.height, img.Bounds())
			}
		}
	})
}
