package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"daybook"
)

// Change is a new value of a setting in the settings file: a string, a number,
// a boolean, or a list of strings that is not empty. Nil removes the setting.
type Change struct {
	// Table is the path of the setting's table; nil is the top level of the
	// file.
	Table []string
	// Name is the setting. With a Table and a nil Value, "" is the whole table.
	Name  string
	Value any
}

// Edit is an unwritten change of the settings file.
type Edit struct {
	path   string // of the file
	before []byte // nil if there is no file
	after  []byte
}

// Edit reads the settings file and changes values in it without changing any
// other byte. A missing file is created. The error is of kind Invalid if the
// file cannot be read or is not TOML.
func (src Sources) Edit(changes ...Change) (*Edit, error) {
	l := &loader{Sources: src, draft: newDraft(), origins: map[string]string{}}
	path, _ := l.configPath()
	if len(l.problems) > 0 {
		return nil, errors.Join(l.problems...)
	}
	if path == "" {
		return nil, daybook.Errorf(daybook.Invalid, "There is no folder for a settings file on this system. Name one with DAYBOOK_CONFIG.")
	}
	e := &Edit{path: path}
	data, _, err := readSmall(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, daybook.Errorf(daybook.Invalid, "the settings file %s cannot be read: %s", path, reason(err))
	}
	if err == nil {
		e.before = data
		if _, _, err := parseTOML(data); err != nil {
			return nil, daybook.Errorf(daybook.Invalid, "%s %w", path, err)
		}
	}
	e.after = slices.Clone(e.before)
	for _, c := range changes {
		if e.after, err = change(e.after, c); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// Load loads the settings as they will be once e is written.
func (e *Edit) Load(src Sources) (Settings, error) {
	src.edited = append([]byte{}, e.after...) // not nil, which would read the file
	return Load(src)
}

// Write writes the file completely or not at all. It keeps the file's mode; a
// new file is only for its owner. If the file was changed since it was read,
// the error is daybook.Conflict.
func (e *Edit) Write() error {
	target, mode := e.path, fs.FileMode(0o600)
	if info, err := os.Stat(e.path); err == nil {
		mode = info.Mode().Perm()
		if target, err = filepath.EvalSymlinks(e.path); err != nil { // keep a link
			return unwritten(err)
		}
	}
	data, _, err := readSmall(target)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unwritten(err)
	}
	if !bytes.Equal(data, e.before) {
		return daybook.Errorf(daybook.Conflict, "The settings file was changed meanwhile; try again.")
	}
	return replaceFile(target, e.after, mode)
}

// replaceFile writes a file completely or not at all.
func replaceFile(target string, data []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return unwritten(err)
	}
	f, err := os.CreateTemp(filepath.Dir(target), ".config-*") // for its owner alone
	if err != nil {
		return unwritten(err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), target)
	}
	if err != nil {
		return unwritten(errors.Join(err, os.Remove(f.Name())))
	}
	if dir, err := os.Open(filepath.Dir(target)); err == nil {
		_ = dir.Sync() // Windows and some file systems cannot
		_ = dir.Close()
	}
	return nil
}

func unwritten(err error) error {
	return &daybook.Error{Kind: daybook.Unavailable, Message: "The settings file cannot be written.", Err: err}
}

// change sets a value in a valid document. An existing key keeps its spelling,
// and what follows its value is kept.
func change(data []byte, c Change) ([]byte, error) {
	if c.Value == nil || len(c.Table) > 0 {
		return changeTable(data, c)
	}
	line, err := toml.Marshal(map[string]any{c.Name: c.Value})
	if err != nil {
		return nil, fmt.Errorf("write the setting %s: %w", c.Name, err)
	}
	_, value, ok := strings.Cut(strings.TrimRight(string(line), "\n"), " = ")
	if !ok || strings.Contains(value, "\n") {
		return nil, fmt.Errorf("write the setting %s: it takes more than a line", c.Name)
	}
	const mark = "\ufeff"
	body := bytes.TrimPrefix(data, []byte(mark))
	head := data[:len(data)-len(body)]
	at := whereIs(body, c.Name)
	newline := "\n"
	if bytes.Contains(body, []byte("\r\n")) {
		newline = "\r\n"
	}
	text := value
	if at.start < 0 { // after the last top-level key, before all tables
		text = c.Name + " = " + value + newline
		if at.end > 0 && body[at.end-1] != '\n' {
			text = newline + text
		}
		at.start = at.end
	}
	after := slices.Concat(head, body[:at.start], []byte(text), body[at.end:])
	// Make sure that the result has the intended meaning.
	if values, _, err := parseTOML(after); err != nil || !same(values[c.Name], c.Value) {
		return nil, daybook.Errorf(daybook.Invalid, "%s cannot be set in the settings file as it is; set it there by hand", c.Name)
	}
	return after, nil
}

// same reports whether a value that was read equals the one written.
func same(read, written any) bool {
	list, ok := read.([]any)
	if !ok {
		return read == written
	}
	want, _ := written.([]string)
	return slices.EqualFunc(list, want, func(a any, b string) bool { return a == b })
}

// span is a part of a document. One that begins at -1 is empty, and end is
// where something can be inserted.
type span struct{ start, end int }

// whereIs returns the span of the value of one of a document's own keys.
func whereIs(data []byte, name string) span {
	var p unstable.Parser
	p.Reset(data)
	last := span{-1, 0}
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind == unstable.Table || e.Kind == unstable.ArrayTable {
			break
		}
		if e.Kind != unstable.KeyValue {
			continue
		}
		end := int(e.Raw.Offset + e.Raw.Length)
		key := e.Key()
		key.Next()
		if node := key.Node(); key.IsLast() && string(node.Data) == name {
			rest := data[node.Raw.Offset+node.Raw.Length : end]
			value := bytes.TrimLeft(bytes.TrimPrefix(bytes.TrimLeft(rest, " \t"), []byte("=")), " \t")
			return span{end - len(value), end}
		}
		last.end = len(data)
		if i := bytes.IndexByte(data[end:], '\n'); i >= 0 {
			last.end = end + i + 1
		}
	}
	return last
}
