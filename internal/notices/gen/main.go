// Command gen writes internal/notices/notices.txt: the licenses of Daybook, of
// Go, of every module that the program is built from on any platform, and of
// the parts in other languages that these contain. Run it with make notices.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// platforms are those that releases are made for. What a program is built from
// differs a little between them.
var platforms = []string{"linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64"}

// others are the parts that are not Go modules, with the files of their
// licenses.
var others = []struct {
	name  string
	files []string
}{
	{"PDFium (WebAssembly, in github.com/klippa-app/go-pdfium)", []string{"internal/notices/texts/pdfium.txt"}},
	{"libheif and libde265 (WebAssembly, in internal/pages/raster/libheif, where README.md says how to replace them)", []string{
		"internal/pages/raster/libheif/LICENSE.libheif", "internal/pages/raster/libheif/LICENSE.libde265", "internal/pages/raster/libheif/LICENSE.wrapper",
		"internal/notices/texts/wasi.txt",
	}},
	{"Swagger UI (in github.com/swaggest/swgui)", []string{"internal/notices/texts/swagger-ui.txt"}},
	{"tiktoken's vocabulary (in internal/llm/tokens)", []string{"internal/notices/texts/tiktoken.txt"}},
	{"Figtree and Literata (fonts of the page)", []string{"internal/notices/texts/fonts.txt"}},
	{"all-MiniLM-L6-v2 (the embedding model, beside the program)", []string{"internal/notices/texts/model.txt"}},
}

// licenseFile matches the names of files with a license or a notice.
var licenseFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|copyright|notice|patents|unlicense|authors$)`)

func main() {
	out := filepath.Join("internal", "notices", "notices.txt")
	if _, err := os.Stat("go.mod"); err != nil { // go generate runs in the package's folder
		if err := os.Chdir(filepath.Join("..", "..")); err != nil {
			fail(err)
		}
	}
	text, err := notices()
	if err != nil {
		fail(err)
	}
	if err := os.WriteFile(out, []byte(text), 0o644); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "make notices:", err)
	os.Exit(1)
}

// section is a license's text with everything that it is of.
type section struct {
	names []string
	text  string
}

func notices() (string, error) {
	daybook, err := os.ReadFile("LICENSE")
	if err != nil {
		return "", err
	}
	modules, err := modules(platforms)
	if err != nil {
		return "", err
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("go env: %w", err)
	}
	c := collection{texts: map[string]*section{}}
	c.add("Go and its standard library", []string{filepath.Join(strings.TrimSpace(string(root)), "LICENSE")})
	for _, m := range modules {
		c.add(m.name(), m.files)
	}
	for _, o := range others {
		c.add(o.name, o.files)
	}
	return c.write(string(daybook)), c.err
}

// collection is what notices are written of.
type collection struct {
	names []string
	texts map[string]*section
	err   error
}

// add adds a part of the program with the files of its license.
func (c *collection) add(name string, files []string) {
	if len(files) == 0 {
		c.err = errors.Join(c.err, fmt.Errorf("%s has no file with a license: name one in internal/notices/gen", name))
	}
	c.names = append(c.names, name)
	for _, file := range files {
		text, err := read(file)
		c.err = errors.Join(c.err, err)
		s := c.texts[text]
		if s == nil {
			s = &section{text: text}
			c.texts[text] = s
		}
		if !slices.Contains(s.names, name) {
			s.names = append(s.names, name)
		}
	}
}

// read returns the text of a license.
func read(file string) (string, error) {
	data, err := os.ReadFile(file)
	return strings.TrimSpace(strings.ReplaceAll(string(data), "\r\n", "\n")), err
}

// write returns the whole text, Daybook's own license first.
func (c *collection) write(daybook string) string {
	sections := slices.SortedFunc(maps.Values(c.texts), func(a, b *section) int { return strings.Compare(a.names[0]+a.text, b.names[0]+b.text) })
	var b strings.Builder
	fmt.Fprintf(&b, "Daybook\n\n%s\n\nThe program contains, each under its own license below:\n\n", strings.TrimSpace(daybook))
	for _, name := range c.names {
		fmt.Fprintf(&b, "  %s\n", name)
	}
	for _, s := range sections {
		fmt.Fprintf(&b, "\n%s\n", strings.Repeat("=", 80))
		for _, name := range s.names {
			fmt.Fprintf(&b, "%s\n", name)
		}
		fmt.Fprintf(&b, "\n%s\n", s.text)
	}
	return b.String()
}

// module is a Go module that the program is built from.
type module struct {
	Path, Version, Dir string
	files              []string
}

// modules returns the modules on all platforms by path, with the files of
// their licenses: those of the module, and those in the folders of the packages
// that are used, down to the module's.
func modules(platforms []string) ([]*module, error) {
	all := map[string]*module{}
	for _, platform := range platforms {
		packages, err := list(platform)
		if err != nil {
			return nil, err
		}
		for _, p := range packages {
			if p.Module == nil || p.Module.Main {
				continue
			}
			m := all[p.Module.Path]
			if m == nil {
				m = &module{Path: p.Module.Path, Version: p.Module.Version, Dir: p.Module.Dir}
				all[m.Path] = m
			}
			if err := m.look(p.Dir); err != nil {
				return nil, err
			}
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b *module) int { return strings.Compare(a.Path, b.Path) }), nil
}

func (m *module) name() string { return m.Path + " " + m.Version }

// look adds the files in dir and the folders above it, up to the module's.
func (m *module) look(dir string) error {
	for {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, e := range entries {
			file := filepath.Join(dir, e.Name())
			if e.Type().IsRegular() && licenseFile.MatchString(e.Name()) && filepath.Ext(file) != ".go" && !slices.Contains(m.files, file) {
				m.files = append(m.files, file)
			}
		}
		if len(dir) <= len(m.Dir) {
			slices.Sort(m.files)
			return nil
		}
		dir = filepath.Dir(dir)
	}
}

// listed is what go list says of a package.
type listed struct {
	Dir    string
	Module *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// list returns the packages that the program is built from on a platform.
func list(platform string) ([]listed, error) {
	goos, goarch, _ := strings.Cut(platform, "/")
	cmd := exec.Command("go", "list", "-deps", "-json=Dir,Module", "./cmd/daybook")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0", "GOEXPERIMENT=simd")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var packages []listed
	for d := json.NewDecoder(out); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, errors.Join(fmt.Errorf("read what go list says of %s: %w", platform, err), cmd.Wait())
		}
		packages = append(packages, p)
	}
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("go list for %s: %w", platform, err)
	}
	return packages, nil
}
