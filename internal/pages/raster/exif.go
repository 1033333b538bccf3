package raster

import (
	"bytes"
	"encoding/binary"
	"iter"
	"strings"
	"time"
)

// The tags of TIFF and EXIF that are read here.
const (
	tagSubfile        = 0x00fe // bit 0: a smaller copy of another page
	tagOrientation    = 0x0112
	tagDateTime       = 0x0132
	tagExif           = 0x8769 // offset of the EXIF directory
	tagDateOriginal   = 0x9003
	tagOffsetOriginal = 0x9011
)

// exif is the EXIF metadata of a picture.
type exif struct {
	orientation int // from 1 to 8; 1 is upright
	taken       time.Time
}

// readEXIF parses EXIF data, which has the structure of a TIFF file. It ignores
// invalid values.
func readEXIF(data []byte) exif {
	e := exif{orientation: 1}
	t, first, ok := openIFDs(data)
	if !ok {
		return e
	}
	var date, original, zone string
	var sub uint32
	for tag, f := range t.fields(first) {
		switch tag {
		case tagOrientation:
			if o := f.number(); o >= 1 && o <= 8 {
				e.orientation = int(o)
			}
		case tagDateTime:
			date = f.text()
		case tagExif:
			sub = f.number()
		}
	}
	if sub != 0 {
		for tag, f := range t.fields(sub) {
			switch tag {
			case tagDateOriginal:
				original = f.text()
			case tagOffsetOriginal:
				zone = f.text()
			}
		}
	}
	if e.taken = exifTime(original, zone); e.taken.IsZero() {
		e.taken = exifTime(date, "")
	}
	return e
}

// exifTime parses an EXIF time. Cameras whose clock was never set write zeros
// or spaces.
func exifTime(s, zone string) time.Time {
	if t, err := time.Parse("2006:01:02 15:04:05-07:00", s+zone); err == nil && zone != "" {
		return t
	}
	t, err := time.Parse("2006:01:02 15:04:05", s)
	if err != nil || t.Year() < 1826 { // the first photograph
		return time.Time{}
	}
	return t
}

// ifds reads the directories of TIFF files and EXIF data.
type ifds struct {
	data  []byte
	order binary.ByteOrder
}

// openIFDs returns a reader of data and the offset of its first directory.
func openIFDs(data []byte) (t ifds, first uint32, ok bool) {
	if len(data) < 8 {
		return t, 0, false
	}
	switch string(data[:4]) {
	case "II*\x00":
		t = ifds{data, binary.LittleEndian}
	case "MM\x00*":
		t = ifds{data, binary.BigEndian}
	default:
		return t, 0, false
	}
	return t, t.order.Uint32(data[4:]), true
}

const fieldLen = 12 // tag, type, count, value or its offset

// directory returns the bytes of the fields of the directory at an offset, and
// the offset of the next one, or 0. The fields are nil if the directory is cut
// off.
func (t ifds) directory(at uint32) (fields []byte, next uint32) {
	if int64(at)+2 > int64(len(t.data)) {
		return nil, 0
	}
	n := int(t.order.Uint16(t.data[at:])) * fieldLen
	rest := t.data[at+2:]
	if len(rest) < n+4 {
		return nil, 0
	}
	return rest[:n], t.order.Uint32(rest[n:])
}

// field is the value of a tag.
type field struct {
	of    ifds
	kind  uint16
	count uint32
	raw   []byte // 4 bytes: the value or its offset
}

// fields iterates over the fields of the directory at an offset.
func (t ifds) fields(at uint32) iter.Seq2[uint16, field] {
	return func(yield func(uint16, field) bool) {
		all, _ := t.directory(at)
		for ; len(all) >= fieldLen; all = all[fieldLen:] {
			f := field{t, t.order.Uint16(all[2:]), t.order.Uint32(all[4:]), all[8:12]}
			if !yield(t.order.Uint16(all), f) {
				return
			}
		}
	}
}

// number returns the first value of a field of whole numbers, 0 for others.
func (f field) number() uint32 {
	if f.count == 0 {
		return 0
	}
	switch f.kind {
	case 1:
		return uint32(f.raw[0])
	case 3:
		return uint32(f.of.order.Uint16(f.raw))
	case 4, 13:
		return f.of.order.Uint32(f.raw)
	}
	return 0
}

// text returns the value of a field of text, "" for others.
func (f field) text() string {
	const longest = 64 // a time has 19 letters
	if f.kind != 2 || f.count > longest {
		return ""
	}
	raw := f.raw[:min(f.count, 4)]
	if f.count > 4 {
		at := int64(f.of.order.Uint32(f.raw))
		if at+int64(f.count) > int64(len(f.of.data)) {
			return ""
		}
		raw = f.of.data[at : at+int64(f.count)]
	}
	s, _, _ := strings.Cut(string(raw), "\x00")
	return strings.TrimSpace(s)
}

// pages returns the offsets of the directories of a TIFF's pages, without
// thumbnails, at most limit+1. It returns false if one is cut off.
func (t ifds) pages(first uint32, limit int) (pages []uint32, ok bool) {
	seen := map[uint32]bool{}
	for at := first; at != 0 && !seen[at] && len(pages) <= limit && len(seen) <= 4*limit; {
		seen[at] = true
		fields, next := t.directory(at)
		if len(fields) == 0 {
			return nil, false
		}
		copied := false
		for tag, f := range t.fields(at) {
			if tag == tagSubfile && f.number()&1 != 0 {
				copied = true
			}
		}
		if !copied {
			pages = append(pages, at)
		}
		at = next
	}
	return pages, true
}

// findEXIF returns the EXIF data in a picture file, or nil.
func findEXIF(t Type, data []byte) []byte {
	switch t {
	case JPEG:
		return jpegEXIF(data)
	case PNG:
		return chunk(data, 8, "eXIf", binary.BigEndian, pngChunks)
	case WebP:
		return bytes.TrimPrefix(chunk(data, 12, "EXIF", binary.LittleEndian, riffChunks), exifMark)
	case HEIC:
		// Searching for its marker is more reliable than following the boxes.
		for rest := data; ; {
			i := bytes.Index(rest, exifMark)
			if i < 0 {
				return nil
			}
			rest = rest[i+len(exifMark):]
			if _, _, ok := openIFDs(rest); ok {
				return rest
			}
		}
	}
	return nil
}

var exifMark = []byte("Exif\x00\x00")

// jpegEXIF looks through the segments before the picture's data.
func jpegEXIF(data []byte) []byte {
	for i := 2; i+4 <= len(data) && data[i] == 0xff; {
		marker := data[i+1]
		if marker == 0xff { // padding
			i++
			continue
		}
		n := int(binary.BigEndian.Uint16(data[i+2:]))
		if marker == 0xda || n < 2 || i+2+n > len(data) {
			return nil
		}
		if body := data[i+4 : i+2+n]; marker == 0xe1 && bytes.HasPrefix(body, exifMark) {
			return body[len(exifMark):]
		}
		i += 2 + n
	}
	return nil
}

// chunks describes the layout of a chunk: the offsets of its name, length and
// body, and its total length for a body of n bytes.
type chunks struct {
	name, length, body int
	total              func(n int64) int64
}

var (
	pngChunks  = chunks{4, 0, 8, func(n int64) int64 { return 12 + n }}
	riffChunks = chunks{0, 4, 8, func(n int64) int64 { return 8 + n + n%2 }}
)

// chunk returns the body of the first chunk with a name from an offset on.
func chunk(data []byte, from int64, name string, order binary.ByteOrder, c chunks) []byte {
	for at := from; at+8 <= int64(len(data)); {
		head := data[at:]
		n := int64(order.Uint32(head[c.length:]))
		if n > int64(len(head)-c.body) {
			return nil
		}
		if string(head[c.name:c.name+4]) == name {
			return head[c.body : int64(c.body)+n]
		}
		at += c.total(n)
	}
	return nil
}
