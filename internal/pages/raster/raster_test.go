package raster

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"log"
	"os"
	"path/filepath"
	"testing"
	"time"

	"daybook/internal/pages/scantest"
)

var limits = Limits{Pages: 500, Pixels: 100e6, Memory: 512 << 20}

func open(t *testing.T, data []byte) *Document {
	t.Helper()
	kind, like := Sniff(data)
	if kind == "" {
		t.Fatalf("taken for %q", like)
	}
	d, err := Open(newRuntime(t, kind), kind, data, limits)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// newRuntime returns a runtime for the types that need one.
func newRuntime(t *testing.T, kind Type) *Runtime {
	t.Helper()
	if kind != HEIC {
		return nil
	}
	r, err := NewRuntime(cache, limits)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// cache is where the tests keep the compiled code of the HEIC decoder.
var cache string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if cache, err = os.MkdirTemp("", "raster-test-"); err != nil {
			log.Fatal(err)
		}
		defer os.RemoveAll(cache)
		return m.Run()
	}())
}

// render returns the pictures of a page, decoded.
func render(t *testing.T, d *Document, page int, o Options) []image.Image {
	t.Helper()
	pictures, err := d.Render(page, o)
	if err != nil {
		t.Fatal(err)
	}
	var out []image.Image
	for _, p := range pictures {
		img, kind, err := image.Decode(bytes.NewReader(p.Data))
		if err != nil {
			t.Fatal(err)
		}
		if b := img.Bounds(); b.Dx() != p.Width || b.Dy() != p.Height || "image/"+kind != p.MIME {
			t.Errorf("a %s of %v is said to be a %s of %d×%d", kind, b, p.MIME, p.Width, p.Height)
		}
		out = append(out, img)
	}
	return out
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// quarters returns the colours of a picture's four quarters as letters, by
// rows: "RGBW" is an upright scantest.Quarters.
func quarters(img image.Image) string {
	var s string
	b := img.Bounds()
	for i := range 4 {
		r, g, bl, _ := img.At(b.Min.X+(1+i%2*2)*b.Dx()/4, b.Min.Y+(1+i/2*2)*b.Dy()/4).RGBA()
		switch {
		case r > 0x8000 && g > 0x8000:
			s += "W"
		case r > 0x8000:
			s += "R"
		case g > 0x8000:
			s += "G"
		case bl > 0x8000:
			s += "B"
		default:
			s += "?"
		}
	}
	return s
}

func TestEveryType(t *testing.T) {
	whole := scantest.Quarters(192, 128)
	for name, data := range map[string][]byte{
		"png": scantest.PNG(whole), "jpeg": scantest.JPEG(whole), "heic": fixture(t, "quarters.heic"),
		"heic turned by its container": fixture(t, "turned.heic"),
		"webp":                         fixture(t, "quarters.webp"), "webp lossless": fixture(t, "lossless.webp"),
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, data)
			img := render(t, d, 0, Options{})[0]
			if got := quarters(img); got != "RGBW" || d.Info.Pages != 1 || img.Bounds() != whole.Rect {
				t.Errorf("quarters %s, %d pages, %v", got, d.Info.Pages, img.Bounds())
			}
		})
	}
	if got := quarters(render(t, open(t, fixture(t, "narrow.heic")), 0, Options{})[0]); got != "RGBW" {
		t.Errorf("a narrow HEIC has quarters %s", got) // libheif's rows are longer than the picture
	}
	if got := render(t, open(t, fixture(t, "gray.heic")), 0, Options{})[0]; got.ColorModel() != color.GrayModel {
		t.Errorf("a gray picture came back as %T", got)
	}
}

func TestOrientation(t *testing.T) {
	want := map[int]string{1: "RGBW", 2: "GRWB", 3: "WBGR", 4: "BWRG", 5: "RBGW", 6: "BRWG", 7: "WGBR", 8: "GWRB", 0: "RGBW", 9: "RGBW"}
	file := scantest.JPEG(scantest.Quarters(96, 64))
	for orientation, quarter := range want {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			d := open(t, scantest.WithEXIF(file, scantest.EXIF(order, orientation, "", "")))
			img := render(t, d, 0, Options{})[0]
			size := image.Pt(96, 64)
			if orientation >= 5 && orientation <= 8 {
				size = image.Pt(64, 96)
			}
			if got := quarters(img); got != quarter || img.Bounds().Size() != size {
				t.Errorf("orientation %d: %s of %v, want %s of %v", orientation, got, img.Bounds().Size(), quarter, size)
			}
		}
	}
}

// The size is that of the upright picture, not of the stored one.
func TestOrientationAndSize(t *testing.T) {
	file := scantest.WithEXIF(scantest.JPEG(scantest.Quarters(600, 300)), scantest.EXIF(binary.LittleEndian, 6, "", ""))
	if got := render(t, open(t, file), 0, Options{Longest: 100})[0].Bounds().Size(); got != image.Pt(50, 100) {
		t.Errorf("it is %v", got)
	}
}

func TestTaken(t *testing.T) {
	plain := scantest.JPEG(scantest.Quarters(16, 16))
	with := func(date, zone string) []byte {
		return scantest.WithEXIF(plain, scantest.EXIF(binary.BigEndian, 1, date, zone))
	}
	atSea := time.Date(2021, 6, 7, 8, 9, 10, 0, time.FixedZone("", 2*3600))
	for name, c := range map[string]struct {
		data []byte
		want time.Time
	}{
		"none":          {plain, time.Time{}},
		"without zone":  {with("2021:06:07 08:09:10", ""), time.Date(2021, 6, 7, 8, 9, 10, 0, time.UTC)},
		"with zone":     {with("2021:06:07 08:09:10", "+02:00"), atSea},
		"zeros":         {with("0000:00:00 00:00:00", ""), time.Time{}},
		"spaces":        {with("    :  :     :  :  ", ""), time.Time{}},
		"no such month": {with("2021:13:07 08:09:10", ""), time.Time{}},
		"heic":          {fixture(t, "quarters.heic"), atSea},
		"webp":          {fixture(t, "quarters.webp"), atSea},
	} {
		if got := open(t, c.data).Info.Taken; !got.Equal(c.want) {
			t.Errorf("%s: taken %v, want %v", name, got, c.want)
		}
	}
}

func TestTIFFPages(t *testing.T) {
	var pages []*image.Gray
	for i := range 3 {
		g := image.NewGray(image.Rect(0, 0, 40+i, 30))
		for k := range g.Pix {
			g.Pix[k] = uint8(50 * i)
		}
		pages = append(pages, g)
	}
	data := scantest.TIFF(pages...)
	d := open(t, bytes.Clone(data))
	if d.Info.Pages != 3 {
		t.Fatalf("%d pages", d.Info.Pages)
	}
	for _, i := range []int{2, 0, 1} {
		img := render(t, d, i, Options{})[0]
		if light, _, _, _ := img.At(5, 5).RGBA(); img.Bounds().Dx() != 40+i || int(light>>8) != 50*i {
			t.Errorf("page %d is %v of light %d", i, img.Bounds(), light>>8)
		}
	}
	// A cycle of directories ends.
	last := data[len(data)-4:]
	copy(last, data[4:8])
	if d := open(t, bytes.Clone(data)); d.Info.Pages != 3 {
		t.Errorf("a circle of 3 is %d pages", d.Info.Pages)
	}
	_, err := Open(nil, TIFF, data, Limits{Pages: 2, Pixels: 1e6})
	var f *Fault
	if !errors.As(err, &f) || f.Reason != TooManyPages || f.Pages != 3 {
		t.Errorf("3 pages of 2: %v", err)
	}
}

func TestTooManyPixels(t *testing.T) {
	data := scantest.JPEG(image.NewGray(image.Rect(0, 0, 40, 30)))
	_, err := Open(nil, JPEG, data, Limits{Pages: 1, Pixels: 1199})
	var f *Fault
	if !errors.As(err, &f) || f.Reason != TooManyPixels || f.Width != 40 || f.Height != 30 {
		t.Errorf("%v", err)
	}
	if _, err := Open(nil, JPEG, data, Limits{Pages: 1, Pixels: 1200}); err != nil {
		t.Error(err)
	}
}

// A decoder reports that it needs too much memory, and a picture can be decoded
// repeatedly.
func TestMemoryOfHEIC(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	data := fixture(t, "large.heic")
	scarce := Limits{Pages: 1, Pixels: 100e6, Memory: 64 << 20}
	for _, l := range []Limits{scarce, {Pages: 1, Pixels: 100e6, Memory: 256 << 20}} {
		r, err := NewRuntime(cache, l)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Open(r, HEIC, data, l)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			p, err := d.Render(0, Options{Longest: 96})
			var f *Fault
			if l == scarce {
				if !errors.As(err, &f) || f.Reason != TooMuchMemory {
					t.Errorf("with %d MB: %v", l.Memory>>20, err)
				}
			} else if err != nil || len(p) != 1 || p[0].Width != 96 {
				t.Errorf("with %d MB: %v", l.Memory>>20, err)
			}
		}
		d.Close()
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestNoSuchPage(t *testing.T) {
	d := open(t, scantest.PNG(scantest.Quarters(20, 20)))
	for _, page := range []int{-1, 1} {
		_, err := d.Render(page, Options{})
		var f *Fault
		if !errors.As(err, &f) || f.Reason != NoSuchPage || f.Pages != 1 {
			t.Errorf("page %d: %v", page, err)
		}
	}
}

// Ink on a transparent sheet is ink on white paper.
func TestTransparency(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 80, 80))
	img.SetNRGBA(10, 10, color.NRGBA{0, 0, 0, 255})
	for _, o := range []Options{{}, {Longest: 64}} {
		got := render(t, open(t, scantest.PNG(img)), 0, o)[0]
		if light, _, _, alpha := got.At(60, 60).RGBA(); light != 0xffff || alpha != 0xffff {
			t.Errorf("paper is %04x, opaque %04x", light, alpha)
		}
		if light, _, _, _ := got.At(10*got.Bounds().Dx()/80, 10*got.Bounds().Dx()/80).RGBA(); light > 0x6000 {
			t.Errorf("ink is %04x", light)
		}
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		w, h int
		o    Options
		want image.Point
	}{
		{300, 200, Options{}, image.Pt(300, 200)}, // never enlarged
		{2100, 1400, Options{}, image.Pt(2048, 1365)},
		{300, 200, Options{Longest: 150}, image.Pt(150, 100)},
		{200, 300, Options{Longest: 64}, image.Pt(43, 64)},
		{4000, 2, Options{Longest: 64}, image.Pt(64, 1)},
		{200, 300, Options{Longest: 150, Split: true}, image.Pt(100, 150)}, // no spread
	} {
		pictures := render(t, open(t, scantest.PNG(image.NewGray(image.Rect(0, 0, c.w, c.h)))), 0, c.o)
		if got := pictures[0].Bounds().Size(); got != c.want || len(pictures) != 1 {
			t.Errorf("%d×%d with %+v: %v", c.w, c.h, c.o, got)
		}
	}
}

// Handwriting on paper becomes a JPEG, drawn pages a PNG: the smaller file is
// used.
func TestSmallerFile(t *testing.T) {
	drawn := image.NewRGBA(image.Rect(0, 0, 900, 1200))
	for i := range drawn.Pix {
		drawn.Pix[i] = 0xff
	}
	for y := 100; y < 1100; y += 20 {
		for x := 80; x < 800; x++ {
			drawn.SetRGBA(x, y, color.RGBA{20, 20, 120, 255})
		}
	}
	for name, c := range map[string]struct {
		img  *image.RGBA
		want string
	}{"paper": {scantest.Paper(900, 1200, 3), MIMEJPEG}, "drawn": {drawn, MIMEPNG}, "small": {scantest.Quarters(30, 30), MIMEPNG}} {
		p, err := encode(c.img)
		if err != nil || p.MIME != c.want {
			t.Errorf("%s is sent as %s: %v", name, p.MIME, err)
		}
		var asPNG, asJPEG bytes.Buffer
		_ = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&asPNG, thin(c.img))
		_ = jpeg.Encode(&asJPEG, thin(c.img), &jpeg.Options{Quality: quality})
		if smaller := min(asPNG.Len(), asJPEG.Len()); len(p.Data) != smaller {
			t.Errorf("%s: %d bytes; PNG has %d, JPEG %d", name, len(p.Data), asPNG.Len(), asJPEG.Len())
		}
	}
}

func TestSniff(t *testing.T) {
	for head, want := range map[string]string{
		"<!DOCTYPE html><p>": "HTML", "\ufeff  <HTML lang=de>": "HTML", "<svg xmlns=": "SVG", "<?xml version=\"1.0\"?>\n<svg ": "SVG", "<?xml version=\"1.0\"?><a/>": "XML",
		"GIF89a": "GIF", "PK\x03\x04": "a ZIP archive", "Dear diary": "text", "\x00\x01\x02": "", "": "", "\x00\x00\x00\x20ftypavif": "AVIF", "\x00\x00\x00\x20ftypisom": "a film",
		"%PDF-1.7": PDF.said(), "junk\n%PDF-1.4": PDF.said(), "\x89PNG\r\n\x1a\n": PNG.said(), "\xff\xd8\xff\xe0": JPEG.said(), "RIFF\x00\x00\x00\x00WEBPVP8L": WebP.said(),
		"II*\x00": TIFF.said(), "MM\x00*": TIFF.said(), "\x00\x00\x00\x18ftypheic": HEIC.said(), "\x00\x00\x00\x18ftypmif1": HEIC.said(),
	} {
		kind, like := Sniff([]byte(head))
		if got := like + kind.said(); got != want {
			t.Errorf("%q is %q, want %q", head, got, want)
		}
	}
}

func (t Type) said() string {
	if t == "" {
		return ""
	}
	return fmt.Sprintf("type %s", string(t))
}

// Wherever a file is cut off, nothing panics and no partial picture is
// returned.
func TestTruncated(t *testing.T) {
	whole := scantest.Paper(200, 260, 1)
	gray := image.NewGray(image.Rect(0, 0, 200, 260))
	for kind, data := range map[Type][]byte{
		PNG: scantest.PNG(whole), JPEG: scantest.JPEG(whole), TIFF: scantest.TIFF(gray, gray),
		HEIC: fixture(t, "quarters.heic"), WebP: fixture(t, "lossless.webp"),
	} {
		for i := range 16 {
			part := bytes.Clone(data[:i*len(data)/16])
			d, err := Open(newRuntime(t, kind), kind, part, limits)
			if err == nil {
				_, err = d.Render(d.Info.Pages-1, Options{})
			}
			var f *Fault
			if !errors.As(err, &f) {
				t.Errorf("%d sixteenths of a %s: %v", i, kind, err)
			}
		}
	}
}

func FuzzEXIF(f *testing.F) {
	f.Add(scantest.EXIF(binary.LittleEndian, 6, "2021:06:07 08:09:10", "+02:00"))
	f.Add(scantest.TIFF(image.NewGray(image.Rect(0, 0, 3, 3)), image.NewGray(image.Rect(0, 0, 3, 3))))
	f.Add(fixture(f, "quarters.webp"))
	f.Add(fixture(f, "quarters.heic"))
	f.Add(scantest.WithEXIF(scantest.JPEG(image.NewGray(image.Rect(0, 0, 3, 3))), []byte("II*\x00")))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range []Type{JPEG, PNG, WebP, HEIC} {
			readEXIF(findEXIF(kind, data))
		}
		if e := readEXIF(data); e.orientation < 1 || e.orientation > 8 {
			t.Errorf("orientation %d", e.orientation)
		}
		if d, first, ok := openIFDs(data); ok {
			if at, _ := d.pages(first, 10); len(at) > 11 {
				t.Errorf("%d pages of at most 11", len(at))
			}
		}
	})
}

func FuzzSniff(f *testing.F) {
	f.Add([]byte("<?xml version=\"1.0\"?><svg>"))
	f.Fuzz(func(t *testing.T, head []byte) {
		if kind, like := Sniff(head); kind != "" && like != "" {
			t.Errorf("it is %q and like %q", kind, like)
		}
	})
}
