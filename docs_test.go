package daybook_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	inCode   = regexp.MustCompile("`([^`\n]+)`")
	isFile   = regexp.MustCompile(`^[\w./-]+\.(?:go|ts|tsx|css|md|txt)$`)
	isFolder = regexp.MustCompile(`^(?:internal|cmd|docs|web/src)(?:/[\w-]+)+$`)
	isName   = regexp.MustCompile(`^([a-z]+)\.([A-Z]\w*)$`) // of a package
)

// The files, folders and functions that the guides to the code name are there.
func TestGuidesNameWhatExists(t *testing.T) {
	tree := sources(t)
	named := 0
	for _, guide := range []string{"docs/walkthrough.md", "CONTRIBUTING.md"} {
		text, err := os.ReadFile(guide)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inCode.FindAllStringSubmatch(string(text), -1) {
			if problem, checked := tree.check(m[1]); problem != "" {
				t.Errorf("%s: %s: %s", guide, m[1], problem)
			} else if checked {
				named++
			}
		}
	}
	if named < 100 {
		t.Errorf("only %d names were checked", named)
	}
	for _, wrong := range []string{"internal/nowhere", "chat/nowhere.go", "chat/chat.go:nothing", "chat.Nowhere"} {
		if problem, _ := tree.check(wrong); problem == "" {
			t.Errorf("%s is taken for something that exists", wrong)
		}
	}
}

// tree lists the repository's files, with slashes.
type tree []string

func sources(t *testing.T) (all tree) {
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (name != "." && strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"node_modules", "dist", "bin"}, d.Name())) {
			return filepath.SkipDir
		}
		if !d.IsDir() {
			all = append(all, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// check says what is wrong with a reference to the sources, and whether the words
// are one.
func (all tree) check(words string) (problem string, checked bool) {
	at, name, _ := strings.Cut(words, ":")
	if m := isName.FindStringSubmatch(words); m != nil {
		files := all.matching(func(file string) bool {
			folder := path.Base(path.Dir(file))
			return path.Ext(file) == ".go" && (folder == m[1] || folder == "." && m[1] == "daybook")
		})
		if len(files) == 0 { // of the standard library or another module
			return "", false
		}
		return declared(files, m[2]), true
	}
	switch {
	case isFile.MatchString(at):
		files := all.matching(func(file string) bool { return file == at || strings.HasSuffix(file, "/"+at) })
		if len(files) == 0 {
			return "there is no such file", true
		}
		if name != "" {
			return declared(files, name), true
		}
	case isFolder.MatchString(at):
		if len(all.matching(func(file string) bool { return strings.HasPrefix(file, at+"/") })) == 0 {
			return "there is no such folder", true
		}
	default:
		return "", false
	}
	return "", true
}

func (all tree) matching(fits func(file string) bool) (files []string) {
	for _, file := range all {
		if fits(file) {
			files = append(files, file)
		}
	}
	return files
}

// declared returns a problem unless one of the files declares the name: at the top
// level, in a group of declarations, or as a method of a type or an interface.
func declared(files []string, name string) string {
	for _, part := range strings.Split(name, ".") {
		declaration := regexp.MustCompile(`(?m)^(?:func (?:\([^)]*\) )?|type |var |const |\t)` + part + `\b`)
		if !slices.ContainsFunc(files, func(file string) bool {
			text, err := os.ReadFile(file)
			return err == nil && declaration.Match(text)
		}) {
			return part + " is not declared there"
		}
	}
	return ""
}
