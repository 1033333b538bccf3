package export

import (
	"fmt"
	"strings"
	"unicode"
)

// names gives each file a name of its own, also where case does not count.
type names map[string]bool

// longestName bounds a title in a file's name, in runes: on most systems a name
// may have 255 bytes.
const longestName = 60

func (n names) of(folder, day, title string) string {
	base := folder + "/" + strings.TrimSpace(day+" "+fileName(title))
	name := base + ".md"
	for i := 2; n[strings.ToLower(name)]; i++ {
		name = fmt.Sprintf("%s (%d).md", base, i)
	}
	n[strings.ToLower(name)] = true
	return name
}

// fileName returns a title without what a file's name may not have on Linux,
// macOS or Windows.
func fileName(title string) string {
	title = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar || strings.ContainsRune(`/\:*?"<>|`, r) {
			return ' '
		}
		return r
	}, title)
	runes := []rune(strings.Join(strings.Fields(title), " "))
	return strings.Trim(string(runes[:min(len(runes), longestName)]), ". ")
}
