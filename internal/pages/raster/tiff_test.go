package raster

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff"
)

// tiffOf returns a TIFF of one page, in big-endian order. Fields has the values
// of tags; those of the pieces are added.
func tiffOf(fields map[uint16][]uint16, pieces ...[]byte) []byte {
	order := binary.BigEndian
	all := map[uint16][]byte{}
	for tag, values := range fields {
		for _, v := range values {
			all[tag] = order.AppendUint16(all[tag], v)
		}
	}
	var data []byte
	var at, sizes []uint32
	for _, piece := range pieces {
		at, sizes = append(at, uint32(8+len(data))), append(sizes, uint32(len(piece)))
		data = append(data, piece...)
	}
	data = append(data, make([]byte, len(data)%2)...)
	long := func(list []uint32) (b []byte) {
		for _, v := range list {
			b = order.AppendUint32(b, v)
		}
		return b
	}
	all[tagStrips], all[tagStripSizes] = long(at), long(sizes)
	var tags []uint16
	for tag := range all {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	head := order.AppendUint32([]byte("MM\x00*"), uint32(8+len(data)))
	directory := order.AppendUint16(nil, uint16(len(tags)))
	outside := 8 + len(data) + 2 + len(tags)*fieldLen + 4
	var behind []byte
	for _, tag := range tags {
		kind, size := uint16(3), 2
		if tag == tagStrips || tag == tagStripSizes {
			kind, size = 4, 4
		}
		value := all[tag]
		directory = order.AppendUint16(order.AppendUint16(directory, tag), kind)
		directory = order.AppendUint32(directory, uint32(len(value)/size))
		if len(value) <= 4 {
			directory = append(directory, append(slices.Clone(value), make([]byte, 4-len(value))...)...)
			continue
		}
		directory = order.AppendUint32(directory, uint32(outside+len(behind)))
		behind = append(behind, value...)
	}
	return slices.Concat(head, data, directory, make([]byte, 4), behind)
}

const side = 32 // of the pictures below, whose quarters have different colours

func primaries() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	for i, c := range []color.RGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 255, 255}} {
		for at := range side * side / 4 {
			img.SetRGBA(i%2*side/2+at%(side/2), i/2*side/2+at/(side/2), c)
		}
	}
	return img
}

// samples returns the samples of the quarters' picture, by of's samples of a
// colour, in rows of bits.
func samples(bits int, of func(c color.RGBA) []uint32) []byte {
	img := primaries()
	var out []byte
	for y := range side {
		var acc uint64
		n := 0
		for x := range side {
			for _, v := range of(img.RGBAAt(x, y)) {
				acc, n = acc<<bits|uint64(v), n+bits
				for n >= 8 {
					out = append(out, byte(acc>>(n-8)))
					n -= 8
				}
			}
		}
		if n > 0 {
			out = append(out, byte(acc<<(8-n)))
		}
	}
	return out
}

func channels(c color.RGBA) []uint32 { return []uint32{uint32(c.R), uint32(c.G), uint32(c.B)} }

// TIFFs of each kind that programs write look alike.
func TestTIFFPixels(t *testing.T) {
	base := func(compression, photometric, samples int, bits uint16, more map[uint16][]uint16) map[uint16][]uint16 {
		f := map[uint16][]uint16{tagWidth: {side}, tagHeight: {side}, tagCompression: {uint16(compression)}, tagPhotometric: {uint16(photometric)}, tagSamples: {uint16(samples)}}
		for range samples {
			f[tagBits] = append(f[tagBits], bits)
		}
		for tag, v := range more {
			f[tag] = v
		}
		return f
	}
	plane := func(i int) []byte { return samples(8, func(c color.RGBA) []uint32 { return channels(c)[i : i+1] }) }
	inks := func(c color.RGBA) []uint32 {
		return []uint32{uint32(255 - c.R), uint32(255 - c.G), uint32(255 - c.B), 0}
	}
	ink := func(i int) []byte { return samples(8, func(c color.RGBA) []uint32 { return inks(c)[i : i+1] }) }
	deep := func(i int) []byte {
		return samples(16, func(c color.RGBA) []uint32 { return []uint32{channels(c)[i] * 257} })
	}
	strips := func(data []byte, size int) [][]byte { return slices.Collect(slices.Chunk(data, size)) }
	withAlpha := func(alpha uint32) func(c color.RGBA) []uint32 {
		return func(c color.RGBA) []uint32 { return append(channels(c), alpha) }
	}
	index := func(c color.RGBA) []uint32 {
		return []uint32{map[color.RGBA]uint32{{255, 0, 0, 255}: 1, {0, 255, 0, 255}: 2, {0, 0, 255, 255}: 3}[c]}
	}
	palette := func(n int, whole uint16) []uint16 {
		list := make([]uint16, 3*n)
		for i, c := range []color.RGBA{{255, 255, 255, 255}, {255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}} {
			for k, v := range channels(c) {
				list[k*n+i] = uint16(v) / 255 * whole
			}
		}
		return list
	}
	ycc := func(c color.RGBA) []uint32 {
		y, cb, cr := color.RGBToYCbCr(c.R, c.G, c.B)
		return []uint32{uint32(y), uint32(cb), uint32(cr)}
	}
	lab := func(c color.RGBA) []uint32 {
		v := map[color.RGBA][3]int8{{255, 0, 0, 255}: {54, 81, 70}, {0, 255, 0, 255}: {88, -79, 81}, {0, 0, 255, 255}: {30, 68, -112}, {255, 255, 255, 255}: {100, 0, 0}}[c]
		return []uint32{uint32(v[0]) * 255 / 100, uint32(uint8(v[1])), uint32(uint8(v[2]))}
	}
	var half []byte // 2 by 2 lights for each colour
	img := primaries()
	for y := 0; y < side; y += 2 {
		for x := 0; x < side; x += 2 {
			v := ycc(img.RGBAAt(x, y))
			half = append(half, byte(v[0]), byte(v[0]), byte(v[0]), byte(v[0]), byte(v[1]), byte(v[2]))
		}
	}
	var deflated bytes.Buffer
	if err := tiff.Encode(&deflated, img, &tiff.Options{Compression: tiff.Deflate, Predictor: true}); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"RGB":                                    tiffOf(base(1, 2, 3, 8, nil), samples(8, channels)),
		"planes":                                 tiffOf(base(1, 2, 3, 8, map[uint16][]uint16{tagPlanar: {2}}), plane(0), plane(1), plane(2)),
		"sixteen bits":                           tiffOf(base(1, 2, 3, 16, nil), samples(16, func(c color.RGBA) []uint32 { v := channels(c); return []uint32{v[0] * 257, v[1] * 257, v[2] * 257} })),
		"four bits of a channel":                 tiffOf(base(1, 2, 3, 4, nil), samples(4, func(c color.RGBA) []uint32 { v := channels(c); return []uint32{v[0] / 17, v[1] / 17, v[2] / 17} })),
		"CMYK":                                   tiffOf(base(1, 5, 4, 8, nil), samples(8, inks)),
		"CMYK with a spot colour":                tiffOf(base(1, 5, 5, 8, nil), samples(8, func(c color.RGBA) []uint32 { return append(inks(c), 255) })),
		"alpha":                                  tiffOf(base(1, 2, 4, 8, map[uint16][]uint16{tagExtra: {2}}), samples(8, withAlpha(255))),
		"an extra sample of no kind":             tiffOf(base(1, 2, 4, 8, map[uint16][]uint16{tagExtra: {0}}), samples(8, withAlpha(255))),
		"alpha that was never set":               tiffOf(base(1, 2, 4, 8, map[uint16][]uint16{tagExtra: {2}}), samples(8, withAlpha(0))),
		"palette of four bits":                   tiffOf(base(1, 3, 1, 4, map[uint16][]uint16{tagColours: palette(16, 65535)}), samples(4, index)),
		"palette with small colours":             tiffOf(base(1, 3, 1, 8, map[uint16][]uint16{tagColours: palette(256, 255)}), samples(8, index)),
		"YCbCr":                                  tiffOf(base(1, 6, 3, 8, map[uint16][]uint16{tagSubsampling: {1, 1}}), samples(8, ycc)),
		"YCbCr with fewer colours":               tiffOf(base(1, 6, 3, 8, nil), half),
		"Lab":                                    tiffOf(base(1, 8, 3, 8, nil), samples(8, lab)),
		"deflate with a predictor":               deflated.Bytes(),
		"planes of CMYK":                         tiffOf(base(1, 5, 4, 8, map[uint16][]uint16{tagPlanar: {2}}), ink(0), ink(1), ink(2), ink(3)),
		"planes of sixteen bits":                 tiffOf(base(1, 2, 3, 16, map[uint16][]uint16{tagPlanar: {2}}), deep(0), deep(1), deep(2)),
		"several strips":                         tiffOf(base(1, 2, 3, 8, map[uint16][]uint16{tagStripRows: {10}}), strips(samples(8, channels), 10*3*side)...),
		"palette of sixteen colours with strips": tiffOf(base(1, 3, 1, 4, map[uint16][]uint16{tagColours: palette(16, 65535), tagStripRows: {7}}), strips(samples(4, index), 7*side/2)...),
		"planes of several strips": tiffOf(base(1, 2, 3, 8, map[uint16][]uint16{tagPlanar: {2}, tagStripRows: {20}}),
			slices.Concat(strips(plane(0), 20*side), strips(plane(1), 20*side), strips(plane(2), 20*side))...),
		"PackBits without repetition": tiffOf(base(32773, 2, 3, 8, nil), literal(samples(8, channels))),
	} {
		d := open(t, data)
		if img := render(t, d, 0, Options{})[0]; quarters(img) != "RGBW" || img.Bounds() != image.Rect(0, 0, side, side) {
			t.Errorf("%s: quarters %s, %v", name, quarters(img), img.Bounds())
		}
	}
	// Of gray pictures the quarters are black, black, black and white.
	for bits, black := range map[int]uint32{1: 0, 2: 0, 4: 0, 8: 0, 16: 0} {
		most := uint32(1)<<bits - 1
		light := func(c color.RGBA) uint32 {
			if c.R&c.G&c.B == 255 {
				return most
			}
			return black
		}
		for name, data := range map[string][]byte{
			"black is zero": tiffOf(base(1, 1, 1, uint16(bits), nil), samples(bits, func(c color.RGBA) []uint32 { return []uint32{light(c)} })),
			"white is zero": tiffOf(base(1, 0, 1, uint16(bits), nil), samples(bits, func(c color.RGBA) []uint32 { return []uint32{most - light(c)} })),
			"with alpha":    tiffOf(base(1, 1, 2, uint16(bits), map[uint16][]uint16{tagExtra: {2}}), samples(bits, func(c color.RGBA) []uint32 { return []uint32{light(c), most} })),
			"transparent": tiffOf(base(1, 1, 2, uint16(bits), map[uint16][]uint16{tagExtra: {2}}), samples(bits, func(c color.RGBA) []uint32 {
				return []uint32{0, most - light(c)} // what is not seen is paper
			})),
		} {
			img := render(t, open(t, data), 0, Options{})[0]
			if got := []uint8{grayAt(img, 4, 4), grayAt(img, side-4, 4), grayAt(img, 4, side-4), grayAt(img, side-4, side-4)}; !slices.Equal(got, []uint8{0, 0, 0, 255}) {
				t.Errorf("%s, %d bits: %v", name, bits, got)
			}
		}
	}
}

func grayAt(img image.Image, x, y int) uint8 {
	return color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y
}

// literal is PackBits without a run.
func literal(data []byte) (out []byte) {
	for piece := range slices.Chunk(data, 100) {
		out = append(append(out, byte(len(piece)-1)), piece...)
	}
	return out
}

func TestPackBits(t *testing.T) {
	in := []byte{0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa}
	want := []byte("\xaa\xaa\xaa\x80\x00\x2a\xaa\xaa\xaa\xaa\x80\x00\x2a\x22\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa")
	for _, n := range []int{1, 3, 7, len(want)} {
		r := &packBits{data: in}
		var got []byte
		for part := make([]byte, n); len(got) < len(want); {
			part = part[:min(n, len(want)-len(got))]
			if _, err := io.ReadFull(r, part); err != nil {
				t.Fatal(err)
			}
			got = append(got, part...)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("in parts of %d: %x", n, got)
		}
	}
}

// bitWriter writes codes.
type bitWriter struct{ bits strings.Builder }

func (w *bitWriter) bytes() []byte {
	w.align(8)
	s := w.bits.String()
	out := make([]byte, len(s)/8)
	for i, bit := range s {
		out[i/8] |= byte(bit-'0') << (7 - i%8)
	}
	return out
}

func (w *bitWriter) align(n int) {
	for w.bits.Len()%n != 0 {
		w.bits.WriteByte('0')
	}
}

// run writes a run of pixels.
func (w *bitWriter) run(n int, black bool) {
	codes := strings.Fields(whiteCodes + " " + longCodes)
	if black {
		codes = strings.Fields(blackCodes + " " + longCodes)
	}
	for n > lastRun {
		step := min(n/runStep, len(codes)-1-lastRun)
		w.bits.WriteString(codes[lastRun+step])
		n -= step * runStep
	}
	w.bits.WriteString(codes[n])
}

// changesOf returns where a row's colour changes.
func changesOf(row []bool) (list []int) {
	black := false
	for x, b := range row {
		if b != black {
			list, black = append(list, x), b
		}
	}
	return append(list, len(row))
}

func (w *bitWriter) row(row []bool) {
	at := 0
	for i, to := range changesOf(row) {
		w.run(to-at, i%2 == 1)
		at = to
	}
}

// rowBelow writes a row by the row above it, as T.4 and T.6 say.
func (w *bitWriter) rowBelow(above, row []bool) {
	width := len(row)
	at := func(r []bool, x int) bool { return x >= 0 && r[x] }
	next := func(r []bool, from int, colour bool) int { // the next change to the other colour than colour's
		for x := max(from, 0); x < width; x++ {
			if at(r, x) != colour && at(r, x-1) == colour && (x > from || from < 0) {
				return x
			}
		}
		return width
	}
	verticals := map[int]string{0: "1", 1: "011", 2: "000011", 3: "0000011", -1: "010", -2: "000010", -3: "0000010"}
	for a0, black := -1, false; a0 < width; {
		a1 := max(a0, 0)
		for a1 < width && row[a1] == black {
			a1++
		}
		b1 := next(above, a0, black)
		b2 := width
		for x := b1 + 1; x < width; x++ {
			if above[x] == black {
				b2 = x
				break
			}
		}
		code, near := verticals[a1-b1]
		switch {
		case b2 < a1:
			w.bits.WriteString("0001")
			a0 = b2
		case near:
			w.bits.WriteString(code)
			a0, black = a1, !black
		default:
			a2 := a1
			for a2 < width && row[a2] != black {
				a2++
			}
			w.bits.WriteString("001")
			w.run(a1-max(a0, 0), black)
			w.run(a2-a1, !black)
			a0 = a2
		}
	}
}

// Faxes of each coding are read, with and without marks and filling bits. What
// the tests write is also read by another decoder, where it knows the coding.
func TestFaxes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, width := range []int{1, 7, 8, 60, 64, 200, 1728, 2700} {
		const high = 24
		rows := make([][]bool, high)
		for y := range rows {
			rows[y] = make([]bool, width)
			for x, black, left := 0, false, r.IntN(width+1); x < width; x, left = x+1, left-1 {
				if left <= 0 {
					black, left = !black, 1+r.IntN(1+r.IntN(width))
				}
				rows[y][x] = black
				if y%3 == 2 && r.IntN(20) > 0 { // like the row above
					rows[y][x] = rows[y-1][x]
				}
			}
		}
		blank := make([]bool, width)
		const endOfLine = "000000000001"
		encode := map[string]func(*bitWriter){
			"runs": func(w *bitWriter) {
				for _, row := range rows {
					w.align(8)
					w.row(row)
				}
			},
			"words": func(w *bitWriter) {
				for _, row := range rows {
					w.align(16)
					w.row(row)
				}
			},
			"group 3": func(w *bitWriter) {
				for _, row := range rows {
					w.bits.WriteString(endOfLine)
					w.row(row)
				}
				w.bits.WriteString(strings.Repeat(endOfLine, 6))
			},
			"group 3, marks at bytes": func(w *bitWriter) {
				for _, row := range rows {
					for w.bits.Len()%8 != 4 {
						w.bits.WriteByte('0')
					}
					w.bits.WriteString(endOfLine)
					w.row(row)
				}
			},
			"group 3, no first mark": func(w *bitWriter) {
				for _, row := range rows {
					w.row(row)
					w.bits.WriteString(endOfLine)
				}
			},
			"group 3 in two dimensions": func(w *bitWriter) {
				for y, row := range rows {
					w.bits.WriteString(endOfLine)
					if y%4 == 0 {
						w.bits.WriteByte('1')
						w.row(row)
						continue
					}
					w.bits.WriteByte('0')
					w.rowBelow(rows[y-1], row)
				}
				w.bits.WriteString(strings.Repeat(endOfLine+"1", 6))
			},
			"group 4": func(w *bitWriter) {
				above := blank
				for _, row := range rows {
					w.rowBelow(above, row)
					above = row
				}
				w.bits.WriteString(endOfLine + endOfLine)
			},
		}
		for name, write := range encode {
			kind := map[string]faxKind{"runs": {align: 8}, "words": {align: 16}, "group 3 in two dimensions": {marks: true, twoD: true}, "group 4": {group4: true}}[name]
			if kind == (faxKind{}) {
				kind.marks = true
			}
			var w bitWriter
			write(&w)
			data := w.bytes()
			want := make([]byte, 0, high*width)
			for _, row := range rows {
				line := make([]byte, (width+7)/8)
				for x, black := range row {
					if black {
						line[x/8] |= 0x80 >> (x % 8)
					}
				}
				want = append(want, line...)
			}
			got := make([]byte, len(want))
			if _, err := io.ReadFull(newFax(data, width, kind, false), got); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%s, %d wide: %v, %d of %d bytes are right", name, width, err, same(got, want), len(want))
			}
			sub, known := map[string]ccitt.SubFormat{"group 3": ccitt.Group3, "group 4": ccitt.Group4}[name]
			if !known {
				continue
			}
			other, err := io.ReadAll(ccitt.NewReader(bytes.NewReader(data), ccitt.MSB, sub, width, high, &ccitt.Options{Invert: true}))
			if err != nil || !bytes.Equal(other, want) {
				t.Errorf("%s, %d wide, by another decoder: %v", name, width, err)
			}
		}
	}
}

func same(a, b []byte) (n int) {
	for n < len(a) && a[n] == b[n] {
		n++
	}
	return n
}

// A fax with a damaged row shows the others, if they can be found.
func TestDamagedFax(t *testing.T) {
	const endOfLine = "000000000001"
	var w bitWriter
	black, white := slices.Repeat([]bool{true}, 40), make([]bool, 40)
	for _, row := range [][]bool{black, white, black} {
		w.bits.WriteString(endOfLine)
		if &row[0] == &white[0] {
			w.run(10, false)
			w.bits.WriteString("0000000011") // is no code
			continue
		}
		w.row(row)
	}
	got := make([]byte, 15)
	if _, err := io.ReadFull(newFax(w.bytes(), 40, faxKind{marks: true}, false), got); err != nil || got[0] != 0xff || got[10] != 0xff || got[5] != 0 {
		t.Errorf("%x, %v", got, err)
	}
	if _, err := io.ReadFull(newFax([]byte{0, 0x12, 0x34}, 40, faxKind{group4: true}, false), got); err == nil {
		t.Error("nonsense was read")
	}
}

// Scans of every photometric interpretation show writing on light paper, as
// libtiff shows them.
func TestSharedTIFFs(t *testing.T) {
	paths, _ := filepath.Glob("../../../../shared/cases/i08-bits/*.tif")
	if len(paths) == 0 {
		t.Skip("no ../shared/cases")
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		img := render(t, open(t, data), 0, Options{})[0]
		b := img.Bounds()
		light := 0
		for y := range b.Dy() {
			for x := range b.Dx() {
				light += int(grayAt(img, x, y))
			}
		}
		if mean := light / (b.Dx() * b.Dy()); mean < 200 || mean > 253 {
			t.Errorf("%s: light %d", filepath.Base(path), mean)
		}
	}
}
