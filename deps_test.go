package daybook_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// imports lists the packages that each package may import, besides the root. A
// package that is missing here may import none. Tests are exempt.
var imports = map[string][]string{
	"internal/text":                {},
	"internal/terminal":            {},
	"internal/store":               {},
	"internal/vector":              {},
	"internal/vault":               {"internal/vault/apps", "internal/vault/dayname"},
	"internal/vault/apps":          {},
	"internal/vault/dayname":       {},
	"internal/vault/edit":          {"internal/vault"},
	"internal/vault/edit/edittest": {},
	"internal/watch":               {},
	"internal/session":             {},
	"web":                          {},
	"internal/dates":               {},
	"internal/quote":               {},
	"internal/prompts":             {},
	"internal/demo":                {},
	"internal/settings":            {},
	"internal/llm":                 {"internal/llm/..."},
	"internal/llm/*":               {"internal/llm", "internal/llm/..."},
	"internal/embed":               {"internal/llm"},
	"internal/bm25":                {},
	"internal/store/*":             {"internal/store", "internal/vector", "internal/bm25", "internal/llm/budget"},
	"internal/search":              {"internal/store", "internal/text", "internal/llm", "internal/dates"},
	"internal/almanac":             {"internal/store", "internal/text", "internal/search"},
	"internal/private":             {"internal/store", "internal/text", "internal/vault", "internal/llm"},
	"internal/chat":                {"internal/private", "internal/store", "internal/text", "internal/llm", "internal/search", "internal/prompts", "internal/quote"},
	"internal/analysis":            {"internal/private", "internal/store", "internal/llm", "internal/prompts", "internal/quote"},
	"internal/spending":            {"internal/store", "internal/llm"},
	"internal/ingest":              {"internal/store", "internal/llm", "internal/vault", "internal/text"},
	"internal/importer":            {"internal/store", "internal/llm", "internal/ingest"},
	"internal/importer/diary":      {"internal/vault", "internal/vault/dayname"},
	"internal/migrate":             {"internal/store"},
	"internal/backup":              {"internal/store"},
	"internal/notices":             {},
	"internal/notices/gen":         {},
	"internal/transcribe":          {"internal/store", "internal/llm", "internal/vault", "internal/vault/edit", "internal/pages", "internal/prompts"},
	"internal/notes":               {"internal/store", "internal/ingest", "internal/vault", "internal/vault/edit", "internal/pages"},
	"internal/ledger":              {"internal/store", "internal/llm"},
	"internal/httpapi":             {"internal/ledger", "internal/almanac", "internal/analysis", "internal/chat", "internal/search", "internal/llm", "internal/store", "internal/notes", "internal/vault", "internal/vault/edit", "internal/transcribe", "internal/pages", "internal/session", "internal/backup", "internal/text", "internal/attachments"},
	"internal/pages":               {"internal/pages/raster"},
	"internal/attachments":         {"internal/pages"},
	"internal/mutants":             {},
	"internal/bench":               {"..."},
	"cmd/daybook":                  {"..."},
	"web/e2e/fake":                 {"internal/llm", "internal/llm/llmtest"},
	"internal/llm/llmtest":         {"internal/llm", "internal/llm/..."},
	"internal/llm/partialjson":     {},
	"internal/llm/budget":          {},
}

// concrete are the packages that only cmd may import. The others declare the
// interfaces they need.
var concrete = []string{"internal/store/sqlite", "internal/store/postgres", "internal/store/lancedb", "internal/llm/openai", "internal/llm/anthropic", "internal/llm/gemini", "internal/embed"}

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
	if slices.Contains(list, "...") {
		return true
	}
	if slices.Contains(concrete, to) {
		return false
	}
	return slices.ContainsFunc(list, func(pattern string) bool {
		prefix, tree := strings.CutSuffix(pattern, "...")
		return pattern == to || tree && strings.HasPrefix(to, prefix)
	})
}
