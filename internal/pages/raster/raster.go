// Package raster renders the pages of a scan from its bytes. It decodes
// untrusted files, so it runs in a separate process: see internal/pages, which
// starts that process and does not trust it.
package raster

import (
	"fmt"
	"image"
	"time"
)

// Type is a kind of scan.
type Type string

// The supported types.
const (
	PDF  Type = "pdf"
	PNG  Type = "png"
	JPEG Type = "jpeg"
	HEIC Type = "heic"
	WebP Type = "webp"
	TIFF Type = "tiff"
)

// Limits bound the resources of a scan.
type Limits struct {
	Pages  int   // of a document
	Pixels int   // of a picture in the scan, before it is scaled
	Memory int64 // bytes that the process may have in memory
}

// Sizes of rendered pictures, as the longest side in pixels.
const (
	MinLongest     = 64
	MaxLongest     = 4096
	defaultLongest = 2048
)

// Options say how a page is rendered.
type Options struct {
	// Longest is the longest side in pixels, from MinLongest to MaxLongest; 0
	// is defaultLongest. A picture is never enlarged; a page of a PDF, which
	// has no pixels of its own, is drawn at this size.
	Longest int
	// Split cuts a page that is wider than high at its gutter into two
	// pictures, each as large as Longest allows.
	Split bool
	// Parts cuts a page that is several times longer than wide into parts, at
	// most MaxParts, each as large as Longest allows.
	Parts bool
}

// Info describes an open scan.
type Info struct {
	Pages int
	// Taken is when the picture was taken, by the camera's clock: zero if
	// unknown, and local time in UTC if the time zone is unknown.
	Taken time.Time
}

// The MIME types of pictures.
const (
	MIMEJPEG = "image/jpeg"
	MIMEPNG  = "image/png"
)

// Picture is a page, or half of one, as a file. Width and Height are pixels.
type Picture struct {
	MIME          string
	Width, Height int
	Data          []byte
}

// Reason is why a scan cannot be used.
type Reason string

// The reasons.
const (
	Damaged       Reason = "damaged"         // it cannot be decoded
	Unsupported   Reason = "unsupported"     // a variant that the decoder does not know
	Protected     Reason = "protected"       // it requires a password
	NoPages       Reason = "no_pages"        // a document without a page
	NoSuchPage    Reason = "no_such_page"    // Fault.Pages is their number
	TooManyPages  Reason = "too_many_pages"  // Fault.Pages, or more
	TooManyPixels Reason = "too_many_pixels" // Fault.Width × Fault.Height
	TooMuchMemory Reason = "too_much_memory" // Limits.Memory does not suffice
)

// Fault is the error for a scan that cannot be used.
type Fault struct {
	Reason        Reason
	Width, Height int   `json:",omitzero"`
	Pages         int   `json:",omitzero"`
	Err           error `json:"-"` // the decoder's; it may quote the scan
}

func (f *Fault) Error() string { return "the scan is not usable: " + string(f.Reason) }

// Unwrap returns the decoder's error.
func (f *Fault) Unwrap() error { return f.Err }

func damaged(err error) error { return &Fault{Reason: Damaged, Err: err} }

// Document is an open scan. It is not safe for concurrent use.
type Document struct {
	Info   Info
	source source
}

// source is a scan of one type.
type source interface {
	// page returns the page's picture. Its pixels belong to the source and are
	// valid until rest, which is called before the next page. enough returns
	// the required size; sources with pixels of their own may return more.
	page(page int, enough size) (frame, error)
	rest()
	close()
}

// frame is a decoded page.
type frame struct {
	image       image.Image
	orientation int  // EXIF's, from 1 to 8
	sized       bool // it has the requested size
}

// size returns the target width and height for a page of w by h.
type size func(w, h int) (int, int)

// Open opens a scan. The Document owns data from then on. Only PDF and HEIC use
// the runtime, which may be nil for other types.
func Open(r *Runtime, t Type, data []byte, limits Limits) (d *Document, err error) {
	defer recovered(&err)
	switch t {
	case PDF:
		return openPDF(r, data, limits)
	case TIFF:
		return openTIFF(data, limits)
	case HEIC:
		return openHEIC(r, data, limits)
	case PNG, JPEG, WebP:
		return openPicture(t, data, limits)
	}
	return nil, fmt.Errorf("no decoder for %q", t)
}

// Render renders a page, counted from 0. It returns several pictures, in the
// order of reading, if the page is cut.
func (d *Document) Render(page int, o Options) (pictures []Picture, err error) {
	defer recovered(&err)
	if page < 0 || page >= d.Info.Pages {
		return nil, &Fault{Reason: NoSuchPage, Pages: d.Info.Pages}
	}
	if o.Longest == 0 {
		o.Longest = defaultLongest
	}
	defer d.source.rest()
	f, err := d.source.page(page, o.size)
	if err != nil {
		return nil, err
	}
	b := f.image.Bounds()
	if b.Empty() {
		return nil, damaged(fmt.Errorf("an empty picture"))
	}
	w, h := b.Dx(), b.Dy()
	if !f.sized {
		w, h = o.scaled(w, h, f.orientation >= 5)
	}
	whole := upright(shrink(f.image, w, h), f.orientation)
	for _, half := range o.cut(whole) {
		p, err := encode(half)
		if err != nil {
			return nil, err
		}
		pictures = append(pictures, p)
	}
	return pictures, nil
}

// Close releases the document.
func (d *Document) Close() { d.source.close() }

// size is the largest size for a page of w by h that Longest allows.
func (o Options) size(w, h int) (int, int) {
	side, longest := max(w, h), o.Longest
	if strip, ok := o.strip(w, h); ok {
		longest = strip
	} else if o.Split && isSpread(w, h) {
		// The wider half of a spread is at most maxHalf of it.
		side = max(int(float64(w)*maxHalf), h)
	}
	scale := float64(longest) / float64(max(side, 1))
	return max(1, int(float64(w)*scale+0.5)), max(1, int(float64(h)*scale+0.5))
}

// scaled returns the size to shrink a picture to; turned means that its sides
// are exchanged when it is set upright.
func (o Options) scaled(w, h int, turned bool) (int, int) {
	if turned {
		h, w = o.scaled(h, w, false)
		return w, h
	}
	sw, sh := o.size(w, h)
	return min(w, sw), min(h, sh)
}

// recovered turns a decoder's panic into an error.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = damaged(fmt.Errorf("the decoder panicked: %v", r))
	}
}
