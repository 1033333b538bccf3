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

// A process and its parent exchange frames: a byte with the kind, 4 bytes with
// the length of the body, and the body. Neither trusts the other's lengths.
//
// The parent sends hello and the file, and gets info or a fault. Then it
// requests pages, and gets pictures, or a fault, for each. A hello
// without a file only compiles the decoders.
type kind byte

const (
	kindHello   kind = 'h' // parent: hello
	kindFile    kind = 'f' // parent: the file's bytes
	kindRender  kind = 'r' // parent: render
	kindInfo    kind = 'i' // child: raster.Info
	kindReady   kind = 'l' // child: the decoders are compiled
	kindPicture kind = 'p' // child: a picture that is followed by another
	kindLast    kind = 'q' // child: the last picture
	kindFault   kind = 'e' // child: raster.Fault
	kindTrouble kind = 't' // child: an error unrelated to the file
)

// The ways in which a process can fail.
var (
	errDied     = errors.New("the decoder process ended")
	errNonsense = errors.New("the decoder process broke the protocol")
	errTrouble  = errors.New("the decoder process could not start") // not the file's fault
)

const (
	headLen    = 5
	maxPicture = 32 << 20 // bytes of a picture's frame
	maxMessage = 4 << 10  // bytes of any other body, but for a file
)

// longest returns the maximum length of a body by kind; 0 for an unknown kind.
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

// readFrame reads a frame and enforces the maximum length of its kind; file is
// the maximum for a file.
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
		// Its length was announced by hello.
		body := make([]byte, n)
		if _, err := io.ReadFull(r, body); err != nil {
			return 0, nil, fmt.Errorf("read the file: %w", err)
		}
		return k, body, nil
	}
	// Don't allocate for bytes that may never come.
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

// The MIME types and the first bytes of their files. A frame has the index of
// one.
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

// decodePicture parses the body of a picture's frame and retains it. It checks
// the picture's first bytes and its size.
func decodePicture(body []byte) (Picture, error) {
	if len(body) < pictureHead || int(body[0]) >= len(mimes) {
		return Picture{}, fmt.Errorf("%w: a picture's frame of %d bytes", errNonsense, len(body))
	}
	m := mimes[body[0]]
	w, h := binary.BigEndian.Uint32(body[1:]), binary.BigEndian.Uint32(body[5:])
	p := Picture{MIME: m.name, Width: int(w), Height: int(h), Data: body[pictureHead:]}
	const most = 2 * raster.MaxLongest
	if w == 0 || h == 0 || w > most || h > most || !bytes.HasPrefix(p.Data, []byte(m.magic)) {
		return Picture{}, fmt.Errorf("%w: %d bytes that are not a picture of the announced type and size", errNonsense, len(p.Data))
	}
	return p, nil
}
