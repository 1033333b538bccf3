//go:build unix

package pages

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"daybook"
	"daybook/internal/pages/scantest"
)

// cpu returns the CPU time of the decoders that have ended. That of this process
// is left out: it contains the collection of the tests' own garbage.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// random returns n bytes that are the same in each run.
func random(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

// box is a box of a HEIC.
func box(kind string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	return slices.Concat(b, []byte(kind), body)
}

func chunk(kind string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	return slices.Concat(b, []byte(kind), body, make([]byte, 4))
}

const junkSize = 40 << 20

// junk makes files that are not scans, one after the other: all at once would
// take gigabytes.
func junk(try func(name string, data []byte)) {
	noise, zero := random(junkSize), make([]byte, junkSize)
	heif := box("ftyp", []byte("heic\x00\x00\x00\x00mif1heic"))
	fill := func(unit string) []byte { return bytes.Repeat([]byte(unit), junkSize/len(unit)) }
	try("noise.bin", noise)
	try("zeros.bin", zero)
	try("zip.pdf", append([]byte("PK\x03\x04"), noise...))
	for ext, head := range map[string]string{
		"png": "\x89PNG\r\n\x1a\n", "jpg": "\xff\xd8\xff\xe0", "webp": "RIFF\xff\xff\xff\x00WEBPVP8 ", "vp8l.webp": "RIFF\xff\xff\xff\x00WEBPVP8L", "vp8x.webp": "RIFF\xff\xff\xff\x00WEBPVP8X",
		"le.tif": "II*\x00", "be.tif": "MM\x00*", "heic": string(heif), "pdf": "%PDF-1.7\n",
	} {
		try("noise."+ext, append([]byte(head), noise...))
		try("zeros."+ext, append([]byte(head), zero...))
		try("head only."+ext, []byte(head))
		try("short."+ext, append([]byte(head), noise[:2000]...))
	}
	try("late.pdf", slices.Concat([]byte("x\n%PDF-1.4\n"), zero))
	root := "trailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF"
	for name, parts := range map[string][2]string{
		"objects": {"", "1 0 obj\n<</Type/Page>>\nendobj\n"},
		"numbers": {"1 0 obj\n", "1 0 R "},
		"nested":  {"1 0 obj\n", "[<<"},
		"strings": {"1 0 obj\n/Page ", "(((((\\"},
		"streams": {"", "1 0 obj<</Type/ObjStm/N 99999999/First 9/Length 3>>stream\nabc\nendstream endobj\n"},
	} {
		data := slices.Concat([]byte("%PDF-1.7\n"+parts[0]), fill(parts[1]))
		try(name+".pdf", data)
		try(name+" with a root.pdf", append(data, root...))
	}
	try("noise with a root.pdf", slices.Concat([]byte("%PDF-1.7\n"), noise, []byte(root)))
	try("trailers.pdf", append([]byte("%PDF-1.7\n1 0 obj endobj /Page "), fill("trailer<</Root 1 0 R/Prev 9>>startxref 9 %%EOF ")...))
	try("chunks.png", append([]byte("\x89PNG\r\n\x1a\n"), fill(string(chunk("tEXt", nil)))...))
	try("segments.jpg", append([]byte("\xff\xd8"), fill("\xff\xe1\x00\x02")...))
	try("fill.jpg", append([]byte("\xff\xd8\xff"), fill("\xff")...))
	try("boxes.heic", slices.Concat(heif, fill(string(box("free", nil))), box("meta", make([]byte, 100))))
	try("boxes behind meta.heic", slices.Concat(heif, box("meta", make([]byte, 100)), fill(string(box("free", nil)))))
	try("meta.heic", append(bytes.Clone(heif), box("meta", noise)...))
	try("metas.heic", append(bytes.Clone(heif), box("meta", slices.Concat(make([]byte, 4), fill(string(box("iloc", make([]byte, 8))))))...))
	tif := []byte("II*\x00\x08\x00\x00\x00")
	for i := range 60000 { // directories that lead on and on, and then back
		tif = binary.LittleEndian.AppendUint16(tif, 0)
		next := 8 + 6*uint32(i+1)
		if i == 59999 {
			next = 8
		}
		tif = binary.LittleEndian.AppendUint32(tif, next)
	}
	try("loop.tif", tif)
	try("fields.tif", append([]byte("II*\x00\x08\x00\x00\x00\xff\xff"), fill("\x00\x01\x04\x00\xff\xff\xff\x00\x00\x00\x00\x00")...))
	try("huge.png", pngOf(0x7fffffff, 0x7fffffff, noise[:1000]))
	try("bomb.png", pngOf(30000, 30000, nil))
}

func TestJunkIsRefusedCheaply(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	warm := newRenderer(t, Config{})
	if _, err := warm.Inspect(t.Context(), write(t, "sound.pdf", shades(1))); err != nil { // the decoders are compiled by now
		t.Fatal(err)
	}
	warm.Close()
	junk(func(name string, data []byte) {
		t.Run(name, func(t *testing.T) {
			path := write(t, name, data)
			defer os.Remove(path)
			r := newRenderer(t, Config{})
			before, began := cpu(t), time.Now()
			_, err := r.Inspect(t.Context(), path)
			r.Close()
			used := cpu(t) - before
			t.Logf("%v of CPU, %v: %v", used.Round(time.Millisecond), time.Since(began).Round(time.Millisecond), err)
			if daybook.KindOf(err) != daybook.Invalid || !strings.Contains(fmt.Sprint(err), name) {
				t.Errorf("refused with %v", err)
			}
			if used > time.Second {
				t.Errorf("it took %v of CPU", used)
			}
		})
	})
}

// A very large sound scan opens within the CPU limit for junk.
func TestLargePDFOpens(t *testing.T) {
	photo := scantest.JPEG(scantest.Quarters(40, 40))
	photo = append(photo, random(junkSize/4)...) // what follows the picture is ignored
	r := newRenderer(t, Config{})
	before := cpu(t)
	info, err := r.Inspect(t.Context(), write(t, "large.pdf", scantest.PDF(photo, photo, photo, photo)))
	r.Close()
	if err != nil || info.Pages != 4 {
		t.Errorf("%+v, %v", info, err)
	}
	t.Logf("%v of CPU", (cpu(t) - before).Round(time.Millisecond))
}
