package pages

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/pages/scantest"
)

// zeros returns at least n zero bytes, compressed. A block can be repeated: it
// encodes one zero and a repetition.
func zeros(n int) []byte {
	const block = 1 << 20
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestSpeed) // the level is a valid one
	_, _ = w.Write(make([]byte, block))
	_ = w.Flush()
	blocks := (n + block - 1) / block
	out := append([]byte("\x78\x01"), bytes.Repeat(b.Bytes(), blocks)...)
	out = append(out, 1, 0, 0, 0xff, 0xff) // the end: an empty block
	return binary.BigEndian.AppendUint32(out, uint32(blocks*block%65521)<<16|1)
}

// pngOf returns a PNG with w by h pixels of 8-bit gray in its header, and the
// given compressed data.
func pngOf(w, h uint32, data []byte) []byte {
	head := binary.BigEndian.AppendUint32(nil, w)
	head = append(binary.BigEndian.AppendUint32(head, h), 8, 0, 0, 0, 0)
	b := []byte("\x89PNG\r\n\x1a\n")
	for _, c := range []struct {
		name string
		body []byte
	}{{"IHDR", head}, {"IDAT", data}, {"IEND", nil}} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(c.body)))
		named := append([]byte(c.name), c.body...)
		b = binary.BigEndian.AppendUint32(append(b, named...), crc32.ChecksumIEEE(named))
	}
	return b
}

// deflatedTIFF returns a TIFF of w by h gray pixels in one strip of zeros.
func deflatedTIFF(w, h int) []byte {
	order := binary.LittleEndian
	b := order.AppendUint32([]byte("II*\x00"), 0)
	packed := zeros(8 * w * h)
	b = append(b, packed...)
	order.PutUint32(b[4:], uint32(len(b)))
	fields := []struct {
		tag   uint16
		value int
	}{{256, w}, {257, h}, {258, 8}, {259, 8}, {262, 1}, {273, 8}, {277, 1}, {278, h}, {279, len(packed)}}
	b = order.AppendUint16(b, uint16(len(fields)))
	for _, f := range fields {
		b = order.AppendUint16(b, f.tag)
		b = order.AppendUint32(order.AppendUint16(b, 4), 1)
		b = order.AppendUint32(b, uint32(f.value))
	}
	return order.AppendUint32(b, 0)
}

// imagePDF returns a PDF with an image of w by h gray pixels, as deflated
// zeros.
func imagePDF(w, h int) []byte {
	packed := zeros(w * h)
	img := scantest.JPEG(image.NewGray(image.Rect(0, 0, 8, 8)))
	doc := scantest.PDF(img)
	// The picture's object is the first. The following ones move, which PDF
	// readers tolerate.
	from, to := bytes.Index(doc, []byte("3 0 obj")), bytes.Index(doc, []byte("4 0 obj"))
	object := fmt.Sprintf("3 0 obj\n<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode/Length %d>>stream\n%s\nendstream\nendobj\n",
		w, h, len(packed), packed)
	return append(append(bytes.Clone(doc[:from]), object...), doc[to:]...)
}

func TestTooMuchMemory(t *testing.T) {
	r := newRenderer(t, Config{Limits: Limits{Memory: 48 << 20}})
	_, err := r.Render(t.Context(), write(t, "large.tif", deflatedTIFF(9900, 9900)), 0, Options{})
	refused(t, err, daybook.Invalid, "large.tif needs more than 48 MB of memory to decode")
	if _, err := r.Render(t.Context(), write(t, "small.tif", deflatedTIFF(40, 40)), 0, Options{}); err != nil {
		t.Error(err)
	}
}

func TestBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	r := newRenderer(t, Config{})
	for name, c := range map[string]struct {
		data []byte
		says string
	}{
		"huge.png":       {pngOf(30000, 30000, nil), "is 30000 by 30000 pixels, and more than 100 million are too many"},
		"lying.png":      {pngOf(9000, 9000, zeros(100)), "is damaged or cut off"},
		"lying more.png": {pngOf(0x7fffffff, 0x7fffffff, nil), "is "},
		"negative.png":   {pngOf(0xffffffff, 0xffffffff, nil), "is damaged or cut off"},
		"none.png":       {pngOf(0, 0, nil), "is damaged or cut off"},
		"inflates.tif":   {deflatedTIFF(9000, 9000), ""}, // no more of it is read than its pixels
		"endless.pdf":    {scantest.PDFOf(100_000, "0 0 595 842", ""), "has more than 500 pages"},
		"pointless.pdf":  {scantest.PDFOf(1, "0 0 0 0", ""), ""}, // read as a page of a usual size
		"wide.pdf":       {scantest.PDFOf(1, "0 0 1000000 1", ""), "is damaged or cut off"},
		"no page.pdf":    {scantest.PDFOf(0, "0 0 1 1", ""), "has no pages"},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, err := r.Render(t.Context(), write(t, name, c.data), 0, Options{})
			if c.says != "" || err != nil {
				refused(t, err, daybook.Invalid, name+" "+c.says)
			}
			t.Logf("after %v: %v", time.Since(began).Round(time.Millisecond), err)
		})
	}
	// And it still works.
	if _, err := r.Render(t.Context(), write(t, "sound.png", scantest.PNG(scantest.Quarters(40, 40))), 0, Options{}); err != nil {
		t.Error(err)
	}
}

// An image in a PDF that needs too much memory may be omitted or refused, but
// must stay within the limit.
func TestBombInPDF(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	r := newRenderer(t, Config{})
	peak, stop := watchPeak(t)
	_, err := r.Render(t.Context(), write(t, "bomb.pdf", imagePDF(30000, 30000)), 0, Options{})
	if held := (stop() + 1<<20) >> 20; held > 600 {
		t.Errorf("it held %d MB", held)
	}
	t.Logf("%d MB: %v", *peak>>20, err)
	if err != nil {
		refused(t, err, daybook.Invalid, "bomb.pdf ")
	}
}

// watchPeak records the peak memory of all children together until it is
// stopped.
func watchPeak(t testing.TB) (peak *int64, stop func() int64) {
	t.Helper()
	peak = new(int64)
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ended:
				return
			case <-time.After(5 * time.Millisecond):
			}
			var sum int64
			for _, pid := range children(t) {
				n, _ := strconv.Atoi(pid)
				sum += resident(n)
			}
			*peak = max(*peak, sum)
		}
	}()
	return peak, func() int64 { close(ended); <-done; return *peak }
}

// Wherever a PDF is cut off, the page is drawn or the file is refused.
func TestTruncatedPDF(t *testing.T) {
	r := newRenderer(t, Config{})
	whole := shades(3)
	for i := range 16 {
		name := fmt.Sprintf("%d.pdf", i)
		_, err := r.Render(t.Context(), write(t, name, whole[:i*len(whole)/16]), 2, Options{Longest: 100})
		if kind := daybook.KindOf(err); err != nil && kind != daybook.Invalid && kind != daybook.NotFound {
			t.Errorf("%d sixteenths: %v", i, err)
		}
	}
}

func TestProtectedPDF(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	doc := shades(1)
	// An encryption with an unknown key.
	doc = bytes.Replace(doc, []byte("/Root 1 0 R"), []byte("/Root 1 0 R/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<"+strings.Repeat("11", 32)+">/U<"+strings.Repeat("22", 32)+">>>"), 1)
	_, err := newRenderer(t, Config{}).Inspect(t.Context(), write(t, "secret.pdf", doc))
	refused(t, err, daybook.Invalid, "secret.pdf is protected by a password")
}

// A misbehaving child is killed, and the error claims no more than is known.
func TestMisbehaviour(t *testing.T) {
	path := write(t, "scan.png", scantest.PNG(scantest.Quarters(40, 40)))
	limits := Limits{PageTime: 300 * time.Millisecond, Memory: 64 << 20}
	for how, says := range map[string]string{
		"hang":              "scan.png needs more than 300ms to decode",
		"hang later":        "scan.png needs more than 300ms to decode",
		"exit":              "scan.png crashes its decoder",
		"flood":             "scan.png crashes its decoder",
		"flood of pictures": "scan.png crashes its decoder",
		"lie":               "scan.png crashes its decoder",
		"talkative":         "scan.png crashes its decoder",
	} {
		t.Run(how, func(t *testing.T) {
			r := newRenderer(t, Config{Limits: limits}, how)
			_, err := r.Render(t.Context(), path, 0, Options{})
			refused(t, err, daybook.Invalid, says)
			if strings.Contains(fmt.Sprint(err), "diary") {
				t.Errorf("it repeats what the child said: %v", err)
			}
			if left := children(t); len(left) > 0 {
				t.Errorf("children were left behind: %v", left)
			}
		})
	}
	t.Run("greedy", func(t *testing.T) {
		limits := limits
		limits.PageTime = 0
		peak, stop := watchPeak(t)
		_, err := newRenderer(t, Config{Limits: limits}, "greedy").Inspect(t.Context(), path)
		stop()
		refused(t, err, daybook.Invalid, "scan.png needs more than 64 MB of memory to decode")
		if *peak > 128<<20 {
			t.Errorf("it held %d MB", *peak>>20)
		}
	})
}

func TestKilledFromOutside(t *testing.T) {
	path := write(t, "scan.png", scantest.PNG(scantest.Quarters(40, 40)))
	kill := func() {
		for _, pid := range children(t) {
			n, _ := strconv.Atoi(pid)
			if p, err := os.FindProcess(n); err == nil {
				_ = p.Kill()
			}
		}
	}
	// At work.
	r := newRenderer(t, Config{}, "hang")
	go func() {
		eventually(t, func() bool { return len(children(t)) > 0 })
		time.Sleep(50 * time.Millisecond)
		kill()
	}()
	_, err := r.Inspect(t.Context(), path)
	refused(t, err, daybook.Unavailable, "the decoder process of scan.png was killed from outside")
	// While it is idle: without effect.
	r = newRenderer(t, Config{})
	for range 3 {
		if _, err := r.Render(t.Context(), path, 0, Options{}); err != nil {
			t.Fatal(err)
		}
		kill()
	}
}

// A child ends when its parent is gone, even in the middle of a page. Here it
// blocks, as its output is not read.
func TestOrphan(t *testing.T) {
	cmd := exec.Command(shared.child, "decode")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	file := scantest.JPEG(scantest.Paper(1200, 1600, 1)) // more than a pipe holds
	if err := errors.Join(writeJSON(in, kindHello, hello{Type: "jpeg", Limits: limitsOf(512 << 20), File: int64(len(file))}),
		writeFrame(in, kindFile, file), writeJSON(in, kindRender, render{})); err != nil {
		t.Fatal(err)
	}
	var head [headLen]byte
	for _, want := range []kind{kindInfo, kindLast} {
		if _, err := io.ReadFull(out, head[:]); err != nil || kind(head[0]) != want {
			t.Fatalf("kind %d, not %d: %v", head[0], want, err)
		}
		if want == kindInfo {
			_, _ = io.CopyN(io.Discard, out, int64(binary.BigEndian.Uint32(head[1:])))
		}
	}
	alive := time.AfterFunc(10*time.Second, func() {
		t.Error("it lives on")
		_ = cmd.Process.Kill()
	})
	defer alive.Stop()
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	if state, err := cmd.Process.Wait(); err != nil || !state.Success() {
		t.Errorf("it ended with %v, %v", state, err)
	}
	_ = out.Close()
}

// The child doesn't get its parent's environment.
func TestEnvironment(t *testing.T) {
	t.Setenv("DAYBOOK_OPENAI_KEY", "sk-secret")
	r := newRenderer(t, Config{}, "hang")
	p, err := r.start()
	if err != nil {
		t.Fatal(err)
	}
	defer p.end()
	var env []byte
	eventually(t, func() bool {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.cmd.Process.Pid))
		env, _ = os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.cmd.Process.Pid))
		return err == nil && bytes.Contains(data, []byte("hang"))
	})
	if len(env) > 0 {
		t.Errorf("its environment is %q", env)
	}
}

// Truncated code in the cache, as after a full disk, is compiled again.
func TestDamagedCache(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	path := write(t, "diary.pdf", shades(1))
	sound := newRenderer(t, Config{})
	if _, err := sound.Inspect(t.Context(), path); err != nil { // it is compiled by now
		t.Fatal(err)
	}
	sound.Close()
	cache := t.TempDir()
	if err := os.CopyFS(cache, os.DirFS(shared.cache)); err != nil {
		t.Fatal(err)
	}
	damaged := 0
	err := filepath.WalkDir(cache, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		damaged++
		return os.Truncate(path, 1000)
	})
	if err != nil || damaged == 0 {
		t.Fatalf("%d files were damaged: %v", damaged, err)
	}
	if _, err := newRenderer(t, Config{Cache: cache}).Inspect(t.Context(), path); err != nil {
		t.Error(err)
	}
}
