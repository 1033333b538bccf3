package pages

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"daybook/internal/pages/raster"
)

// Child is the main function of a decoder process, which Config.Program and
// Config.Args start. It reads requests from r, writes answers to w, and returns
// when r ends, even in the middle of a page; the program must then exit. It
// owns the process: it changes the garbage collector's settings and os.Stdout.
func Child(r io.Reader, w io.Writer) error {
	// Output of a decoder must not mix with the frames.
	os.Stdout = os.Stderr
	c := &child{w: w}
	ended := make(chan error, 1)
	asked := make(chan render)
	go func() { ended <- c.listen(r, asked) }()
	c.tooLong = func() { ended <- c.answer(&raster.Fault{Reason: raster.Damaged}) }
	go func() {
		if err := c.work(asked); err != nil {
			ended <- err
		}
	}()
	if err := <-ended; !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

type child struct {
	w     io.Writer
	hello hello
	file  []byte
	// tooLong refuses the file and ends the process while its decoder is busy.
	tooLong func()
}

// listen reads requests until r ends and sends them to asked. The first, empty
// one means that hello and the file have arrived.
func (c *child) listen(r io.Reader, asked chan<- render) error {
	if err := c.meet(r); err != nil {
		return err
	}
	asked <- render{}
	for {
		var q render
		if err := readJSON(r, kindRender, &q); err != nil {
			return err
		}
		asked <- q
	}
}

func (c *child) meet(r io.Reader) error {
	if err := readJSON(r, kindHello, &c.hello); err != nil {
		return err
	}
	if c.hello.Type == "" {
		return nil
	}
	k, body, err := readFrame(r, c.hello.File)
	if err == nil && k != kindFile {
		err = fmt.Errorf("a frame of kind %d instead of the file", k)
	}
	c.file = body
	return err
}

func readJSON(r io.Reader, want kind, v any) error {
	k, body, err := readFrame(r, 0)
	if err != nil {
		return err
	}
	if k != want {
		return fmt.Errorf("a frame of kind %d, not %d", k, want)
	}
	return json.Unmarshal(body, v)
}

// work opens the file and serves requests until one fails fatally.
func (c *child) work(asked <-chan render) error {
	<-asked // hello and the file have arrived
	// Decoding allocates large, short-lived blocks.
	debug.SetGCPercent(25)
	debug.SetMemoryLimit(c.hello.Limits.Memory * 3 / 4)
	doc, err := c.open()
	if errors.Is(err, raster.ErrTooLong) {
		return nil // tooLong has answered
	}
	if err != nil {
		return c.answer(err)
	}
	if doc == nil {
		return writeFrame(c.w, kindReady, nil)
	}
	if err := writeJSON(c.w, kindInfo, doc.Info); err != nil {
		return err
	}
	for q := range asked {
		pictures, err := doc.Render(q.Page, q.Options)
		if err != nil {
			if err := c.answer(err); err != nil {
				return err
			}
			continue
		}
		for i, p := range pictures {
			k := kindPicture
			if i == len(pictures)-1 {
				k = kindLast
			}
			body, err := encodePicture(p)
			if err != nil {
				return err
			}
			if err := writeFrame(c.w, k, body); err != nil {
				return err
			}
		}
		if c.hello.Type != raster.PDF {
			debug.FreeOSMemory() // a picture is rarely requested twice
		}
	}
	return nil
}

// open opens the file. Without a file, it compiles the decoders.
func (c *child) open() (*raster.Document, error) {
	h := c.hello
	var runtime *raster.Runtime
	if h.needsRuntime() {
		var err error
		if runtime, err = raster.NewRuntime(h.Cache, h.Limits); err != nil {
			return nil, err
		}
		runtime.TooLong = c.tooLong
	}
	if h.Type == "" {
		return nil, runtime.Prepare(context.Background())
	}
	return raster.Open(runtime, h.Type, c.file, h.Limits)
}

func (h hello) needsRuntime() bool {
	return h.Type == raster.PDF || h.Type == raster.HEIC || h.Type == ""
}

// answer sends an error to the parent.
func (c *child) answer(err error) error {
	var f *raster.Fault
	if errors.As(err, &f) {
		return writeJSON(c.w, kindFault, f)
	}
	text := err.Error()
	return writeFrame(c.w, kindTrouble, []byte(text[:min(len(text), maxMessage)]))
}
