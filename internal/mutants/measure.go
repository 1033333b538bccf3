package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// measurement measures one package.
type measurement struct {
	pattern string
	short   bool
	match   *regexp.Regexp
	limit   int
	most    time.Duration // 0 for no limit

	dir string // holds the binaries and the state
	state
}

// state is kept between runs as JSON.
type state struct {
	Mutants  []mutant
	Binaries []binary
	Killed   map[int]bool // of the mutants that were tried
}

// binary is a test binary that has every mutant in it.
type binary struct {
	Path, Dir string // Dir is its package's folder
	Tests     []test // the quickest first
}

// test is a test of a binary.
type test struct {
	Name    string
	Usual   time.Duration // without a mutant
	Reaches map[int]bool
}

func (m *measurement) run(pkg string, tests, files []string) (err error) {
	began := time.Now()
	if m.dir == "" {
		if m.dir, err = os.MkdirTemp("", "mutants-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(m.dir)) }()
	}
	if m.dir, err = filepath.Abs(m.dir); err != nil {
		return err
	}
	err = m.load()
	if errors.Is(err, fs.ErrNotExist) {
		if tests == nil {
			tests = []string{pkg}
		}
		err = m.prepare(pkg, tests, files)
	}
	if err != nil {
		return err
	}
	if err := m.try(began); err != nil {
		return err
	}
	return m.save()
}

func (m *measurement) load() error {
	data, err := os.ReadFile(filepath.Join(m.dir, "state.json"))
	if err != nil {
		return err
	}
	return json.Unmarshal(data, &m.state)
}

func (m *measurement) save() error {
	data, err := json.Marshal(m.state)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(m.dir, "state.json"), data, 0o600)
}

// prepare builds the tests and finds what each reaches.
func (m *measurement) prepare(pkg string, tests, files []string) error {
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return err
	}
	overlay, err := m.mutate(pkg, files)
	if err != nil {
		return err
	}
	for i, path := range tests {
		b, err := m.build(overlay, path, i)
		if err != nil {
			return err
		}
		if err := m.baseline(b); err != nil {
			return fmt.Errorf("run the tests of %s unchanged: %w", path, err)
		}
		m.Binaries = append(m.Binaries, *b)
	}
	m.Killed = map[int]bool{}
	return m.save()
}

// build compiles the tests of a package with the mutants in the overlay.
func (m *measurement) build(overlay, pkg string, n int) (*binary, error) {
	dir, err := output("go", "list", "-f", "{{.Dir}}", pkg)
	if err != nil {
		return nil, err
	}
	b := &binary{Path: filepath.Join(m.dir, fmt.Sprintf("test%d.exe", n)), Dir: strings.TrimSpace(string(dir))}
	_, err = output("go", "test", "-c", "-overlay", overlay, "-o", b.Path, pkg)
	return b, err
}

// baseline runs each test alone and without a mutant.
func (m *measurement) baseline(b *binary) error {
	pattern := m.pattern
	if pattern == "" {
		pattern = "."
	}
	list, err := m.start(b, time.Minute, "", "-test.list="+pattern)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, list)
	}
	for name := range strings.Lines(string(list)) {
		name = strings.TrimSpace(name)
		if !strings.HasPrefix(name, "Test") && !strings.HasPrefix(name, "Example") && !strings.HasPrefix(name, "Fuzz") {
			continue
		}
		t, err := m.alone(b, name)
		if err != nil {
			return err
		}
		b.Tests = append(b.Tests, *t)
	}
	slices.SortStableFunc(b.Tests, func(x, y test) int { return int(x.Usual - y.Usual) })
	return nil
}

// alone runs one test without a mutant.
func (m *measurement) alone(b *binary, name string) (*test, error) {
	file := filepath.Join(m.dir, "reached")
	began := time.Now()
	out, err := m.start(b, 10*time.Minute, reachedVariable+"="+file, "-test.run=^"+name+"$")
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	t := &test{Name: name, Usual: time.Since(began), Reaches: map[int]bool{}}
	list, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	for _, line := range strings.Fields(string(list)) {
		var id int
		if _, err := fmt.Sscan(line, &id); err == nil {
			t.Reaches[id] = true
		}
	}
	return t, errors.Join(err, os.Remove(file))
}

// start runs a test binary until it ends or the time is over.
func (m *measurement) start(b *binary, most time.Duration, variable string, flags ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), most)
	defer cancel()
	tmp, err := os.MkdirTemp(m.dir, "run-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	// A mutant may allocate without an end.
	cmd := exec.CommandContext(ctx, "sh", "-c", `ulimit -v 6000000 2>/dev/null; exec "$0" "$@"`, b.Path, fmt.Sprintf("-test.short=%t", m.short))
	cmd.Args = append(cmd.Args, flags...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = b.Dir, append(os.Environ(), "TMPDIR="+tmp, variable), time.Second
	return cmd.CombinedOutput()
}

// kills reports whether a test of the binary fails on a mutant.
func (m *measurement) kills(b *binary, id int) bool {
	var names []string
	var usual time.Duration
	fails := func() bool {
		if len(names) == 0 {
			return false
		}
		_, err := m.start(b, 5*time.Second+5*usual, fmt.Sprintf("%s=%d", mutantVariable, id),
			"-test.failfast", "-test.run=^("+strings.Join(names, "|")+")$")
		return err != nil
	}
	batch := 100 * time.Millisecond // most mutants need only the quickest tests
	for _, t := range b.Tests {
		if !t.Reaches[id] {
			continue
		}
		if usual+t.Usual > batch {
			if fails() {
				return true
			}
			names, usual, batch = nil, 0, 4*batch
		}
		names, usual = append(names, t.Name), usual+t.Usual
	}
	return fails()
}

// reached returns the mutants that a test reaches and that are asked for.
func (m *measurement) reached() []int {
	var ids []int
	for id, mutant := range m.Mutants {
		reaches := func(b binary) bool {
			return slices.ContainsFunc(b.Tests, func(t test) bool { return t.Reaches[id] })
		}
		if m.match.MatchString(mutant.String()) && slices.ContainsFunc(m.Binaries, reaches) {
			ids = append(ids, id)
		}
	}
	return ids
}

// try runs the tests on the mutants that are reached, and reports.
func (m *measurement) try(began time.Time) error {
	reached := m.reached()
	sample := reached
	if m.limit > 0 && len(reached) > m.limit {
		sample = nil
		for i := range m.limit {
			sample = append(sample, reached[i*len(reached)/m.limit])
		}
	}
	tried, survived := 0, 0
	for _, id := range sample {
		killed, known := m.Killed[id]
		if !known {
			if m.most > 0 && time.Since(began) > m.most {
				break
			}
			killed = slices.ContainsFunc(m.Binaries, func(b binary) bool { return m.kills(&b, id) })
			m.Killed[id] = killed
		}
		tried++
		if !killed {
			survived++
			fmt.Println("survived ", m.Mutants[id])
		}
	}
	fmt.Printf("%d changes, %d reached by tests, %d tried: %d killed, %d survived (%.1f %%)\n", len(m.Mutants), len(reached), tried,
		tried-survived, survived, 100*float64(survived)/float64(max(tried, 1)))
	if left := len(sample) - tried; left > 0 {
		fmt.Printf("%d are left to try\n", left)
	}
	return nil
}

// output runs a command and returns what it prints.
func output(name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, errs.Bytes())
	}
	return out, nil
}
