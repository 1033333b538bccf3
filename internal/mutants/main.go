// Command mutants measures what the tests of a package notice. It makes small
// changes to the package's code, one at a time, and runs the tests on each:
// a change with which they still pass has survived.
//
// All changes of a package are compiled into one test binary and chosen by an
// environment variable, so that each costs a run of the tests and no build.
// The tools that build once per change need hours for what takes minutes here.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("mutants: ")
	tests := flag.String("tests", "", "packages whose tests to run, separated by commas; the package's own by default")
	pattern := flag.String("run", "", "run only tests that match, as go test -run does")
	files := flag.String("files", "", "change only these files of the package, separated by commas")
	limit := flag.Int("n", 0, "try at most so many of the changes that are reached, spread evenly; 0 tries all")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: mutants [flags] PACKAGE")
	}
	m := &measurement{pattern: *pattern, limit: *limit}
	if err := m.run(flag.Arg(0), split(*tests), split(*files)); err != nil {
		log.Fatal(err)
	}
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// measurement is what is learnt about one package.
type measurement struct {
	pattern string
	limit   int

	dir      string // temporary
	binaries []binary
	mutants  []mutant
}

// binary is a test binary that has every mutant in it.
type binary struct {
	path, dir string        // dir is its package's folder
	usual     time.Duration // of a run without a mutant
}

func (m *measurement) run(pkg string, tests, files []string) (err error) {
	if m.dir, err = os.MkdirTemp("", "mutants-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(m.dir)) }()
	overlay, err := m.mutate(pkg, files)
	if err != nil {
		return err
	}
	if tests == nil {
		tests = []string{pkg}
	}
	reached := map[int]bool{}
	for i, test := range tests {
		b, err := m.build(overlay, test, i)
		if err != nil {
			return err
		}
		if err := m.baseline(b, reached); err != nil {
			return fmt.Errorf("run the tests of %s unchanged: %w", test, err)
		}
		m.binaries = append(m.binaries, *b)
	}
	return m.try(reached)
}

// build compiles the tests of a package with the mutants in the overlay.
func (m *measurement) build(overlay, test string, n int) (*binary, error) {
	dir, err := output("go", "list", "-f", "{{.Dir}}", test)
	if err != nil {
		return nil, err
	}
	b := &binary{path: filepath.Join(m.dir, fmt.Sprintf("test%d.exe", n)), dir: strings.TrimSpace(string(dir))}
	_, err = output("go", "test", "-c", "-overlay", overlay, "-o", b.path, test)
	return b, err
}

// baseline runs the tests without a mutant and adds the mutants they reach.
func (m *measurement) baseline(b *binary, reached map[int]bool) error {
	file := filepath.Join(m.dir, "reached")
	began := time.Now()
	out, err := m.test(b, 10*time.Minute, reachedVariable+"="+file)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	b.usual = time.Since(began)
	list, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("no test reaches the package: %w", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(list))
	for lines.Scan() {
		if id, err := strconv.Atoi(lines.Text()); err == nil {
			reached[id] = true
		}
	}
	return os.Remove(file)
}

// test runs a test binary until it fails or the time is over.
func (m *measurement) test(b *binary, most time.Duration, variable string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), most)
	defer cancel()
	tmp, err := os.MkdirTemp(m.dir, "run-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp) // with the rest in the end
	// A mutant may allocate without an end.
	cmd := exec.CommandContext(ctx, "sh", "-c", `ulimit -v 6000000 2>/dev/null; exec "$0" "$@"`,
		b.path, "-test.failfast", "-test.run="+m.pattern)
	cmd.Dir, cmd.Env, cmd.WaitDelay = b.dir, append(os.Environ(), "TMPDIR="+tmp, variable), time.Second
	return cmd.CombinedOutput()
}

// try runs the tests on the mutants that are reached, and reports.
func (m *measurement) try(reached map[int]bool) error {
	var ids []int
	for id := range m.mutants {
		if reached[id] {
			ids = append(ids, id)
		}
	}
	tried := ids
	if m.limit > 0 && len(ids) > m.limit {
		tried = nil
		for i := range m.limit {
			tried = append(tried, ids[i*len(ids)/m.limit])
		}
	}
	var survived []mutant
	for _, id := range tried {
		killed := slices.ContainsFunc(m.binaries, func(b binary) bool {
			_, err := m.test(&b, 5*time.Second+10*b.usual, fmt.Sprintf("%s=%d", mutantVariable, id))
			return err != nil
		})
		if !killed {
			survived = append(survived, m.mutants[id])
			fmt.Println("survived ", m.mutants[id])
		}
	}
	fmt.Printf("%d changes, %d reached by tests, %d tried: %d killed, %d survived (%.0f %%)\n", len(m.mutants), len(ids), len(tried),
		len(tried)-len(survived), len(survived), 100*float64(len(survived))/float64(max(len(tried), 1)))
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
