package main

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

// hostile is a title and text that try to drive the terminal.
const hostile = "sea\x1b[2J\u009b31m\u202egpj\u2066.\x7f"

// odd reports whether a terminal would act on r.
func odd(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar
}

func TestOutputIsSafeForTerminals(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{
		"01-05-2024.md":                 "# A day " + hostile + "\n\nWe saw the " + hostile + " today. #tag\u202e\n",
		"01-05-2024 " + hostile + ".md": "# " + hostile + "\n\nWe saw the " + hostile + " today.\n",
		// Notes of an unreadable kind are named in reports.
		"bad \x1b[31m\u202e.md": "---\ntags: [\x1b\n---\n",
	})
	for _, args := range [][]string{
		{"index"}, {"search", "sea"}, {"search", hostile}, {"ask", "sea"}, {"almanac", "sea"}, {"almanac", "--markdown"}, {"check"}, {"analyses"},
		{"undo", "--list"}, {"undo", "no such \x1b[31mnote\u202e.md"}, {"search", "--from", "\x1b[31m\u202e", "sea"},
		{"frobnicate\x1b]0;\u202e"}, {"search", "--no-such-\x1b[31m"}, {"ask", "--provider", "x\x1b[2J", "sea"}, {"help", "\x1b[2J"},
		{"analyses", "show", "\x1b[2J"}, {"owner", "add", "\x1b[2J\u202e"}, {"eval", "\x1b[2J\u202e"},
	} {
		out, errs, code := p.types(args...)
		if out+errs == "" {
			t.Errorf("%q prints nothing (exit code %d)", args, code)
		}
		if strings.ContainsFunc(out, odd) || strings.ContainsFunc(errs, odd) {
			t.Errorf("%q prints %q and %q", args, out, errs)
		}
	}
}

func TestJSONOutputIsSafeForTerminals(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"01-05-2024.md": "# A day\n\nWe saw the " + hostile + " today.\n"})
	for _, args := range [][]string{{"index", "--json"}, {"search", "--json", "sea"}, {"ask", "--json", "sea"}, {"almanac", "--json"}, {"analyses", "--json"}} {
		out, errs, code := p.types(args...)
		if code != exitOK {
			t.Errorf("%q fails: %s", args, errs)
		}
		if strings.ContainsFunc(out, odd) || strings.ContainsFunc(errs, odd) {
			t.Errorf("%q prints %q and %q", args, out, errs)
		}
		var v any
		if err := json.Unmarshal([]byte(out), &v); err != nil {
			t.Errorf("%q prints %s, which is not JSON: %v", args, out, err)
		}
		if (args[0] == "search" || args[0] == "ask") && !holds(v, hostile) {
			t.Errorf("%q lost some of the text: %s", args, out)
		}
	}
}

// holds reports whether a string in decoded JSON contains text.
func holds(v any, text string) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, text)
	case []any:
		for _, one := range v {
			if holds(one, text) {
				return true
			}
		}
	case map[string]any:
		for _, one := range v {
			if holds(one, text) {
				return true
			}
		}
	}
	return false
}
