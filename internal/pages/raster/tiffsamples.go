package raster

import (
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"math/bits"
)

// The values of tagExtra.
const (
	extraUnknown   = 0
	extraAssociate = 1 // alpha, by which the colours are multiplied
)

// decodeSamples decodes a picture of samples, which may be compressed.
func (p *tiffPage) decodeSamples() (image.Image, error) {
	colours, ok := map[int]int{photometricWhiteIsZero: 1, photometricBlackIsZero: 1, photometricRGB: 3, photometricPalette: 1, photometricInks: 4, photometricYCbCr: 3, photometricLab: 3}[p.photometric]
	switch {
	case !ok, p.bits > 16 && p.bits != 32, p.bits <= 0, p.format > 2, p.predictor > 2, p.predictor == 2 && p.bits%8 != 0:
		return nil, &Fault{Reason: Unsupported, Err: fmt.Errorf("photometric interpretation %d of %d bits", p.photometric, p.bits)}
	case p.samples < colours, p.photometric == photometricPalette && !p.hasPalette():
		return nil, damaged(fmt.Errorf("%d samples of a pixel", p.samples))
	}
	out := p.canvas(colours)
	if p.photometric == photometricYCbCr && p.planes == 1 && p.subsampled != [2]int{1, 1} {
		return out.image(), p.subsampledPieces(out)
	}
	columns, rows := p.grid()
	for i := range columns * rows {
		if err := p.samplePiece(i, columns*rows, image.Pt(i%columns*p.across, i/columns*p.down), out); err != nil {
			return nil, err
		}
	}
	return out.image(), nil
}

// canvas is a picture being decoded.
type canvas struct {
	gray  *image.Gray
	color *image.NRGBA
	of    *tiffPage
	// alpha is the index of the alpha sample, -1 if there is none.
	alpha   int
	visible bool // a pixel with an alpha over zero was set
	rgb     []color.NRGBA
}

// hasPalette reports whether each value of a sample has a colour.
func (p *tiffPage) hasPalette() bool {
	return p.bits <= 16 && len(p.colours) >= 3<<p.bits
}

func (p *tiffPage) canvas(colours int) *canvas {
	c := &canvas{of: p, alpha: -1}
	isAlpha := p.extra != extraUnknown || p.samples > 3 // as libtiff decides it
	if isAlpha && p.samples > colours {
		c.alpha = colours
	}
	frame := image.Rect(0, 0, p.width, p.height)
	if colours == 1 && c.alpha < 0 && p.photometric != photometricPalette {
		c.gray = image.NewGray(frame)
		return c
	}
	c.color = image.NewNRGBA(frame)
	if p.photometric == photometricPalette {
		c.rgb = p.palette()
	}
	return c
}

// palette returns the colours of a picture's indexes. Their values have 16 bits,
// but some programs write 8.
func (p *tiffPage) palette() []color.NRGBA {
	n, shift := 1<<p.bits, 0
	for _, v := range p.colours {
		if v > math.MaxUint8 {
			shift = 8
		}
	}
	list := make([]color.NRGBA, n)
	for i := range list {
		list[i] = color.NRGBA{uint8(p.colours[i] >> shift), uint8(p.colours[n+i] >> shift), uint8(p.colours[2*n+i] >> shift), math.MaxUint8}
	}
	return list
}

// image returns the picture. If nothing of it would be visible, it is returned
// without its alpha, which some programs leave at zero.
func (c *canvas) image() image.Image {
	if c.gray != nil {
		return c.gray
	}
	if c.alpha >= 0 && !c.visible {
		for i := 3; i < len(c.color.Pix); i += 4 {
			c.color.Pix[i] = math.MaxUint8
		}
	}
	return c.color
}

// samplePiece decodes a piece whose top left corner is at a point. The pieces
// of a plane follow each other, and then those of the next plane.
func (p *tiffPage) samplePiece(i, plane int, at image.Point, out *canvas) error {
	readers := make([]io.Reader, p.planes)
	for k := range readers {
		r, err := p.open(i + k*plane)
		if err != nil {
			return err
		}
		readers[k] = r
	}
	inPlane := p.samples / p.planes // samples of a pixel
	row := make([]byte, (p.across*inPlane*p.bits+7)/8)
	values := make([]uint32, p.across*p.samples)
	for y := at.Y; y < min(at.Y+p.down, p.height); y++ {
		for k, r := range readers {
			if _, err := io.ReadFull(r, row); err != nil {
				return damaged(err)
			}
			p.unpack(values, row, k, inPlane)
		}
		for x := at.X; x < min(at.X+p.across, p.width); x++ {
			out.set(x, y, values[(x-at.X)*p.samples:][:p.samples])
		}
	}
	return nil
}

// unpack reads the samples of a row of a plane.
func (p *tiffPage) unpack(values []uint32, row []byte, plane, inPlane int) {
	if p.reversed && p.compression < compressionRuns { // newFax reverses those of faxes
		for i, b := range row {
			row[i] = bits.Reverse8(b)
		}
	}
	most := uint32(1)<<p.bits - 1
	at := 0 // bits
	for x := range p.across {
		for s := range inPlane {
			i := x*p.samples + plane + s
			values[i] = p.sample(row, at)
			if p.predictor == 2 && x > 0 {
				values[i] = (values[i] + values[i-p.samples]) & most
			}
			at += p.bits
		}
	}
}

// sample reads the sample at a bit of a row.
func (p *tiffPage) sample(row []byte, at int) uint32 {
	switch p.bits {
	case 8:
		return uint32(row[at/8])
	case 16:
		return uint32(p.of.order.Uint16(row[at/8:]))
	case 32:
		return p.of.order.Uint32(row[at/8:])
	}
	var v uint32
	for i := range p.bits {
		v = v<<1 | uint32(row[(at+i)/8]>>(7-(at+i)%8))&1
	}
	return v
}

// eight returns a sample scaled to eight bits.
func (p *tiffPage) eight(v uint32) uint8 {
	if p.bits == 8 {
		return uint8(v)
	}
	most := uint64(1)<<p.bits - 1
	return uint8((uint64(v)*math.MaxUint8 + most/2) / most)
}

// set sets a pixel from its samples.
func (c *canvas) set(x, y int, values []uint32) {
	p := c.of
	first := p.eight(values[0])
	if p.photometric == photometricWhiteIsZero {
		first = ^first
	}
	if c.gray != nil {
		c.gray.Pix[c.gray.PixOffset(x, y)] = first
		return
	}
	alpha := uint8(math.MaxUint8)
	if c.alpha >= 0 {
		alpha = p.eight(values[c.alpha])
		c.visible = c.visible || alpha > 0
	}
	var to color.NRGBA
	switch p.photometric {
	case photometricWhiteIsZero, photometricBlackIsZero:
		to = color.NRGBA{first, first, first, 0}
	case photometricPalette:
		to = c.rgb[values[0]]
	case photometricRGB:
		to = color.NRGBA{first, p.eight(values[1]), p.eight(values[2]), 0}
	case photometricInks:
		r, g, b := color.CMYKToRGB(first, p.eight(values[1]), p.eight(values[2]), p.eight(values[3]))
		to = color.NRGBA{r, g, b, 0}
	case photometricYCbCr:
		r, g, b := color.YCbCrToRGB(first, p.eight(values[1]), p.eight(values[2]))
		to = color.NRGBA{r, g, b, 0}
	case photometricLab:
		to = lab(first, int8(p.eight(values[1])), int8(p.eight(values[2])))
	}
	if c.alpha >= 0 && p.extra <= extraAssociate && alpha > 0 {
		whole := func(v uint8) uint8 { return uint8(min(int(v)*math.MaxUint8/int(alpha), math.MaxUint8)) }
		to.R, to.G, to.B = whole(to.R), whole(to.G), whole(to.B)
	}
	to.A = alpha
	c.color.SetNRGBA(x, y, to)
}

// lab converts a colour from CIE L*a*b* with the white of print, D50.
func lab(l uint8, a, b int8) color.NRGBA {
	fy := (float64(l)*100/math.MaxUint8 + 16) / 116
	linear := func(f float64) float64 {
		if f > 6.0/29 {
			return f * f * f
		}
		return 3 * (6.0 / 29) * (6.0 / 29) * (f - 4.0/29)
	}
	x, y, z := 0.9642*linear(fy+float64(a)/500), linear(fy), 0.8249*linear(fy-float64(b)/200)
	channel := func(v float64) uint8 {
		if v = min(max(v, 0), 1); v > 0.0031308 {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		} else {
			v *= 12.92
		}
		return uint8(v*math.MaxUint8 + 0.5)
	}
	return color.NRGBA{channel(3.1339*x - 1.6169*y - 0.4906*z), channel(-0.9788*x + 1.9161*y + 0.0335*z), channel(0.0719*x - 0.2290*y + 1.4052*z), 0}
}

// subsampledPieces decodes the pieces of a picture whose colours have a lower
// resolution than its brightness: blocks of brightness values, each followed by
// its two colours.
func (p *tiffPage) subsampledPieces(out *canvas) error {
	h, v := p.subsampled[0], p.subsampled[1]
	if h < 1 || h > 4 || v < 1 || v > 4 || p.bits != 8 || p.samples != 3 || p.predictor != 1 {
		return &Fault{Reason: Unsupported}
	}
	columns, rows := p.grid()
	block := h*v + 2
	line := make([]byte, (p.across+h-1)/h*block)
	for i := range columns * rows {
		r, err := p.open(i)
		if err != nil {
			return err
		}
		left, top := i%columns*p.across, i/columns*p.down
		for y := top; y < min(top+p.down, p.height); y += v {
			if _, err := io.ReadFull(r, line); err != nil {
				return damaged(err)
			}
			for x := left; x < min(left+p.across, p.width); x++ {
				at := line[(x-left)/h*block:][:block]
				for dy := range min(v, p.height-y) {
					light := at[dy*h+(x-left)%h]
					out.set(x, y+dy, []uint32{uint32(light), uint32(at[h*v]), uint32(at[h*v+1])})
				}
			}
		}
	}
	return nil
}
