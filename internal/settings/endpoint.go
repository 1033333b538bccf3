package settings

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
)

// endpoint is a provider in the settings file.
type endpoint struct {
	Provider
	keyEnv string // the variable with its key; may be empty
}

// reserved are names with a meaning of their own.
var reserved = append(nativeNames(), "google-ai", offline, BuiltIn, None)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

var errUnknown = errors.New("there is no such setting")

// endpoints is the table [providers].
func endpoints() value {
	return value{
		set: func(d *draft, in input) {
			for name, fields := range in.tables() {
				d.endpoints = append(d.endpoints, in.endpoint(name, fields))
			}
			slices.SortFunc(d.endpoints, func(a, b endpoint) int { return strings.Compare(a.Name, b.Name) })
		},
		show: func(d *draft) string {
			var all []string
			for _, e := range d.endpoints {
				line := e.Name + " " + e.BaseURL
				if e.Key.IsSet() {
					line += " (key set)"
				} else if e.keyEnv != "" {
					line += " (" + e.keyEnv + " is not set)"
				}
				all = append(all, line)
			}
			return strings.Join(all, ", ")
		},
	}
}

// tables returns the tables inside the setting's table, by their keys.
func (in input) tables() map[string]map[string]any {
	tables := map[string]map[string]any{}
	for key, v := range in.table() {
		if fields, ok := v.(map[string]any); ok {
			tables[key] = fields
		} else {
			in.failAt([]string{key}, "must be a table")
		}
	}
	return tables
}

func (in input) table() map[string]any {
	table, ok := in.raw.(map[string]any)
	if in.fromFile && !ok {
		in.fail("must be a table")
	}
	return table
}

func (in input) endpoint(name string, fields map[string]any) endpoint {
	e := endpoint{Provider: Provider{Name: name, API: OpenAI, JSONSchema: true}}
	if !providerName.MatchString(name) || slices.Contains(reserved, name) {
		in.failAt([]string{name}, "a provider's name is a lower-case letter and then such letters, digits and -, and none of %s", strings.Join(reserved, ", "))
	}
	for key, v := range fields {
		if err := in.endpointField(&e, key, v); err != nil {
			in.failAt([]string{name, key}, "%s", err)
		}
	}
	if _, ok := fields["base_url"]; !ok {
		in.failAt([]string{name}, "must have a base_url")
	}
	_, named := fields["api_key_env"]
	if _, written := fields["api_key"]; written && named {
		in.failAt([]string{name, "api_key"}, "cannot be used together with api_key_env")
	}
	return e
}

func (in input) endpointField(e *endpoint, key string, v any) (err error) {
	text, isText := v.(string)
	schema, isBool := v.(bool)
	switch {
	case !slices.Contains([]string{"base_url", "api_key_env", "api_key", "json_schema"}, key):
		return errUnknown
	case key == "json_schema" && !isBool:
		return errors.New("must be true or false")
	case key != "json_schema" && !isText:
		return errors.New("must be a string, in quotes")
	}
	switch key {
	case "base_url":
		e.BaseURL, err = readURL(text)
	case "json_schema":
		e.JSONSchema = schema
	case "api_key":
		if err = in.file.unsafeFor(); err == nil {
			e.Key, err = readSecret(text)
		}
	case "api_key_env":
		if !variableName.MatchString(text) {
			return errors.New("must be the name of a variable, not the key itself")
		}
		e.keyEnv = text
		if e.Key, err = readSecret(in.Getenv(text)); err != nil {
			err = fmt.Errorf("the variable's value %w", err)
		}
	}
	return err
}

// budgets is the table [budgets].
func budgets() value {
	return value{
		set: func(d *draft, in input) {
			tables := in.tables()
			d.Budgets = byModel(d, in, tables, func(key string) Budget { return in.budget(key, tables[key]) })
		},
		show: func(d *draft) string {
			return showByModel(d.Budgets, func(b Budget) string {
				return fmt.Sprintf("%d requests and %d tokens a minute", b.RequestsPerMinute, b.TokensPerMinute)
			})
		},
	}
}

func (in input) budget(key string, fields map[string]any) (b Budget) {
	for field, v := range fields {
		err := errUnknown
		switch field {
		case "requests_per_minute":
			b.RequestsPerMinute, err = positive(v)
		case "tokens_per_minute":
			b.TokensPerMinute, err = positive(v)
		}
		if err != nil {
			in.failAt([]string{key, field}, "%s", err)
		}
	}
	return b
}

// contextWindows is the table [context_windows].
func contextWindows() value {
	return value{
		set: func(d *draft, in input) {
			table := in.table()
			d.ContextWindows = byModel(d, in, table, func(key string) int {
				n, err := positive(table[key])
				if err != nil {
					in.failAt([]string{key}, "%s", err)
				}
				return n
			})
		},
		show: func(d *draft) string {
			return showByModel(d.ContextWindows, func(n int) string { return fmt.Sprintf("%d tokens", n) })
		},
	}
}

func positive(v any) (int, error) {
	n, ok := v.(int64)
	if !ok || n < 1 || n > math.MaxInt32 {
		return 0, fmt.Errorf("must be a whole number from 1 to %d", math.MaxInt32)
	}
	return int(n), nil
}

// byModel reads a table with keys such as "provider/model" or "provider".
func byModel[V, W any](d *draft, in input, table map[string]V, read func(key string) W) map[string]W {
	all := map[string]W{}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		m := Model{Provider: canonical(key)}
		if strings.Contains(key, "/") {
			var err error
			if m, err = splitModel(key); err != nil {
				in.failAt([]string{key}, "%s", err)
				continue
			}
		}
		if !d.knows(m.Provider) {
			in.failAt([]string{key}, "there is no provider of this name")
			continue
		}
		if _, twice := all[m.String()]; twice {
			in.failAt([]string{key}, "gemini and google-ai are one provider: this is set twice")
			continue
		}
		all[m.String()] = read(key)
	}
	return all
}

func showByModel[V any](values map[string]V, show func(V) string) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		all = append(all, key+": "+show(values[key]))
	}
	return strings.Join(all, ", ")
}
