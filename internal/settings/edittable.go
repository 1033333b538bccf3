package settings

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"daybook"
)

// section is a table of a document that has a header of its own, or the
// document before the first header.
type section struct {
	path       []string
	start, end int // from the line of its header to that of the next
	body       int // behind its header
	keys       []keyValue
}

// keyValue is a key of a section, of one part.
type keyValue struct {
	name       string
	line, end  int // of its lines, with the last line end
	start, val int // of the value; val is its end
}

// sectionsOf returns the sections of a document that parses.
func sectionsOf(data []byte) []section {
	var p unstable.Parser
	p.Reset(data)
	all := []section{{end: len(data)}}
	for p.NextExpression() {
		e := p.Expression()
		last := &all[len(all)-1]
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			var path []string
			at := -1
			for key := e.Key(); key.Next(); {
				node := key.Node()
				path = append(path, string(node.Data))
				if at < 0 {
					at = int(node.Raw.Offset)
				}
			}
			start := bytes.LastIndexByte(data[:at], '\n') + 1
			last.end = start
			all = append(all, section{path: path, start: start, end: len(data), body: lineEnd(data, at)})
		case unstable.KeyValue:
			end := int(e.Raw.Offset + e.Raw.Length)
			key := e.Key()
			key.Next()
			node := key.Node()
			if !key.IsLast() {
				continue
			}
			rest := data[node.Raw.Offset+node.Raw.Length : end]
			value := bytes.TrimLeft(bytes.TrimPrefix(bytes.TrimLeft(rest, " \t"), []byte("=")), " \t")
			line := bytes.LastIndexByte(data[:node.Raw.Offset], '\n') + 1
			last.keys = append(last.keys, keyValue{string(node.Data), line, lineEnd(data, end), end - len(value), end})
		}
	}
	return all
}

// lineEnd returns the offset behind the line that contains at.
func lineEnd(data []byte, at int) int {
	if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(data)
}

// changeTable sets or removes a value in a table, or removes the table, and
// changes no other byte.
func changeTable(data []byte, c Change) ([]byte, error) {
	const mark = "\ufeff"
	body := bytes.TrimPrefix(data, []byte(mark))
	head := data[:len(data)-len(body)]
	before, _, err := parseTOML(data)
	if err != nil {
		return nil, err
	}
	want := changed(before, c.Table, c.Name, c.Value)
	if c.Value == nil && reflect.DeepEqual(before, want) {
		return data, nil
	}
	newline := "\n"
	if bytes.Contains(body, []byte("\r\n")) {
		newline = "\r\n"
	}
	after, err := spliced(body, c, newline)
	if err != nil {
		return nil, err
	}
	after = slices.Concat(head, after)
	// Nothing is written that would not be read as it was meant.
	if got, _, err := parseTOML(after); err != nil || !sameValues(got, want) {
		return nil, daybook.Errorf(daybook.Invalid, "%s cannot be changed in the settings file as it is; change it there by hand", strings.Join(append(slices.Clone(c.Table), c.Name), "."))
	}
	return after, nil
}

// spliced returns a document with a change.
func spliced(body []byte, c Change, newline string) ([]byte, error) {
	sections := sectionsOf(body)
	i := slices.IndexFunc(sections, func(s section) bool { return slices.Equal(s.path, c.Table) })
	cut := func(start, end int, text string) []byte {
		return slices.Concat(body[:start], []byte(text), body[end:])
	}
	if c.Value == nil && c.Name == "" { // from the last section, so that offsets hold
		for i := len(sections) - 1; i > 0; i-- {
			if s := sections[i]; len(s.path) >= len(c.Table) && slices.Equal(s.path[:len(c.Table)], c.Table) {
				body = slices.Concat(body[:s.start], body[s.end:])
			}
		}
		return body, nil
	}
	k := -1
	if i >= 0 {
		k = slices.IndexFunc(sections[i].keys, func(k keyValue) bool { return k.name == c.Name })
	}
	if c.Value == nil {
		if k < 0 {
			return body, nil
		}
		return cut(sections[i].keys[k].line, sections[i].keys[k].end, ""), nil
	}
	text, err := toml.Marshal(map[string]any{c.Name: c.Value})
	if err != nil {
		return nil, fmt.Errorf("write the setting %s: %w", c.Name, err)
	}
	line := strings.TrimRight(string(text), "\n")
	_, value, _ := strings.Cut(line, " = ")
	switch {
	case k >= 0:
		return cut(sections[i].keys[k].start, sections[i].keys[k].val, value), nil
	case i >= 0:
		at := sections[i].body
		if n := len(sections[i].keys); n > 0 {
			at = sections[i].keys[n-1].end
		}
		if at > 0 && body[at-1] != '\n' {
			line = newline + line
		}
		return cut(at, at, line+newline), nil
	}
	gap := ""
	if len(body) > 0 {
		gap = newline
		if body[len(body)-1] != '\n' {
			gap += newline
		}
	}
	return cut(len(body), len(body), gap+"["+header(c.Table)+"]"+newline+line+newline), nil
}

// bareKey are the characters of keys that need no quotes.
const bareKey = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

// header writes the path of a table.
func header(path []string) string {
	parts := make([]string, len(path))
	for i, p := range path {
		parts[i] = p
		if strings.Trim(p, bareKey) != "" {
			parts[i] = fmt.Sprintf("%q", p)
		}
	}
	return strings.Join(parts, ".")
}

// changed returns values with a change.
func changed(values map[string]any, table []string, name string, value any) map[string]any {
	out := maps.Clone(values)
	if out == nil {
		out = map[string]any{}
	}
	switch {
	case len(table) == 0 && value == nil:
		delete(out, name)
	case len(table) == 0:
		out[name] = value
	case len(table) == 1 && name == "" && value == nil:
		delete(out, table[0])
	default:
		inner, ok := out[table[0]].(map[string]any)
		if !ok && value == nil {
			return out
		}
		out[table[0]] = changed(inner, table[1:], name, value)
	}
	return out
}

// sameValues reports whether two documents say the same. An empty table is as
// none.
func sameValues(a, b any) bool {
	x, isTable := a.(map[string]any)
	y, both := b.(map[string]any)
	if !isTable && !both {
		if list, ok := a.([]any); ok {
			return same(list, b) || reflect.DeepEqual(a, b)
		}
		return fmt.Sprint(a) == fmt.Sprint(b)
	}
	for _, key := range slices.Concat(slices.Collect(maps.Keys(x)), slices.Collect(maps.Keys(y))) {
		v, w := x[key], y[key]
		if !sameValues(orEmpty(v), orEmpty(w)) {
			return false
		}
	}
	return true
}

// orEmpty returns nil for an empty table.
func orEmpty(v any) any {
	if table, ok := v.(map[string]any); ok && len(table) == 0 {
		return nil
	}
	return v
}
