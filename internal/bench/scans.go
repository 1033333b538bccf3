package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"daybook/internal/pages/scantest"
)

// document measures how long a scanned PDF of a hundred pages takes with a
// model that needs two seconds per page.
func (b *bench) document() error {
	const count, atOnce = 100, 8
	env := []string{"DAYBOOK_MODEL_TRANSCRIPTION=openai/" + reader, "DAYBOOK_PAGES_AT_ONCE=" + strconv.Itoa(atOnce)}
	var pictures [][]byte
	for i := range 8 { // a sheet of A5 at 200 dots an inch, eight times over
		pictures = append(pictures, scantest.JPEG(scantest.Paper(1165, 1654, uint64(i))))
	}
	for len(pictures) < count {
		pictures = append(pictures, pictures[len(pictures)%8])
	}
	// The decoders are compiled for the first document of all, and kept.
	if _, _, err := b.transcribe("pages-warm", "warm", scantest.PDF(pictures[0]), env); err != nil {
		return err
	}
	data := scantest.PDF(pictures...)
	took, most, err := b.transcribe("pages-warm", "hundred", data, env)
	if err != nil {
		return err
	}
	ideal := (count + atOnce - 1) / atOnce * int(readerTakes/time.Second)
	b.add("a 100-page scanned PDF, 2 s a page, 8 at a time", "≤ 1.3 × the ideal 26 s, ≤ 600 MB over all processes",
		fmt.Sprintf("one run of “daybook index” with compiled decoders; %d MB of PDF", len(data)>>20),
		"%.1f s, %.2f ×, %d MB", took.Seconds(), took.Seconds()/float64(ideal), most>>20)
	return nil
}

// transcribe indexes a journal of one scan and returns the duration and the
// peak memory of all its processes together.
func (b *bench) transcribe(data, journal string, scan []byte, env []string) (took time.Duration, most int, err error) {
	folder := filepath.Join(b.work, journal)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return 0, 0, err
	}
	if err := os.WriteFile(filepath.Join(folder, "06-04-2024.pdf"), scan, 0o600); err != nil {
		return 0, 0, err
	}
	cmd := exec.CommandContext(b.ctx, b.binary, "index", "--journal", folder)
	cmd.Env = b.environment(data, env...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			took = time.Since(began)
			if err == nil && !strings.Contains(said.String(), "transcribed into 1 note") {
				err = fmt.Errorf("nothing was transcribed")
			}
			if err != nil {
				err = fmt.Errorf("%w: %s", err, said.String())
			}
			return took, most, err
		case <-time.After(50 * time.Millisecond):
			most = max(most, family(cmd.Process.Pid))
		}
	}
}

// family is the resident memory of a process and its children.
func family(pid int) int {
	sum, _ := memory(pid) // 0 for one that ended meanwhile
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, thread := range threads {
		children, _ := os.ReadFile(thread)
		for child := range strings.FieldsSeq(string(children)) {
			if n, err := strconv.Atoi(child); err == nil {
				sum += family(n)
			}
		}
	}
	return sum
}

// vectors measures how long embedding the passages of 3,400 notes takes with a
// provider that needs 0.3 s per hundred.
func (b *bench) vectors() error {
	journal := filepath.Join(b.work, "thirty-four-hundred")
	if err := b.copyNotes(journal, 3400, func(text string) string { return strings.ReplaceAll(text, " the ", " thé ") }); err != nil {
		return err
	}
	for _, c := range []struct {
		model, bar string
		dim        int
	}{{embedder768, "≤ 10 s", 768}, {embedder3072, "≤ 25 s", 3072}} {
		data := "vectors" + strconv.Itoa(c.dim)
		words := exec.CommandContext(b.ctx, b.binary, "index", "--journal", journal)
		words.Env = b.environment(data)
		if out, err := words.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		cmd := exec.CommandContext(b.ctx, b.binary, "index", "--journal", journal)
		cmd.Env = b.environment(data, "DAYBOOK_MODEL_EMBEDDING=openai/"+c.model)
		began := time.Now()
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		took := time.Since(began)
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		b.add(fmt.Sprintf("3,400 notes embedded, 0.3 s for a batch of 100, %d dimensions", c.dim), c.bar, lines[len(lines)-1], "%.1f s", took.Seconds())
	}
	return nil
}
