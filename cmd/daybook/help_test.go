package main

import (
	"strings"
	"testing"
)

func TestHelp(t *testing.T) {
	p := newPerson(t)
	out, _, code := p.types("--help")
	if code != exitOK || strings.Count(out, "--timezone") != 1 || !strings.Contains(out, "\n  completion ") || !strings.Contains(out, "Settings, for every command:") {
		t.Errorf("%d %s", code, out)
	}
	out, _, _ = p.types("search", "--help")
	if strings.Contains(out, "--timezone") || !strings.Contains(out, "--limit") || !strings.Contains(out, "Examples:\n  daybook search") || !strings.Contains(out, "“daybook --help” lists them") {
		t.Errorf("%s", out)
	}
	if out, _, code := p.types("--version"); code != exitOK || out != "daybook "+version+"\n" {
		t.Errorf("%d %q", code, out)
	}
}

func TestDidYouMean(t *testing.T) {
	p := newPerson(t)
	for typed, want := range map[string]string{
		"status": `unknown command "status"; did you mean check?`, "ask": "missing argument: daybook ask QUESTION", "check x": "“daybook check” takes no arguments", "backup a b": "wrong number of arguments: daybook backup DIR",
		"serach": `unknown command "serach"; did you mean search?`, "serv": "did you mean serve?", "exprot": "did you mean export?", "frobnicate": `unknown command "frobnicate"`,
		"owner ad": "did you mean add?", "analyses shwo 1": "did you mean show?", "analyses frobnicate": `unknown command "frobnicate"`,
		"search --tga x": "unknown flag: --tga; did you mean --tag", "ask --model-cht x": "did you mean --model-chat?", "--hlep": "did you mean --help?", "serve --frobnicate": "unknown flag: --frobnicate\n", "ask -ö x": "unknown shorthand",
	} {
		_, errs, code := p.types(strings.Fields(typed)...)
		if code != exitUsage || !strings.Contains(errs, want) || strings.Contains(typed, "frobnicate") && strings.Contains(errs, "did you mean") {
			t.Errorf("%s: %d %s", typed, code, errs)
		}
	}
}
