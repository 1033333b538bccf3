package pages

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg"
	_ "image/png"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"daybook"
	"daybook/internal/pages/scantest"
)

// Shared by all tests: a child without the race detector, and the compiled
// decoders, which take seconds to compile.
var shared struct{ child, cache string }

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "decode" {
		if err := Child(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "pages-test-")
		if err != nil {
			log.Fatal(err)
		}
		defer os.RemoveAll(dir)
		shared.child, shared.cache = filepath.Join(dir, "child.exe"), filepath.Join(dir, "cache")
		if out, err := exec.Command("go", "build", "-o", shared.child, "./testdata/child").CombinedOutput(); err != nil {
			log.Fatalf("build the child: %v\n%s", err, out)
		}
		code := m.Run()
		if err := goleak.Find(); err != nil && code == 0 {
			log.Print(err)
			code = 1
		}
		return code
	}())
}

// newRenderer returns a Renderer whose children are started with args, and
// checks that none are left at the end.
func newRenderer(t testing.TB, cfg Config, args ...string) *Renderer {
	t.Helper()
	if args == nil {
		args = []string{"decode"}
	}
	cfg.Program, cfg.Args = or(cfg.Program, shared.child), args
	cfg.Cache = or(cfg.Cache, shared.cache)
	r := New(cfg)
	t.Cleanup(func() {
		r.Close()
		if left := children(t); len(left) > 0 {
			t.Errorf("children were left behind: %v", left)
		}
	})
	return r
}

// children returns the child processes of this process that were not waited
// for.
func children(t testing.TB) []string {
	t.Helper()
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil || lists == nil {
		t.Skip("there is no list of processes here")
	}
	var pids []string
	for _, list := range lists {
		data, _ := os.ReadFile(list) // a thread may have ended
		pids = append(pids, strings.Fields(string(data))...)
	}
	slices.Sort(pids)
	return slices.Compact(pids) // one that changes threads may be listed twice
}

func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func decode(t testing.TB, p Picture) image.Image {
	t.Helper()
	img, kind, err := image.Decode(bytes.NewReader(p.Data))
	if err != nil {
		t.Fatal(err)
	}
	if "image/"+kind != p.MIME || img.Bounds().Dx() != p.Width || img.Bounds().Dy() != p.Height {
		t.Errorf("a %s of %v is said to be %s of %d×%d", kind, img.Bounds(), p.MIME, p.Width, p.Height)
	}
	return img
}

// refused checks the kind and the message of err.
func refused(t testing.TB, err error, kind daybook.Kind, says string) {
	t.Helper()
	if daybook.KindOf(err) != kind || !strings.HasPrefix(daybook.PublicMessage(err), says) {
		t.Errorf("it is %q and says %q (%v); want %q: %q", daybook.KindOf(err), daybook.PublicMessage(err), err, kind, says)
	}
}

func TestPicture(t *testing.T) {
	// The test binary is the child here, so the race detector sees both sides.
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := newRenderer(t, Config{Program: program, Limits: Limits{Memory: 4 << 30}})
	taken := time.Date(2021, 6, 7, 8, 9, 10, 0, time.FixedZone("", 7200))
	photo := scantest.WithEXIF(scantest.JPEG(scantest.Paper(600, 400, 1)), scantest.EXIF(binary.LittleEndian, 6, "2021:06:07 08:09:10", "+02:00"))
	path := write(t, "06-07-2021.jpg", photo)
	info, err := r.Inspect(t.Context(), path)
	if err != nil || info.Type != "jpeg" || info.Pages != 1 || !info.Taken.Equal(taken) {
		t.Errorf("%+v, %v", info, err)
	}
	pictures, err := r.Render(t.Context(), path, 0, Options{Longest: 300})
	if err != nil {
		t.Fatal(err)
	}
	if got := decode(t, pictures[0]).Bounds().Size(); got != image.Pt(200, 300) {
		t.Errorf("it is %v", got)
	}
	spread := write(t, "spread.png", scantest.PNG(scantest.Spread(900, 600, 430, 60, 1)))
	pictures, err = r.Render(t.Context(), spread, 0, Options{Split: true})
	if err != nil || len(pictures) != 2 || pictures[0].Width < 415 || pictures[0].Width > 445 || pictures[0].Width+pictures[1].Width != 900 {
		t.Errorf("%d pictures, %v", len(pictures), err)
	}
	_, err = r.Render(t.Context(), path, 1, Options{})
	refused(t, err, daybook.NotFound, "06-07-2021.jpg has no such page: it has 1")
	_, err = r.Render(t.Context(), path, 0, Options{Longest: 20})
	refused(t, err, daybook.Invalid, "the longest side")
	_, err = r.Inspect(t.Context(), path+".gone")
	refused(t, err, daybook.NotFound, "there is no scan 06-07-2021.jpg.gone")
}

// shades returns a PDF with distinguishable pages.
func shades(n int) []byte {
	var files [][]byte
	for i := range n {
		img := image.NewGray(image.Rect(0, 0, 60, 80))
		for k := range img.Pix {
			img.Pix[k] = uint8(255 * i / n)
		}
		files = append(files, scantest.JPEG(img))
	}
	return scantest.PDF(files...)
}

func TestPDF(t *testing.T) {
	const n = 24
	r := newRenderer(t, Config{Children: 2})
	path := write(t, "diary.pdf", shades(n))
	info, err := r.Inspect(t.Context(), path)
	if err != nil || info.Type != "pdf" || info.Pages != n {
		t.Fatalf("%+v, %v", info, err)
	}
	// Eight at a time, as they are transcribed.
	var group sync.WaitGroup
	turns := make(chan struct{}, 8)
	for i := range n {
		group.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			pictures, err := r.Render(t.Context(), path, i, Options{Longest: 400})
			if err != nil {
				t.Error(err)
				return
			}
			img := decode(t, pictures[0])
			light := color.GrayModel.Convert(img.At(100, 100)).(color.Gray).Y
			if d := int(light) - 255*i/n; img.Bounds().Dy() != 400 || d > 3 || d < -3 {
				t.Errorf("page %d is %v of light %d", i, img.Bounds(), light)
			}
		})
	}
	group.Wait()
	if n := len(children(t)); n > 2 {
		t.Errorf("%d children of at most 2", n)
	}
	_, err = r.Render(t.Context(), path, n, Options{})
	refused(t, err, daybook.NotFound, "diary.pdf has no such page: it has 24")
	if info, err := os.Stat(shared.cache); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder of code that is run: %v, %v", info.Mode(), err)
	}
}

// Transparent parts of a PDF are rendered as white paper.
func TestPDFWithTransparency(t *testing.T) {
	page := scantest.PDFOf(1, "0 0 200 100", "/G gs 1 0 0 rg 0 0 100 100 re f")
	page = bytes.Replace(page, []byte("/Resources<<>>"), []byte("/Group<</S/Transparency/CS/DeviceRGB>>/Resources<</ExtGState<</G<</ca 0.5>>>>>>"), 1)
	pictures, err := newRenderer(t, Config{}).Render(t.Context(), write(t, "clear.pdf", page), 0, Options{Longest: 200})
	if err != nil {
		t.Fatal(err)
	}
	img := decode(t, pictures[0])
	pale, paper := color.RGBAModel.Convert(img.At(50, 50)).(color.RGBA), color.RGBAModel.Convert(img.At(150, 50)).(color.RGBA)
	if pale.R < 250 || pale.G < 110 || pale.G > 145 || paper.R < 250 || paper.G < 250 {
		t.Errorf("%v on %v", pale, paper)
	}
}

func TestNoScan(t *testing.T) {
	r := newRenderer(t, Config{})
	for name, c := range map[string]struct{ data, says string }{
		"html.png":   {"<!doctype html><script>", "is not a picture or PDF that Daybook reads: it begins like HTML"},
		"svg.png":    {"<svg onload=''>", "is not a picture or PDF that Daybook reads: it begins like SVG"},
		"zip.pdf":    {"PK\x03\x04....", "is not a picture or PDF that Daybook reads: it begins like a ZIP archive"},
		"zeros.jpg":  {"\x00\x00\x00\x00\x00\x00", "is not a picture or PDF that Daybook reads"},
		"empty.jpg":  {"", "is empty"},
		"only.png":   {"\x89PNG\r\n\x1a\n", "is damaged or cut off"},
		"only.jpg":   {"\xff\xd8\xff\xe0", "is damaged or cut off"},
		"only.pdf":   {"%PDF-1.7\n", "is damaged or cut off"},
		"only.heic":  {"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "is damaged or cut off"},
		"only.tif":   {"II*\x00\x08\x00\x00\x00", "is damaged or cut off"},
		"no ifd.tif": {"II*\x00\x00\x00\x00\x00", "has no pages"},
		"only.webp":  {"RIFF\x00\x00\x00\x00WEBPVP8L", "is damaged or cut off"},
	} {
		_, err := r.Inspect(t.Context(), write(t, name, []byte(c.data)))
		refused(t, err, daybook.Invalid, name+" "+c.says)
	}
	folder := t.TempDir()
	_, err := r.Inspect(t.Context(), folder)
	refused(t, err, daybook.Invalid, filepath.Base(folder)+" is not a file")
	large := write(t, "large.pdf", []byte("%PDF-1.7\n"))
	if err := os.Truncate(large, 50<<20+1); err != nil {
		t.Fatal(err)
	}
	_, err = r.Inspect(t.Context(), large)
	refused(t, err, daybook.Invalid, "large.pdf is larger than 50 MB")
}

// The type doesn't depend on the file's name.
func TestWrongName(t *testing.T) {
	info, err := newRenderer(t, Config{}).Inspect(t.Context(), write(t, "scan.pdf", scantest.PNG(scantest.Quarters(40, 40))))
	if err != nil || info.Type != "png" {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestEightAtOnce(t *testing.T) {
	r := newRenderer(t, Config{Children: 3})
	var paths []string
	for i := range 4 {
		paths = append(paths, write(t, fmt.Sprintf("%d.png", i), scantest.PNG(scantest.Quarters(100+i, 60))))
	}
	paths = append(paths, write(t, "doc.pdf", shades(4)), write(t, "bad.png", []byte("\x89PNG\r\n\x1a\nnot")))
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for k := range 12 {
				at := (i + k) % len(paths)
				pictures, err := r.Render(t.Context(), paths[at], 0, Options{Longest: 200})
				switch {
				case at == 5:
					refused(t, err, daybook.Invalid, "bad.png is damaged")
				case err != nil:
					t.Error(err)
				case at < 4 && pictures[0].Width != 100+at:
					t.Errorf("%s is %d pixels wide", paths[at], pictures[0].Width)
				}
			}
		})
	}
	group.Wait()
}

// A replaced scan is read again.
func TestReplaced(t *testing.T) {
	r := newRenderer(t, Config{Children: 1})
	path := write(t, "scan.png", scantest.PNG(scantest.Quarters(40, 40)))
	for _, side := range []int{40, 60, 44} {
		if err := os.WriteFile(path, scantest.PNG(scantest.Quarters(side, side)), 0o600); err != nil {
			t.Fatal(err)
		}
		pictures, err := r.Render(t.Context(), path, 0, Options{})
		if err != nil || pictures[0].Width != side {
			t.Fatalf("%v, %v", pictures, err)
		}
	}
}

func TestIdleChildrenEnd(t *testing.T) {
	r := newRenderer(t, Config{Idle: 50 * time.Millisecond})
	path := write(t, "scan.png", scantest.PNG(scantest.Quarters(40, 40)))
	for range 2 {
		if _, err := r.Inspect(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() bool { return len(children(t)) == 0 })
	}
}

func eventually(t testing.TB, holds func() bool) {
	t.Helper()
	for range 1000 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("it never comes true")
}

func TestClosed(t *testing.T) {
	r := newRenderer(t, Config{})
	path := write(t, "scan.png", scantest.PNG(scantest.Quarters(40, 40)))
	r.Close()
	_, err := r.Inspect(t.Context(), path)
	refused(t, err, daybook.Unavailable, "Daybook is stopping")
}

func TestProgramMissing(t *testing.T) {
	r := newRenderer(t, Config{Program: filepath.Join(t.TempDir(), "none")})
	for name, data := range map[string][]byte{"scan.png": scantest.PNG(scantest.Quarters(40, 40)), "scan.pdf": shades(1)} {
		_, err := r.Inspect(t.Context(), write(t, name, data))
		if daybook.KindOf(err) != daybook.Internal || !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%v", err)
		}
	}
}

func TestCancelled(t *testing.T) {
	r := newRenderer(t, Config{Children: 1}, "hang")
	path := write(t, "scan.png", scantest.PNG(scantest.Quarters(40, 40)))
	var group sync.WaitGroup
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	for range 4 { // one has the child, three wait for it
		group.Go(func() {
			if _, err := r.Inspect(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v", err)
			}
		})
	}
	group.Wait()
	if left := children(t); len(left) > 0 {
		t.Errorf("children were left behind: %v", left)
	}
}
