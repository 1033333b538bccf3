package pages

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"daybook/internal/pages/raster"
)

// What a process and its parent say to each other are frames: a byte that says
// what it is, the length of its body in 4 bytes, the body. Neither believes
// the other's lengths.
//
// The parent says hello and then the file, which is answered by info or a
// fault; then it asks for pages, each of which is answered by one picture or
// two, or a fault. Without a file, hello asks only to prepare the decoders.
type kind byte

const (
	kindHello   kind = 'h' // parent: hello
	kindFile    kind = 'f' // parent: the file's bytes
	kindRender  kind = 'r' // parent: render
	kindInfo    kind = 'i' // child: raster.Info
	kindReady   kind = 'l' // child: the decoders are prepared
	kindPicture kind = 'p' // child: a picture that is followed by another
	kindLast    kind = 'q' // child: the last picture
	kindFault   kind = 'e' // child: raster.Fault
	kindTrouble kind = 't' // child: nothing to do with the file; a sentence
)

// What a process may do instead of its work.
var (
	errDied     = errors.New("the process that decodes ended")
	errNonsense = errors.New("the process that decodes does not keep to the protocol")
	errTrouble  = errors.New("the process that decodes could not begin") // not the file's fault
)

const (
	headLen    = 5
	maxPicture = 32 << 20 // bytes of a picture's frame
	maxMessage = 4 << 10  // bytes of any other body, but for a file
)

// longest is how long a body of a kind may be, 0 for a kind that there is not.
func (k kind) longest(file int64) int64 {
	switch k {
	case kindHello, kindRender, kindInfo, kindReady, kindFault, kindTrouble:
		return maxMessage
	case kindPicture, kindLast:
		return maxPicture
	case kindFile:
		return file
	}
	return 0
}

type hello struct {
	Type   raster.Type // "" without a file
	Cache  string      // folder for the decoders' compiled code
	Limits raster.Limits
	File   int64 // bytes of the file that follows
}

type render struct {
	Page    int
	Options raster.Options
}

// readFrame reads a frame whose body is no longer than its kind allows; file
// is what it allows a file.
func readFrame(r io.Reader, file int64) (kind, []byte, error) {
	var head [headLen]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, fmt.Errorf("read the head of a frame: %w", err)
	}
	k, n := kind(head[0]), int64(binary.BigEndian.Uint32(head[1:]))
	most := k.longest(file)
	if most == 0 || n > most {
		return 0, nil, fmt.Errorf("%w: a frame of kind %d and %d bytes", errNonsense, k, n)
	}
	if k == kindFile {
		// It is as long as the hello before it said, and large.
		body := make([]byte, n)
		if _, err := io.ReadFull(r, body); err != nil {
			return 0, nil, fmt.Errorf("read the file: %w", err)
		}
		return k, body, nil
	}
	// What was promised but is never sent is not allocated.
	var body bytes.Buffer
	if _, err := io.CopyN(&body, r, n); err != nil {
		return 0, nil, fmt.Errorf("read the body of a frame: %w", err)
	}
	return k, body.Bytes(), nil
}

func writeHead(w io.Writer, k kind, n int64) error {
	_, err := w.Write(binary.BigEndian.AppendUint32([]byte{byte(k)}, uint32(n)))
	return err
}

func writeFrame(w io.Writer, k kind, body []byte) error {
	if err := writeHead(w, k, int64(len(body))); err != nil {
		return err
	}
	_, err := w.Write(body)
	return err
}

func writeJSON(w io.Writer, k kind, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return writeFrame(w, k, body)
}

// The MIME types and how each one's files begin; a frame has the place of one.
var mimes = []struct{ name, magic string }{{raster.MIMEJPEG, "\xff\xd8\xff"}, {raster.MIMEPNG, "\x89PNG\r\n\x1a\n"}}

const pictureHead = 9 // MIME, width, height

func encodePicture(p raster.Picture) ([]byte, error) {
	for i, m := range mimes {
		if m.name == p.MIME {
			b := binary.BigEndian.AppendUint32([]byte{byte(i)}, uint32(p.Width))
			b = binary.BigEndian.AppendUint32(b, uint32(p.Height))
			return slices.Concat(b, p.Data), nil
		}
	}
	return nil, fmt.Errorf("a picture of type %q", p.MIME)
}

// decodePicture reads the body of a picture's frame, which it keeps. A picture
// is what it says it is as far as its first bytes and its sides go.
func decodePicture(body []byte) (Picture, error) {
	if len(body) < pictureHead || int(body[0]) >= len(mimes) {
		return Picture{}, fmt.Errorf("%w: a picture's frame of %d bytes", errNonsense, len(body))
	}
	m := mimes[body[0]]
	w, h := binary.BigEndian.Uint32(body[1:]), binary.BigEndian.Uint32(body[5:])
	p := Picture{MIME: m.name, Width: int(w), Height: int(h), Data: body[pictureHead:]}
	const most = 2 * raster.MaxLongest
	if w == 0 || h == 0 || w > most || h > most || !bytes.HasPrefix(p.Data, []byte(m.magic)) {
		return Picture{}, fmt.Errorf("%w: %d bytes that are not the picture they are said to be", errNonsense, len(p.Data))
	}
	return p, nil
}
