package transcribe

import (
	"regexp"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/prompts"
)

// The number of hints in a prompt, and how often a name must occur to become
// one.
const (
	mostTags   = 60
	mostNames  = 80
	leastNames = 3
)

// named matches capitalised words within a sentence, which are mostly names.
var named = regexp.MustCompile(`[\pL,;] ((?:\p{Lu}\pL+)(?: \p{Lu}\pL+)?)`)

// HintsOf returns the tags and names that occur most often in entries.
func HintsOf(entries []daybook.Entry) prompts.Transcribe {
	tags, names := map[string]int{}, map[string]int{}
	for _, e := range entries {
		for _, tag := range e.Tags {
			tags[tag]++
		}
		for _, m := range named.FindAllStringSubmatch(e.Text, -1) {
			names[m[1]]++
		}
	}
	for name, n := range names {
		if n < leastNames || strings.ToUpper(name) == name {
			delete(names, name)
		}
	}
	return prompts.Transcribe{Tags: most(tags, mostTags), Names: most(names, mostNames)}
}

// most returns the n most frequent keys in alphabetical order, so that the same
// keys give the same prompt.
func most(counts map[string]int, n int) []string {
	keys := make([]string, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	keys = keys[:min(n, len(keys))]
	slices.Sort(keys)
	return keys
}
