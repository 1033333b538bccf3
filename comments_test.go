package daybook_test

import (
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"
)

// translated are words that make a comment read as if it were translated.
var translated = map[string]*regexp.Regexp{
	"stands":        regexp.MustCompile(`(?i)\bstands?\b`),
	"is no":         regexp.MustCompile(`(?i)(?:^|[^e]|[^r]e)\s+is no\s`), // but not "there is no"
	"whoever":       regexp.MustCompile(`(?i)\bwhoever\b`),
	"of which":      regexp.MustCompile(`(?i)\bof which\b`),
	"wants":         regexp.MustCompile(`(?i)\bwants\b`),
	"nobody":        regexp.MustCompile(`(?i)\bnobody\b`),
	"what there is": regexp.MustCompile(`(?i)\bwhat there is\b`),
}

// Comments use none of those words more often than people who write English do: at
// most four times in 10,000 words.
func TestCommentsArePlain(t *testing.T) {
	words, counts := 0, map[string]int{}
	for _, file := range sources(t).matching(func(file string) bool { return strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go") }) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, group := range parsed.Comments {
			comment := strings.Join(strings.Fields(group.Text()), " ")
			words += len(strings.Fields(comment))
			for name, pattern := range translated {
				counts[name] += len(pattern.FindAllString(comment, -1))
			}
		}
	}
	if words < 50_000 {
		t.Errorf("only %d words of comments were read", words)
	}
	for name, n := range counts {
		if per := float64(n) * 10_000 / float64(words); per > 4 {
			t.Errorf("%q is %d times in comments, %.1f times in 10,000 words; at most 4 are plain", name, n, per)
		}
	}
}
