package scantest

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// Hand is what a page is written with: a person's handwriting, or type.
type Hand struct {
	Name string
	font *opentype.Font
}

// Type returns the hand of a machine.
func Type() Hand {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		panic(err) // it is compiled in
	}
	return Hand{"type", f}
}

// Hands returns, by name, the handwritings that scripts/fetch-fonts.sh has
// fetched into .cache/fonts below root; none if it was not run.
func Hands(root string) ([]Hand, error) {
	paths, err := filepath.Glob(filepath.Join(root, ".cache", "fonts", "*.woff"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	var hands []Hand
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if data, err = unpack(data); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		f, err := opentype.Parse(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		hands = append(hands, Hand{strings.TrimSuffix(filepath.Base(path), ".woff"), f})
	}
	return hands, nil
}

// Sheet describes a written page. The same sheet with the same text gives the
// same page.
type Sheet struct {
	W, H int     // in pixels
	Size float64 // from line to line, in pixels
	Turn float64 // how many degrees it is rotated, clockwise
	// Light is how many levels darker the page is in its darkest corner.
	Light float64
	Grain int // the largest difference between neighbouring pixels, in levels
	Seed  uint64
}

// Write returns a page with as much of a text as it has room for.
func (h Hand) Write(text string, s Sheet) *image.RGBA {
	r := rand.New(rand.NewPCG(s.Seed, 2))
	page := blankPaper(s.W, s.H)
	h.lines(page, text, s.Size)
	page = turn(page, s.Turn)
	weather(page, s.Light, s.Grain, r)
	return page
}

var (
	paperColour = color.RGBA{240, 234, 220, 255}
	inkColour   = color.RGBA{36, 40, 82, 255}
)

func blankPaper(w, h int) *image.RGBA {
	page := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(page, page.Rect, image.NewUniform(paperColour), image.Point{}, draw.Src)
	return page
}

// lines writes a text within margins, breaking its lines between words.
func (h Hand) lines(page *image.RGBA, text string, size float64) {
	face, err := opentype.NewFace(h.font, &opentype.FaceOptions{Size: size * 0.72, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic(err) // the font was parsed
	}
	defer face.Close()
	w, bottom := page.Rect.Dx(), page.Rect.Dy()
	left, right := w/12, w-w/12
	d := font.Drawer{Dst: page, Src: image.NewUniform(inkColour), Face: face}
	space := d.MeasureString(" ")
	y := float64(bottom)/14 + size
	for paragraph := range strings.SplitSeq(text, "\n") {
		d.Dot = fixed.Point26_6{X: fixed.I(left), Y: fixed.I(int(y))}
		for word := range strings.FieldsSeq(paragraph) {
			if wide := d.MeasureString(word); d.Dot.X+wide > fixed.I(right) && d.Dot.X > fixed.I(left) {
				y += size
				d.Dot = fixed.Point26_6{X: fixed.I(left), Y: fixed.I(int(y))}
			}
			if y > float64(bottom)-float64(bottom)/14 {
				return
			}
			d.DrawString(word)
			d.Dot.X += space
		}
		y += size
	}
}

// turn returns a picture rotated clockwise by so many degrees, on paper of the
// same size.
func turn(src *image.RGBA, degrees float64) *image.RGBA {
	if degrees == 0 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	out := blankPaper(w, h)
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	for y := range h {
		for x := range w {
			dx, dy := float64(x)-float64(w)/2, float64(y)-float64(h)/2
			fx, fy := dx*cos+dy*sin+float64(w)/2, dy*cos-dx*sin+float64(h)/2
			x0, y0 := int(math.Floor(fx)), int(math.Floor(fy))
			if x0 < 0 || y0 < 0 || x0+1 >= w || y0+1 >= h {
				continue
			}
			a, b := fx-float64(x0), fy-float64(y0)
			at := out.PixOffset(x, y)
			for c := range 3 {
				p := func(x, y int) float64 { return float64(src.Pix[src.PixOffset(x, y)+c]) }
				out.Pix[at+c] = uint8((p(x0, y0)*(1-a)+p(x0+1, y0)*a)*(1-b) + (p(x0, y0+1)*(1-a)+p(x0+1, y0+1)*a)*b + 0.5)
			}
		}
	}
	return out
}

// weather darkens a picture towards one of its corners and gives it a grain.
func weather(page *image.RGBA, light float64, grain int, r *rand.Rand) {
	w, h := page.Rect.Dx(), page.Rect.Dy()
	right, lower := r.IntN(2) == 0, r.IntN(2) == 0
	for y := range h {
		row := page.Pix[y*page.Stride:][:4*w]
		down := float64(y) / float64(h)
		if !lower {
			down = 1 - down
		}
		for x := range w {
			along := float64(x) / float64(w)
			if !right {
				along = 1 - along
			}
			by := int(-light * along * down)
			if grain > 0 {
				by += r.IntN(2*grain+1) - grain
			}
			for c := range 3 {
				row[4*x+c] = uint8(min(255, max(0, int(row[4*x+c])+by)))
			}
		}
	}
}

// Book describes the picture of an open book.
type Book struct {
	Gutter float64 // where the pages meet, as a fraction of the width
	// Shadow is how many levels darker the gutter is than the paper, and Reach
	// how far its shadow extends on either side, as a fraction of the width.
	Shadow, Reach float64
	Turn          float64 // as in Sheet
	Light         float64 // as in Sheet
	Grain         int     // as in Sheet
	Seed          uint64
}

// Open returns the picture of an open book with two pages in one hand, and the
// columns of its gutter at the top and at the bottom.
func (h Hand) Open(left, right string, w, high int, size float64, b Book) (page *image.RGBA, top, bottom int) {
	at := int(b.Gutter * float64(w))
	page = blankPaper(w, high)
	for i, text := range []string{left, right} {
		side := image.Rect(i*at, 0, at+i*(w-at), high)
		half := blankPaper(side.Dx(), high)
		h.lines(half, text, size)
		draw.Draw(page, side, half, image.Point{}, draw.Src)
	}
	reach := b.Reach * float64(w)
	for x := range w {
		near := 1 - math.Abs(float64(x-at))/max(1, reach)
		if near <= 0 {
			continue
		}
		by := int(b.Shadow * near * near)
		for y := range high {
			p := page.Pix[page.PixOffset(x, y):][:3]
			for c := range p {
				p[c] = uint8(max(0, int(p[c])-by))
			}
		}
	}
	page = turn(page, b.Turn)
	weather(page, b.Light, b.Grain, rand.New(rand.NewPCG(b.Seed, 3)))
	// A column off the middle is unchanged in the middle row, and leans above
	// and below it.
	lean := math.Tan(b.Turn*math.Pi/180) * float64(high) / 2
	return page, at + int(lean), at - int(lean)
}

// Gray returns a picture without its colours.
func Gray(img image.Image) *image.Gray {
	out := image.NewGray(img.Bounds())
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	return out
}
