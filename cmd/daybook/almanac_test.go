package main

import (
	"encoding/json"
	"strings"
	"testing"

	"daybook/internal/almanac"
)

func TestAlmanacOfTheDemo(t *testing.T) {
	p := newPerson(t)
	out, errs, code := p.types("almanac", "--model-embedding", "none", "swimming and work")
	if code != exitOK {
		t.Fatalf("code %d: %s", code, errs)
	}
	for _, want := range []string{"No language model wrote this", "2023  ▄▃", "31 days", "#trip", "Dr Abara", "The words of the question", "swimming", "Days like this", "2023-07-16"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "\x1b") {
		t.Errorf("there are colours in a pipe: %q", out)
	}
	out, _, _ = p.types("almanac", "--model-embedding", "none", "--to", "2023-12-31", "--tag", "swimming")
	if !strings.Contains(out, "its months were compared") || strings.Contains(out, "2024  ") || !strings.Contains(out, "November 2023") {
		t.Errorf("of one year it says\n%s", out)
	}
	out, _, _ = p.types("almanac", "--model-embedding", "none", "--markdown")
	if !strings.HasPrefix(out, "*No language model wrote this") || !strings.Contains(out, "| 2023 | 31 | 1,883 |") {
		t.Errorf("as Markdown it is\n%s", out)
	}
	out, _, _ = p.types("almanac", "--model-embedding", "none", "--json")
	var r almanac.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || len(r.Years) != 2 || r.Label != almanac.Label || !strings.Contains(out, `"like":[]`) {
		t.Errorf("%v: %s", err, out)
	}
}

func TestAlmanacCalledWrongly(t *testing.T) {
	p := newPerson(t)
	for _, args := range [][]string{{"--from", "x"}, {"--from", "2024-02-01", "--to", "2024-01-01"}, {"--json", "--markdown"}, {"--no"}} {
		if _, errs, code := p.types(append([]string{"almanac"}, args...)...); code != exitUsage || !strings.Contains(errs, "daybook:") {
			t.Errorf("%v: code %d, %s", args, code, errs)
		}
	}
}

func TestAlmanacHasColoursInATerminal(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"01-05-2024.md": "A day.\x1b[31m Red?"})
	for noColour, want := range map[string]bool{"": true, "1": false} {
		p.env["NO_COLOR"] = noColour
		var out, errs buffer
		w := p.envWith(&out, &errs, []string{"almanac", "--model-embedding", "none", "day"})
		w.terminal = true
		if code := run(t.Context(), w); code != exitOK {
			t.Fatal(errs.String())
		}
		if got := strings.Contains(out.String(), "\x1b[1m2024\x1b[0m"); got != want {
			t.Errorf("NO_COLOR=%q: %q", noColour, out.String())
		}
		if strings.Contains(out.String(), "\x1b[31m") {
			t.Errorf("a note's control characters are written: %q", out.String())
		}
	}
}

// A server that is on has counted the journal, and says when it changed.
func TestServerListsDays(t *testing.T) {
	p := newPerson(t)
	url, _, stop := p.serves("--model-embedding", "none")
	defer stop()
	if body := p.get(url + "/days"); !strings.Contains(body, `"first":"2023-01-01"`) || !strings.Contains(body, "05-27-2024_05-28-2024") {
		t.Errorf("days %.200s", body)
	}
	if body := p.get(url + "/almanac"); !strings.Contains(body, `"compared":"years"`) {
		t.Errorf("almanac %.200s", body)
	}
}
