package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"daybook"
)

// maxFile bounds the settings file, in bytes. It also bounds how deeply its
// values can nest.
const maxFile = 64 << 10

// file is a parsed settings file. A nil file has no values.
type file struct {
	path   string
	shared bool // other users can read it
	values map[string]any
	lines  map[string]int // by lineKey
}

// readFile reads the settings file, if there is one.
func (l *loader) readFile() {
	path, origin := l.configPath()
	if path == "" {
		return
	}
	data, shared, err := l.edited, false, error(nil)
	if info, statErr := os.Stat(path); data != nil {
		shared = statErr == nil && info.Mode().Perm()&0o077 != 0
	} else {
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) && origin == "default" {
			return
		}
		data, shared, err = readSmall(path)
	}
	if err != nil {
		l.problem("config", origin, fmt.Sprintf("the settings file %s cannot be read: %s", path, reason(err)))
		return
	}
	values, lines, err := parseTOML(data)
	if err != nil {
		l.problem("config", origin, fmt.Sprintf("%s %s", path, err))
		return
	}
	l.file = &file{path: path, shared: shared && l.GOOS != "windows", values: values, lines: lines}
	l.draft.ConfigFile = path
}

func (l *loader) configPath() (path, origin string) {
	s := configSetting()
	in := l.find(&s)
	if path, _ = in.raw.(string); path == "" {
		if dir := configDir(l.GOOS, l.Home, l.Getenv); dir != "" {
			path = join(l.GOOS, dir, "config.toml")
		}
		return path, in.origin
	}
	path, err := absolute(path, l.Dir, l.Home)
	if err != nil {
		in.fail("%s", err)
	}
	return path, in.origin
}

// readSmall reads a regular file and reports whether other users can read it.
func readSmall(path string) (data []byte, shared bool, err error) {
	// Check first, because opening a pipe would wait for a writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, false, err
	}
	if !info.Mode().IsRegular() {
		return nil, false, errors.New("it is not a file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, false, err
	}
	data, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("it is larger than %d KB", maxFile>>10)
	}
	return data, info.Mode().Perm()&0o077 != 0, err
}

// reason returns the message of a file system error without the path.
func reason(err error) string {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}

// parseTOML returns the values and the lines of a document. Its errors say
// where the document is invalid, without the parser's message, which may quote
// it.
func parseTOML(data []byte) (values map[string]any, lines map[string]int, err error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if err := toml.Unmarshal(data, &values); err != nil {
		var e *toml.DecodeError
		if !errors.As(err, &e) {
			return nil, nil, daybook.Errorf(daybook.Invalid, "is not TOML")
		}
		row, column := e.Position()
		return nil, nil, daybook.Errorf(daybook.Invalid, "line %d, column %d: invalid TOML (strings need quotes, and each key may appear only once)", row, column)
	}
	return values, linesOf(data), nil
}

// linesOf returns the line of each table and key of a valid document.
func linesOf(data []byte) map[string]int {
	lines := map[string]int{}
	var p unstable.Parser
	p.Reset(data)
	var table []string
	for p.NextExpression() {
		e := p.Expression()
		var path []string
		line := 0
		for key := e.Key(); key.Next(); {
			n := key.Node()
			path = append(path, string(n.Data))
			line = p.Shape(n.Raw).Start.Line
		}
		if e.Kind == unstable.KeyValue {
			path = append(slices.Clip(table), path...)
		} else {
			table = path
		}
		for i := range path {
			if key := lineKey(path[:i+1]); lines[key] == 0 {
				lines[key] = line
			}
		}
	}
	return lines
}

func lineKey(path []string) string { return strings.Join(path, "\x00") }

func (f *file) value(key string) (any, bool) {
	if f == nil || key == "" {
		return nil, false
	}
	v, ok := f.values[key]
	return v, ok
}

func (f *file) keys() []string { return slices.Sorted(maps.Keys(f.values)) }

// at returns the position of the key at path, or of the nearest key above it:
// an inline table has one line for all of its keys.
func (f *file) at(path ...string) string {
	if f == nil {
		return ""
	}
	for ; len(path) > 0; path = path[:len(path)-1] {
		if line := f.lines[lineKey(path)]; line > 0 {
			return fmt.Sprintf("%s line %d", f.path, line)
		}
	}
	return f.path
}

// unsafeFor returns why a secret must not be in the file; "" if it may be.
func (f *file) unsafeFor() error {
	if f == nil || !f.shared {
		return nil
	}
	return fmt.Errorf("others can read this file: chmod 600 %s, or put it into the environment", filepath.Clean(f.path))
}
