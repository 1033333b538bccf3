package pages

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"daybook/internal/pages/raster"
)

// process is a child with one file open, or about to open it.
type process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    io.ReadCloser
	of     file // what it has open
	info   raster.Info
	idle   *time.Timer // ends it when it is not used
	full   bool        // it was killed for its memory
	limits Limits
}

// start starts a child, which waits for hello.
func (r *Renderer) start() (*process, error) {
	cmd := exec.Command(r.cfg.Program, r.cfg.Args...)
	cmd.Env = []string{} // empty: no keys, no proxies
	if runtime.GOOS == "windows" {
		cmd.Env = append(cmd.Env, "SYSTEMROOT="+os.Getenv("SYSTEMROOT")) // Go needs it there
	}
	if _, err := os.Stat(os.TempDir()); err == nil { // a container may have none
		cmd.Dir = os.TempDir()
	} else {
		cmd.Dir = string(os.PathSeparator)
	}
	p := &process{cmd: cmd, limits: r.cfg.Limits}
	var err error
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("connect to a decoder process: %w", err)
	}
	if p.out, err = cmd.StdoutPipe(); err != nil {
		return nil, errors.Join(fmt.Errorf("connect to a decoder process: %w", err), p.in.Close())
	}
	if err := startConfined(cmd); err != nil {
		return nil, fmt.Errorf("start a decoder process: %w", err)
	}
	return p, nil
}

// end kills the process if it is running and waits for it.
func (p *process) end() {
	_ = p.cmd.Process.Kill() // it may be gone already
	_ = p.in.Close()
	_ = p.cmd.Wait() // its status is kept in cmd
}

// killedByOthers reports whether a process that ended by itself was killed: by
// the system when short of memory, or by a person.
func (p *process) killedByOthers() bool {
	if p.cmd.ProcessState == nil {
		return false
	}
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// open sends the process its file and stores the info it returns.
func (p *process) open(ctx context.Context, cache string, opened *os.File) error {
	f, l := p.of, p.limits
	h := hello{Type: f.kind, Cache: cache, Limits: raster.Limits{Pages: l.Pages, Pixels: l.Pixels, Memory: l.Memory}, File: f.size()}
	return p.ask(ctx, l.PageTime, func() error {
		if err := writeJSON(p.in, kindHello, h); err != nil {
			return err
		}
		if err := writeHead(p.in, kindFile, h.File); err != nil {
			return err
		}
		if n, err := io.Copy(p.in, io.NewSectionReader(opened, 0, h.File)); err != nil {
			return err
		} else if n != h.File {
			return f.fault("became shorter while it was read")
		}
		k, body, err := readFrame(p.out, 0)
		switch {
		case err != nil:
			return err
		case k == kindInfo:
			return p.keepInfo(body)
		}
		return f.refused(k, body, l)
	})
}

func (p *process) keepInfo(body []byte) error {
	if err := json.Unmarshal(body, &p.info); err != nil || p.info.Pages < 1 || p.info.Pages > p.limits.Pages {
		return errNonsense
	}
	return nil
}

// prepare makes the process compile the decoders.
func (p *process) prepare(ctx context.Context, cache string) error {
	limits := p.limits
	p.limits.Memory = 0 // compiling needs more, and involves no untrusted file
	defer func() { p.limits = limits }()
	return p.ask(ctx, prepareTime, func() error {
		h := hello{Cache: cache, Limits: raster.Limits{Memory: limits.Memory}}
		if err := writeJSON(p.in, kindHello, h); err != nil {
			return err
		}
		k, body, err := readFrame(p.out, 0)
		if err == nil && k != kindReady {
			err = trouble(k, body)
		}
		return err
	})
}

// render makes the process render a page.
func (p *process) render(ctx context.Context, page int, o Options) ([]Picture, error) {
	var pictures []Picture
	err := p.ask(ctx, p.limits.PageTime, func() error {
		if err := writeJSON(p.in, kindRender, render{page, o}); err != nil {
			return err
		}
		for {
			k, body, err := readFrame(p.out, 0)
			if err != nil {
				return err
			}
			if k != kindPicture && k != kindLast {
				return p.of.refused(k, body, p.limits)
			}
			picture, err := decodePicture(body)
			if err != nil {
				return err
			}
			if len(pictures) == raster.MaxParts {
				return errNonsense
			}
			if pictures = append(pictures, picture); k == kindLast {
				return nil
			}
		}
	})
	return pictures, err
}

// ask runs talk, which communicates with the process, within a time and memory
// limit. If the process exceeds one, it is killed, which ends talk. The error
// is talk's, joined with errDied if the process ended, or the reason for
// killing it.
func (p *process) ask(ctx context.Context, most time.Duration, talk func() error) error {
	ended := make(chan struct{})
	watched := make(chan error)
	go func() { watched <- p.watch(ctx, most, ended) }()
	err := talk()
	close(ended)
	if killed := <-watched; killed != nil {
		return killed
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrClosed) {
		return errors.Join(errDied, err)
	}
	return err
}

// lookEvery is how often a process's memory is checked.
const lookEvery = 10 * time.Millisecond

// watch kills the process when it exceeds its time or memory, or when ctx ends,
// and returns the reason.
func (p *process) watch(ctx context.Context, most time.Duration, ended <-chan struct{}) error {
	timeout := time.NewTimer(most)
	defer timeout.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		var why error
		select {
		case <-ended:
			return nil
		case <-ctx.Done():
			why = fmt.Errorf("decode a scan: %w", context.Cause(ctx))
		case <-timeout.C:
			why = p.of.fault("needs more than %v to decode", most)
		case <-look.C:
			if p.limits.Memory == 0 || resident(p.cmd.Process.Pid) <= p.limits.Memory {
				continue
			}
			p.full, why = true, p.of.tooMuchMemory(p.limits)
		}
		_ = p.cmd.Process.Kill() // it may be gone already
		return why
	}
}
