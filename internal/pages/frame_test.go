package pages

import (
	"bytes"
	"slices"
	"testing"

	"daybook/internal/pages/raster"
)

func limitsOf(memory int64) raster.Limits {
	return raster.Limits{Pages: 500, Pixels: 100e6, Memory: memory}
}

func TestFrames(t *testing.T) {
	var b bytes.Buffer
	picture := raster.Picture{MIME: raster.MIMEPNG, Width: 3, Height: 4, Data: []byte("\x89PNG\r\n\x1a\n…")}
	body, err := encodePicture(picture)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeFrame(&b, kindLast, body); err != nil {
		t.Fatal(err)
	}
	k, got, err := readFrame(&b, 0)
	if err != nil || k != kindLast || b.Len() != 0 {
		t.Fatalf("kind %d, %v, %d bytes left", k, err, b.Len())
	}
	back, err := decodePicture(got)
	if err != nil || back.MIME != picture.MIME || back.Width != 3 || back.Height != 4 || !bytes.Equal(back.Data, picture.Data) {
		t.Errorf("%+v, %v", back, err)
	}
	if _, err := encodePicture(raster.Picture{MIME: "text/html"}); err == nil {
		t.Error("a page of HTML is a picture")
	}
}

func TestInvalidFrames(t *testing.T) {
	for name, frame := range map[string]string{
		"too long":          "i\x00\x00\x10\x01",
		"too long by far":   "p\xff\xff\xff\xff",
		"no such kind":      "x\x00\x00\x00\x00",
		"a file for nobody": "f\x00\x00\x00\x01a",
		"cut off":           "i\x00\x00\x00\x05abc",
		"head cut off":      "i\x00\x00",
	} {
		if k, body, err := readFrame(bytes.NewReader([]byte(frame)), 0); err == nil {
			t.Errorf("%s is kind %d with %q", name, k, body)
		}
	}
	for name, body := range map[string]string{
		"short":          "\x00\x00\x00\x00\x01\x00\x00\x00",
		"another type":   "\x02\x00\x00\x00\x01\x00\x00\x00\x01\xff\xd8\xff",
		"not its type":   "\x01\x00\x00\x00\x01\x00\x00\x00\x01\xff\xd8\xff",
		"no pixels":      "\x00\x00\x00\x00\x00\x00\x00\x00\x01\xff\xd8\xff",
		"far too wide":   "\x00\xff\xff\xff\xff\x00\x00\x00\x01\xff\xd8\xff",
		"no data at all": "\x00\x00\x00\x00\x01\x00\x00\x00\x01",
	} {
		if p, err := decodePicture([]byte(body)); err == nil {
			t.Errorf("%s is %+v", name, p)
		}
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("i\x00\x00\x00\x02{}"), int64(0))
	f.Add([]byte("q\x00\x00\x00\x0c\x00\x00\x00\x00\x01\x00\x00\x00\x01\xff\xd8\xff"), int64(0))
	f.Add([]byte("f\x00\x00\x00\x03abc"), int64(3))
	f.Add([]byte("p\xff\xff\xff\xff"), int64(1))
	f.Fuzz(func(t *testing.T, data []byte, file int64) {
		file = min(max(file, 0), 1<<20)
		r := bytes.NewReader(data)
		k, body, err := readFrame(r, file)
		if err != nil {
			return
		}
		if int64(len(body)) > k.longest(file) || len(body)+headLen+r.Len() != len(data) {
			t.Errorf("kind %d: a body of %d bytes of %d", k, len(body), len(data))
		}
		p, err := decodePicture(body)
		if err != nil {
			return
		}
		again, err := encodePicture(p)
		if err != nil || !slices.Equal(again, body) {
			t.Errorf("a picture does not come back as it went: %v", err)
		}
	})
}
