// Package scantest makes scans for tests: pages that look written on, and files
// of them, valid or not.
package scantest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"slices"
)

// Paper returns a page of w by h pixels with lines of dark strokes on paper
// with a grain. The same seed gives the same page.
func Paper(w, h int, seed uint64) *image.RGBA {
	r := rand.New(rand.NewPCG(seed, 1))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		row := img.Pix[y*img.Stride:][:4*w]
		for x := 0; x < len(row); x += 4 {
			n := uint8(r.Uint32() % 8)
			row[x], row[x+1], row[x+2], row[x+3] = 232+n, 226+n, 210+n, 255
		}
	}
	ink := image.NewUniform(color.RGBA{30, 35, 90, 255})
	line, pen := max(8, h/40), max(1, h/700)
	for y := 2 * line; y < h-2*line; y += line {
		for x := w / 10; x < w*9/10; {
			high := line/3 + r.IntN(max(1, line/3))
			draw.Draw(img, image.Rect(x, y-high, x+pen, y), ink, image.Point{}, draw.Src)
			draw.Draw(img, image.Rect(x, y-pen, x+line/3, y), ink, image.Point{}, draw.Src)
			x += line/3 + r.IntN(max(1, line/2))
		}
	}
	return img
}

// Spread returns two pages side by side. Their gutter is at a column, with a
// shadow of so many levels of brightness; 0 means none.
func Spread(w, h, gutter, shadow int, seed uint64) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, image.Rect(0, 0, gutter, h), Paper(gutter, h, seed), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(gutter, 0, w, h), Paper(w-gutter, h, seed+1), image.Point{}, draw.Src)
	reach := max(2, w/60)
	for x := gutter - reach; x < gutter+reach; x++ {
		dark := shadow * (reach - max(x-gutter, gutter-x)) / reach
		for y := range h {
			p := img.Pix[img.PixOffset(x, y):]
			for i := range 3 {
				p[i] = uint8(max(0, int(p[i])-dark))
			}
		}
	}
	return img
}

// Quarters returns a picture in four quarters: red, green; blue, white.
func Quarters(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i, c := range []color.RGBA{{220, 30, 30, 255}, {30, 200, 30, 255}, {30, 30, 220, 255}, {240, 240, 240, 255}} {
		x, y := i%2*w/2, i/2*h/2
		draw.Draw(img, image.Rect(x, y, x+w/2, y+h/2), image.NewUniform(c), image.Point{}, draw.Src)
	}
	return img
}

// JPEG returns a picture as a file.
func JPEG(img image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 85}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// PNG returns a picture as a file.
func PNG(img image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// EXIF returns EXIF data. Empty strings are left out.
func EXIF(order binary.AppendByteOrder, orientation int, date, zone string) []byte {
	mark := "II*\x00"
	if order == binary.AppendByteOrder(binary.BigEndian) {
		mark = "MM\x00*"
	}
	b := order.AppendUint32([]byte(mark), 8)
	// Two fields at offset 8, the EXIF directory at 38, then text.
	b = order.AppendUint16(b, 2)
	b = field(b, order, 0x0112, 3, 1, order.AppendUint16(nil, uint16(orientation)))
	b = field(b, order, 0x8769, 4, 1, order.AppendUint32(nil, 38))
	b = order.AppendUint32(b, 0)
	texts := []struct {
		tag  uint16
		text string
	}{{0x9003, date}, {0x9011, zone}}
	at := uint32(38 + 2 + 2*12 + 4)
	b = order.AppendUint16(b, 2)
	for _, t := range texts {
		b = field(b, order, t.tag, 2, uint32(len(t.text)+1), order.AppendUint32(nil, at))
		at += uint32(len(t.text) + 1)
	}
	b = order.AppendUint32(b, 0)
	return append(b, date+"\x00"+zone+"\x00"...)
}

func field(b []byte, order binary.AppendByteOrder, tag, kind uint16, count uint32, value []byte) []byte {
	b = order.AppendUint16(b, tag)
	b = order.AppendUint16(b, kind)
	b = order.AppendUint32(b, count)
	return append(b, append(value, 0, 0, 0, 0)[:4]...)
}

// WithEXIF returns a JPEG file with EXIF data in it.
func WithEXIF(file, exif []byte) []byte {
	body := append([]byte("Exif\x00\x00"), exif...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return slices.Concat(file[:2], segment, body, file[2:])
}

// TIFF returns a file of pages, in 8-bit gray without compression.
func TIFF(pages ...*image.Gray) []byte {
	order := binary.LittleEndian
	b := order.AppendUint32([]byte("II*\x00"), 0)
	link := 4
	for _, p := range pages {
		w, h := p.Rect.Dx(), p.Rect.Dy()
		data := len(b)
		for y := range h {
			b = append(b, p.Pix[y*p.Stride:][:w]...)
		}
		order.PutUint32(b[link:], uint32(len(b)))
		fields := []struct {
			tag   uint16
			value int
		}{{256, w}, {257, h}, {258, 8}, {259, 1}, {262, 1}, {273, data}, {277, 1}, {278, h}, {279, w * h}}
		b = order.AppendUint16(b, uint16(len(fields)))
		for _, f := range fields {
			b = field(b, order, f.tag, 4, 1, order.AppendUint32(nil, uint32(f.value)))
		}
		link = len(b)
		b = order.AppendUint32(b, 0)
	}
	return b
}

// PDF returns a document of JPEG files, one to an A4 page.
func PDF(pictures ...[]byte) []byte {
	w := pdfWriter{}
	w.pages(len(pictures), "0 0 595 842", func(i int) (content, resources string) {
		c, err := jpeg.DecodeConfig(bytes.NewReader(pictures[i]))
		if err != nil {
			panic(err)
		}
		space := "DeviceRGB"
		if c.ColorModel == color.GrayModel {
			space = "DeviceGray"
		}
		n := w.object(fmt.Sprintf("<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/%s/BitsPerComponent 8/Filter/DCTDecode/Length %d>>stream\n%s\nendstream",
			c.Width, c.Height, space, len(pictures[i]), pictures[i]))
		return "q 595 0 0 842 0 0 cm /I Do Q", fmt.Sprintf("/XObject<</I %d 0 R>>", n)
	})
	return w.end()
}

// PDFOf returns a document of n pages drawn by a content stream. Box is their
// size, such as "0 0 595 842".
func PDFOf(n int, box, content string) []byte {
	w := pdfWriter{}
	w.pages(n, box, func(int) (string, string) { return content, "" })
	return w.end()
}

// pdfWriter writes numbered objects. Object 1 is the catalog, 2 the pages.
type pdfWriter struct {
	b       bytes.Buffer
	offsets []int
}

func (w *pdfWriter) pages(n int, box string, page func(i int) (content, resources string)) {
	w.b.WriteString("%PDF-1.4\n")
	w.offsets = make([]int, 2)
	var kids bytes.Buffer
	for i := range n {
		content, resources := page(i)
		c := w.object(fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(content), content))
		p := w.object(fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents %d 0 R/Resources<<%s>>>>", box, c, resources))
		fmt.Fprintf(&kids, "%d 0 R ", p)
	}
	w.numbered(1, "<</Type/Catalog/Pages 2 0 R>>")
	w.numbered(2, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", n, kids.Bytes()))
}

func (w *pdfWriter) object(body string) int {
	w.offsets = append(w.offsets, 0)
	w.numbered(len(w.offsets), body)
	return len(w.offsets)
}

func (w *pdfWriter) numbered(n int, body string) {
	w.offsets[n-1] = w.b.Len()
	fmt.Fprintf(&w.b, "%d 0 obj\n%s\nendobj\n", n, body)
}

func (w *pdfWriter) end() []byte {
	at := w.b.Len()
	fmt.Fprintf(&w.b, "xref\n0 %d\n0000000000 65535 f \n", len(w.offsets)+1)
	for _, o := range w.offsets {
		fmt.Fprintf(&w.b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&w.b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(w.offsets)+1, at)
	return w.b.Bytes()
}
