package daybook_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// imports lists the packages that each package may import, besides the root. A
// package that is missing here may import none. Tests are exempt.
var imports = map[string][]string{
	"internal/text":                {"internal/language"},
	"internal/terminal":            {},
	"internal/store":               {"internal/llm/budget"},
	"internal/vector":              {},
	"internal/vault":               {"internal/plural", "internal/vault/apps", "internal/vault/dayname"},
	"internal/vault/apps":          {},
	"internal/vault/dayname":       {},
	"internal/vault/edit":          {"internal/vault"},
	"internal/vault/edit/edittest": {},
	"internal/watch":               {},
	"internal/session":             {},
	"web":                          {},
	"internal/language":            {},
	"internal/dates":               {"internal/language"},
	"internal/quote":               {},
	"internal/prompts":             {},
	"internal/demo":                {},
	"internal/settings":            {},
	"internal/llm":                 {"internal/llm/..."},
	"internal/llm/*":               {"internal/llm", "internal/llm/..."},
	"internal/embed":               {"internal/llm"},
	"internal/bm25":                {},
	"internal/store/*":             {"internal/store", "internal/vector", "internal/bm25", "internal/llm/budget"},
	"internal/search":              {"internal/store", "internal/text", "internal/llm", "internal/dates", "internal/language"},
	"internal/almanac":             {"internal/store", "internal/text", "internal/search", "internal/vault"},
	"internal/private":             {"internal/store", "internal/text", "internal/vault", "internal/llm"},
	"internal/rank":                {"internal/llm", "internal/search"},
	"internal/chat":                {"internal/rank", "internal/feed", "internal/language", "internal/private", "internal/store", "internal/text", "internal/llm", "internal/search", "internal/prompts", "internal/quote"},
	"internal/analysis":            {"internal/feed", "internal/private", "internal/store", "internal/llm", "internal/prompts", "internal/quote"},
	"internal/store/storetest":     {"internal/store", "internal/threads", "internal/vector"},
	"internal/threads":             {"internal/store"},
	"internal/spending":            {"internal/store", "internal/llm"},
	"internal/ingest":              {"internal/store", "internal/llm", "internal/vault", "internal/text"},
	"internal/importer":            {"internal/store", "internal/llm", "internal/ingest"},
	"internal/importer/diary":      {"internal/vault", "internal/vault/dayname"},
	"internal/migrate":             {"internal/store", "internal/threads"},
	"internal/backup":              {"internal/store", "internal/threads"},
	"internal/notices":             {},
	"internal/notices/gen":         {},
	"internal/transcribe":          {"internal/store", "internal/llm", "internal/llm/partialjson", "internal/vault", "internal/vault/edit", "internal/pages", "internal/prompts"},
	"internal/notes":               {"internal/store", "internal/ingest", "internal/vault", "internal/vault/edit", "internal/pages"},
	"internal/notebook":            {"internal/dates", "internal/notes", "internal/pages", "internal/vault/dayname"},
	"internal/ledger":              {"internal/store", "internal/llm"},
	"internal/mcp":                 {"internal/almanac", "internal/chat", "internal/llm", "internal/notes", "internal/plural", "internal/search", "internal/store", "internal/vault/edit"},
	"internal/openaiapi":           {"internal/chat", "internal/llm"},
	"internal/export":              {"internal/analysis", "internal/plural"},
	"internal/httpapi":             {"internal/export", "internal/openaiapi", "internal/ledger", "internal/almanac", "internal/analysis", "internal/chat", "internal/search", "internal/llm", "internal/store", "internal/notes", "internal/vault", "internal/vault/edit", "internal/transcribe", "internal/pages", "internal/session", "internal/backup", "internal/text", "internal/attachments", "internal/links", "internal/glossary", "internal/notebook"},
	"internal/pages":               {"internal/pages/raster"},
	"internal/attachments":         {"internal/pages"},
	"internal/links":               {"internal/store", "internal/vault", "internal/vault/dayname"},
	"internal/mutants":             {},
	"internal/bench":               {"..."},
	"internal/plural":              {},
	"internal/late":                {"internal/embed", "internal/search", "internal/store", "internal/vector"},
	"internal/feed":                {},
	"internal/journal":             {"..."},
	"internal/server":              {"internal/prompts", "internal/llm/local", "internal/attachments", "internal/journal", "internal/links", "internal/plural", "internal/httpapi", "internal/backup", "internal/ingest", "internal/llm", "internal/notebook", "internal/notes", "internal/session", "internal/settings", "internal/store", "internal/store/postgres", "internal/transcribe", "internal/vault", "internal/watch"},
	"internal/server/certtest":     {},
	"cmd/daybook":                  {"..."},
	"web/e2e/fake":                 {"internal/llm", "internal/llm/llmtest"},
	"internal/llm/llmtest":         {"internal/llm", "internal/llm/..."},
	"internal/llm/partialjson":     {},
	"internal/llm/budget":          {},
}

// concrete are the stores and providers, with the packages that may import
// them, besides internal/bench. The others declare the interfaces they need.
var concrete = map[string][]string{
	"internal/store/sqlite":   {"internal/journal", "cmd/daybook"},
	"internal/store/postgres": {"internal/journal", "internal/server", "cmd/daybook"},
	"internal/store/lancedb":  {"internal/journal"},
	"internal/llm/openai":     {"internal/journal"},
	"internal/llm/anthropic":  {"internal/journal"},
	"internal/llm/gemini":     {"internal/journal"},
	"internal/embed":          {"internal/embed/compact", "internal/journal", "internal/late"},
}

// above are the packages that assemble the others, from the lowest to the
// highest. None imports one that is higher.
var above = []string{"internal/httpapi", "internal/journal", "internal/server", "cmd/daybook"}

func TestImportsPointInOneDirection(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		from := strings.TrimPrefix(fields[0], "daybook/")
		for _, imported := range fields[1:] {
			to, ours := strings.CutPrefix(imported, "daybook/")
			if from == "daybook" && (ours || strings.Contains(strings.Split(imported, "/")[0], ".")) {
				t.Errorf("the root imports %s; it may import the standard library alone", imported)
			}
			if ours && !allowed(from, to) {
				t.Errorf("%s imports %s", from, to)
			}
		}
	}
}

func allowed(from, to string) bool {
	list, ok := imports[from]
	if !ok {
		i := strings.LastIndex(from, "/")
		list = imports[from[:max(i, 0)]+"/*"]
	}
	if importers, ok := concrete[to]; ok {
		return from == "internal/bench" || slices.Contains(importers, from)
	}
	if i := slices.Index(above, to); i >= 0 && slices.Index(above, from) <= i {
		return from == "internal/bench"
	}
	if slices.Contains(list, "...") {
		return true
	}
	return slices.ContainsFunc(list, func(pattern string) bool {
		prefix, tree := strings.CutSuffix(pattern, "...")
		return pattern == to || tree && strings.HasPrefix(to, prefix)
	})
}

// synchronises matches generic code of sync. A copy of it that is
// compiled without the race detector can replace the one that is compiled with
// it, in all of the program, and then the detector reports races that are none.
var synchronises = regexp.MustCompile(`\bsync\.(Map\b|OnceFunc|OnceValue)`)

// The race detector is off for some dependencies (see the Makefile). It watches
// all of Daybook's own code and whatever uses generic code of sync, and what is
// named is among the dependencies.
func TestRaceDetectorWatchesOurCode(t *testing.T) {
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(makefile), "\\\n", "")
	_, engine, _ := strings.Cut(text, "\nWAZEVO = ")
	engine, _, _ = strings.Cut(engine, "\n")
	_, list, found := strings.Cut(text, "\nUNWATCHED = ")
	list, _, _ = strings.Cut(list, "\n")
	if !found || list == "" {
		t.Fatal("the Makefile does not say what is not watched for races")
	}
	out, err := exec.Command("go", "list", "-deps", "-test", "-f", "{{.ImportPath}}\t{{.Dir}}\t{{join .GoFiles \" \"}}", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, pattern := range strings.Fields(strings.ReplaceAll(list, "$(WAZEVO)", engine)) {
		path, tree := strings.CutSuffix(pattern, "/...")
		if strings.HasPrefix("daybook/", path) || strings.HasPrefix(path, "daybook/") || path == "..." {
			t.Errorf("%s is Daybook's own code", pattern)
		}
		found := false
		for line := range strings.Lines(string(out)) {
			part := strings.Split(strings.TrimSpace(line), "\t")
			if len(part) != 3 || part[0] != path && (!tree || !strings.HasPrefix(part[0], path+"/")) {
				continue
			}
			found = true
			for _, name := range strings.Fields(part[2]) {
				code, err := os.ReadFile(filepath.Join(part[1], name))
				if err != nil {
					t.Fatal(err)
				}
				if use := synchronises.Find(code); use != nil {
					t.Errorf("%s uses %s in %s", part[0], use, name)
				}
			}
		}
		if !found {
			t.Errorf("%s is not a dependency", pattern)
		}
	}
}
