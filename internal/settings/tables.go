package settings

import (
	"fmt"
	"strconv"
	"strings"
)

// entry parses the value of a key of a table in a variable, and returns the
// value that the settings file would have.
type entry func(in input, key, value string) (any, error)

// inEnv returns a table setting that can also be set by a variable, as
// "key=value, key=value".
func (s setting) inEnv(read entry) setting {
	s.env = []string{"DAYBOOK_" + strings.ToUpper(s.name)}
	inner := s.value.set
	s.value.set = func(d *draft, in input) {
		text, isText := in.raw.(string)
		if !isText || in.fromFile || text == "" {
			inner(d, in)
			return
		}
		table, err := in.readTable(text, read)
		if err != nil {
			in.fail("%s", err)
			return
		}
		in.raw = table
		inner(d, in)
	}
	return s
}

// readTable reads "key=value, key=value".
func (in input) readTable(text string, read entry) (map[string]any, error) {
	table := map[string]any{}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == '\n' }) {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		key, value, ok := strings.Cut(part, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || key == "" || value == "" {
			return nil, fmt.Errorf("must be key=value, separated by commas")
		}
		v, err := read(in, key, value)
		if err != nil {
			return nil, fmt.Errorf("%s %w", key, err)
		}
		table[key] = v
	}
	return table, nil
}

// providerEntry reads "name=https://host/v1". Its key is in NAME_API_KEY.
func providerEntry(in input, key, value string) (any, error) {
	fields := map[string]any{"base_url": value}
	if name := keyVariable(key); in.Getenv(name) != "" {
		fields["api_key_env"] = name
	}
	return fields, nil
}

// keyVariable returns the name of the variable with the key of a provider that
// is itself set by a variable.
func keyVariable(provider string) string {
	return strings.ToUpper(strings.ReplaceAll(provider, "-", "_")) + "_API_KEY"
}

// priceEntry reads "model=input:output".
func priceEntry(_ input, _, value string) (any, error) {
	in, out, two := strings.Cut(value, ":")
	fields := map[string]any{}
	for name, text := range map[string]string{"input": in, "output": out} {
		if name == "output" && !two {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			return nil, fmt.Errorf("must be input:output, such as 0.25:2")
		}
		fields[name] = n
	}
	return fields, nil
}

// budgetEntry reads "model=tokens" or "model=tokens:requests".
func budgetEntry(_ input, _, value string) (any, error) {
	tokens, requests, two := strings.Cut(value, ":")
	fields := map[string]any{}
	for name, text := range map[string]string{"tokens_per_minute": tokens, "requests_per_minute": requests} {
		optional := two || name == "requests_per_minute"
		if text = strings.TrimSpace(text); optional && text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("must be tokens, or tokens:requests, in a minute")
		}
		fields[name] = n
	}
	return fields, nil
}

// windowEntry reads "model=tokens".
func windowEntry(_ input, _, value string) (any, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("must be a number of tokens")
	}
	return n, nil
}
