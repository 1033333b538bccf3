package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestInStep compares the notices with what the program is built from here.
func TestInStep(t *testing.T) {
	t.Chdir(filepath.Join("..", "..", ".."))
	data, err := os.ReadFile(filepath.Join("internal", "notices", "notices.txt"))
	if err != nil {
		t.Fatal(err)
	}
	notices := string(data)
	built, err := modules([]string{runtime.GOOS + "/" + runtime.GOARCH})
	if err != nil || len(built) < 30 {
		t.Fatalf("%d modules, %v", len(built), err)
	}
	for _, m := range built {
		if !strings.Contains(notices, "\n  "+m.name()+"\n") {
			t.Errorf("%s is not in the notices: run make notices", m.name())
		}
		if len(m.files) == 0 {
			t.Errorf("%s has no license", m.name())
		}
		for _, file := range m.files {
			if text, err := read(file); err != nil || !strings.Contains(notices, text) {
				t.Errorf("%s of %s is not in the notices, %v: run make notices", filepath.Base(file), m.name(), err)
			}
		}
	}
	for _, o := range others {
		for _, file := range o.files {
			if text, err := read(file); err != nil || !strings.Contains(notices, "\n  "+o.name+"\n") || !strings.Contains(notices, text) {
				t.Errorf("%s is not in the notices, %v: run make notices", file, err)
			}
		}
	}
}

// TestNothingElse checks that the notices name no module that go.mod does not
// have, nor another version of one.
func TestNothingElse(t *testing.T) {
	t.Chdir(filepath.Join("..", "..", ".."))
	data, err := os.ReadFile(filepath.Join("internal", "notices", "notices.txt"))
	if err != nil {
		t.Fatal(err)
	}
	goMod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	list, _, _ := strings.Cut(string(data), strings.Repeat("=", 80))
	checked := 0
	for line := range strings.Lines(list) {
		name, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "  ")
		module, _, isModule := strings.Cut(name, " v")
		if !ok || !isModule || !strings.Contains(module, ".") {
			continue
		}
		checked++
		if !strings.Contains(string(goMod), name) {
			t.Errorf("go.mod does not have %s: run make notices", name)
		}
	}
	if checked < 30 {
		t.Errorf("checked %d modules", checked)
	}
}

func TestPagesFontsAreNamed(t *testing.T) {
	t.Chdir(filepath.Join("..", "..", ".."))
	data, err := os.ReadFile(filepath.Join("web", "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	fonts, err := os.ReadFile(filepath.Join("internal", "notices", "texts", "fonts.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		_, rest, ok := strings.Cut(line, `"@fontsource`)
		if !ok {
			continue
		}
		_, font, _ := strings.Cut(rest, "/")
		font, _, _ = strings.Cut(font, `"`)
		if !strings.Contains(strings.ToLower(string(fonts)), "--- "+font+" ---") {
			t.Errorf("the license of the font %s is missing", font)
		}
	}
}
